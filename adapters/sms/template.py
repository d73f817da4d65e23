"""What a text message says: the values of a vendor's template, taken from the order, made harmless.

Place in the order's way: under the vendors of text messages. Vendors refuse addresses of pages inside a value and cut
long ones: control characters and line ends go, so do ``http`` links, and a value ends after 35 characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 35
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})\Z")
NAMES = ("number", "carrier", "waybill", "state", "buyer")


def values(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return every name that a template may use, with a harmless value."""
    order: Mapping[str, Any] = payload.get("order") or {}
    parcels = payload.get("fulfilments") or [{}]
    told = {
        "number": payload.get("number") or payload.get("order_id"),
        "carrier": parcels[0].get("carrier"),
        "waybill": parcels[0].get("waybill"),
        "state": payload.get("state"),
        "buyer": (order.get("buyer") or {}).get("name"),
    }
    return {name: harmless(str(value or "")) for name, value in told.items()}


def harmless(text: str) -> str:
    """Make a value fit for a template."""
    return _LINK.sub("", _CONTROL.sub(" ", text)).strip()[:LONGEST]


def parameters(wanted: str, payload: Mapping[str, Any]) -> dict[str, str]:
    """Return a template's parameters; ``wanted``: ``their name=our name`` with a comma between.

    Raises: TransportError, permanent, for a name of ours that there is not.
    """
    known, found = values(payload), {}
    for part in (part for part in wanted.split(",") if part.strip()):
        theirs, _, ours = (piece.strip() for piece in part.partition("="))
        if ours not in known:
            raise TransportError(
                f"{ours or part} is no value of ours: {', '.join(NAMES)}",
                f"没有 {ours or part} 这个值，可用：{'、'.join(NAMES)}",
                permanent=True,
                code="bad_template",
            )
        found[theirs] = known[ours]
    return found


def phones(to: str, payload: Mapping[str, Any]) -> list[str]:
    """Return the numbers to write to: ``customer`` is the order's. Raises TransportError when there is none."""
    if to.strip() == "customer":
        order: Mapping[str, Any] = payload.get("order") or {}
        parties = (order.get("buyer") or {}, order.get("ship_to") or {})
        named = [str((party.get("contact") or {}).get("phone") or "") for party in parties]
    else:
        named = to.split(",")
    found = [match[1] for text in named if (match := _PHONE.match(re.sub(r"[\s-]", "", text)))]
    if not found:
        raise TransportError("there is no mobile number", "没有可用的手机号", permanent=True, code="no_phone")
    return list(dict.fromkeys(found))[:1] if to.strip() == "customer" else list(dict.fromkeys(found))
