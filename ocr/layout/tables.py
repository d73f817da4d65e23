"""Find tables by their titles: ruled, half ruled or without any rule; cells may be wrapped or glued."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from ocr.layout.align import Placing, Track, place
from ocr.layout.rows import Cell, Row, join_halves, rows
from ocr.layout.titles import LEAST_TITLES, Title, header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.page import Box, Page, Word

_FILLED = 0.6
"""A row with words for so many of the columns belongs to the table even where its ruled lines were not seen."""


@dataclass(frozen=True)
class Column:
    """A kind of column. ``fits`` scores a cell's text from −1 (impossible) to 1 (surely).

    ``single``: its cells are one word.
    """

    kind: str
    fits: Callable[[str], float]
    numeric: bool = False
    single: bool = False


@dataclass(frozen=True)
class Grammar:
    """What the caller knows of tables.

    ``titles``: a text → the kinds that it names, with their places in the text (several when cells were glued).
    ``ends``: says whether a row of that text ends the table (sums, notes). ``anchors``: an item has one of these.
    """

    columns: dict[str, Column]
    titles: Callable[[str], list[tuple[str, int, int]]]
    ends: Callable[[str], bool]
    anchors: frozenset[str]


@dataclass(frozen=True)
class Table:
    """Column kinds, and for each item its cells by column index; ``tail`` is the row that ended it, if any."""

    page: int
    kinds: tuple[str, ...]
    items: tuple[dict[int, Cell], ...]
    top: float
    bottom: float
    tail: Row | None = None
    tracks: tuple[Track, ...] = ()

    def cells(self, kind: str, item: dict[int, Cell]) -> list[Cell]:
        """Return the item's cells in columns of ``kind``."""
        return [cell for index, cell in sorted(item.items()) if self.kinds[index] == kind]


def find_tables(page: Page, lines: Sequence[Row], grammar: Grammar) -> list[Table]:
    """Return the tables of a page from top to bottom."""
    found: list[Table] = []
    index = 0
    while index < len(lines):
        titles, used = header(page, lines, index, grammar)
        if not titles:
            index += 1
            continue
        table, index = _read(page, lines, index, used, (titles, grammar))
        if table.items:
            found.append(table)
    return found


def _tracks(page: Page, titles: list[Title], grammar: Grammar) -> tuple[Track, ...]:
    boxes = [title.word.at for title in titles]
    tracks = []
    for index, title in enumerate(titles):
        column = grammar.columns[title.kind]
        low = boxes[index - 1].x1 if index else 0.0
        high = boxes[index + 1].x0 if index + 1 < len(boxes) else page.width
        fences = _fences(page, boxes[index])
        reach = fences or (low, high)
        span = (boxes[index].x0, boxes[index].x1)
        under = grammar.columns[title.under].fits if title.under else None
        one = Track(title.kind, span, reach, column.fits, fences is not None, column.numeric, column.single, under)
        tracks.append(one)
    return tuple(tracks)


def _fences(page: Page, title: Box) -> tuple[float, float] | None:
    """Return the upright rules beside a title, if it stands in a ruled cell."""
    x, y = title.middle
    beside = [r.x0 for r in page.upright if r.y0 - 2 <= y <= r.y1 + 2 and r.y1 - r.y0 > 1.8 * title.height]
    left = [at for at in beside if at < x]
    right = [at for at in beside if at > x]
    return (max(left), min(right)) if left and right else None


def _read(
    page: Page, lines: Sequence[Row], index: int, used: int, known: tuple[list[Title], Grammar]
) -> tuple[Table, int]:
    titles, grammar = known
    tracks = _tracks(page, titles, grammar)
    floor = _floor(page, titles, tracks)
    body, after = _body(lines, index + used, tracks, (grammar, floor))
    body = join_halves(body)
    tracks = _with_untitled(page, body, tracks, grammar)
    items = _items(page, body, tracks, grammar)
    tail = lines[after] if after < len(lines) and grammar.ends(lines[after].text) else None
    bottom = body[-1].at.y1 if body else lines[index].at.y1
    unders = {title.word.at.x0: title.under for title in titles}
    kinds = (*(track.kind for track in tracks), *(unders.get(track.title[0], "") or "other" for track in tracks))
    return Table(page.number, kinds, tuple(items), lines[index].at.y0, bottom, tail, tracks), max(after, index + used)


def _with_untitled(page: Page, body: list[Row], tracks: tuple[Track, ...], grammar: Grammar) -> tuple[Track, ...]:
    """Add columns whose title was not read (a seal or a hand lies over it): words below one another, in no column."""
    loose: list[tuple[float, float]] = []
    for row in body:
        loose += _strays(place(page, row.words, tracks), tracks, grammar)
    groups: list[list[tuple[float, float]]] = []
    for span in sorted(loose):
        if groups and span[0] < max(right for _, right in groups[-1]):
            groups[-1].append(span)
        else:
            groups.append([span])
    fits = grammar.columns["other"].fits
    for group in groups:
        left, right = min(x0 for x0, _ in group), max(x1 for _, x1 in group)
        free = all(right < track.title[0] or left > track.title[1] for track in tracks)
        if len(group) >= max(2.0, _FILLED * len(body)) and free:
            tracks = (*tracks, Track("other", (left, right), (left, right), fits))
    return tuple(sorted(tracks, key=lambda track: track.title[0]))


def _strays(placing: Placing, tracks: tuple[Track, ...], grammar: Grammar) -> list[tuple[float, float]]:
    """Return where words stand that no column takes, and numbers that follow a text in its column."""
    found: list[tuple[float, float]] = []
    for index, (word, column) in enumerate(zip(placing.words, placing.columns, strict=True)):
        second = column >= 0 and not tracks[column].numeric and index > 0 and placing.columns[index - 1] == column
        counts = any(grammar.columns[kind].fits(word.text) > 0 for kind in grammar.anchors)
        if column < 0 or (second and counts):
            found.append((word.at.x0, word.at.x1))
    return found


def _floor(page: Page, titles: list[Title], tracks: tuple[Track, ...]) -> float:
    """Return where the fences of a fully ruled table end; nothing below belongs to it."""
    if not all(track.ruled for track in tracks):
        return page.height
    title = titles[0].word.at
    left, right = tracks[0].reach[0] - title.height, tracks[-1].reach[1] + title.height
    floor = title.y1
    for rule in sorted(page.upright, key=lambda rule: rule.y0):  # on a curled page a fence is found in pieces
        if left <= rule.x0 <= right and rule.y0 <= floor + 1.5 * title.height:
            floor = max(floor, rule.y1)
    return floor


def _body(
    lines: Sequence[Row], start: int, tracks: tuple[Track, ...], known: tuple[Grammar, float]
) -> tuple[list[Row], int]:
    """Return the rows that may belong to the table and the index of the first that does not."""
    grammar, floor = known
    body: list[Row] = []
    index = start
    while index < len(lines):
        row = lines[index]
        headed = len({kind for word in row.words for kind, _, _ in grammar.titles(word.text)}) >= LEAST_TITLES
        header = lines[start - 1]
        below = row.y > floor and len(row.words) < _FILLED * len(tracks)
        if below or grammar.ends(row.text) or headed or _far(header, body, row) or _outside(row, tracks):
            break
        body.append(row)
        index += 1
    return body, index


def _far(header: Row, body: list[Row], row: Row) -> bool:
    """Say whether a row stands too far below the last one, measured by the gaps so far (the header's included)."""
    if not body:
        return False
    usual = median(after.y - before.y for before, after in pairwise([header, *body]))
    return row.y - body[-1].y > 2.6 * max(usual, row.at.height)


def _outside(row: Row, tracks: tuple[Track, ...]) -> bool:
    left, right = tracks[0].reach[0] if tracks[0].ruled else 0.0, tracks[-1].reach[1]
    return row.at.x1 < left or row.at.x0 > right


def _items(page: Page, body: list[Row], tracks: tuple[Track, ...], grammar: Grammar) -> list[dict[int, Cell]]:
    """Place each row; rows without a number are the wrapped rest of the item nearest to them."""
    placed = [(row, place(page, row.words, tracks)) for row in body]
    items: list[tuple[float, dict[int, list[Word]]]] = []
    rest: list[tuple[Row, dict[int, list[Word]]]] = []
    last: tuple[Row, dict[int, list[Word]]] | None = None
    for row, placing in placed:
        cells: dict[int, list[Word]] = {}
        for word, column in zip(placing.words, placing.columns, strict=True):
            if column >= 0:
                cells.setdefault(column, []).append(word)
        if _is_item(cells, tracks, grammar):
            if last is not None and _heads(last[1], cells, tracks, grammar) and items[-1][1] is last[1]:
                rest.append(last)
                items.pop()
            items.append((row.y, cells))
            last = (row, cells)
        else:
            rest.append((row, cells))
    for row, cells in rest:
        _attach(page, items, row, _under(cells, tracks), tracks)
    return [{column: _cell(words) for column, words in cells.items()} for _, cells in items]


def _heads(
    upper: dict[int, list[Word]], lower: dict[int, list[Word]], tracks: tuple[Track, ...], grammar: Grammar
) -> bool:
    """Say whether a row that seems an item names only the product of the next one: its one number is part of a text."""
    numbers, below = ({c for c in cells if tracks[c].kind in grammar.anchors} for cells in (upper, lower))
    return len(numbers) == 1 and len(below) > 1 and min(lower) > min(upper) and upper.keys() & lower.keys() <= numbers


def _under(cells: dict[int, list[Word]], tracks: tuple[Track, ...]) -> dict[int, list[Word]]:
    """Give the second line of cells the meaning that the title's second line has, where it fits."""
    found: dict[int, list[Word]] = {}
    for column, words in cells.items():
        under = tracks[column].under
        says = under is not None and under(words[0].text) >= max(0.0, tracks[column].fits(words[0].text) - 0.5)
        found[column + len(tracks) if says else column] = words
    return found


def _is_item(cells: dict[int, list[Word]], tracks: tuple[Track, ...], grammar: Grammar) -> bool:
    sure = [
        column
        for column, words in cells.items()
        if tracks[column].kind in grammar.anchors and tracks[column].fits(words[0].text) > 0
    ]
    several = sum(track.kind in grammar.anchors for track in tracks) > 1
    begins = min(cells, default=2) <= int(tracks[0].numeric)  # in the first column, or behind the line's number
    return bool(sure) and len(cells) >= 2 and (len(sure) > 1 or begins or not several)


def _attach(
    page: Page,
    items: list[tuple[float, dict[int, list[Word]]]],
    row: Row,
    cells: dict[int, list[Word]],
    tracks: tuple[Track, ...],
) -> None:
    """Add the wrapped rest of an item to it. A number is never wrapped: what looks like one goes on the text before."""
    if not items:
        return
    y, owner = min(items, key=lambda item: abs(item[0] - row.y) + (1e6 if _ruled_between(page, item[0], row) else 0))
    if abs(y - row.y) > 3.2 * row.at.height or _ruled_between(page, y, row):
        return
    last: int | None = None
    for column, words in sorted(cells.items()):
        again = column < len(tracks) and tracks[column].numeric and column in owner
        last = last if again else column
        if last is not None:
            owner.setdefault(last, []).extend(words)


def _ruled_between(page: Page, y: float, row: Row) -> bool:
    low, high = sorted((y, row.y))
    x0, x1 = row.at.x0, row.at.x1
    return any(low < rule.y0 < high and rule.x0 <= x0 + 5 and rule.x1 >= x1 - 5 for rule in page.level)


def _cell(words: list[Word]) -> Cell:
    """Order words line by line."""
    return Cell(tuple(word for row in rows(words) for word in row.words))
