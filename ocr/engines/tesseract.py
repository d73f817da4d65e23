"""Tesseract 5 by pytesseract: required, always installed; the fallback and the second opinion.

Ruled lines are painted over first (it ignores text inside tables otherwise), the page is flattened and enlarged; one
thread only, because several make it ten times slower on a busy machine (the reader sets OMP_THREAD_LIMIT).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytesseract
from pytesseract import Output

from ocr import clean, ruling
from ocr.engines import Line, Reading

if TYPE_CHECKING:
    from ocr.decode import Pixels

_LANGUAGES = "chi_sim+eng"
_FORM, _CHAT = 6, 3
_ENLARGE_TO = 3000
_TIMEOUT_S = 50
_GOOD = 0.78
_PIECE_PX = 500


class Tesseract:
    """The installed Tesseract with chi_sim and eng."""

    name = "tesseract"

    def __init__(self) -> None:
        self.version = str(pytesseract.get_tesseract_version())

    def read(self, pixels: Pixels, *, may_turn: bool = True, sparse: bool = False) -> Reading:
        """Read one page; say first if it must be turned."""
        tone = clean.flatten(clean.grey(pixels))
        page = tone if sparse else ruling.without_rules(tone)
        factor = min(2.0, max(1.0, _ENLARGE_TO / max(page.shape)))
        page = np.asarray(cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)
        if may_turn and (quarters := _orientation(page)):
            return Reading((), quarters)
        lines = _lines(page, _CHAT if sparse else _FORM, factor)
        return Reading(tuple(lines), 0, len(lines), _mean(lines))


def _orientation(page: Pixels) -> int:
    """Return the quarter turns after which a middle piece of the page reads best; usually one look is enough.

    Tesseract's own orientation detection guesses on sparse Chinese forms.
    """
    piece = _middle(page)
    scores: dict[int, float] = {}
    for quarters in (0, 2, 1, 3):
        lines = _lines(np.ascontiguousarray(np.rot90(piece, -quarters)), _FORM, 1.0)
        scores[quarters] = _mean(lines)
        if scores[quarters] > _GOOD:
            return quarters
    best = max(scores, key=lambda quarters: scores[quarters])
    return best if scores[best] > scores[0] + 0.1 else 0


def _middle(page: Pixels) -> Pixels:
    rows, columns = np.where(ruling.ink(page) > 0)
    if not rows.size:
        return page
    y, x = int(np.median(rows)), int(np.median(columns))
    return page[max(0, y - _PIECE_PX) : y + _PIECE_PX, max(0, x - _PIECE_PX) : x + _PIECE_PX]


def _mean(lines: list[Line]) -> float:
    count = sum(len(line.scores) for line in lines)
    return sum(sum(line.scores) for line in lines) / count if count else 0.0


def _lines(page: Pixels, mode: int, factor: float) -> list[Line]:
    data: dict[str, list[Any]] = pytesseract.image_to_data(
        page, lang=_LANGUAGES, config=f"--oem 1 --psm {mode}", output_type=Output.DICT, timeout=_TIMEOUT_S
    )
    lines: list[Line] = []
    last: tuple[int, ...] | None = None
    for index, text in enumerate(data["text"]):
        place = tuple(data[key][index] for key in ("block_num", "par_num", "line_num"))
        confidence = float(data["conf"][index])
        if not str(text).strip() or confidence < 0:
            continue
        x, y, w, h = (data[key][index] / factor for key in ("left", "top", "width", "height"))
        word = _word(str(text).strip(), (x, y, x + w, y + h), confidence / 100)
        if lines and place == last and _near(lines[-1], word):
            lines[-1] = _joined(lines[-1], word)
        else:
            lines.append(word)
        last = place
    return [line for line in lines if any(char.isalnum() for char in line.text)]


def _word(text: str, box: tuple[float, float, float, float], score: float) -> Line:
    step = (box[2] - box[0]) / len(text)
    centres = tuple(box[0] + step * (index + 0.5) for index in range(len(text)))
    return Line(text, *box, tuple(score for _ in text), centres)


def _near(left: Line, right: Line) -> bool:
    return right.x0 - left.x1 < 0.75 * max(left.y1 - left.y0, right.y1 - right.y0)


def _joined(left: Line, right: Line) -> Line:
    gap = right.x0 - left.x1
    narrow = left.text[-1].isascii() and right.text[0].isascii()
    blank = " " if gap > 0.22 * (left.y1 - left.y0) and narrow else ""
    middle = ((left.x1 + right.x0) / 2,) if blank else ()
    return Line(
        left.text + blank + right.text,
        left.x0,
        min(left.y0, right.y0),
        right.x1,
        max(left.y1, right.y1),
        left.scores + ((min(left.scores[-1], right.scores[0]),) if blank else ()) + right.scores,
        left.centres + middle + right.centres,
    )
