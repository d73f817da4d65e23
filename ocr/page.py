"""The shapes that reading produces: pages, words, ruled lines, quality, and the one error.

Two systems of coordinates: ``at`` is in points of the page made upright (after rectifying and turning; there lines
of text are level and layout is understood); ``box`` is in fractions (0–1) of the page as it arrived, that is as any
viewer shows it (EXIF orientation and PDF /Rotate applied), origin top left. `Page.matrix` leads from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

Matrix = tuple[float, float, float, float, float, float, float, float, float]
"""A 3×3 homography, row by row."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


HOPELESS_SCORE = 0.6
"""Mean score of a page's characters below which nothing on it can be trusted."""
_REFUSING = frozenset({"blank_page", "no_text"})


class Box(NamedTuple):
    """x0, y0 is the upper left corner, x1, y1 the lower right one."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Return the horizontal extent."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Return the vertical extent."""
        return self.y1 - self.y0

    @property
    def middle(self) -> tuple[float, float]:
        """Return the centre."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def join(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


class Unreadable(Exception):
    """The document cannot be read. ``code`` is stable; both messages name the page and what to do next."""

    def __init__(self, code: str, message_zh: str, message_en: str, page: int | None = None) -> None:
        super().__init__(message_en)
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        self.page = page


@dataclass(frozen=True, slots=True)
class Word:
    """A run of text that stands together. ``scores`` and ``centres`` (x in ``at``'s unit) are per character.

    ``moved`` is how far ``at`` was moved up (in its unit) so that the words of a sloping row lie level.
    """

    text: str
    at: Box
    box: Box
    scores: tuple[float, ...]
    centres: tuple[float, ...]
    moved: float = 0.0

    @property
    def confidence(self) -> float:
        """Return the least certain character's score."""
        return min(self.scores, default=0.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruled line, level or upright, in points of the upright page."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the page could be seen.

    ``text_px`` is the median height of the text as it arrived, ``sharpness`` the variance of the Laplacian around it,
    ``score`` the mean score of the characters. ``code`` names what is wrong; None when nothing is.
    """

    text_px: float = 0.0
    sharpness: float = 0.0
    score: float = 1.0
    code: str | None = None
    message_zh: str = ""
    message_en: str = ""

    @property
    def hopeless(self) -> bool:
        """Say whether the page must be refused rather than shown with doubts."""
        return self.code in _REFUSING or (self.code is not None and self.score < HOPELESS_SCORE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as read. ``width`` and ``height`` belong to the upright page; ``turned`` counts quarter turns.

    ``twice`` holds the long numbers that a second engine read the same way.
    """

    number: int
    width: float
    height: float
    matrix: Matrix
    words: tuple[Word, ...]
    level: tuple[Rule, ...] = ()
    upright: tuple[Rule, ...] = ()
    source: str = "ocr"
    kind: str = "scan"
    turned: int = 0
    quality: Quality = Quality()
    engine: str = ""
    twice: tuple[str, ...] = ()

    def box_of(self, at: Box) -> Box:
        """Return where ``at`` lies on the page as it arrived."""
        return map_box(self.matrix, at)

    def cut(self, word: Word, start: int, end: int) -> Word | None:
        """Return the characters ``start:end`` of a word as a word of its own; None when only blanks remain."""
        text = word.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        if not text:
            return None
        end = start + len(text)
        if start == 0 and end == len(word.text):
            return word
        left = word.at.x0 if start == 0 else (word.centres[start - 1] + word.centres[start]) / 2
        right = word.at.x1 if end == len(word.text) else (word.centres[end - 1] + word.centres[end]) / 2
        at = Box(left, word.at.y0, right, word.at.y1)
        seen = Box(left, word.at.y0 + word.moved, right, word.at.y1 + word.moved)
        return Word(text, at, self.box_of(seen), word.scores[start:end], word.centres[start:end], word.moved)


@dataclass(frozen=True, slots=True)
class PageSet:
    """A whole document as read. ``kind``: text_pdf, scan, photo or screenshot.

    ``seconds`` is wall time, ``cpu_s`` what the recogniser burnt, ``resident_bytes`` the most memory that it ever held.
    """

    kind: str
    pages: tuple[Page, ...]
    engine: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())
    cpu_s: float = 0.0
    resident_bytes: int = 0


def map_point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Apply a homography to one point."""
    a, b, c, d, e, f, g, h, i = matrix
    scale = g * x + h * y + i
    return (a * x + b * y + c) / scale, (d * x + e * y + f) / scale


def map_box(matrix: Matrix, box: Box) -> Box:
    """Return the upright box around the four mapped corners, kept within the page (0–1)."""
    corners = [map_point(matrix, x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
    xs, ys = [point[0] for point in corners], [point[1] for point in corners]
    return Box(_unit(min(xs)), _unit(min(ys)), _unit(max(xs)), _unit(max(ys)))


def _unit(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 5)
