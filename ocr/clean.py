"""Make a page upright before it is recognised, and keep the matrix that leads back.

Second step of reading: page corners → rectangle, skew → level, quarter turns → upright; illumination evened out.
Each step is a function of pixels and returns pixels with the homography *to* the pixels it started from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.decode import TALL, Pixels
from ocr.quad import find_quad

if TYPE_CHECKING:
    from ocr.page import Matrix

Array = NDArray[np.float64]
LONGEST_PX = 2000
SHORTEST_PX = 1500
_LARGEST_SKEW = 14.0


@dataclass(frozen=True)
class Sheet:
    """An upright page: RGB pixels and ``back``, the 3×3 matrix to fractions of the page as it arrived."""

    pixels: Pixels
    back: Array
    rectified: bool = False
    turned: int = 0
    scale: float = 1.0

    @property
    def matrix(self) -> Matrix:
        """Return ``back`` as a plain tuple."""
        a, b, c, d, e, f, g, h, i = (float(value) for value in (self.back / self.back[2, 2]).ravel())
        return a, b, c, d, e, f, g, h, i


def straighten(pixels: Pixels) -> Sheet:
    """Rectify the page's outline if one is seen, bring the page to reading size, level its lines."""
    height, width = pixels.shape[:2]
    fractions = np.diag([1 / width, 1 / height, 1.0])
    if height > TALL * width:
        return Sheet(pixels, fractions)
    quad = find_quad(pixels)
    sheet = _resized(Sheet(pixels, fractions)) if quad is None else _rectified(pixels, quad, fractions)
    return level(sheet)


def _rectified(pixels: Pixels, quad: Array, fractions: Array) -> Sheet:
    sides = [float(np.linalg.norm(quad[i] - quad[(i + 1) % 4])) for i in range(4)]
    width, height = max(sides[0], sides[2]), max(sides[1], sides[3])
    scale = _reading_scale(max(width, height))
    size = (round(width * scale), round(height * scale))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    forward = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    flat = cv2.warpPerspective(pixels, forward, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Sheet(np.asarray(flat, np.uint8), fractions @ np.linalg.inv(forward), rectified=True, scale=scale)


def _reading_scale(longest: float) -> float:
    if longest > LONGEST_PX:
        return LONGEST_PX / longest
    return min(2.0, SHORTEST_PX / longest) if longest < SHORTEST_PX else 1.0


def _resized(sheet: Sheet) -> Sheet:
    height, width = sheet.pixels.shape[:2]
    scale = _reading_scale(max(height, width))
    if scale == 1.0:
        return sheet
    size = (round(width * scale), round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    pixels = np.asarray(cv2.resize(sheet.pixels, size, interpolation=how), np.uint8)
    return Sheet(pixels, sheet.back @ np.diag([width / size[0], height / size[1], 1.0]), scale=scale)


def level(sheet: Sheet) -> Sheet:
    """Turn the page by its skew so that lines of text lie level."""
    angle = skew(grey(sheet.pixels))
    if abs(angle) < 0.15:
        return sheet
    height, width = sheet.pixels.shape[:2]
    forward = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0), [0.0, 0.0, 1.0]])
    flat = cv2.warpPerspective(
        sheet.pixels, forward, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    back = sheet.back @ np.linalg.inv(forward)
    return Sheet(np.asarray(flat, np.uint8), back, sheet.rectified, sheet.turned, sheet.scale)


def turn(sheet: Sheet, quarters: int) -> Sheet:
    """Turn the page clockwise by quarter turns."""
    quarters %= 4
    if not quarters:
        return sheet
    height, width = sheet.pixels.shape[:2]
    undo = {
        1: np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, height], [0.0, 0.0, 1.0]]),
        2: np.array([[-1.0, 0.0, width], [0.0, -1.0, height], [0.0, 0.0, 1.0]]),
        3: np.array([[0.0, -1.0, width], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    }[quarters]
    pixels = np.ascontiguousarray(np.rot90(sheet.pixels, -quarters))
    return Sheet(pixels, sheet.back @ undo, sheet.rectified, (sheet.turned + quarters) % 4, sheet.scale)


def grey(pixels: Pixels) -> Pixels:
    """Return luminance."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def flatten(tone: Pixels) -> Pixels:
    """Even out shade and paper colour: divide by the local brightness of the paper."""
    small = cv2.resize(tone, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21)
    background = cv2.resize(paper, (tone.shape[1], tone.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(tone, np.maximum(background, 1), scale=245), np.uint8)


def skew(tone: Pixels) -> float:
    """Return the angle in degrees by which a page must be turned so that its lines lie level (or upright)."""
    factor = 700 / max(tone.shape)
    small = cv2.resize(tone, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    dark = cv2.adaptiveThreshold(small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 15, 10)
    edge = max(8, max(dark.shape) // 50)
    inner: NDArray[np.float32] = np.asarray(dark[edge:-edge, edge:-edge], np.float32)
    if float(inner.sum()) < 50:
        return 0.0
    rough = np.asarray(cv2.resize(inner, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    angle, axis = max(
        ((float(angle), axis) for axis in (0, 1) for angle in np.arange(-_LARGEST_SKEW, _LARGEST_SKEW + 0.1, 1.0)),
        key=lambda tried: _peak(rough, *tried),
    )
    for reach, step in ((1.0, 0.5), (0.4, 0.1)):
        near = np.arange(angle - reach, angle + reach + step / 2, step)
        angle = float(max(near, key=lambda tried: _peak(inner, float(tried), axis)))
    return angle


def _peak(dark: NDArray[np.float32], angle: float, axis: int) -> float:
    """Score how sharply ink falls into rows (axis 0) or columns (axis 1) after a turn by ``angle``."""
    height, width = dark.shape
    forward = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(dark, forward, (width, height), flags=cv2.INTER_LINEAR)
    profile = turned.sum(axis=1 - axis)
    return float(((profile[1:] - profile[:-1]) ** 2).sum())
