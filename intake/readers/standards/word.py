"""One value as a message says it, with the place where it stands; numbers and days in the spellings of real senders.

What the readers of the standards share. Knows nothing of orders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

_PLAIN = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})\Z", re.ASCII)
_POINT_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d{0,18})?\Z", re.ASCII)
_COMMA_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d{0,18}\Z", re.ASCII)
_COMMA = re.compile(r"[+-]?\d{1,18},\d{1,18}\Z", re.ASCII)
_TRAILING_SIGN = re.compile(r"([\d.,]+)-\Z", re.ASCII)
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?)?\s*(Z|[+-]\d\d:?\d\d|[+-]\d\d)?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A value as written and where: ``Order/OrderLine[2]/LineItem/Quantity``, ``ST[1]/PO1[3]-02``. False if empty."""

    text: str = ""
    at: str = ""

    def __bool__(self) -> bool:
        """Say whether anything is written."""
        return bool(self.text)


NOTHING = Word()


def first(*words: Word) -> Word:
    """Return the first word that says something."""
    return next((word for word in words if word), NOTHING)


def number(text: str) -> Decimal | None:
    """Return a number written plainly, with thousands marks, a decimal comma or a trailing sign; None if unclear.

    ``1,234`` is unclear (a thousand, or one and a bit), so it is None; ``1,234.50`` and ``12,5`` are not.
    """
    text = text.strip().replace("\u00a0", "").replace(" ", "")
    trailing = _TRAILING_SIGN.match(text)
    text = f"-{trailing[1]}" if trailing else text
    if _PLAIN.match(text):
        return Decimal(text)
    if _COMMA_THOUSANDS.match(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _POINT_THOUSANDS.match(text) and ("." in text or text.count(",") > 1):
        return Decimal(text.replace(",", ""))
    if _COMMA.match(text) and len(text.partition(",")[2]) != 3:
        return Decimal(text.replace(",", "."))
    return None


def rounded(value: Decimal, places: int) -> Decimal:
    """Round half up, away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def plain(value: Decimal, places: int = 0) -> str:
    """Write a decimal without exponent, with at least ``places`` places and no further trailing zeros."""
    text = f"{value:f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


@dataclass(frozen=True, slots=True)
class When:
    """A day, the time of it if one was written, and whether the zone was written or assumed."""

    day: date
    at: datetime
    has_time: bool
    zoned: bool


def iso(text: str, zone: str) -> When | None:
    """Read ``2026-11-22``, ``20261122``, ``2026-11-22T10:15:00.5+08:00``, ``…Z``; None if it is none of these."""
    match = _ISO.match(text.strip())
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        clock = time(int(match[4] or 0), int(match[5] or 0), int(match[6] or 0))
    except ValueError:
        return None
    return moment(day, clock if match[4] else None, offset(match[7]) or ZoneInfo(zone), zoned=bool(match[7]))


def moment(day: date, clock: time | None, zone: ZoneInfo | timezone, *, zoned: bool) -> When:
    """Put a day and a time of day together."""
    return When(day, datetime.combine(day, clock or time(), zone), clock is not None, zoned)


def offset(text: str | None) -> timezone | None:
    """Read ``Z``, ``+08:00``, ``+0800``, ``+08``."""
    if not text:
        return None
    if text == "Z":
        return timezone.utc  # noqa: UP017 - a fixed offset like the others
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
