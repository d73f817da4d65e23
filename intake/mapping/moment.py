"""The form of times: what a platform writes → an instant with its offset, or the day it falls on.

Zones that have not changed their offset since 2000, such as Asia/Shanghai, go a short way that gives the same words.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import InvalidOperation
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from intake.mapping.number import Unfit, decimal_of, text_of
from intake.readers.standards.word import offset

if TYPE_CHECKING:
    from collections.abc import Callable

    _Short: TypeAlias = Callable[[Any], str | None]

_DATE_TIME, _DATE = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"
_ALIBABA = re.compile(r"(\d{14})(\d{3})?([+-]\d{4})\Z", re.ASCII)
_NO_TIMES = frozenset({"0000-00-00", "0001-01-01", "1970-01-01", "1900-01-01", "0"})
_USUAL = {
    _DATE_TIME: re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z", re.ASCII),
    _DATE: re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII),
}
_OFFSET = re.compile(r"[+-](?:[01]\d|2[0-3]):[0-5]\d\Z", re.ASCII).match
_STEADY = range(2001, 2037)
_FIRST, _LAST = str(_STEADY.start), str(_STEADY.stop)
_FIRST_S = int(datetime(_STEADY.start, 1, 2, tzinfo=UTC).timestamp())
_LAST_S = int(datetime(_STEADY.stop - 1, 12, 30, tzinfo=UTC).timestamp())
_TWO = tuple(f"{number:02d}" for number in range(60))
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def time_of(form: str, zone: str, *, day: bool) -> Callable[[Any], str]:
    """Return what reads a time in ``form``; times without a zone are meant in ``zone`` (IANA), days are its days."""

    def whole(value: Any) -> str:
        return _time(value, form=form, zone=zone, day=day)

    short = short_time_of(form, zone, day=day)
    return whole if short is None else lambda value: short(value) or whole(value)


def short_time_of(form: str, zone: str, *, day: bool) -> _Short | None:
    """Return what reads an ordinary time at once and gives None for every other; None where no form or zone has it."""
    steady = _steady(zone)
    if steady is None or form not in _SHORT:
        return None
    return _SHORT[form](steady, "" if day else _written(steady))


def _time(value: Any, *, form: str, zone: str, day: bool) -> str:
    """Return an instant, or nothing for what platforms write where there is no time (0, 0000-00-00, 0001-01-01)."""
    if not value or (type(value) is str and value[:10] in _NO_TIMES):
        return ""
    try:
        found = _moment(value, form, zone)
        return found.astimezone(_zone(zone)).date().isoformat() if day else found.isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError, InvalidOperation, TypeError):
        raise Unfit from None


def _moment(value: Any, form: str, zone: str) -> datetime:
    if form in ("epoch_s", "epoch_ms"):
        count = value if type(value) is int else int(decimal_of(value))
        return datetime.fromtimestamp(count / 1000 if form == "epoch_ms" else count, _zone(zone))
    text = text_of(value)
    if form == "alibaba":  # 20170913231708000-0700
        match = _ALIBABA.match(text)
        if match is None:
            raise ValueError(text)
        own = _offset(match[3]) or timezone(timedelta())
        digits = match[1]
        return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}").replace(tzinfo=own)
    found = _read(text, form)
    return found if found.tzinfo else found.replace(tzinfo=_zone(zone))


_offset = lru_cache(maxsize=64)(offset)


def _read(text: str, form: str) -> datetime:
    """Read a time; the forms that most platforms write go the short way."""
    usual = _USUAL.get(form)
    if form == "iso" or (usual is not None and usual.match(text)):
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007 - its zone is added above


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _steady(name: str) -> int | None:
    """Return the offset in seconds that a zone has all through the years; None if it changes, or is no whole minute."""
    zone = _zone(name)
    days = (
        datetime(year, month, day, tzinfo=zone)
        for year in range(2000, 2038)
        for month in range(1, 13)
        for day in (1, 15)
    )
    found = {int((moment.utcoffset() or timedelta()).total_seconds()) for moment in days}
    only = found.pop()
    return None if found or only % 60 else only


def _written(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def _is_time(value: str) -> bool:
    """Say whether 19 characters are a time of the steady years, whatever stands between day and hour."""
    if value[4] != "-" or value[7] != "-" or value[13] != ":" or value[16] != ":" or not _FIRST < value < _LAST:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _short_text(_seconds: int, written: str) -> _Short:
    """Take 2026-11-22 10:15:00."""

    def short(value: Any) -> str | None:
        if type(value) is not str or len(value) != 19 or value[10] != " " or not _is_time(value):
            return None
        return f"{value[:10]}T{value[11:]}{written}" if written else value[:10]

    return short


def _short_iso(_seconds: int, written: str) -> _Short:
    """Take 2026-11-22T10:15:00, with +08:00 behind it or not (a day's only without), and 2026-11-22."""
    day = _short_day(0, written)

    def short(value: Any) -> str | None:
        if type(value) is not str or value[10:11] not in ("T", " "):
            return day(value)
        time, own = value[:19], value[19:]
        if len(time) != 19 or not _is_time(time):
            return None
        if own and not (written and own != "-00:00" and _OFFSET(own)):
            return None
        return f"{time[:10]}T{time[11:]}{own or written}" if written else time[:10]

    return short


def _short_day(_seconds: int, written: str) -> _Short:
    """Take 2026-11-22: the day, or its beginning."""
    behind = f"T00:00:00{written}" if written else ""

    def short(value: Any) -> str | None:
        if type(value) is not str or len(value) != 10 or value[4] != "-" or value[7] != "-":
            return None
        try:
            date.fromisoformat(value)
        except ValueError:
            return None
        return value + behind if _FIRST < value < _LAST else None

    return short


def _short_alibaba(_seconds: int, written: str) -> _Short:
    """Take 20170913231708000-0700."""
    iso = _short_iso(0, written)

    def short(value: Any) -> str | None:
        if type(value) is not str or len(value) != 22 or not written or not value[:17].isdigit():
            return None
        day, time = f"{value[:4]}-{value[4:6]}-{value[6:8]}", f"{value[8:10]}:{value[10:12]}:{value[12:14]}"
        return iso(f"{day}T{time}{value[17:20]}:{value[20:]}")

    return short


def _short_count(seconds: int, written: str) -> _Short:
    """Take a count of seconds since 1970."""

    def short(value: Any) -> str | None:
        if type(value) is not int or not _FIRST_S < value < _LAST_S:
            return None
        day, second = divmod(value + seconds, 86_400)
        if not written:
            return _day(day)
        return f"{_day(day)}T{_TWO[second // 3600]}:{_TWO[second // 60 % 60]}:{_TWO[second % 60]}{written}"

    return short


@lru_cache(maxsize=512)
def _day(since_1970: int) -> str:
    return date.fromordinal(_EPOCH_DAY + since_1970).isoformat()


_SHORT: dict[str, Callable[[int, str], _Short]] = {
    _DATE_TIME: _short_text,
    _DATE: _short_day,
    "iso": _short_iso,
    "alibaba": _short_alibaba,
    "epoch_s": _short_count,
}
