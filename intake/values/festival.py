"""Festivals and holidays as people name them → the last day before, the day itself, the first day after.

Source: the lunar calendar's published dates, 2025–2036; solar holidays by their fixed day. 清明 is the solar term.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

FESTIVAL = (
    "春节|过年|大年|除夕|元宵节?|元旦|新年|清明节?|五一|劳动节|端午节?|中秋节?|国庆节?|十一长假|双十一|双十二|圣诞节?"
)
_FIRST_YEAR = 2025
_LUNAR: dict[str, tuple[str, ...]] = {
    "春": ("0129", "0217", "0206", "0126", "0213", "0203", "0123", "0211", "0131", "0219", "0208", "0128"),
    "端": ("0531", "0619", "0609", "0528", "0616", "0605", "0624", "0612", "0601", "0620", "0610", "0530"),
    "中": ("1006", "0925", "0915", "1003", "0922", "0912", "1001", "0919", "0908", "0927", "0916", "1004"),
}
_SOLAR = {
    "元旦": "0101",
    "新年": "0101",
    "清明": "0405",
    "五一": "0501",
    "劳动": "0501",
    "国庆": "1001",
    "十一": "1001",
    "双十一": "1111",
    "双十二": "1212",
    "圣诞": "1225",
}
_LENGTH = {"春": 8, "国": 7, "十": 7, "五": 5, "劳": 5}


def festival_day(found: re.Match[str], today: date) -> date | None:
    """Return the day that 春节前, 国庆后, 元旦 means; None for a year outside the table."""
    word, side = found[2], found[3] or ""
    year = today.year + (found[1] == "明年")
    for candidate in (year, year + 1):
        start = _start(word, candidate)
        if start is None:
            return None
        day = _sided(word, start, side)
        if day >= today:
            return day
    return None


def _sided(word: str, start: date, side: str) -> date:
    if "前" in side:
        return start - timedelta(days=1)
    return start + timedelta(days=_LENGTH.get(word[0], 1)) if "后" in side else start


def _start(word: str, year: int) -> date | None:
    if word in {"春节", "过年", "大年", "除夕", "元宵", "元宵节"}:
        spring = _lunar("春", year)
        shift = {"除夕": -1, "元宵": 14, "元宵节": 14}.get(word, 0)
        return spring + timedelta(days=shift) if spring else None
    if word[0] in _LUNAR:
        return _lunar(word[0], year)
    fixed = _SOLAR.get(word) or _SOLAR.get(word[:3]) or _SOLAR.get(word[:2])
    return _made(year, fixed) if fixed else None


def _lunar(kind: str, year: int) -> date | None:
    days = _LUNAR[kind]
    return _made(year, days[year - _FIRST_YEAR]) if 0 <= year - _FIRST_YEAR < len(days) else None


def _made(year: int, month_day: str) -> date:
    return date(year, int(month_day[:2]), int(month_day[2:]))
