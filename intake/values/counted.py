"""How many: the quantities that a clause of plain speech names, and how sure the speaker was of them (NL-01).

两箱 · 半打 · 一箱半 · 1.5千个 · 500到600个 · 五百来个 · 几十个. A range, a few and about are kept as what they are:
somebody asks. Works on clean text, prices and dates already blanked. Knows nothing of products.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from intake.values.late import late
from intake.values.numeral import ARABIC, CHINESE, PATTERN, decimal_text, plain
from intake.values.unit import WORDS

UNIT = "|".join(re.escape(word) + (r"(?![A-Za-z0-9])(?!\s+price)" if word.isascii() else "") for word in WORDS)
NUMBER = ARABIC
_ABOUT = r"(?:大概|大约|约莫|约|差不多|估计|最多|至少|不超过|起码|上下|about|around|approx\.?)"
_OR_SO = r"(?:左右|上下|前后|吧大概|or so)"
_N = rf"(?:{PATTERN}|[俩仨])"
_RANGE = late(
    rf"(?<![A-Za-z0-9_./-])({_N})\s*(?:{UNIT})?\s*(?:到|至|~|～|-|—|或者?|还是)\s*({_N})\s*({UNIT})(?![A-Za-z])",
    re.IGNORECASE,
)
_EITHER = late(rf"(?<![A-Za-z0-9./,-])(?!0\.)(\d{{1,3}})(?:,(\d{{1,2}})|\.(\d{{3}}))\s*({UNIT})", re.IGNORECASE)
_TWO_DIGITS = late(rf"([一二三四五六七八九])([二三四五六七八九])([十百千])\s*({UNIT})")
_VAGUE = late(rf"(?:好?几[十百千万]*|若干|一些|少量|一批|适量|[数多][十百千]|十几|几十)\s*({UNIT})|若干|一批|些许")
_MORE = late(rf"({_N})\s*(?:多|来|余|几)\s*({UNIT})", re.IGNORECASE)
_HALF = late(rf"({_N})?\s*半\s*({UNIT})(?!月|天|年)|({_N})\s*({UNIT})\s*半", re.IGNORECASE)
_TIMES = late(
    rf"(?:数量|qty|quantity|[xX×*])\s*[:：]?\s*({PATTERN})(?![\w.]*\d)(?!\s?[百千万])\s*({UNIT})?", re.IGNORECASE
)
_NEAR = r"\s{0,3}"
"""Between a number and its unit: where a product's name was taken out, more blanks are left."""
_COUNTED = late(rf"(?<![\w.,/-])({_N}|(?<=[{CHINESE}]){_N}){_NEAR}({UNIT})", re.IGNORECASE)
_AFTER_HAN = late(rf"(?<=[\u4e00-\u9fff])({NUMBER}){_NEAR}({UNIT})", re.IGNORECASE)
_CHINESE = late(rf"([{CHINESE}俩仨]{{1,12}})\s*({UNIT})")
_PAIR = late(r"([俩仨])(?=[\u4e00-\u9fff\s]|\Z)")
_BARE = late(
    rf"(?<![\w./-])({NUMBER})\s?(k|K|[百千万])?(?![\w./%％-]|[年月日号点楼栋层室])|(?<=[\u4e00-\u9fff])({NUMBER})([kK]|[百千万])?(?![\w./%％-]*[A-Za-z0-9年月日号点楼栋层室米])"
)
_BARE_CHINESE = late(rf"(?:要|来|订|买|各|改成|改为|加|发|给|是|[:：]|^)\s*([{CHINESE}]{{2,12}})(?![{CHINESE}\w])")
_SCALE = {"k": 1000, "百": 100, "千": 1000, "万": 10_000}


@dataclass(frozen=True, slots=True)
class Counted:
    """A quantity found: decimal text (None: it can't be told), unit as written, where it stood.

    ``bare``: a number without a unit. ``doubt``: why it must be asked; ``among``: what it may be.
    """

    quantity: str | None
    unit: str | None
    start: int
    end: int
    bare: bool = False
    doubt: str = ""
    among: tuple[str, ...] = ()


def counted_in(text: str) -> list[Counted]:
    """Return the quantities with a unit (or behind 数量, ×) that a clause names, each place once."""
    found: list[Counted] = []
    for pattern, make in _RULES:
        for match in pattern.finditer(text):
            made = make(match, text)
            if made and all(made.end <= other.start or made.start >= other.end for other in found):
                found.append(made)
    return sorted(found, key=lambda counted: counted.start)


def bare_in(text: str) -> list[Counted]:
    """Return the numbers that stand without a unit: 要1000, A型接头 500, 要一千五."""
    found = []
    for match in _BARE.finditer(text):
        number = _scaled(match[1] or match[3], (match[2] or match[4] or "").lower())
        if number:
            found.append(Counted(number, None, match.start(), match.end(), bare=True))
    for match in _BARE_CHINESE.finditer(text):
        number = decimal_text(match[1])
        if number:
            found.append(Counted(number, None, match.start(1), match.end(1), bare=True))
    return found


def _scaled(written: str, scale: str) -> str | None:
    number = decimal_text(written)
    return plain(Decimal(number) * _SCALE.get(scale, 1)) if number else None


def number_of(written: str) -> str | None:
    """Return a spoken number as decimal text: 俩 is 2."""
    return {"俩": "2", "仨": "3"}.get(written.strip()) or decimal_text(written)


def _range(match: re.Match[str], _text: str) -> Counted | None:
    low, high = number_of(match[1]), number_of(match[2])
    if low is None or high is None or low == high:
        return None
    return Counted(None, match[3], match.start(), match.end(), doubt="写了两个数量，请选择", among=(low, high))


def _either(match: re.Match[str], _text: str) -> Counted:
    """Read 2,5 boxes and 1.000 pcs: a decimal point or a mark between groups, nobody knows."""
    head, tail = match[1], match[2] or match[3]
    among = (f"{head}.{tail}".rstrip("0").rstrip("."), tail if match[2] else head + tail)
    return Counted(None, match[4], match.start(), match.end(), doubt="小数点还是分隔号说不准，请选择", among=among)


def _two_digits(match: re.Match[str], _text: str) -> Counted:
    """Read 三五十个: between thirty and fifty, nobody knows."""
    low, high = decimal_text(match[1] + match[3]) or "", decimal_text(match[2] + match[3]) or ""
    return Counted(None, match[4], match.start(), match.end(), doubt="数量说得不确定，请选择", among=(low, high))


def _vague(match: re.Match[str], _text: str) -> Counted:
    return Counted(None, match[1], match.start(), match.end(), doubt="没有说准数量，请填写")


def _more(match: re.Match[str], _text: str) -> Counted | None:
    number = number_of(match[1])
    doubt = "说的是大概的数量，请核对"
    return Counted(number, match[2], match.start(), match.end(), doubt=doubt) if number else None


def _half(match: re.Match[str], _text: str) -> Counted | None:
    if match[4]:
        whole, unit = number_of(match[3]), match[4]
    else:
        whole, unit = number_of(match[1]) if match[1] else "0", match[2]
    return Counted(plain(Decimal(whole) + Decimal("0.5")), unit, match.start(), match.end()) if whole else None


def _plain_one(match: re.Match[str], text: str) -> Counted | None:
    number = number_of(match[1])
    if number is None:
        return None
    loose = re.search(_ABOUT + r"\s*(?:要|来|订)?\s*\Z", text[: match.start()], re.IGNORECASE) or re.match(
        r"\s*" + _OR_SO, text[match.end() :], re.IGNORECASE
    )
    doubt = "说的是大概的数量，请核对" if loose else ""
    unit = match[2] if match.re.groups > 1 else None
    return Counted(number, unit, match.start(), match.end(), doubt=doubt)


_RULES = (
    (_EITHER, _either),
    (_RANGE, _range),
    (_TWO_DIGITS, _two_digits),
    (_VAGUE, _vague),
    (_HALF, _half),
    (_MORE, _more),
    (_TIMES, _plain_one),
    (_COUNTED, _plain_one),
    (_AFTER_HAN, _plain_one),
    (_CHINESE, _plain_one),
    (_PAIR, _plain_one),
)
