"""Masks: what is shown of personal data to those who gave no reason to see it whole.

Place in the order's way: every answer and list, unless the caller may see and says why.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

STARS = "****"
COMPANY = (
    "公司",
    "厂",
    "集团",
    "店",
    "商行",
    "经营部",
    "合作社",
    "中心",
    "医院",
    "学校",
    "Ltd",
    "LTD",
    "GmbH",
    "Inc",
    "Co.",
)
"""Marks of a company's name, which is no personal data."""


def mask_phone(phone: str | None) -> str | None:
    """138****8000; shorter numbers keep their last two digits."""
    if not phone:
        return phone
    return f"{phone[:-8]}{STARS}{phone[-4:]}" if len(phone) >= 11 else f"{STARS}{phone[-2:]}"


def mask_name(name: str | None) -> str | None:
    """张**; a longer name keeps its first characters; a company's is shown."""
    if not name or any(mark in name for mark in COMPANY):
        return name
    if len(name) <= 4:
        return name[0] + "*" * max(len(name) - 1, 1)
    return f"{name[:4]}{STARS}{name[-2:]}" if len(name) > 6 else f"{name[:2]}{STARS}"


def mask_id(value: str | None) -> str | None:
    """Keep the first three and the last two of an identifier of more than eight characters."""
    if not value:
        return value
    return f"{value[:3]}{STARS}{value[-2:]}" if len(value) > 8 else STARS


def mask_email(email: str | None) -> str | None:
    """p****@example.com."""
    if not email:
        return email
    local, _, domain = email.partition("@")
    return f"{local[:1]}{STARS}@{domain}"


def mask_text(text: str | None) -> str | None:
    """Keep the first six characters: an address's province and city, no house."""
    return text if not text else f"{text[:6]}{STARS}"


def mask_order(order: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the canonical order with people masked; what rules and shipping need to name stays."""
    masked = deepcopy(order)
    for party in (masked["buyer"], masked["bill_to"]):
        if party:
            _mask_party(party)
    _mask_contact(masked["ship_to"]["contact"])
    address = masked["ship_to"]["address"]
    address["text"], address["detail"] = mask_text(address["text"]), address["detail"] and STARS
    masked["note"] = masked["note"] and STARS
    return masked


def _mask_party(party: dict[str, Any]) -> None:
    party["name"] = mask_name(party["name"])
    for party_id in party["ids"]:
        party_id["value"] = mask_id(party_id["value"])
    _mask_contact(party["contact"])


def _mask_contact(contact: dict[str, Any]) -> None:
    contact["name"] = mask_name(contact["name"])
    contact["phone"] = mask_phone(contact["phone"])
    contact["email"] = mask_email(contact["email"])
