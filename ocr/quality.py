"""Judge whether a page can be read, and tell the sender at once what to do when it can't."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.clean import Sheet, flatten, grey
from ocr.page import HOPELESS_SCORE, Quality
from ocr.trouble import words

if TYPE_CHECKING:
    from ocr.decode import Pixels
    from ocr.engines import Reading

_INK = 0.0004
_FEW_CHARACTERS = 8
_POOR = 0.82
_SMALL_PX = 12.0
_DARK, _BURNT, _WHITE_PAPER, _GLARE = 75.0, 250, 225.0, 0.02
_FEW_EDGES = 4


def blank(pixels: Pixels) -> bool:
    """Say whether nothing at all is on the page: less dark marks than a few characters leave."""
    small = cv2.resize(grey(pixels), (600, max(60, round(600 * pixels.shape[0] / pixels.shape[1]))))
    tone = flatten(np.asarray(small, np.uint8))
    edge = 12
    return float((tone[edge:-edge, edge:-edge] < 170).mean()) < _INK


def judge(sheet: Sheet, reading: Reading, number: int) -> Quality:
    """Return the verdict after recognition."""
    characters = sum(len(line.text) for line in reading.lines)
    heights = [line.y1 - line.y0 for line in reading.lines]
    text_px = round(median(heights) * 0.8 / sheet.scale, 1) if heights else 0.0
    code = _code(characters, reading, text_px, sheet) or ("cut_off" if _cut_off(sheet, reading) else None)
    chinese, english = words(code, page=number) if code else ("", "")
    return Quality(text_px, sharpness(sheet, reading), round(reading.score, 4), code, chinese, english)


def _code(characters: int, reading: Reading, text_px: float, sheet: Sheet) -> str | None:
    if reading.seen >= _FEW_CHARACTERS and reading.score < HOPELESS_SCORE:
        return _cause(text_px, sheet)
    if characters < _FEW_CHARACTERS:
        return "no_text"
    return _cause(text_px, sheet) if reading.score < _POOR else None


def _cause(text_px: float, sheet: Sheet) -> str:
    """Name what most likely keeps a page from being read, so that the next picture is better."""
    if 0 < text_px < _SMALL_PX:
        return "too_small"
    tone = grey(sheet.pixels)
    if float(np.percentile(tone, 80)) < _DARK:
        return "too_dark"
    return "glare" if _burnt_share(tone) > _GLARE else "too_blurred"


def _burnt_share(tone: Pixels) -> float:
    """Return the share of the page that is washed out to white while the paper around it is not."""
    if float(np.median(tone)) > _WHITE_PAPER:
        return 0.0
    return float((tone >= _BURNT).mean())


def _cut_off(sheet: Sheet, reading: Reading) -> bool:
    """Say whether several lines of a photograph run into the picture's left or right edge."""
    if sheet.rectified or not reading.lines:
        return False
    width = sheet.pixels.shape[1]
    height = median(line.y1 - line.y0 for line in reading.lines)
    near = [line for line in reading.lines if line.x0 < 0.12 * height or line.x1 > width - 0.12 * height]
    return len(near) >= max(_FEW_EDGES, 0.12 * len(reading.lines))


def sharpness(sheet: Sheet, reading: Reading) -> float:
    """Return the Laplacian's variance over the grey values' variance around text: below about 0.1 is soft."""
    tone = grey(sheet.pixels).astype(np.float32)
    found = []
    for line in reading.lines[:40]:
        patch = tone[int(line.y0) : int(line.y1) + 1, int(line.x0) : int(line.x1) + 1]
        if patch.size > 100 and float(patch.var()) > 1:
            found.append(float(cv2.Laplacian(patch, cv2.CV_32F).var() / patch.var()))
    return round(median(found), 3) if found else 0.0
