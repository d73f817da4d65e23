"""Units of quantity: which words mean the same one. Codes are UN/ECE Recommendation 20 and 21."""

from __future__ import annotations

from intake.clean import clean_code

_SAME: tuple[tuple[str, ...], ...] = (
    ("个", "只", "枚", "颗", "粒", "pcs", "pc", "piece", "pieces", "ea", "each", "c62", "h87", "pce", "nar"),
    ("支", "根", "条"),
    ("片", "张", "块"),
    ("件",),
    ("套", "set", "sets"),
    ("台", "unit", "units"),
    ("箱", "carton", "ctn", "ct", "cs", "case"),
    ("盒", "box", "boxes", "bx"),
    ("包", "袋", "pack", "bag", "pk", "bg"),
    ("卷", "roll", "ro", "盘"),
    ("桶", "drum", "barrel"),
    ("瓶", "bottle", "bo"),
    ("双", "对", "pair", "pr"),
    ("打", "dozen", "dzn"),
    ("吨", "t", "ton", "tne"),
    ("千克", "公斤", "kg", "kgm", "kgs"),
    ("克", "g", "grm"),
    ("升", "l", "ltr"),
    ("毫升", "ml", "mlt"),
    ("米", "m", "mtr"),
    ("厘米", "公分", "cm", "cmt"),
    ("毫米", "mm", "mmt"),
    ("平方米", "㎡", "m2", "m²", "mtk"),
    ("立方米", "m3", "m³", "mtq"),
)
_GROUP: dict[str, int] = {word: number for number, words in enumerate(_SAME) for word in words}

WORDS: tuple[str, ...] = tuple(sorted(_GROUP, key=len, reverse=True))
"""Every unit word known, longest first, for readers of free text."""


def same_unit(one: str, other: str) -> bool:
    """Say whether two unit words mean the same unit: 只 and pcs do, 个 and 箱 don't."""
    left, right = (clean_code(word) or "" for word in (one, other))
    left, right = left.casefold(), right.casefold()
    return left == right or (left in _GROUP and _GROUP[left] == _GROUP.get(right))
