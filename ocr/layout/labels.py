"""Find labelled values: ``label: value``, a label's cell beside the value's, or a label above its value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.layout.rows import Cell, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.page import Page, Word

Classify = "Callable[[str], str | None]"
_COLON = re.compile(r"[:：]")
_SEAM = re.compile(r"\s|(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])|(?<=[.#])(?=[0-9A-Za-z])")
"""Where a label may end without a colon: at a blank, before digits or letters after Chinese, after ``No.``."""
_HAN_START = re.compile(r"[\u4e00-\u9fff]{4,9}")
_LEAST_GLUED = 3
"""OCR loses the blank between a label and its value: 收货人王建国. A label of two characters may begin a name."""
_LONGEST_LABEL = 28
_FAR = 80.0


@dataclass(frozen=True)
class Labelled:
    """A label of a kind with its value (perhaps empty) and the row on which the label stands."""

    kind: str
    label: Word
    value: Cell
    row: int

    @property
    def text(self) -> str:
        """Return the value's text."""
        return self.value.text


@dataclass(frozen=True)
class _Part:
    """A piece of a row: a label (with its kind) or a plain value."""

    word: Word
    kind: str | None
    colon: bool = False


def find_labels(
    page: Page,
    lines: Sequence[Row],
    classify: Callable[[str], str | None],
    wraps: frozenset[str] = frozenset(),
    *,
    far: frozenset[str] = frozenset(),
) -> list[Labelled]:
    """Return all labelled values. ``classify`` names a label's kind.

    Kinds in ``wraps`` may run over lines; the value of those in ``far`` may stand anywhere to the right.
    """
    parts = [[part for word in row.words for part in _parts(page, word, classify)] for row in lines]
    found: list[Labelled] = []
    for number, row in enumerate(parts):
        for index, part in enumerate(row):
            if part.kind is None:
                continue
            words = _beside(page, row, index, far) or _below(parts, number, part)
            if words and part.kind in wraps:
                words = words + _wrapped(parts, number, words)
            found.append(Labelled(part.kind, part.word, Cell(tuple(words)), number))
    return found


def _parts(page: Page, word: Word, classify: Callable[[str], str | None]) -> list[_Part]:
    """Cut a word into labels and values."""
    colons = [match.start() for match in _COLON.finditer(word.text)]
    if not colons:
        return _without_colon(page, word, classify)
    found: list[_Part] = []
    start = 0
    for colon in colons:
        label = _label_before(word.text, start, colon, classify)
        if label is None:
            continue
        begin, kind = label
        if (value := page.cut(word, start, begin)) is not None and found:
            found.append(_Part(value, None))
        if (text := page.cut(word, begin, colon + 1)) is not None:
            found.append(_Part(text, kind, colon=True))
        start = colon + 1
    if not found:
        return [_Part(word, None)]
    if (value := page.cut(word, start, len(word.text))) is not None:
        found.append(_Part(value, None))
    return found


def _label_before(text: str, start: int, colon: int, classify: Callable[[str], str | None]) -> tuple[int, str] | None:
    """Return where the label that ends at ``colon`` begins and its kind: the longest text that is a label."""
    for begin in range(max(start, colon - _LONGEST_LABEL), colon):
        if (kind := classify(text[begin:colon])) is not None:
            return begin, kind
    return None


def _without_colon(page: Page, word: Word, classify: Callable[[str], str | None]) -> list[_Part]:
    kind = classify(word.text)
    if kind is not None:
        return [_Part(word, kind)]
    seams = sorted((match.start() for match in _SEAM.finditer(word.text)), reverse=True)
    glued = _HAN_START.match(word.text)
    for seam in [*seams, *range(glued.end() - 1 if glued else 0, _LEAST_GLUED - 1, -1)]:
        kind = classify(word.text[:seam])
        label, value = page.cut(word, 0, seam), page.cut(word, seam, len(word.text))
        if kind is not None and label is not None and value is not None:
            return [_Part(label, kind, colon=True), _Part(value, None)]
    return [_Part(word, None)]


def _beside(page: Page, row: list[_Part], index: int, far: frozenset[str]) -> list[Word]:
    """Return the words right of a label, up to the next label, the end of the next cell or a wide gap."""
    label = row[index]
    height = label.word.at.height
    fence = _cell_end(page, label)
    last = label.word.at.x1
    found: list[Word] = []
    for part in row[index + 1 :]:
        gap = part.word.at.x0 - last
        limit = (3.0 if found else _FAR if label.kind in far else 14.0 if label.colon or fence else 9.0) * height
        if part.kind is not None or gap > limit or (fence is not None and part.word.at.middle[0] > fence):
            break
        found.append(part.word)
        last = part.word.at.x1
    return found


def _cell_end(page: Page, label: _Part) -> float | None:
    """Return the right edge of the cell that holds the label's value, where the form is ruled."""
    y = label.word.at.middle[1]
    walls = sorted(r.x0 for r in page.upright if r.y0 - 2 <= y <= r.y1 + 2 and r.x0 > label.word.at.x1 - 3)
    if label.colon:
        return walls[0] if walls else None
    return walls[1] if len(walls) > 1 else None


def _below(parts: list[list[_Part]], number: int, label: _Part) -> list[Word]:
    """Return the words right below a label that has nothing beside it."""
    at = label.word.at
    for row in parts[number + 1 : number + 3]:
        for part in row:
            over = min(at.x1, part.word.at.x1) - max(at.x0, part.word.at.x0)
            starts = abs(part.word.at.x0 - at.x0) < 1.2 * at.height
            near = 0 < part.word.at.y0 - at.y1 + 0.5 * at.height < 2.2 * at.height
            if part.kind is None and near and (starts or over > 0.5 * at.width):
                return [part.word]
            if part.kind is not None and near and starts:
                return []
    return []


def _wrapped(parts: list[list[_Part]], number: int, words: list[Word]) -> list[Word]:
    """Return the second line of a value: it starts where the first does and carries no label."""
    first, last = words[0].at, words[-1].at
    found: list[Word] = []
    for row in parts[number + 1 : number + 4]:
        if row[0].word.at.middle[1] <= last.y1:
            continue
        follows = [
            part.word
            for before, part in zip([None, *row], row, strict=False)
            if part.kind is None
            and abs(part.word.at.x0 - first.x0) < 1.2 * first.height
            and (before is None or before.kind is None)
        ]
        if not follows or follows[0].at.y0 - last.y1 > 0.9 * first.height or _COLON.search(follows[0].text):
            break
        found.append(follows[0])
        last = follows[0].at
    return found
