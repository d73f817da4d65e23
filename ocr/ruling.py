"""Find the ruled lines of an upright page: they fence table cells, and Tesseract reads better without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.page import Rule

if TYPE_CHECKING:
    from ocr.decode import Pixels

_SHORTEST, _SHORTEST_UPRIGHT = 40, 28
"""A rule is at least 1/40 of the page's longer side; an upright one more, or dark title bands would give false ones."""


def ink(grey: Pixels) -> Pixels:
    """Return 255 where the page is darker than its surroundings."""
    block = max(15, (max(grey.shape) // 60) | 1)
    return np.asarray(
        cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 12), np.uint8
    )


def masks(grey: Pixels) -> tuple[Pixels, Pixels]:
    """Return the level and the upright strokes as masks."""
    dark = ink(grey)
    level = _strokes(dark, (max(24, max(grey.shape) // _SHORTEST), 1), (1, 3))
    upright = _strokes(dark, (1, max(32, max(grey.shape) // _SHORTEST_UPRIGHT)), (3, 1))
    return level, upright


def _strokes(dark: Pixels, kernel: tuple[int, int], bridge: tuple[int, int]) -> Pixels:
    tolerant = cv2.dilate(dark, np.ones((bridge[1], bridge[0]), np.uint8))
    opened = cv2.morphologyEx(tolerant, cv2.MORPH_OPEN, np.ones((kernel[1], kernel[0]), np.uint8))
    return np.asarray(opened, np.uint8)


def rules(grey: Pixels) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Return level and upright rules in pixels of ``grey``."""
    level, upright = masks(grey)
    return _segments(level, flat=True), _segments(upright, flat=False)


def _segments(mask: Pixels, *, flat: bool) -> tuple[Rule, ...]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    thickest = max(8, max(mask.shape) // 150)
    found = []
    for x, y, w, h, _area in stats[1:count]:
        along, across = (w, h) if flat else (h, w)
        if across <= thickest and along >= 4 * across:
            middle = y + h / 2 if flat else x + w / 2
            ends = (x, middle, x + w, middle) if flat else (middle, y, middle, y + h)
            found.append(Rule(*(float(value) for value in ends)))
    return tuple(found)


def without_rules(grey: Pixels) -> Pixels:
    """Return the page with its ruled lines painted over with paper."""
    level, upright = masks(grey)
    clean = grey.copy()
    clean[cv2.dilate(cv2.bitwise_or(level, upright), np.ones((3, 3), np.uint8)) > 0] = 255
    return clean
