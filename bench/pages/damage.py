"""What scanners, phones and messengers do to a page; the true boxes go through the same transform."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

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
    """Office scanner: up to about 1° askew, slight blur, noise, grey paper."""
    rng = random.Random(seed)
    w, h = image.size
    angle = rng.choice((-1, 1)) * rng.uniform(0.7, 1.2)
    turn = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0), [0, 0, 1]])
    page, moved = _warp(image, boxes, turn, (w, h), np.full((h, w, 3), 250.0))
    return jpeg(_noise(_blur(page, 0.8), 7, seed), 80), moved


def _desk(rng: random.Random, size: tuple[int, int], seed: int) -> np.ndarray:
    w, h = size
    grain = np.random.default_rng(seed).normal(0, 12, (h // 8 + 1, w // 2 + 1)).astype(np.float32)
    base = np.array(rng.choice(((120, 92, 66), (70, 74, 80), (150, 140, 128), (52, 84, 70))), np.float32)
    desk: np.ndarray = np.clip(base + cv2.resize(grain, (w, h))[..., None], 0, 255)
    return desk


def _shade(image: Image.Image, rng: random.Random, depth: float) -> Image.Image:
    w, h = image.size
    x, y = np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))
    slope = rng.uniform(-0.5, 0.5) * x + rng.choice((-1, 1)) * rng.uniform(0.5, 1) * y
    light = 1 - depth * (slope - slope.min()) / (slope.max() - slope.min())
    tint = np.array([1.0, rng.uniform(0.96, 1.0), rng.uniform(0.86, 0.97)])
    return Image.fromarray(np.clip(np.asarray(image) * light[..., None] * tint, 0, 255).astype(np.uint8))


def _photo(image: Image.Image, boxes: Boxes, seed: int, *, lean: float, depth: float, sigma: float) -> Damaged:
    rng = random.Random(seed)
    w, h = image.size
    size = (round(w * 1.16), round(h * 1.14))
    margin_x, margin_y = (size[0] - w) / 2, (size[1] - h) / 2
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    target = corners + np.array([margin_x, margin_y], np.float32)
    target += np.array([[rng.uniform(-lean, lean) * w, rng.uniform(-lean, lean) * h] for _ in range(4)], np.float32)
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), rng.uniform(-3, 3) * lean / 0.03, 1.0)
    target = cv2.transform(target[None], turn)[0]
    target = np.clip(target, 3, [size[0] - 4, size[1] - 4]).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    page, moved = _warp(image, boxes, matrix, size, _desk(rng, size, seed))
    return _noise(_blur(_shade(page, rng, depth), sigma), 5, seed), moved


def photo_mild(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:
    """Careful phone photo on a desk: perspective, shading, JPEG."""
    page, moved = _photo(image, boxes, seed, lean=0.03, depth=0.35, sigma=0.9)
    return jpeg(page, 75), moved


def photo_hard(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:
    """Careless photo: strong perspective, deep shade, soft focus, noise."""
    page, moved = _photo(image, boxes, seed, lean=0.07, depth=0.6, sigma=1.7)
    return jpeg(_noise(page, 9, seed + 1), 55), moved


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


def lowres(image: Image.Image, boxes: Boxes, seed: int) -> Damaged:  # noqa: ARG001 - one shape for all levels
    """Shrink as a messenger does: 85 dpi, JPEG."""
    w, h = image.size
    factor = 85 / 72 * 842 / h
    return jpeg(image.resize((round(w * factor), round(h * factor)), Image.Resampling.BICUBIC), 70), boxes


LEVELS: dict[str, Callable[[Image.Image, Boxes, int], Damaged]] = {
    "clean": clean,
    "scan": scan,
    "photo_mild": photo_mild,
    "photo_hard": photo_hard,
    "turned": turned,
    "lowres": lowres,
}
