"""Words → cells and rows: cut what runs over a fence, then group what stands on one line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.page import Box, Page, Word

_WIDE_GAP = 2.4
"""In heights of the line: further apart than this, two characters of one word belong to two cells."""
_BESIDE = 0.75
"""In heights of the line: nearer than this, rows with nothing over each other may be one."""
_APART = 0.35


@dataclass(frozen=True)
class Row:
    """Words on one line, from left to right."""

    words: tuple[Word, ...]

    @property
    def at(self) -> Box:
        """Return the box around the row."""
        box = self.words[0].at
        for word in self.words[1:]:
            box = box.join(word.at)
        return box

    @property
    def y(self) -> float:
        """Return the middle of the row's words."""
        return median(word.at.middle[1] for word in self.words)

    @property
    def text(self) -> str:
        """Return the words with blanks between."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Cell:
    """What one table cell or one labelled value says: words in reading order."""

    words: tuple[Word, ...] = field(default=())

    @property
    def text(self) -> str:
        """Join the words: with a blank where letters or digits would meet, without one between Chinese."""
        text = ""
        for word in self.words:
            meet = text and text[-1].isascii() and word.text[:1].isascii()
            text += (" " if meet else "") + word.text
        return text

    @property
    def confidence(self) -> float:
        """Return the score of the least certain character."""
        return min((word.confidence for word in self.words), default=0.0)

    @property
    def at(self) -> Box | None:
        """Return the box on the upright page."""
        return _joined([word.at for word in self.words])

    @property
    def box(self) -> Box | None:
        """Return the box on the page as it arrived."""
        return _joined([word.box for word in self.words])


def _joined(boxes: list[Box]) -> Box | None:
    whole = boxes[0] if boxes else None
    for box in boxes[1:]:
        whole = box.join(whole) if whole is not None else box
    return whole


def one_word(words: tuple[Word, ...]) -> Word:
    """Return the words of a row as one, with blanks between."""
    whole = words[0]
    for word in words[1:]:
        gap = (whole.at.x1 + word.at.x0) / 2
        whole = replace(
            whole,
            text=f"{whole.text} {word.text}",
            at=whole.at.join(word.at),
            box=whole.box.join(word.box),
            scores=(*whole.scores, 1.0, *word.scores),
            centres=(*whole.centres, gap, *word.centres),
        )
    return whole


def fenced(page: Page) -> list[Word]:
    """Cut words at upright rules that pass through them and at gaps that no single word has."""
    found: list[Word] = []
    for word in page.words:
        cuts = sorted({*_at_rules(page, word), *_at_gaps(word)})
        edges = [0, *cuts, len(word.text)]
        parts = (page.cut(word, start, end) for start, end in pairwise(edges))
        found += [part for part in parts if part is not None]
    return found


def _at_rules(page: Page, word: Word) -> list[int]:
    y = word.at.middle[1]
    inside = [
        rule.x0
        for rule in page.upright
        if rule.y0 - 2 <= y <= rule.y1 + 2
        and rule.y1 - rule.y0 > 1.3 * word.at.height
        and word.at.x0 < rule.x0 < word.at.x1
    ]
    cuts = [sum(1 for centre in word.centres if centre < x) for x in inside]
    return [cut for cut in cuts if 0 < cut < len(word.text)]


def _at_gaps(word: Word) -> list[int]:
    limit = _WIDE_GAP * word.at.height
    solid = [(index, centre) for index, centre in enumerate(word.centres) if not word.text[index].isspace()]
    return [right for (_, before), (right, after) in pairwise(solid) if after - before > limit]


def rows(words: list[Word]) -> list[Row]:
    """Group words into rows from top to bottom. Slightly sloping lines stay together."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda item: item.at.x0):
        line = _line_of(word, lines)
        if line is None:
            lines.append([word])
        else:
            line.append(word)
    return sorted((Row(tuple(line)) for line in lines), key=lambda row: row.y)


def join_halves(found: Sequence[Row]) -> list[Row]:
    """Join what is one row of a table: cells set to the middle stand between the two lines of the cells beside them."""
    joined: list[Row] = []
    first = 0.0
    for row in sorted((part for line in found for part in _levels(line)), key=lambda part: part.y):
        last = joined[-1] if joined else None
        if last is not None and row.y - first < _BESIDE * row.at.height and not _overlap(last, row):
            joined[-1] = Row(tuple(sorted((*last.words, *row.words), key=lambda word: word.at.x0)))
        else:
            joined.append(row)
            first = row.y
    return joined


def _levels(row: Row) -> list[Row]:
    """Part words that stand half a line apart; a row that only slopes has words at every height between."""
    parts: list[list[Word]] = []
    for word in sorted(row.words, key=lambda word: word.at.middle[1]):
        last = parts[-1][-1] if parts else None
        apart = 0.0 if last is None else word.at.middle[1] - last.at.middle[1]
        if last is None or apart > _APART * min(word.at.height, last.at.height):
            parts.append([word])
        else:
            parts[-1].append(word)
    return [Row(tuple(sorted(part, key=lambda word: word.at.x0))) for part in parts]


def _overlap(one: Row, other: Row) -> bool:
    """Say whether words of two rows stand over each other."""
    return any(a.at.x0 < b.at.x1 and b.at.x0 < a.at.x1 for a in one.words for b in other.words)


def _line_of(word: Word, lines: list[list[Word]]) -> list[Word] | None:
    best: tuple[float, list[Word]] | None = None
    for line in lines:
        last = line[-1]
        apart = abs(last.at.middle[1] - word.at.middle[1])
        free = word.at.x0 > last.at.x1 - 0.6 * last.at.height
        if free and apart < 0.5 * min(last.at.height, word.at.height) and (best is None or apart < best[0]):
            best = (apart, line)
    return None if best is None else best[1]
