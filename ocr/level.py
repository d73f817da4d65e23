"""Lay lines of text level that the page's outline could not: a curled sheet, a fold, a page whose edges are not seen.

After recognition, on places alone: each line knows its own slope; a smooth field is fitted to them and every word is
moved up or down by what the field adds up to between the page's middle and the word. Pixels are not touched again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.engines import Line

Array = NDArray[np.float64]
_LEAST_LINES = 6
_LONG = 2.5
"""A box counts when it is this many times longer than high: the slope of a short one is chance."""
_STEEPEST = 0.35
_RIDGE = 0.004
_POWERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (3, 0), (2, 1), (4, 0), (3, 1))
"""Powers of x and y of the slope's terms; both run from −1 to 1 over the page."""


@dataclass(frozen=True)
class Field:
    """How the page's lines slope; all lengths in pixels of the upright page."""

    size: tuple[float, float]
    factors: tuple[float, ...]

    def drop(self, x: float, y: float) -> float:
        """Return how much lower a line's words stand at ``x`` than in the page's middle."""
        half = self.size[0] / 2
        u, v = x / half - 1, y / (self.size[1] / 2) - 1
        return half * sum(
            factor * u ** (power + 1) / (power + 1) * v**down
            for factor, (power, down) in zip(self.factors, _POWERS, strict=True)
        )


LEVEL = Field((1.0, 1.0), (0.0,) * len(_POWERS))


def fit(lines: Sequence[Line], size: tuple[float, float]) -> Field:
    """Fit the field to the lines' slopes; long lines count more, those that disagree with the rest hardly."""
    long = [line for line in lines if line.x1 - line.x0 > _LONG * (line.y1 - line.y0) and abs(line.slope) < _STEEPEST]
    if len(long) < _LEAST_LINES:
        return LEVEL
    u = np.array([(line.x0 + line.x1) / size[0] - 1 for line in long])
    v = np.array([(line.y0 + line.y1) / size[1] - 1 for line in long])
    slopes = np.array([line.slope for line in long])
    terms = np.stack([u**power * v**down for power, down in _POWERS], axis=1)
    lengths = np.array([line.x1 - line.x0 for line in long])
    weights = lengths / lengths.max()
    factors = np.zeros(len(_POWERS))
    for _ in range(4):
        factors = _solved(terms, slopes, weights)
        missed = np.abs(terms @ factors - slopes)
        usual = max(0.002, float(np.median(missed)))
        weights = lengths / lengths.max() / (1 + (missed / (2.5 * usual)) ** 2)
    return Field(size, tuple(float(factor) for factor in factors))


def _solved(terms: Array, slopes: Array, weights: Array) -> Array:
    weighed = terms * weights[:, None]
    damping = np.diag([0.0, *([_RIDGE * float(weights.sum())] * (terms.shape[1] - 1))])
    return np.asarray(np.linalg.solve(weighed.T @ terms + damping + 1e-9 * np.eye(terms.shape[1]), weighed.T @ slopes))
