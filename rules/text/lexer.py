"""The letters of a condition: text → tokens with their columns.

A number may carry a unit (``500.00元``, ``15%``, ``5 min``, ``3 days``). There is no token for a regular expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from rules.text.mistakes import of_letter, of_number

if TYPE_CHECKING:
    from rules.text.source import Place

DURATIONS: dict[str, int] = {
    "s": 1, "second": 1, "seconds": 1, "秒": 1, "min": 60, "minute": 60, "minutes": 60, "分钟": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "小时": 3600, "day": 86400, "days": 86400, "天": 86400,
}  # fmt: skip
AMOUNTS: dict[str, int] = {"元": 1, "万元": 10_000, "yuan": 1}
COUNTERS = ("个", "件", "笔", "次", "单", "行", "点", "pcs")
UNITS = ("%", *DURATIONS, *AMOUNTS, *COUNTERS)
MAX_TEXT = 4000
MAX_TOKENS = 400

_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<date>\d{{4}}-\d\d-\d\d)(?![\w-])
    | (?P<number>\d+(?:\.\d+)?)(?:\s*(?P<unit>{_UNIT})(?![A-Za-z0-9_]))?(?![\w.])
    | (?P<quoted>"(?:[^"\\]|\\["\\])*"|'(?:[^'\\]|\\['\\])*')
    | \$(?P<param>\w+)
    | (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    | (?P<sign><=|>=|!=|==|=|<|>|≤|≥|≠|[-+*(),\[\]])
    )""",
    re.VERBOSE,
)
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "="}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: date, number, quoted, param, name, sign or end. ``unit`` belongs to numbers; ``start`` is an offset."""

    kind: str
    text: str
    start: int
    unit: str = ""


def tokens(text: str, place: Place) -> list[Token]:
    """Cut a condition into tokens. Raises RuleAuthorError at the first strange letter."""
    if len(text) > MAX_TEXT:
        place.refuse(f"a condition may have at most {MAX_TEXT} letters", f"条件不得超过 {MAX_TEXT} 个字符")
    found: list[Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            _refuse_letter(text, at, place)
        found.append(_token(match))
        at = match.end()
    if len(found) > MAX_TOKENS:
        place.refuse("the condition is too long; use a list or several rules", "条件过长，请改用列表或拆成多条规则")
    return [*found, Token("end", "", end)]


def _token(match: re.Match[str]) -> Token:
    kind = "number" if match.group("number") else str(match.lastgroup)
    text = match.group(kind)
    start = match.start(kind)
    if kind == "quoted":
        quote = text[0]
        text = text[1:-1].replace("\\" + quote, quote).replace("\\\\", "\\")
    if kind == "sign":
        text = _SIGNS.get(text, text)
    return Token(kind, text, start, match.group("unit") or "")


def _refuse_letter(text: str, at: int, place: Place) -> NoReturn:
    rest = text[at:].lstrip()
    at = len(text) - len(text[at:].lstrip())
    where = place.shifted(at)
    if rest[:1] in "/~^":
        where.refuse(
            "regular expressions are not available; use contains, starts with or in",
            "不支持正则表达式，请用 contains、starts with 或 in",
        )
    if rest[:1].isdigit():
        said, meant = of_number(re.split(r"\s", rest, maxsplit=1)[0])
        where.refuse(*said, meant)
    said, meant = of_letter(rest[:1])
    where.refuse(*said, meant)
