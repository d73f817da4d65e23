"""Find labelled values: ``label: value``, a label's cell beside the value's, or a label above its value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ocr.layout.rows import Cell, Row
from ocr.page import Box, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.page import Page

Classify = "Callable[[str], str | None]"
_BLANKS = re.compile(r"\s+")
_COLON = re.compile(r"[:：]")
_SEAM = re.compile(r"\s|(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])|(?<=[.#])(?=[0-9A-Za-z])")
"""Where a label may end without a colon: at a blank, before digits or letters after Chinese, after ``No.``."""
_HAN_START = re.compile(r"[\u4e00-\u9fff]{4,9}")
_LEAST_GLUED = 3
"""OCR loses the blank between a label and its value: 收货人王建国. A label of two characters may begin a name."""
_LONGEST_LABEL = 28
_UNKNOWN_FIRST = re.compile(r"[\u4e00-\u9fff]{1,8}\s?[:：]")
_UNKNOWN = re.compile(r"\s([\u4e00-\u9fff]{1,8})\Z")
_STRANGE = "strange"
"""The kind of a label that nobody knows; it ends the value before it."""
_FAR = 80.0
_BESIDE_TWO = 8.0


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
            may_be_far = part.kind in far or (len(row) == 2 and _listed(parts, number))
            words = _beside(page, row, index, far=may_be_far) or _below(parts, number, part)
            if words and part.kind in wraps:
                words = words + _wrapped(parts, number, words)
            found.append(Labelled(part.kind, part.word, Cell(tuple(words)), number))
    return found


def stacked(words: Sequence[Word], classify: Callable[[str], str | None], least: int = 1) -> list[Word]:
    """Join the two lines of a label that is broken in its cell; its value stands beside their middle.

    Where the value stands beside the first line, the label is understood without its second.
    """
    found = list(words)
    for upper in words:
        lower = next((word for word in found if _under(upper, word)), None)
        if lower is None or upper not in found or _COLON.search(upper.text):
            continue
        joined = upper.text + (" " if upper.text[-1:].isascii() and lower.text[:1].isascii() else "") + lower.text
        if len(joined) > least and classify(joined) is not None and _has_value(upper.at.join(lower.at), upper, found):
            found.remove(lower)
            found[found.index(upper)] = _one(upper, lower, joined)
    return found


def _under(upper: Word, lower: Word) -> bool:
    height = min(upper.at.height, lower.at.height)
    near = -0.35 * height < lower.at.y0 - upper.at.y1 < 0.6 * height
    return near and abs(lower.at.x0 - upper.at.x0) < 0.6 * height


def _has_value(at: Box, upper: Word, words: list[Word]) -> bool:
    """Say whether something stands right of two lines, level with their middle."""
    return any(
        0 < word.at.x0 - at.x1 < _BESIDE_TWO * upper.at.height
        and abs(word.at.middle[1] - at.middle[1]) < 0.2 * upper.at.height
        for word in words
    )


def _one(upper: Word, lower: Word, text: str) -> Word:
    at, gap = upper.at.join(lower.at), len(text) - len(upper.text) - len(lower.text)
    middle = (at.x0 + at.x1) / 2
    scores = (*upper.scores, *[1.0] * gap, *lower.scores)
    level = Box(at.x0, at.middle[1] - upper.at.height / 2, at.x1, at.middle[1] + upper.at.height / 2)
    return Word(text, level, upper.box.join(lower.box), scores, (middle,) * len(text), upper.moved)


def _parts(page: Page, word: Word, classify: Callable[[str], str | None]) -> list[_Part]:
    """Cut a word into labels and values."""
    colons = [match.start() for match in _COLON.finditer(word.text)]
    if not colons:
        return _without_colon(page, word, classify)
    found: list[_Part] = []
    start = 0
    for colon in colons:
        label = _label_before(word.text, start, colon, classify) or (
            _unknown_before(word.text, start, colon) if found else None
        )
        if label is None:
            continue
        begin, kind = label
        if (value := page.cut(word, start, begin)) is not None and found:
            found.append(_Part(value, None))
        if (text := page.cut(word, begin, colon + 1)) is not None:
            found.append(_Part(text, kind, colon=True))
        start = colon + 1
    if not found:
        return _unknown(page, word)
    if (value := page.cut(word, start, len(word.text))) is not None:
        found.append(_Part(value, None))
    return found


def _label_before(text: str, start: int, colon: int, classify: Callable[[str], str | None]) -> tuple[int, str] | None:
    """Return where the label that ends at ``colon`` begins and its kind: the longest text that is a label."""
    for begin in range(max(start, colon - _LONGEST_LABEL), colon):
        if (kind := classify(text[begin:colon]) or classify(text[begin : colon + 1])) is not None:
            return begin, kind
    return None


def _unknown(page: Page, word: Word) -> list[_Part]:
    """Cut off a label whose meaning nobody knows: the value before it does not go on over it."""
    first = _UNKNOWN_FIRST.match(word.text)
    if first is None:
        return [_Part(word, None)]
    label, value = page.cut(word, 0, first.end()), page.cut(word, first.end(), len(word.text))
    parts = (_Part(label, _STRANGE, colon=True) if label else None, _Part(value, None) if value else None)
    return [part for part in parts if part is not None]


def _unknown_before(text: str, start: int, colon: int) -> tuple[int, str] | None:
    """Return where a label begins that is set apart by a blank, whatever it means: 客户：某公司 经办：."""
    match = _UNKNOWN.search(text, start, colon)
    return None if match is None else (match.start(1), _STRANGE)


def _without_colon(page: Page, word: Word, classify: Callable[[str], str | None]) -> list[_Part]:
    kind = classify(word.text)
    if kind is not None:
        return [_Part(word, kind)]
    if len(several := _several(page, word, classify)) > 2:
        return several
    seams = sorted((match.start() for match in _SEAM.finditer(word.text)), reverse=True)
    glued = _HAN_START.match(word.text)
    for seam in [*seams, *range(glued.end() - 1 if glued else 0, _LEAST_GLUED - 1, -1)]:
        kind = classify(word.text[:seam])
        label, value = page.cut(word, 0, seam), page.cut(word, seam, len(word.text))
        if kind is not None and label is not None and value is not None:
            return [_Part(label, kind, colon=True), _Part(value, None)]
    return [_Part(word, None)]


def _several(page: Page, word: Word, classify: Callable[[str], str | None]) -> list[_Part]:
    """Cut a line that holds several labels, each followed by its value, with blanks but without colons."""
    edges = [0, *(match.start() for match in _BLANKS.finditer(word.text)), len(word.text)]
    pieces = [piece for start, end in pairwise(edges) if (piece := page.cut(word, start, end)) is not None]
    kinds = [classify(piece.text) for piece in pieces]
    if not pieces or kinds[0] is None or sum(kind is not None for kind in kinds) < 2:
        return []
    return [_Part(piece, kind, colon=kind is not None) for piece, kind in zip(pieces, kinds, strict=True)]


def _listed(parts: list[list[_Part]], number: int) -> bool:
    """Say whether a row is one of several that hold a label and a value only, as in a list with dotted leaders."""
    near = parts[max(0, number - 1) : number + 2]
    return sum(len(row) == 2 and row[0].kind is not None and row[1].kind is None for row in near) > 1


def _beside(page: Page, row: list[_Part], index: int, *, far: bool) -> list[Word]:
    """Return the words right of a label, up to the next label, the end of the next cell or a wide gap."""
    label = row[index]
    height = label.word.at.height
    fence = _cell_end(page, label)
    last = label.word.at.x1
    found: list[Word] = []
    for part in row[index + 1 :]:
        gap = part.word.at.x0 - last
        limit = (3.0 if found else _FAR if far else 14.0 if label.colon or fence else 9.0) * height
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
