"""Single values of a canonical order, checked as they come in: money, quantity, day, instant, currency, own fields.

Every function takes any JSON value and returns the typed one, or raises the error that `intake/complaint.py` words.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from intake.values.currency import CURRENCIES
from orders.money import Fen, Micro

YEARS = range(2000, 2200)
"""Times outside are slips of the pen, and some would overflow when moved between time zones."""
UNSTATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands where the sender named no time."""

_AMOUNT = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,2}0{0,10})?\Z", re.ASCII)
_PRICE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6}0{0,6})?\Z", re.ASCII)
_RATE = re.compile(r"0(?:\.[0-9]{1,6}0{0,6})?\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")


def _error(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, "see intake/complaint.py")


def _text(value: Any, code: str) -> str:
    if not isinstance(value, str):
        raise _error(code)
    return value


def _decimal(value: Any, form: re.Pattern[str], places: int, code: str) -> int:
    """Return ``value`` in units of 10⁻ᵖˡᵃᶜᵉˢ; the form has already bounded its digits."""
    text = _text(value, "decimal_text")
    if form.match(text) is None:
        raise _error("negative" if text.startswith("-") and form.match(text[1:]) else code)
    whole, _, fraction = text.partition(".")
    return int(whole + fraction[:places].ljust(places, "0"))


def amount(value: Any) -> Fen:
    """Read an amount of at most two places."""
    return Fen(_decimal(value, _AMOUNT, 2, "amount"))


def price(value: Any) -> Micro:
    """Read a unit price of at most six places, not negative."""
    return Micro(_decimal(value, _PRICE, 6, "price"))


def positive(value: Any) -> Micro:
    """Read a quantity of at most six places, above zero."""
    micro = Micro(_decimal(value, _PRICE, 6, "quantity"))
    if micro == 0:
        raise _error("zero_quantity")
    return micro


def rate(value: Any) -> Micro:
    """Read a tax rate such as ``0.13``; ``9`` would be 900 %, and means 9 %."""
    return Micro(_decimal(value, _RATE, 6, "rate"))


def day(value: Any) -> date:
    """Read ``2026-11-30``."""
    text = _text(value, "day")
    try:
        found = date.fromisoformat(text) if _DAY.match(text) else None
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise _error("day")
    return found


def instant(value: Any) -> datetime:
    """Read RFC 3339 with an offset, such as ``2026-11-22T10:15:00+08:00``; microseconds are kept."""
    text = _text(value, "instant")
    try:
        found = datetime.fromisoformat(text) if _INSTANT.match(text) else None
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise _error("instant")
    return found


def currency(value: Any) -> str:
    """Read an ISO 4217 code in capitals."""
    text = _text(value, "currency")
    if text not in CURRENCIES:
        raise _error("currency")
    return text


def attribute(value: Any) -> str | bool | None:
    """Read a value of the company's own field: text (decimal text for a number), true, false or null."""
    if value is None or isinstance(value, bool):
        return value
    text = _text(value, "attribute")
    if len(text) > 2000:
        raise _error("attribute")
    return text


def _names(value: dict[str, Any]) -> dict[str, Any]:
    if not all(map(_NAME.match, value)):
        raise _error("attribute_name")
    return value


attribute_names = AfterValidator(_names)
"""Own fields are named like words: small letters, digits and ``_``, at most 64."""
