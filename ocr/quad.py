"""Find the four corners of a sheet of paper on whatever it lies on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ocr.decode import Pixels

Array = NDArray[np.float64]
_SIDE = 640
_SMALLEST = 0.22
_LARGEST = 0.985
_LOST_SHARE, _AS_LIGHT, _NO_DARKER = 0.07, 0.8, 0.97


def find_quad(pixels: Pixels) -> Array | None:
    """Return the corners (upper left, upper right, lower right, lower left) in pixels, or None if no sheet is seen."""
    height, width = pixels.shape[:2]
    factor = _SIDE / max(height, width)
    if factor >= 1:
        factor = 1.0
    resized = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    small: Pixels = np.asarray(cv2.GaussianBlur(resized, (5, 5), 0), np.uint8)
    found = [quad for mask in _masks(small) for quad in _quads(mask)]
    scored = [(_merit(quad, small), quad) for quad in found]
    scored = [(merit, quad) for merit, quad in scored if merit > 0]
    text = _text(small) if scored else []
    for _, quad in sorted(scored, key=lambda item: item[0], reverse=True):
        if not _loses_text(quad, text, small):
            return _ordered(quad / factor)
    return None


def _text(small: Pixels) -> list[tuple[float, float, float]]:
    """Return what looks like lines of text, level or upright: their middles, and how light their paper is."""
    tone = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    upright = [(y, x, light) for x, y, light in _streaks(np.ascontiguousarray(tone.T))]
    return [*_streaks(tone), *upright]


def _streaks(tone: Pixels) -> list[tuple[float, float, float]]:
    """Return the middles of dark marks that are longer than high once their letters are joined."""
    dark = cv2.morphologyEx(tone, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    ink = np.asarray(dark > np.maximum(14, tone * 0.16), np.uint8)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    paper = cv2.dilate(tone, np.ones((9, 9), np.uint8))
    count, _, stats, middles = cv2.connectedComponentsWithStats(joined)
    return [
        (float(x := middles[index][0]), float(y := middles[index][1]), float(paper[int(y), int(x)]))
        for index in range(1, count)
        if 3 <= stats[index][3] <= 14 and 2.2 * stats[index][3] < stats[index][2] < 0.6 * tone.shape[1]
    ]


def _loses_text(quad: Array, text: list[tuple[float, float, float]], small: Pixels) -> bool:
    """Say whether much text lies outside on paper as light: this is a shadow or a fold, not the sheet's outline."""
    shape = quad.astype(np.float32)
    inside = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, quad.astype(np.int32), 1)
    tone = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    paper = float(np.median(tone[inside > 0]))
    far = [cv2.pointPolygonTest(shape, (x, y), True) for x, y, light in text if light >= _AS_LIGHT * paper]
    around = tone[cv2.dilate(inside, np.ones((25, 25), np.uint8)) == 0]
    frame = around.size > 0 and float(np.median(around)) >= _NO_DARKER * paper  # a table's own outline on its sheet
    return sum(distance < -4 for distance in far) > (1 if frame else max(4, _LOST_SHARE * len(far)))


def _masks(small: Pixels) -> list[Pixels]:
    tone = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    hue = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    light = cv2.threshold(tone, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    pale = cv2.threshold(hue[..., 1], 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    masks = [light, pale, cv2.bitwise_and(light, pale)]
    for low, high in ((30, 90), (60, 160)):
        edges = cv2.dilate(cv2.Canny(tone, low, high), np.ones((3, 3), np.uint8))
        masks.append(_inside(edges))
    close = np.ones((9, 9), np.uint8)
    return [np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, close), np.uint8) for mask in masks]


def _inside(edges: NDArray[np.generic]) -> Pixels:
    """Return what edges enclose: everything that a flood from the border does not reach."""
    framed = cv2.copyMakeBorder(np.asarray(edges, np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[0])
    mask = np.zeros((framed.shape[0] + 2, framed.shape[1] + 2), np.uint8)
    cv2.floodFill(framed, mask, (0, 0), (128,))
    return np.asarray(np.where(framed[1:-1, 1:-1] == 128, 0, 255), np.uint8)


def _quads(mask: Pixels) -> list[Array]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    whole = mask.shape[0] * mask.shape[1]
    found = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
        hull = cv2.convexHull(contour)
        if cv2.contourArea(hull) < _SMALLEST * whole:
            continue
        for slack in (0.01, 0.02, 0.035, 0.05):
            shape = cv2.approxPolyDP(hull, slack * cv2.arcLength(hull, True), True)
            if len(shape) == 4:
                found.append(shape.reshape(4, 2).astype(np.float64))
                break
    return found


def _merit(quad: Array, small: Pixels) -> float:
    """Score a quadrilateral: large, near to rectangular, brighter than its surroundings. 0 = not a sheet."""
    height, width = small.shape[:2]
    share = float(cv2.contourArea(quad.astype(np.float32))) / (height * width)
    if not _SMALLEST < share < _LARGEST or not _rectangular(quad):
        return 0.0
    inside = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(inside, quad.astype(np.int32), 1)
    ring = cv2.dilate(inside, np.ones((25, 25), np.uint8)) - cv2.dilate(inside, np.ones((7, 7), np.uint8))
    rim = inside - cv2.erode(inside, np.ones((25, 25), np.uint8), borderValue=0)
    if int((ring > 0).sum()) < 0.01 * height * width:
        return 0.0
    tone = small.astype(np.float32)
    contrast = float(np.abs(np.median(tone[rim > 0], axis=0) - np.median(tone[ring > 0], axis=0)).max())
    return share * contrast if contrast > 12 and _along_border(quad, width, height) < 3 else 0.0


def _rectangular(quad: Array) -> bool:
    closed = [*quad, quad[0], quad[1]]
    for (first, middle), (_, last) in zip(list(pairwise(closed))[:4], list(pairwise(closed))[1:5], strict=True):
        before, after = first - middle, last - middle
        size = float(np.linalg.norm(before) * np.linalg.norm(after))
        if size == 0 or abs(float(before @ after)) / size > 0.5:
            return False
    return True


def _along_border(quad: Array, width: int, height: int) -> int:
    """Count sides that lie on the picture's own border: such a side is no edge of paper."""
    corners = [*quad, quad[0]]
    limit = 2.5
    count = 0
    for first, second in pairwise(corners):
        for axis, far in ((0, width - 1), (1, height - 1)):
            on_near = first[axis] < limit and second[axis] < limit
            on_far = first[axis] > far - limit and second[axis] > far - limit
            count += int(on_near or on_far)
    return count


def _ordered(quad: Array) -> Array:
    total, slope = quad.sum(axis=1), quad[:, 0] - quad[:, 1]
    order = [int(total.argmin()), int(slope.argmax()), int(total.argmax()), int(slope.argmin())]
    if len(set(order)) == 4:
        return np.asarray(quad[order], np.float64)
    middle = quad.mean(axis=0)
    around = np.argsort(np.arctan2(quad[:, 1] - middle[1], quad[:, 0] - middle[0]))
    return np.asarray(quad[around], np.float64)
