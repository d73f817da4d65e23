"""Days as people write them → dates: 2026年11月30日 · 11月30日 · 月底前 · 下周三 · 3天内 · 春节前 · by Nov 30.

Relative words count from ``today``, the day the message was sent; without it, and where two days fit, nothing is
guessed. What is likely but open to another reading (next Friday, 一个月, 5号左右) is told with ``sure`` False.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from intake.values.festival import FESTIVAL, festival_day
from intake.values.numeral import decimal_text

_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 6}
_N = r"[0-9一二两三四五六七八九十廿]{1,3}"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NAMED_MONTH = _MONTH.replace("(", "(?P<month>", 1)
_TH = "(?:st|nd|rd|th)?"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(mon|tues?|wed(?:nes)?|thur?s?|fri|satur|sat|sun)(?:day)?"
_ENGLISH_COUNT = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
MAX_DAYS_AHEAD = 400


@dataclass(frozen=True, slots=True)
class Day:
    """A day found in a text: as written, where, and what it means; ``day`` is None when it can't be told.

    ``sure`` is False where another reading is as good as excluded, but not quite: a person looks.
    """

    raw: str
    start: int
    end: int
    day: date | None
    sure: bool = True


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
    return day if day >= today or weeks else day + timedelta(weeks=1)


def _near_day(found: re.Match[str], today: date) -> date | None:
    return today + timedelta(days={"今": 0, "明": 1, "后": 2, "大后": 3}[found[1]])


def _days_ahead(found: re.Match[str], today: date) -> date | None:
    days = _number(found[1]) * (7 if found[2] else 1)
    return today + timedelta(days=days) if days <= MAX_DAYS_AHEAD else None


def _hours_ahead(found: re.Match[str], today: date) -> date | None:
    hours = _number(found[1])
    return today + timedelta(days=-(-hours // 24)) if hours <= 24 * MAX_DAYS_AHEAD else None


def _half_month(_found: re.Match[str], today: date) -> date | None:
    return today + timedelta(days=15)


def _months_ahead(found: re.Match[str], today: date) -> date | None:
    return _same_day(today, _number(found[1]))


def _same_day(today: date, months: int) -> date | None:
    month0 = today.month - 1 + months
    year, month = today.year + month0 // 12, month0 % 12 + 1
    last = calendar.monthrange(year, month)[1] if months <= 24 else 0
    return date(year, month, min(today.day, last)) if last else None


def _week_end(found: re.Match[str], today: date) -> date | None:
    weeks = {"下": 1, "下下": 2}.get(found[1] or "", 0)
    return today + timedelta(days=6 - today.weekday(), weeks=weeks)


def _year_end(found: re.Match[str], today: date) -> date | None:
    return date(today.year + (1 if found[1] == "明" else 0), 12, 31)


def _english_day(found: re.Match[str], today: date) -> date | None:
    groups = found.groupdict()
    month = 1 + _MONTHS.index(groups["month"][:3].lower())
    day = int(groups["day"])
    if groups.get("year"):
        return _made(int(groups["year"]), month, day)
    this_year = _made(today.year, month, day)
    return this_year if this_year is None or this_year >= today else _made(today.year + 1, month, day)


def _english_weekday(found: re.Match[str], today: date) -> date | None:
    wanted = _DAYS.index(found[2][:3].lower())
    if found[1] and found[1].lower() == "next":
        return today - timedelta(days=today.weekday()) + timedelta(days=wanted, weeks=1)
    return today + timedelta(days=(wanted - today.weekday()) % 7)


def _english_near(found: re.Match[str], today: date) -> date | None:
    word = " ".join(found[1].lower().split())
    return today + timedelta(days={"today": 0, "tomorrow": 1}.get(word, 2))


def _english_ahead(found: re.Match[str], today: date) -> date | None:
    count = int(found[1]) if found[1].isdigit() else _ENGLISH_COUNT[found[1].lower()]
    days = count * (7 if found[2].lower().startswith("week") else 1)
    return today + timedelta(days=days) if days <= MAX_DAYS_AHEAD else None


def _english_month_end(found: re.Match[str], today: date) -> date | None:
    month = _same_day(today.replace(day=1), 1 if found[1] else 0) or today
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _rule(pattern: str, rule: _Rule | None, *, relative: bool = True, sure: bool = True) -> _Known:
    return re.compile(pattern, re.IGNORECASE), rule, relative, sure


_Known = tuple[re.Pattern[str], "_Rule | None", bool, bool]
_YMD_TEXT = r"(?<!\d)(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*[日号]?"
_RULES: tuple[_Known, ...] = (
    _rule(_YMD_TEXT, _ymd, relative=False),
    _rule(r"(?<![A-Za-z\d_-])(20\d\d)(\d\d)(\d\d)(?![\dA-Za-z_-])", _ymd, relative=False),
    _rule(rf"(?<!\d)({_N})\s*月\s*({_N})\s*[日号]?(?!天|周)", _month_day),
    _rule(r"(?<![A-Za-z\d/.-])(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])(?![\d/.])", _month_day),
    _rule(
        r"(?<![\d/.-])(1[0-2]|0?[1-9])\.([0-3]?\d)\s*(?:[日号]|(?=之?前|以前|到(?![\d一二三])|送|交|要货))", _month_day
    ),
    _rule(
        rf"\b{_NAMED_MONTH}\.?\s+(?P<day>\d{{1,2}}){_TH}(?:,?\s+(?P<year>20\d\d))?\b",
        _english_day,
    ),
    _rule(
        rf"\b(?P<day>\d{{1,2}}){_TH}\s+(?:of\s+)?{_NAMED_MONTH}\b(?:,?\s+(?P<year>20\d\d))?",
        _english_day,
    ),
    _rule(r"(?:(下下|下|本|这|当)个?)?月(?:底|末)", _month_end),
    _rule(rf"(本月|这个?月|下个?月)\s*({_N})\s*[日号]", _day_of_month),
    _rule(rf"(?<![\d月])(\b|(?<=\D))({_N})\s*[号日](?![码楼线机常用])", _day_of_month),
    _rule(r"(下下|下|本|这)?个?(?:周|星期|礼拜)([一二三四五六日天末])", _weekday),
    _rule(r"(大后|今|明|后)(?:天|日|早|晚|儿)", _near_day),
    _rule(rf"({_N})\s*个?(?:天|日|(周|星期|礼拜))\s*(?:之?内|以?内|后|之后|以后|到货|左右|交货|送到)", _days_ahead),
    _rule(r"(\d{1,3})\s*个?小时(?:之?内|以内)", _hours_ahead),
    _rule(r"半个?月(?:之?内|以内|后|之后|左右)?", _half_month, sure=False),
    _rule(rf"({_N})\s*个月(?:之?内|以内|后|之后|左右)?", _months_ahead, sure=False),
    _rule(r"(?:(下下|下|本|这)个?)(?:周|星期|礼拜)(?:之?内|以内|里|底)", _week_end, sure=False),
    _rule(r"(今|明|本)?年(?:底|末)", _year_end),
    _rule(rf"(今年|明年)?({FESTIVAL})(前|之前|以前|后|之后|以后|期间|当天)?", festival_day, sure=False),
    _rule(rf"\b(next|this|coming)?\s*\b{_DAY}\b", _english_weekday, sure=False),
    _rule(r"\b(today|tomorrow|the\s+day\s+after\s+tomorrow)\b", _english_near),
    _rule(r"\b(?:in|within)\s+(\d{1,3}|one|a|two|three|four|five|six|seven|ten)\s+(days?|weeks?)\b", _english_ahead),
    _rule(r"\b(?:the\s+)?end\s+of\s+(?:the\s+|this\s+)?(next\s+)?month\b", _english_month_end),
    _rule(
        r"(?:下|本|这)个?(?:周|星期|月)(?![一二三四五六日天末底内])|尽快|越快越好|马上|月初|月中|[上中下]旬|年底|\basap\b",
        None,
    ),
)
_ABOUT = re.compile(r"\s*(?:左右|前后|上下)|\s*(?:或者?|还是)")


def find_days(text: str, today: date | None) -> list[Day]:
    """Return the days that ``text`` names, in order; earlier rules win where two fit the same words."""
    found: list[Day] = []
    for pattern, rule, relative, sure in _RULES:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            day = _apply(rule, match, today, relative)
            certain = sure and not _ABOUT.match(text, match.end()) and not _ran_out(match, rule, today)
            found.append(Day(match.group().strip(), match.start(), match.end(), day, certain))
    return sorted(found, key=lambda day: day.start)


def _ran_out(match: re.Match[str], rule: _Rule | None, today: date | None) -> bool:
    """Say whether 这周五 is said when this week's Friday is past: the next one is meant, most likely."""
    if rule is not _weekday or today is None or match[1] not in {"这", "本"}:
        return False
    return _WEEKDAYS[match[2]] < today.weekday()


def _apply(rule: _Rule | None, match: re.Match[str], today: date | None, relative: bool) -> date | None:
    if rule is None or (relative and today is None):
        return None
    try:
        return rule(match, today or date.min)
    except (ValueError, OverflowError):
        return None


def _number(written: str) -> int:
    return int(decimal_text(written) or 0)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
