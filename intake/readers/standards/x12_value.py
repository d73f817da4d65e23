"""X12's own ways to write a day, an amount with implied cents, and what a price is for."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from intake.readers.standards.word import moment, number, rounded

if TYPE_CHECKING:
    from intake.readers.standards.segment import Segment
    from intake.readers.standards.word import When

_PER = {"HP": 100, "PN": 10, "TP": 1000, "HF": 100, "CP": 100, "TT": 10000, "HT": 100000, "DZ": 12, "PG": 144}
"""Basis of unit price (data element 639) → how many units the price is for."""


def when_of(day: str, clock: str, zone: str) -> When | None:
    """Read ``20261122`` or ``261122`` with ``1015``; None if it is no day."""
    digits = day.strip()
    if len(digits) == 6:
        digits = ("20" if digits[:2] < "70" else "19") + digits
    if len(digits) != 8 or not digits.isdigit():
        return None
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        hour = time(int(clock[:2]), int(clock[2:4])) if clock[:4].isdigit() and len(clock) >= 4 else None
    except ValueError:
        return None
    return moment(found, hour, ZoneInfo(zone), zoned=False)


def implied_cents(text: str) -> Decimal | None:
    """Read an N2 amount: ``1000`` is 10.00; senders who write the point mean what they write."""
    value = number(text) if text else None
    if value is None or "." in text:
        return value
    return value / 100


def allowed(segment: Segment, gross: Decimal | None) -> Decimal | None:
    """Return what a SAC is worth: its amount, its rate times its quantity, or its per cent of ``gross``."""
    amount = implied_cents(segment.text(5))
    if amount is not None:
        return amount
    rate, count, per_cent = (number(segment.text(place)) for place in (8, 10, 7))
    if rate is not None and count is not None:
        return rounded(rate * count, 2)
    return None if gross is None or per_cent is None else rounded(gross * per_cent / 100, 2)


def price_basis(code: str) -> Decimal | None:
    """Return how many units the price is for, None for one."""
    per = _PER.get(code)
    return Decimal(per) if per else None
