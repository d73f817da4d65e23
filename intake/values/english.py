"""English number words in front of what they count → digits: two dozen, half a box, a hundred and fifty (NL-01).

Works on one line before it is cut into clauses, because "and" joins the parts of one number as well as two goods.
"""

from __future__ import annotations

import re

from intake.values.unit import WORDS

_ONES = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = {
    **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50},
    **{"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
}
_VALUE = {**dict(zip(_ONES, range(1, 20), strict=True)), **_TENS}
_SMALL = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_ONES[:9])}))?|{'|'.join(sorted(_ONES, key=len, reverse=True))})"
)
_HUNDREDS = rf"(?:(?:a|{_SMALL})\s+hundred(?:\s+(?:and\s+)?{_SMALL})?)"
_BIG = re.compile(
    rf"\b(?:(?P<k>a|{_HUNDREDS}|{_SMALL})\s+thousand(?:\s+(?:and\s+)?(?P<krest>{_HUNDREDS}|{_SMALL}))?|(?P<h>{_HUNDREDS})|(?P<s>{_SMALL}))\b",
    re.IGNORECASE,
)
_UNITS = "|".join(re.escape(word) for word in WORDS if word.isascii())
_AND_A_HALF = re.compile(r"(\d+)\s+and\s+a\s+half\b", re.IGNORECASE)
_HALF_A = re.compile(rf"\b(?:a\s+)?half\s+(?:an?\s+)?(?=(?:dozen|{_UNITS})\b)", re.IGNORECASE)
_A = re.compile(rf"\ban?\b(?=\s+(?:dozen|{_UNITS})\b)", re.IGNORECASE)
_ONLY_BEFORE_UNITS = frozenset(_ONES[:9])
_COUNTS = re.compile(rf"\s+(?:and\s+a\s+half\b|dozen\b|(?:{_UNITS})\b)", re.IGNORECASE)


def in_digits(line: str) -> str:
    """Write the number words of a line as digits; one to nine only where a unit follows: the one we had is none."""
    line = _BIG.sub(_digits, line)
    line = _AND_A_HALF.sub(r"\1.5", line)
    return _A.sub("1", _HALF_A.sub("0.5 ", line))


def _digits(match: re.Match[str]) -> str:
    small = (match["s"] or "").lower()
    if small in _ONLY_BEFORE_UNITS and not _COUNTS.match(match.string, match.end()):
        return match.group()
    if match["k"]:
        return str(_value(match["k"]) * 1000 + _value(match["krest"] or ""))
    return str(_value(match["h"] or small))


def _value(words: str) -> int:
    total = 0
    for word in re.split(r"[\s-]+", words.lower()):
        total = max(total, 1) * 100 if word == "hundred" else total + _VALUE.get(word, 1 if word == "a" else 0)
    return total
