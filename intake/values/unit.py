"""Units of quantity: which words mean the same one. Codes are UN/ECE Recommendation 20 and 21."""

from __future__ import annotations

from intake.values.clean import clean_code

_SAME: tuple[tuple[str, ...], ...] = (
    ("个", "只", "枚", "颗", "粒", "pcs", "pc", "piece", "pieces", "ea", "each", "c62", "h87", "pce", "nar"),
    ("支", "根", "条"),
    ("片", "张", "块"),
    ("件",),
    ("套", "set", "sets"),
    ("台", "unit", "units"),
    ("箱", "carton", "cartons", "ctn", "ctns", "ct", "cs", "case", "cases"),
    ("盒", "box", "boxes", "bx"),
    ("包", "袋", "pack", "packs", "bag", "bags", "pk", "bg"),
    ("卷", "roll", "rolls", "ro", "盘", "reel", "reels"),
    ("桶", "drum", "drums", "barrel", "barrels"),
    ("瓶", "bottle", "bottles", "bo"),
    ("双", "对", "pair", "pairs", "pr"),
    ("打", "dozen", "dzn"),
    ("吨", "公吨", "t", "ton", "tons", "tonne", "tonnes", "tne"),
    ("千克", "公斤", "kg", "kgm", "kgs"),
    ("斤", "市斤"),
    ("克", "g", "grm"),
    ("升", "公升", "l", "ltr", "liter", "liters", "litre", "litres"),
    ("毫升", "ml", "mlt"),
    ("千米", "公里", "km", "kmt"),
    ("米", "m", "mtr", "meter", "meters", "metre", "metres"),
    ("厘米", "公分", "cm", "cmt"),
    ("毫米", "mm", "mmt"),
    ("平方米", "㎡", "m2", "m²", "mtk"),
    ("立方米", "m3", "m³", "mtq"),
)
_GROUP: dict[str, int] = {word: number for number, words in enumerate(_SAME) for word in words}

WORDS: tuple[str, ...] = tuple(sorted(_GROUP, key=len, reverse=True))
"""Every unit word known, longest first, for readers of free text."""


_METRIC: tuple[dict[str, int], ...] = (
    {"吨": 1_000_000, "千克": 1000, "斤": 500, "克": 1},
    {"千米": 1_000_000, "米": 1000, "厘米": 10, "毫米": 1},
    {"升": 1000, "毫升": 1},
)
"""Mass in grams, length in millimetres, volume in millilitres."""


def metric_factor(one: str, other: str) -> tuple[int, int] | None:
    """Return how many of ``other`` are in ``one``, as a fraction; None if they are not of one kind."""
    for kind in _METRIC:
        sizes = [size for word in (one, other) for known, size in kind.items() if same_unit(word, known)]
        if len(sizes) == 2 and not same_unit(one, other):
            return sizes[0], sizes[1]
    return None


def same_unit(one: str, other: str) -> bool:
    """Say whether two unit words mean the same unit: 只 and pcs do, 个 and 箱 don't."""
    left, right = (clean_code(word) or "" for word in (one, other))
    left, right = left.casefold(), right.casefold()
    return left == right or (left in _GROUP and _GROUP[left] == _GROUP.get(right))
