"""Order lines on paper without a table: ``75套 × 27.72 = 2079.00`` behind or below the product, as tills print them.

Runs where a page has neither a table nor blocks of labelled values. What stands before the count on its row, else on
the rows above it, is the product: its code by the catalogue, the rest its name and specification.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from intake.fields import values
from intake.fields.found import Found, LineFound
from intake.values.unit import WORDS
from ocr.layout.rows import Cell, one_word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.layout.rows import Row
    from ocr.page import Page, Word

_NUMBER = r"\d[\d,，]*(?:\.\d+)?"
_UNIT = "|".join(sorted(map(re.escape, WORDS), key=len, reverse=True))
_COUNTED = re.compile(
    rf"(?:^|(?<=[\s:：(（]))(?P<quantity>{_NUMBER})\s*(?P<unit>{_UNIT})?\s*[×xX*＊@]\s*[¥￥]?\s*(?P<unit_price>{_NUMBER})"
    rf"\s*(?:元(?:/\S{{1,2}})?)?\s*[=＝]?\s*[¥￥]?\s*(?P<amount>{_NUMBER})?\s*元?\s*$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"^\s*[(（]?\d{1,3}\s*[.、)）．]\s*(?!\d)")
_READ: dict[str, Callable[[str], str | None]] = {
    "quantity": lambda text: (values.quantity(text) or (None,))[0],
    "unit": values.name,
    "unit_price": values.price,
    "amount": values.money,
}
_MOST_ABOVE = 2


def counted_lines(page: Page, rows: Sequence[Row], fits: Callable[[str], float]) -> list[LineFound]:
    """Return the lines of a page. ``fits`` scores a text as a product code (−1 … 1)."""
    found: list[LineFound] = []
    above: list[Word] = []
    for row in rows:
        word = one_word(row.words)
        match = _COUNTED.search(word.text)
        if match is None or not (match["unit"] or match["amount"]):  # O型圈 50×5.7 is a size
            above.append(word)
            continue
        line = _numbers(page, word, match)
        before = page.cut(word, 0, match.start())
        goods = [before] if before is not None and _said(before.text) else above[-_MOST_ABOVE:]
        line |= _goods(page, goods, fits)
        found.append(line)
        above = []
    return found


def _said(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _numbers(page: Page, word: Word, match: re.Match[str]) -> LineFound:
    line: LineFound = {}
    for name, read in _READ.items():
        part = page.cut(word, *match.span(name)) if match[name] else None
        if part is not None:
            line[name] = Found(read(part.text), Cell((part,)), page.number)
    return line


def _goods(page: Page, words: list[Word], fits: Callable[[str], float]) -> LineFound:
    """Find the code among the words of the product's rows; the last row that has one is the product's."""
    for word in reversed(words):
        begin = (_NUMBERING.match(word.text) or re.compile("").match(word.text)).end()  # type: ignore[union-attr]
        parts = _split(page, word, begin)
        code, rest = _code(page, parts, fits)
        if code is not None:
            return _named(rest, page) | {"code": Found(values.half(code.text), Cell((code,)), page.number)}
    return _named(tuple(_split(page, words[-1], 0)), page) if words else {}


def _code(page: Page, parts: list[Word], fits: Callable[[str], float]) -> tuple[Word | None, tuple[Word, ...]]:
    """Take the known code out of the words, also where it is glued to the name: SC1064-A气缸."""
    for index, part in enumerate(parts):
        for end in range(len(part.text), 2, -1):
            if fits(part.text[:end]) >= 1.0:
                rest = page.cut(part, end, len(part.text))
                return page.cut(part, 0, end), (*parts[:index], *((rest,) if rest else ()), *parts[index + 1 :])
    return None, tuple(parts)


def _split(page: Page, word: Word, begin: int) -> list[Word]:
    blanks = [match.start() for match in re.finditer(r"\s|[()（）]", word.text) if match.start() >= begin]
    parts = (page.cut(word, start, end) for start, end in pairwise([begin, *blanks, len(word.text)]))
    return [part for part in parts if part is not None and any(char.isalnum() for char in part.text)]


def _named(words: tuple[Word, ...], page: Page) -> LineFound:
    cell = Cell(words)
    value = values.name(cell.text)
    return {"name": Found(value, cell, page.number)} if value else {}
