"""What a hand, a desk, a lamp and a phone do to a page: curl, wrinkles, perspective, shadows, glare, blur, noise.

Each effect is a function of pixels (float32, 0–255) and a random generator; a photo is a recipe of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float32]
Point = tuple[float, float]
Move = "Callable[[Point], Point]"


@dataclass(frozen=True)
class Recipe:
    """How bad a photo is. Angles in degrees, lengths as shares of the page, blur in pixels at 200 dpi."""

    angle: tuple[float, float]
    lean: float
    curl: float
    shade: float
    blur: tuple[float, float]
    noise: float
    jpeg: tuple[int, int]
    close: float
    """How often the page fills the picture and its edges are cut off."""
    accident: float
    """How often each of shadow, glare, finger, moiré and low light happens."""


MILD = Recipe((3.0, 9.0), 0.035, 0.004, 0.35, (0.7, 1.1), 4, (68, 85), 0.2, 0.35)
HARD = Recipe((7.0, 16.0), 0.06, 0.010, 0.55, (1.1, 1.7), 8, (48, 65), 0.3, 0.5)


def photograph(page: Array, recipe: Recipe, seed: int) -> tuple[Array, Callable[[Point], Point]]:
    """Return the picture and how points of the page (pixels) move onto it."""
    rng = np.random.default_rng([seed, 77])
    height, width = page.shape[:2]
    bent, bend = _curled(page, recipe.curl, rng)
    close = rng.random() < recipe.close
    margin = 0.0 if close else rng.uniform(0.06, 0.16)
    matrix, size = _view((width, height), recipe, margin, rng)
    ground = desk(size, rng)
    flat = np.asarray(cv2.warpPerspective(bent, matrix, size, flags=cv2.INTER_AREA), np.float32)
    whole = np.full((height, width), 1.0, np.float32)
    cover = np.asarray(cv2.warpPerspective(whole, matrix, size), np.float32)[..., None]
    picture = np.asarray(flat * cover + _shadowed_ground(ground, cover) * (1 - cover), np.float32)
    for effect in (_shadow, _glare, _finger, _moire):
        if rng.random() < recipe.accident * (0.5 if effect is _moire else 1.0):
            picture = effect(picture, rng, recipe)
    picture = _lit(picture, recipe.shade, rng)
    picture = _blurred(picture, rng.uniform(*recipe.blur), rng)
    picture = _grained(picture, recipe.noise * (1.8 if rng.random() < recipe.accident / 2 else 1.0), rng)

    def move(point: Point) -> Point:
        x, y = bend(point)
        mapped = cv2.perspectiveTransform(np.array([[[x, y]]], np.float32), matrix)[0, 0]
        return float(mapped[0]), float(mapped[1])

    return np.clip(picture, 0, 255), move


def _curled(page: Array, strength: float, rng: np.random.Generator) -> tuple[Array, Callable[[Point], Point]]:
    """Bend the page as a folded or rolled sheet: a slow wave along each axis and a few small wrinkles."""
    height, width = page.shape[:2]
    waves = [(rng.uniform(-1, 1) * strength * height, rng.uniform(0.5, 1.1), rng.uniform(0, 6.28)) for _ in range(2)]
    sag = rng.uniform(-1, 1) * strength * height

    def shift(x: Any, y: Any) -> Any:
        u, v = x / width, y / height
        moved = sag * (4 * u * (1 - u)) * (0.4 + 0.6 * v)
        for amount, pace, phase in waves:
            moved = moved + 0.5 * amount * np.sin(6.28 * pace * u + phase) * (0.5 + 0.5 * np.cos(3.14 * v + phase))
        return moved

    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = _fine(np.asarray(shift(*_coarse(width, height))), width, height)[..., 0]
    bent: Array = np.asarray(
        cv2.remap(page, x, y - moved, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    for _ in range(int(rng.integers(0, 1 + round(strength * 500)))):
        bent = _crease(bent, rng)
    return bent, lambda p: (p[0], p[1] + float(shift(p[0], p[1])))


def _crease(page: Array, rng: np.random.Generator) -> Array:
    """Fold: a line with light on one side and shade on the other."""
    height, width = page.shape[:2]
    x, y = _coarse(width, height)
    angle = rng.choice((0.0, 1.57)) + rng.uniform(-0.15, 0.15)
    at = rng.uniform(0.2, 0.8) * (width * abs(np.cos(angle)) + height * abs(np.sin(angle)))
    far = (x * np.cos(angle) + y * np.sin(angle) - at) / 18.0
    return np.asarray(page * _fine(1 - 0.22 * far * np.exp(-(far**2)), width, height), np.float32)


def _view(
    size: tuple[int, int], recipe: Recipe, margin: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return the homography page → picture and the picture's size; without a margin the edges are cut a little."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    lean = rng.uniform(-recipe.lean, recipe.lean, (4, 2)) * [width, height]
    angle = rng.choice((-1, 1)) * rng.uniform(*recipe.angle) * (0.5 if margin == 0.0 else 1.0)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    target = cv2.transform((corners + lean.astype(np.float32))[None], turn)[0]
    low, high = target.min(axis=0), target.max(axis=0)
    if margin == 0.0:
        low, high = low + 0.02 * (high - low), high - 0.02 * (high - low)
        inner = np.sort(target, axis=0)
        low, high = np.maximum(low, inner[1] - 0.03 * height), np.minimum(high, inner[2] + 0.03 * height)
    low, high = low - margin * width, high + margin * width
    matrix = np.asarray(cv2.getPerspectiveTransform(corners, (target - low).astype(np.float32)), np.float64)
    return matrix, (int(high[0] - low[0]), int(high[1] - low[1]))


_GROUNDS = ((120, 92, 66), (70, 74, 80), (150, 140, 128), (52, 84, 70), (176, 158, 130), (38, 40, 46), (196, 190, 184))


def _coarse(width: int, height: int) -> tuple[Array, Array]:
    """Return the coordinates of every eighth pixel: light changes slowly."""
    x, y = np.meshgrid(np.arange(0, width + 8, 8, dtype=np.float32), np.arange(0, height + 8, 8, dtype=np.float32))
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def _fine(field: NDArray[np.floating], width: int, height: int) -> Array:
    """Return a coarse field at full size, with an axis for colours."""
    return np.asarray(cv2.resize(np.asarray(field, np.float32), (width, height)), np.float32)[..., None]


def desk(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return a background: wood grain, cloth, a keyboard's keys, or a pale table."""
    width, height = size
    base = np.array(_GROUNDS[int(rng.integers(len(_GROUNDS)))], np.float32)
    grain = rng.normal(0, 12, (height // 8 + 1, width // 2 + 1)).astype(np.float32)
    ground = base + cv2.resize(grain, size)[..., None]
    kind = rng.random()
    if kind < 0.35:
        across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        waves = np.sin(across / np.float32(rng.uniform(6, 20)) + 3 * np.sin(down / 300)[:, None])
        ground = ground + 9 * waves[..., None]
    elif kind < 0.5:
        pitch = int(rng.integers(50, 90))
        keys = ((np.arange(width) % pitch < pitch - 9)[None] & (np.arange(height) % pitch < pitch - 9)[:, None]) * 30.0
        ground = ground + keys[..., None].astype(np.float32)
    return np.asarray(np.clip(ground, 0, 255), np.float32)


def _shadowed_ground(ground: Array, cover: Array) -> Array:
    """Let the sheet throw a soft shadow on what it lies on."""
    height, width = cover.shape[:2]
    small = cv2.resize(cover[..., 0], (width // 4, height // 4))
    moved = cv2.warpAffine(small, np.array([[1, 0, 2.5], [0, 1, 3.5]], np.float32), small.shape[::-1])
    return np.asarray(ground * _fine(1 - 0.45 * cv2.GaussianBlur(moved, (0, 0), 3), width, height), np.float32)


def _lit(picture: Array, depth: float, rng: np.random.Generator) -> Array:
    height, width = picture.shape[:2]
    x, y = (2 * axis / axis.max() - 1 for axis in _coarse(width, height))
    slope = rng.uniform(-0.8, 0.8) * x + rng.choice((-1, 1)) * rng.uniform(0.4, 1) * y
    light = 1 - depth * (slope - slope.min()) / (slope.max() - slope.min())
    tint = np.array([1.0, rng.uniform(0.95, 1.0), rng.uniform(0.84, 0.97)], np.float32)
    return np.asarray(picture * _fine(light, width, height) * tint, np.float32)


def _shadow(picture: Array, rng: np.random.Generator, recipe: Recipe) -> Array:
    """Throw the shadow of a hand or phone: a polygon with a soft edge."""
    height, width = picture.shape[:2]
    middle = rng.uniform(0.2, 0.8, 2) * [width, height]
    points = middle + rng.uniform(-0.6, 0.6, (5, 2)) * [width, height]
    mask = np.zeros(_coarse(width, height)[0].shape, np.float32)
    cv2.fillPoly(mask, [cv2.convexHull((points / 8).astype(np.int32))], (1.0,))
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1.5, 6))
    return np.asarray(picture * _fine(1 - rng.uniform(0.5, 1.0) * recipe.shade * soft, width, height), np.float32)


def _glare(picture: Array, rng: np.random.Generator, recipe: Recipe) -> Array:
    """Reflect a lamp: a white spot that washes the print out."""
    height, width = picture.shape[:2]
    x, y = _coarse(width, height)
    cx, cy = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height
    spread = rng.uniform(0.06, 0.14) * width
    spot = np.exp(-(((x - cx) / spread) ** 2 + ((y - cy) / (0.6 * spread)) ** 2))
    strength = min(0.92, rng.uniform(0.9, 1.6) * recipe.shade)
    return np.asarray(picture + (250 - picture) * _fine(strength * spot, width, height), np.float32)


def _finger(picture: Array, rng: np.random.Generator, recipe: Recipe) -> Array:  # noqa: ARG001 - one shape for all
    """Hold the sheet at a side or at the bottom with a thumb."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.float32)
    side = int(rng.integers(3))
    at = (
        (0.0, rng.uniform(0.4, 0.9) * height),
        (float(width), rng.uniform(0.4, 0.9) * height),
        (rng.uniform(0.2, 0.8) * width, float(height)),
    )[side]
    axes = (0.11 * width, 0.035 * width) if side < 2 else (0.035 * width, 0.11 * width)
    cv2.ellipse(mask, (int(at[0]), int(at[1])), (int(axes[0]), int(axes[1])), rng.uniform(-12, 12), 0, 360, (1.0,), -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 4)[..., None]
    skin = np.array([214, 164, 138], np.float32) * rng.uniform(0.7, 1.0)
    return np.asarray(picture * (1 - soft) + skin * soft, np.float32)


def _moire(picture: Array, rng: np.random.Generator, recipe: Recipe) -> Array:
    """Photograph a screen: fine coloured bands."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    pace, angle = rng.uniform(0.25, 0.7), rng.uniform(0, 3.14)
    bands = np.sin(pace * (x * np.cos(angle) + y * np.sin(angle)) + 2 * np.sin(y / 160))
    colour = np.array([1.0, rng.uniform(0.3, 1), rng.uniform(0.3, 1)], np.float32)
    return np.asarray(picture + 14 * recipe.shade / 0.35 * bands[..., None] * colour, np.float32)


def _blurred(picture: Array, sigma: float, rng: np.random.Generator) -> Array:
    if rng.random() < 0.3:
        length = max(3, round(3 * sigma))
        kernel = np.zeros((length, length), np.float32)
        end = int(rng.integers(length))
        cv2.line(kernel, (0, end), (length - 1, length - 1 - end), (1.0,))
        picture = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
        sigma *= 0.7
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def _grained(picture: Array, sigma: float, rng: np.random.Generator) -> Array:
    height, width = picture.shape[:2]
    grey = rng.standard_normal((height, width), np.float32)[..., None] * np.float32(sigma)
    stains = rng.standard_normal((height // 2 + 1, width // 2 + 1, 3), np.float32) * np.float32(sigma / 2)
    return np.asarray(picture + grey + cv2.resize(stains, (width, height)), np.float32)
