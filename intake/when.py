"""Days as people write them → dates: 2026年11月30日 · 11月30日 · 月底前 · 下周三 · 3天内.

Relative words count from ``today``, the day the message was sent; without it, and where two days fit, nothing is
guessed.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from intake.numeral import decimal_text

_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 6}
_N = r"[0-9一二两三四五六七八九十]{1,3}"
MAX_DAYS_AHEAD = 400


@dataclass(frozen=True, slots=True)
class Day:
    """A day found in a text: as written, where, and what it means; ``day`` is None when it can't be told."""

    raw: str
    start: int
    end: int
    day: date | None


_Rule = Callable[[re.Match[str], date], date | None]


def _ymd(found: re.Match[str], _today: date) -> date | None:
    return _made(int(found[1]), int(found[2]), int(found[3]))


def _month_day(found: re.Match[str], today: date) -> date | None:
    month, day = _number(found[1]), _number(found[2])
    this_year = _made(today.year, month, day)
    if this_year is None or this_year >= today:
        return this_year
    return _made(today.year + 1, month, day)


def _month_end(found: re.Match[str], today: date) -> date | None:
    ahead = {"下": 1, "下下": 2}.get(found[1] or "", 0)
    month0 = today.month - 1 + ahead
    year, month = today.year + month0 // 12, month0 % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def _day_of_month(found: re.Match[str], today: date) -> date | None:
    ahead = 1 if (found[1] or "").startswith("下") else 0
    day = _number(found[2])
    month0 = today.month - 1 + ahead
    found_day = _made(today.year + month0 // 12, month0 % 12 + 1, day)
    if found_day is None or ahead or found_day >= today or found[1]:
        return found_day
    return _made(today.year + today.month // 12, today.month % 12 + 1, day)


def _weekday(found: re.Match[str], today: date) -> date | None:
    weeks = {"下": 1, "下下": 2}.get(found[1] or "", 0)
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=_WEEKDAYS[found[2]], weeks=weeks)
    return day if found[1] or day >= today else day + timedelta(weeks=1)


def _near_day(found: re.Match[str], today: date) -> date | None:
    return today + timedelta(days={"今": 0, "明": 1, "后": 2, "大后": 3}[found[1]])


def _days_ahead(found: re.Match[str], today: date) -> date | None:
    days = _number(found[1]) * (7 if found[2] else 1)
    return today + timedelta(days=days) if days <= MAX_DAYS_AHEAD else None


_RULES: tuple[tuple[re.Pattern[str], _Rule | None, bool], ...] = (
    (re.compile(r"(?<!\d)(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*[日号]?"), _ymd, False),
    (re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)"), _ymd, False),
    (re.compile(rf"(?<!\d)({_N})\s*月\s*({_N})\s*[日号]?"), _month_day, True),
    (re.compile(r"(?<![\d/.-])(\d{1,2})/(\d{1,2})(?![\d/.])"), _month_day, True),
    (re.compile(r"(?:(下下|下|本|这)个?)?月(?:底|末)"), _month_end, True),
    (re.compile(rf"(本月|这个?月|下个?月)\s*({_N})\s*[日号]"), _day_of_month, True),
    (re.compile(rf"(?<![\d月])(\b|(?<=\D))({_N})\s*号(?![码楼线机])"), _day_of_month, True),
    (re.compile(r"(下下|下|本|这)?个?(?:周|星期|礼拜)([一二三四五六日天末])"), _weekday, True),
    (re.compile(r"(大后|今|明|后)(?:天|日)"), _near_day, True),
    (re.compile(rf"({_N})\s*个?(?:天|日|(周|星期))\s*(?:之?内|以?内|后|之后)"), _days_ahead, True),
    (
        re.compile(r"(?:下|本|这)个?(?:周|星期|月)(?![一二三四五六日天末底])|尽快|月初|月中|上旬|中旬|下旬|年底"),
        None,
        True,
    ),
)


def find_days(text: str, today: date | None) -> list[Day]:
    """Return the days that ``text`` names, in order; earlier rules win where two fit the same words."""
    found: list[Day] = []
    for pattern, rule, relative in _RULES:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            day = _apply(rule, match, today, relative)
            found.append(Day(match.group().strip(), match.start(), match.end(), day))
    return sorted(found, key=lambda day: day.start)


def _apply(rule: _Rule | None, match: re.Match[str], today: date | None, relative: bool) -> date | None:
    if rule is None or (relative and today is None):
        return None
    return rule(match, today or date.min)


def _number(written: str) -> int:
    return int(decimal_text(written) or 0)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
