"""EDIFACT's DTM: a value and a format code → a moment. Source: UN/EDIFACT code list 2379."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from intake.readers.standards.word import When, moment, offset

_LENGTHS = {6: "101", 8: "102", 10: "201", 12: "203", 14: "204"}
_PAIRS = {"718": "102", "711": "102", "717": "101", "719": "203", "713": "201"}
_ZONE = re.compile(r"(\d{12})(?:Z|ZZZ)?([+-]?\d{2,4}|UTC|GMT|[A-Z]{3})?\Z")


def when_of(value: str, form: str, zone: str, *, last: bool = False) -> When | None:
    """Read a DTM value; of a period its ``last`` day or its first; None if it is not understood."""
    digits = value.strip()
    if form in _PAIRS:
        half = len(digits.replace("-", "")) // 2
        joined = digits.replace("-", "")
        return when_of(joined[half:] if last else joined[:half], _PAIRS[form], zone)
    if form == "616":
        return _week(digits, zone, last=last)
    if form == "610":
        return when_of(f"{digits}01", "102", zone)
    if form in ("303", "205", "304"):
        return _zoned(digits, zone)
    return _plain(
        digits, form if form in ("2", "101", "102", "201", "203", "204") else _LENGTHS.get(len(digits), ""), zone
    )


def _plain(digits: str, form: str, zone: str) -> When | None:
    if not digits.isdigit():
        return None
    if form == "2":  # DDMMYY
        digits, form = digits[4:6] + digits[2:4] + digits[:2], "101"
    if form in ("101", "201"):
        digits = ("20" if int(digits[:2] or 0) < 70 else "19") + digits
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
        clock = time(int(digits[8:10]), int(digits[10:12]), int(digits[12:14] or 0)) if len(digits) >= 12 else None
    except ValueError:
        return None
    return moment(day, clock, ZoneInfo(zone), zoned=False)


def _zoned(value: str, zone: str) -> When | None:
    match = _ZONE.match(value)
    if match is None:
        return None
    when = _plain(match[1], "203", zone)
    named = match[2] or ""
    fixed = offset("Z" if named in ("UTC", "GMT") else named if named[:1] in "+-" else None) if named else None
    if when is None or fixed is None:
        return when
    return moment(when.day, when.at.time(), fixed, zoned=True)


def _week(digits: str, zone: str, *, last: bool) -> When | None:
    try:
        monday = date.fromisocalendar(int(digits[:4]), int(digits[4:6]), 1)
    except ValueError:
        return None
    return moment(monday + timedelta(days=6 if last else 0), None, ZoneInfo(zone), zoned=False)
