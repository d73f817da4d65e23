"""What scanners, phones and messengers do to a page; the true boxes go through the same transform."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from bench.pages.photo import HARD, MILD, Recipe, photograph

if TYPE_CHECKING:
    from collections.abc import Callable

Box = tuple[float, float, float, float]
Boxes = dict[str, Box]
Damaged = tuple[Image.Image, Boxes]


def _warp(image: Image.Image, boxes: Boxes, matrix: np.ndarray, size: tuple[int, int], ground: np.ndarray) -> Damaged:
    """Apply a 3×3 pixel matrix onto a background of ``size`` (width, height)."""
    source = np.asarray(image)
    page = cv2.warpPerspective(source, matrix, size, flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.full(source.shape[:2], 255, np.uint8), matrix, size)[..., None] / 255.0
    mixed = page * cover + ground * (1 - cover)
    moved: Boxes = {}
    for key, (x0, y0, x1, y1) in boxes.items():
        w, h = image.size
        corners = np.array([[[x0 * w, y0 * h], [x1 * w, y0 * h], [x1 * w, y1 * h], [x0 * w, y1 * h]]], np.float32)
        points = cv2.perspectiveTransform(corners, matrix)[0]
        low, high = points.min(axis=0), points.max(axis=0)
        moved[key] = (low[0] / size[0], low[1] / size[1], high[0] / size[0], high[1] / size[1])
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8)), moved


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Store and load as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def _noise(image: Image.Image, sigma: float, seed: int) -> Image.Image:
    pixels = np.asarray(image).astype(np.float32)
    pixels += np.random.default_rng(seed).normal(0, sigma, pixels.shape[:2])[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _blur(image: Image.Image, sigma: float) -> Image.Image:
    return Image.fromarray(cv2.GaussianBlur(np.asarray(image), (0, 0), sigma))


def clean(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:  # noqa: ARG001 - one shape for all levels
    """Leave the page as printed."""
    return image, boxes


def scan(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:
    """Office scanner: up to 1.6° askew, slight blur, noise, grey paper; one in six in black and white."""
    rng = random.Random(seed)
    w, h = image.size
    angle = rng.choice((-1, 1)) * rng.uniform(0.7, 1.6)
    turn = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0), [0, 0, 1]])
    page, moved = _warp(image, boxes, turn, (w, h), np.full((h, w, 3), 250.0))
    scanned = _noise(_blur(page, 0.8), 7, seed)
    if seed % 6 == 5:  # a fax or a copier set to black and white
        scanned = scanned.convert("L").point(lambda tone: 255 if tone > 170 else 0).convert("RGB")
    return jpeg(scanned, 80), moved


def _photo(image: Image.Image, boxes: Boxes, seed: int, recipe: Recipe) -> Damaged:
    picture, move = photograph(np.asarray(image, np.float32), recipe, seed)
    height, width = picture.shape[:2]
    w, h = image.size
    moved: Boxes = {}
    for key, (x0, y0, x1, y1) in boxes.items():
        points = [move((x * w, y * h)) for x in (x0, x1) for y in (y0, y1)]
        xs, ys = [x / width for x, _ in points], [y / height for _, y in points]
        moved[key] = (min(xs), min(ys), max(xs), max(ys))
    quality = random.Random(seed).randint(*recipe.jpeg)
    return jpeg(Image.fromarray(picture.astype(np.uint8)), quality), moved


def photo_mild(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:
    """Careful phone photo: held aslant, on a desk or filling the picture, some shade, at times a finger or a lamp."""
    return _photo(image, boxes, seed, MILD)


def photo_hard(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:
    """Careless photo: further aslant, curled and creased, deep shade, soft, noisy; one in four on its side."""
    page, moved = _photo(image, boxes, seed, HARD)
    return _turned(page, moved, 1 if seed % 8 == 3 else 3) if seed % 4 == 3 else (page, moved)


def _turned(image: Image.Image, boxes: Boxes, quarters: int) -> Damaged:
    moved = {}
    for key, (x0, y0, x1, y1) in boxes.items():
        for _ in range(quarters):
            x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
        moved[key] = (x0, y0, x1, y1)
    return image.rotate(-90 * quarters, expand=True), moved


def turned(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:
    """Scan with the wrong edge first: 90, 180 or 270 degrees by the seed."""
    page, moved = scan(image, boxes, seed)
    return _turned(page, moved, seed % 3 + 1)


def lowres(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:
    """Shrink as a messenger does: 82 to 92 dpi, JPEG."""
    w, h = image.size
    factor = (82 + seed % 3 * 5) / 200
    return jpeg(image.resize((round(w * factor), round(h * factor)), Image.Resampling.BICUBIC), 70), boxes


LEVELS: dict[str, Callable[[Image.Image, Boxes, int], Damaged]] = {
    "clean": clean,
    "scan": scan,
    "photo_mild": photo_mild,
    "photo_hard": photo_hard,
    "turned": turned,
    "lowres": lowres,
}
