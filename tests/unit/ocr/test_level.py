"""IN-09: lines of a curled or tilted page come to lie level, by places alone; boxes stay where the print is."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from ocr.engines import Line
from ocr.level import LEVEL, fit
from ocr.page import Box, Page, Word
from ocr.recognize import word
from ocr.wire import page_from_json, page_to_json

WIDTH, HEIGHT = 1400.0, 2000.0


def _sheet(tilt: float, curl: float) -> dict[int, list[Line]]:
    """Return lines by row: 20 rows of 5 boxes on a page that is tilted (dy/dx) and curled (px)."""

    def drop(x: float, y: float) -> float:
        return tilt * (x - WIDTH / 2) + curl * math.sin(5.5 * x / WIDTH + 1) * (1 - 0.5 * y / HEIGHT)

    rows: dict[int, list[Line]] = {}
    for row in range(20):
        y = 100.0 + 90 * row
        for column in range(5):
            x0, x1 = 60.0 + 270 * column, 260.0 + 270 * column
            middle, slope = drop((x0 + x1) / 2, y), (drop(x1, y) - drop(x0, y)) / (x1 - x0)
            rows.setdefault(row, []).append(
                Line("PO-1001", x0, y + middle - 14, x1, y + middle + 14, (1.0,) * 7, (x0,) * 7, slope)
            )
    return rows


@pytest.mark.parametrize(("tilt", "curl"), [(0.0, 0.0), (0.12, 0.0), (-0.2, 0.0), (0.0, 25.0), (0.06, -30.0)])
def test_IN_09_words_of_one_row_lie_level(tilt: float, curl: float) -> None:
    rows = _sheet(tilt, curl)
    field = fit([line for row in rows.values() for line in row], (WIDTH, HEIGHT))
    blank = Page(1, WIDTH, HEIGHT, (1 / WIDTH, 0, 0, 0, 1 / HEIGHT, 0, 0, 0, 1), ())
    for row in rows.values():
        middles = [word(blank, line, field).at.middle[1] for line in row]
        assert max(abs(left - right) for left, right in pairwise(middles)) < 10


def test_IN_09_one_crooked_line_does_not_bend_the_page() -> None:
    lines = [line for row in _sheet(0.0, 0.0).values() for line in row]
    stamp = Line("合同专用章", 500, 900, 800, 960, (1.0,) * 5, (600.0,) * 5, 0.3)
    field = fit([*lines, stamp], (WIDTH, HEIGHT))
    assert all(abs(field.drop(x, y)) < 5 for x in (0, WIDTH) for y in (0, HEIGHT / 2, HEIGHT))


def test_IN_09_few_lines_are_left_as_they_are() -> None:
    assert fit(_sheet(0.1, 0.0)[0], (WIDTH, HEIGHT)) is LEVEL


def test_U6_box_and_cut_stay_on_the_print_after_the_word_was_moved() -> None:
    lines = [line for row in _sheet(0.12, 0.0).values() for line in row]
    field = fit(lines, (WIDTH, HEIGHT))
    blank = Page(1, WIDTH, HEIGHT, (1 / WIDTH, 0, 0, 0, 1 / HEIGHT, 0, 0, 0, 1), ())
    moved = word(blank, lines[4], field)
    assert abs(moved.moved) > 40
    assert moved.box == blank.box_of(Box(lines[4].x0, lines[4].y0, lines[4].x1, lines[4].y1))
    wide = Word(moved.text, moved.at, moved.box, moved.scores, tuple(1140.0 + 28 * i for i in range(7)), moved.moved)
    part = blank.cut(wide, 3, 7)
    assert part is not None
    assert (part.box.y0, part.box.y1, part.moved) == (moved.box.y0, moved.box.y1, moved.moved)
    page = page_from_json(page_to_json(Page(1, WIDTH, HEIGHT, blank.matrix, (moved,))))
    assert page.words[0].box.y0 == pytest.approx(moved.box.y0, abs=1e-4)
