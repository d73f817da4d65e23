"""Cells of one row ↔ columns of the header: the best monotone assignment, by place and by type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.page import Page, Word

_SKIP = -1.2
_SHARE = -0.35
_SHARE_NUMBER = -2.0
_SHARE_SINGLE = -1.0
_CUT_GAIN = 0.6
_CUT_DECIMALS = 0.5
"""What follows two decimals is a third one, 86.828, unless a cut there gains so much more."""
_DECIMALS = re.compile(r"\d{1,4}")
_SEAM = re.compile(r"(?<=\.\d\d)(?=\d)|(?<=[^\W\d_a-zA-Z])(?=[\dA-Za-z])|(?<=[\dA-Za-z])(?=[^\W\d_a-zA-Z])|\s+")


@dataclass(frozen=True)
class Track:
    """A column on the page: where its title stands, how far its cells may reach, how well a text fits (−1 … 1).

    ``under``: the same for the second line of its cells, where the title has two lines that mean two things.
    """

    kind: str
    title: tuple[float, float]
    reach: tuple[float, float]
    fits: Callable[[str], float]
    ruled: bool = False
    numeric: bool = False
    single: bool = False
    under: Callable[[str], float] | None = None


@dataclass(frozen=True)
class Placing:
    """The words of a row with the index of the column of each (−1: none), and how good that is."""

    words: tuple[Word, ...]
    columns: tuple[int, ...]
    score: float


def place(page: Page, words: Sequence[Word], tracks: Sequence[Track]) -> Placing:
    """Assign words to columns; a word that swallowed two cells is cut where that makes the row fit better."""
    best = _assigned(tuple(words), tracks)
    for _ in range(4):
        tried = [(_assigned(row, tracks), price) for row, price in _cuttings(page, best)]
        better, price = max(tried, key=lambda cut: cut[0].score - cut[1], default=(best, 0.0))
        if better.score - price < best.score + _CUT_GAIN:
            break
        best = better
    return best


def _cuttings(page: Page, placing: Placing) -> list[tuple[tuple[Word, ...], float]]:
    """Return the row with one word cut in two, in each way that its characters suggest, and what the cut costs."""
    found = []
    for index, word in enumerate(placing.words):
        for seam in _SEAM.finditer(word.text):
            left = page.cut(word, 0, seam.start())
            right = page.cut(word, seam.end(), len(word.text))
            if left is not None and right is not None:
                price = _CUT_DECIMALS if seam.start() == seam.end() and _DECIMALS.fullmatch(right.text) else 0.0
                found.append(((*placing.words[:index], left, right, *placing.words[index + 1 :]), price))
    return found


def _assigned(words: tuple[Word, ...], tracks: Sequence[Track]) -> Placing:
    values = [[_value(word, track) for track in tracks] for word in words]

    @cache
    def best(index: int, least: int, last: int) -> tuple[float, tuple[int, ...]]:
        """Return the best score of words from ``index`` on in columns from ``least`` on; ``last`` was used before."""
        if index == len(words):
            return 0.0, ()
        score, rest = best(index + 1, least, last)
        found = (score + _SKIP, (-1, *rest))
        for column in range(least, len(tracks)):
            after, rest = best(index + 1, column, column)
            shared = 0.0 if column != last else _sharing(tracks[column])
            total = values[index][column] + shared + after
            if total > found[0]:
                found = (total, (column, *rest))
        return found

    score, columns = best(0, 0, -1)
    return Placing(words, columns, score)


def _sharing(track: Track) -> float:
    return _SHARE_NUMBER if track.numeric else _SHARE_SINGLE if track.single else _SHARE


def _value(word: Word, track: Track) -> float:
    """Score one word in one column: how the text fits, how far it lies outside, whether it stands below the title."""
    height = max(word.at.height, 1.0)
    low, high = track.reach
    middle = word.at.middle[0]
    if track.ruled:
        outside = max(0.0, low - middle, middle - high) / height
        fits = track.fits(word.text) if track.under is None else max(track.fits(word.text), track.under(word.text))
        return 1.0 * fits - 1.5 * outside + 0.8
    outside = (max(0.0, low - word.at.x0) + max(0.0, word.at.x1 - high)) / height
    left, right = track.title
    shared = max(0.0, min(right, word.at.x1) - max(left, word.at.x0))
    below = shared / max(1.0, min(right - left, word.at.width))
    fits = track.fits(word.text) if track.under is None else max(track.fits(word.text), track.under(word.text))
    return 1.6 * fits - 0.45 * min(outside, 12.0) + 0.9 * below
