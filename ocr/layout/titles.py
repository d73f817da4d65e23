"""The titles of a table: one row of them, or several that are one, and what each means.

Part of `ocr.layout.tables`. Titles may stand in two lines or over several columns, or begin above the row and end
below it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout.rows import Row
    from ocr.layout.tables import Grammar
    from ocr.page import Box, Page, Word

LEAST_TITLES = 3
_CLOSE = 1.2
"""Rows of one title stand this many heights apart at most."""


@dataclass(frozen=True)
class Title:
    """A column's title; ``under`` is what the second line of its cells means, where the title says so."""

    kind: str
    word: Word
    under: str = ""


def header(page: Page, lines: Sequence[Row], index: int, grammar: Grammar) -> tuple[list[Title], int]:
    """Return the titles of a header that begins at row ``index`` and the number of rows it takes."""
    titles = _capped(page, lines, index, grammar)
    if len({title.kind for title in titles} - {"other"}) < LEAST_TITLES:
        return [], 0
    used = 1
    for row in lines[index + 1 : index + 3]:
        more = _titles(page, row, grammar)
        near = row.y - lines[index + used - 1].y < 2.2 * lines[index].at.height
        strange = sum(title.kind == "other" for title in more)
        if near and _parts_of_titles(titles, more, row):
            titles = _parted(titles, more, grammar)
            used += 1
            continue
        if not near or len(more) < 2 or len(more) < 0.6 * len(row.words) or 3 * strange > len(more):
            break
        titles = _merged(titles, more)
        used += 1
    return sorted(titles, key=lambda title: title.word.at.x0), used


def _capped(page: Page, lines: Sequence[Row], index: int, grammar: Grammar) -> list[Title]:
    """Return the titles of a row, with those that begin above it and end below it: Ext. over Price beside Qty."""
    titles = _titles(page, lines[index], grammar)
    if not 0 < index < len(lines) - 1:
        return titles
    above, row, below = lines[index - 1 : index + 2]
    apart = max(row.y - above.y, below.y - row.y) > _CLOSE * row.at.height
    beside = any(_share_x(one.at, title.word.at) for one in above.words for title in titles)
    if apart or beside or any(char.isdigit() for char in above.text + below.text):
        return titles
    for word in above.words:
        under = [one for one in below.words if _share_x(one.at, word.at)]
        joined = grammar.titles(f"{word.text} {under[0].text}") if len(under) == 1 else []
        named = joined if len(joined) == 1 else grammar.titles(word.text)
        titles.append(Title(named[0][0] if len(named) == 1 else "other", word))
    return titles


def _share_x(one: Box, other: Box) -> bool:
    return min(one.x1, other.x1) > max(one.x0, other.x0)


def _parts_of_titles(titles: list[Title], more: list[Title], row: Row) -> bool:
    """Say whether a row divides a title above it, 数量 into 行政, 生产, 合计: no digit, at most one known title."""
    known = {part.kind for part in more} - {"other", "aside"}
    if len(more) < 2 or len(known) > 1 or any(char.isdigit() for char in row.text):
        return False
    owned = [_nearest(titles, part) for part in more]
    divided = [over for over in owned if owned.count(over) > 1]
    return bool(divided) and all(over in divided or _over(over, part) for over, part in zip(owned, more, strict=True))


def _nearest(titles: list[Title], part: Title) -> Title:
    return min(titles, key=lambda over: abs(over.word.at.middle[0] - part.word.at.middle[0]))


def _parted(titles: list[Title], more: list[Title], grammar: Grammar) -> list[Title]:
    """Put the parts in the place of the title that they divide; the sum of the parts means what the title means."""
    owned = [_nearest(titles, part) for part in more]
    found = [over for over in titles if owned.count(over) < 2]
    for over, part in zip(owned, more, strict=True):
        if owned.count(over) < 2:
            continue
        together = grammar.titles(f"{part.word.text}{over.word.text}")
        sums = len(together) == 1 and together[0][0] == over.kind
        found.append(Title(over.kind if sums else "aside", part.word))
    return found


def _titles(page: Page, row: Row, grammar: Grammar) -> list[Title]:
    found: list[Title] = []
    for word in _spelled(row, grammar):
        named = grammar.titles(word.text)
        if not named:
            found.append(Title("other", word))
        for (kind, start, _), following in zip_longest(named, named[1:]):
            end = following[1] if following else len(word.text)
            part = page.cut(word, 0 if (kind, start) == named[0][:2] else start, end)
            if part is not None:
                found.append(Title(kind, part))
    return found


def _spelled(row: Row, grammar: Grammar) -> list[Word]:
    """Join letters of a title that stand apart (数　量) where only together they mean a column."""
    words: list[Word] = []
    for word in row.words:
        last = words[-1] if words else None
        if last is not None and len(last.text) <= 1 and len(word.text) <= 1 and grammar.titles(last.text + word.text):
            words[-1] = replace(
                last,
                text=last.text + word.text,
                at=last.at.join(word.at),
                box=last.box.join(word.box),
                scores=last.scores + word.scores,
                centres=last.centres + word.centres,
            )
        else:
            words.append(word)
    return words


def _merged(upper: list[Title], lower: list[Title]) -> list[Title]:
    """Join the second line of a header with the first: the same column where they stand over each other."""
    merged = [title for title in upper if sum(_over(title, under) for under in lower) < 2]  # a title over several
    for title in lower:
        for index, over in enumerate(merged):
            if _over(over, title):
                kind = title.kind if over.kind == "other" else over.kind
                under = title.kind if kind not in {title.kind, "aside"} and title.kind not in {"other", "no"} else ""
                merged[index] = Title(kind, replace(over.word, at=over.word.at.join(title.word.at)), under)
                break
        else:
            merged.append(title)
    return merged


def _over(upper: Title, lower: Title) -> bool:
    return _share_x(upper.word.at, lower.word.at)
