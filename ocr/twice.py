"""Read long numbers a second time, by another engine: what both read the same way was hardly misread.

Last step of reading a picture, inside the reader process. It knows only what a long number looks like (a phone, a
date, an order's number), not what it means: `intake/fields` decides what the agreement is worth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from ocr import clean

if TYPE_CHECKING:
    from ocr.decode import Pixels
    from ocr.page import Page, Word

MOST = 24
"""Numbers of one page that are read twice, from the top."""
_PIECE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 \-/.年月日_]*[A-Za-z0-9日]")
_AMOUNT = re.compile(r"(?<!\d)\d{1,9}\.\d{1,6}\Z")
_LEAST_DIGITS = 6
_HEIGHT, _MARGIN = 36, 12


class Reader(Protocol):
    """Something that reads one line."""

    def line(self, tone: Pixels) -> str:
        """Read a line of dark text on a light ground."""
        ...


def confirmed(page: Page, pixels: Pixels, reader: Reader) -> tuple[str, ...]:
    """Return the long numbers of ``page`` that ``reader`` reads, too. ``pixels``: the upright page, RGB."""
    pieces = _pieces(page)[:MOST]
    if not pieces:
        return ()
    tone = clean.grey(pixels)
    same = (piece.text for piece in pieces if _plain(reader.line(_picture(tone, piece))) == _plain(piece.text))
    return tuple(dict.fromkeys(same))


def _pieces(page: Page) -> list[Word]:
    found = []
    for word in sorted(page.words, key=lambda word: word.at.y0):
        for match in _PIECE.finditer(word.text):
            long = sum(char.isdigit() for char in match[0]) >= _LEAST_DIGITS and not _AMOUNT.search(match[0])
            piece = page.cut(word, match.start(), match.end()) if long else None
            found += [] if piece is None else [piece]
    return found


def _plain(text: str) -> str:
    """Return letters and digits alone; 年, 月 and 日 were painted over."""
    return "".join(char for char in text if char.isascii() and char.isalnum())


def _picture(tone: Pixels, piece: Word) -> Pixels:
    """Cut a piece out, on white, its Chinese characters painted over, as high as the second reader likes best."""
    step = (piece.centres[-1] - piece.centres[0]) / max(1, len(piece.centres) - 1)
    left, right = piece.centres[0] - 0.9 * step, piece.centres[-1] + 0.9 * step
    top, bottom = piece.at.y0 + piece.moved - 3, piece.at.y1 + piece.moved + 3
    crop = tone[max(0, int(top)) : int(bottom), max(0, int(left)) : int(right)]
    if min(crop.shape) < 2:
        return np.full((_HEIGHT, _HEIGHT), 255, np.uint8)
    factor = _HEIGHT / crop.shape[0]
    size = (max(2, round(crop.shape[1] * factor)), _HEIGHT)
    line = cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    line = np.clip(line * (250 / max(1.0, float(np.percentile(line, 75)))), 0, 255)
    for char, centre in zip(piece.text, piece.centres, strict=True):
        if not char.isascii():
            begin, end = (int((centre + side * 0.62 * step - max(0, int(left))) * factor) for side in (-1, 1))
            line[:, max(0, begin) : max(0, end)] = 255
    return np.pad(line.astype(np.uint8), _MARGIN, constant_values=255)
