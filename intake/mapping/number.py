"""The forms of texts and numbers: money in yuan or fen, prices, quantities, rates; one value → text, or `Unfit`.

Money's unit is declared for each field and never guessed; an id that a program has damaged is refused.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

_CENT, _MICRO = Decimal("0.01"), Decimal("0.000001")
_NUMBER = re.compile(r"-?\d{1,16}(?:\.\d{1,12})?\Z", re.ASCII)
LARGEST_SAFE = 2**53
_LARGEST = 10**17
LONGEST = 12


class Unfit(Exception):
    """The value does not fit the form. ``reason`` is ``unfit`` or ``unknown_label``."""

    def __init__(self, reason: str = "unfit") -> None:
        super().__init__(reason)
        self.reason = reason


def text_of(value: Any) -> str:
    """Take a text. Raises Unfit for what is none."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    raise Unfit


def id_text(value: Any) -> str:
    """Take an id as text; a number with a fraction or beyond 2⁵³ has lost digits on its way."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < LARGEST_SAFE:
        return str(int(value))
    raise Unfit


def decimal_of(value: Any) -> Decimal:
    """Take a number below 10¹⁷. Raises Unfit."""
    if isinstance(value, str):
        text = value.strip().replace(",", "")
        if not _NUMBER.match(text):
            raise Unfit
        return Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not -_LARGEST < value < _LARGEST:
        raise Unfit
    return Decimal(value)


def plain(value: Any, places: int) -> str | None:
    """Return a number of yuan in its form if it is written plainly, with at most so many places; else None."""
    kind = type(value)
    if kind is int:
        return f"{value}.00" if 0 <= value < LARGEST_SAFE else None
    text = value if kind is str else str(value) if kind is Decimal else ""
    whole, dot, fraction = text.partition(".")
    if not whole.isdigit() or len(whole) > LONGEST or not text.isascii() or (whole[0] == "0" and whole != "0"):
        return None
    if not dot:
        return f"{whole}.00"
    if len(fraction) == 2:
        return text if fraction.isdigit() else None
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}" if fraction.isdigit() and len(fraction) <= places else None


def amount(value: Any) -> str:
    """Take an amount of yuan: two decimals."""
    return plain(value, 2) or f"{decimal_of(value).quantize(_CENT, rounding=ROUND_HALF_UP):f}"


def amount_of_fen(value: Any) -> str:
    """Take an amount of fen."""
    if type(value) is int and value >= 0:
        return f"{value // 100}.{value % 100:02d}"
    number = _fen(value)
    sign, absolute = ("-", -number) if number < 0 else ("", number)
    return f"{sign}{absolute // 100}.{absolute % 100:02d}"


def _fen(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is str and value.isascii() and value.isdigit() and len(value) < 15:
        return int(value)
    number = decimal_of(value)
    if number != number.to_integral_value():
        raise Unfit
    return int(number)


def price(value: Any) -> str:
    """Take a price in yuan: two to six decimals."""
    if (written := plain(value, 6)) is not None:
        return written
    number = decimal_of(value)
    if number < 0:
        raise Unfit
    text = f"{number.quantize(_MICRO, rounding=ROUND_HALF_UP):f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def price_of_fen(value: Any) -> str:
    """Take a price in fen."""
    if _fen(value) < 0:
        raise Unfit
    return amount_of_fen(value)


def quantity(value: Any) -> str:
    """Take a quantity above nought."""
    if type(value) is int and 0 < value < _LARGEST:
        return str(value)
    if type(value) is str and value.isdigit() and value.isascii() and value[0] != "0" and len(value) <= LONGEST:
        return value
    number = decimal_of(value)
    if number <= 0:
        raise Unfit
    return f"{number.normalize():f}" if number % 1 else str(int(number))


def plain_count(value: Any) -> str | None:
    """Return a number above nought in its form if it is written plainly, as 2.0 or 100.00 is; else None."""
    text = str(value)
    whole, dot, fraction = text.partition(".")
    if not whole.isdigit() or not text.isascii() or (dot and not fraction.isdigit()):
        return None
    part = fraction.rstrip("0")
    if len(whole) > LONGEST or len(fraction) > LONGEST or (whole[0] == "0" and (whole != "0" or not part)):
        return None
    return f"{whole}.{part}" if part else whole


def whole(value: Any) -> int:
    """Take a line's number."""
    number = decimal_of(value)
    if number % 1 or not 1 <= number <= 99_999:
        raise Unfit
    return int(number)


def percent(value: Any) -> str:
    """Take a rate written per hundred."""
    return _rate(value) if isinstance(value, str) else _per_hundred(decimal_of(value))


@lru_cache(maxsize=256)
def _rate(text: str) -> str:
    """Read a rate: there are few, and every line has one."""
    return _per_hundred(decimal_of(text.strip().rstrip("%")))


def _per_hundred(number: Decimal) -> str:
    if not 0 <= number < 1000:
        raise Unfit
    return f"{number / 100:f}"
