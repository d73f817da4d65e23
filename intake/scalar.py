"""Single values of a canonical order, checked as they come in: money, quantity, day, instant, currency, own fields.

Every function takes any JSON value and returns the typed one, or raises the error that `intake/complaint.py` words.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from intake.currency import CURRENCIES
from orders.money import MICRO, Fen, Micro, parse_fen, parse_micro

YEARS = range(2000, 2200)
"""Times outside are slips of the pen, and some would overflow when moved between time zones."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w.\u4e00-\u9fff-]{0,63}\Z")


def _error(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, "see intake/complaint.py")


def _text(value: Any, code: str) -> str:
    if not isinstance(value, str):
        raise _error(code)
    return value


def amount(value: Any) -> Fen:
    """Read an amount of at most two places, not negative."""
    text = _text(value, "decimal_text")
    try:
        fen = parse_fen(text)
    except ValueError as error:
        raise _error("amount") from error
    if fen < 0:
        raise _error("negative")
    return fen


def _micro(value: Any, code: str) -> Micro:
    text = _text(value, "decimal_text")
    try:
        micro = parse_micro(text)
    except ValueError as error:
        raise _error(code) from error
    if micro < 0:
        raise _error("negative")
    return micro


def price(value: Any) -> Micro:
    """Read a unit price of at most six places, not negative."""
    return _micro(value, "price")


def positive(value: Any) -> Micro:
    """Read a quantity of at most six places, above zero."""
    micro = _micro(value, "quantity")
    if micro == 0:
        raise _error("zero_quantity")
    return micro


def rate(value: Any) -> Micro:
    """Read a tax rate such as ``0.13``, at most 1."""
    micro = _micro(value, "price")
    if micro > MICRO:
        raise _error("rate")
    return micro


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
    """Read RFC 3339 with an offset, such as ``2026-11-22T10:15:00+08:00``."""
    text = _text(value, "instant")
    try:
        found = datetime.fromisoformat(_micros(text.upper())) if _INSTANT.match(text) else None
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise _error("instant")
    return found


def _micros(text: str) -> str:
    """Cut a fraction to the six digits that a datetime holds."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


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
    if len(text) > 1000:
        raise _error("attribute")
    return text


def _names(value: dict[str, Any]) -> dict[str, Any]:
    if not all(map(_NAME.match, value)):
        raise _error("attribute_name")
    return value


attribute_names = AfterValidator(_names)
"""Own fields are named like words: letters, digits, ``_``, ``.`` and ``-``, at most 64."""
