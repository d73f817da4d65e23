"""Pages made upright, and boxes led back to the page as it arrived."""

from __future__ import annotations

import numpy as np
import pytest

from bench.pages.make import page
from ocr import clean
from ocr.page import Box, map_box
from ocr.quad import find_quad
from ocr.ruling import rules, without_rules


def _ground_truth_error(sheet: clean.Sheet, ink: np.ndarray, shape: tuple[int, ...]) -> float:
    """Return the largest distance (fractions of the page) at which dark upright pixels come back on light ones."""
    height, width = shape[:2]
    rows, columns = np.where(clean.grey(sheet.pixels) < 60)
    picked = np.random.default_rng(0).choice(len(rows), 200, replace=False)
    missed = 0
    for row, column in zip(rows[picked], columns[picked], strict=True):
        box = map_box(sheet.matrix, Box(column - 1, row - 1, column + 1, row + 1))
        x, y = int(box.middle[0] * width), int(box.middle[1] * height)
        around = ink[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5]
        missed += int(around.min() > 140)
    return missed / 200


@pytest.mark.parametrize(("level", "quarters"), [("scan", 0), ("scan", 1), ("photo_mild", 2), ("photo_mild", 3)])
def test_upright_ink_maps_back_to_ink_on_the_page_as_it_arrived(level: str, quarters: int) -> None:
    pixels = np.asarray(page("ruled_zh", level, seed=2).image)
    sheet = clean.turn(clean.straighten(pixels), quarters)
    assert _ground_truth_error(sheet, clean.grey(pixels), pixels.shape) < 0.03


@pytest.mark.parametrize(
    ("layout", "level"), [("ruled_zh", "photo_mild"), ("banded_zh", "photo_mild"), ("borderless_zh", "photo_hard")]
)
def test_sheet_on_a_desk_is_found(layout: str, level: str) -> None:
    assert clean.straighten(np.asarray(page(layout, level, seed=2).image)).rectified


@pytest.mark.parametrize(("layout", "level"), [("ruled_zh", "scan"), ("borderless_zh", "clean"), ("form_zh", "clean")])
def test_form_without_a_desk_is_not_cut_to_its_own_table(layout: str, level: str) -> None:
    assert find_quad(np.asarray(page(layout, level, seed=2).image)) is None


@pytest.mark.parametrize("angle", [-3.0, -0.4, 1.0])
def test_skew_is_measured_to_a_quarter_degree(angle: float) -> None:
    import cv2

    pixels = np.asarray(page("ruled_zh", "clean").image)
    height, width = pixels.shape[:2]
    forward = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(pixels, forward, (width, height), borderValue=(255, 255, 255))
    assert clean.skew(clean.grey(turned)) == pytest.approx(-angle, abs=0.25)


def test_level_page_is_left_alone() -> None:
    pixels = np.asarray(page("borderless_zh", "clean").image)
    assert abs(clean.skew(clean.grey(pixels))) < 0.15


def test_shade_is_evened_out() -> None:
    tone = clean.grey(np.asarray(page("ruled_zh", "photo_mild", seed=2).image))
    inner = tone[400:2200, 400:1500]
    flat = clean.flatten(inner)
    light = [np.percentile(flat[half], 70) for half in (slice(0, 400), slice(-400, None))]
    assert abs(light[0] - light[1]) < 12 < abs(np.percentile(inner[:400], 70) - np.percentile(inner[-400:], 70))


def test_ruled_table_shows_its_eight_levels_and_nine_uprights() -> None:
    level, upright = rules(clean.grey(np.asarray(page("ruled_zh", "clean").image)))
    assert (len(level), len(upright)) == (8, 9)


def test_text_page_shows_no_upright_rule() -> None:
    _, upright = rules(clean.grey(np.asarray(page("blocks_zh", "scan", seed=1).image)))
    assert upright == ()


def test_title_band_gives_no_false_upright_rules() -> None:
    _, upright = rules(clean.grey(np.asarray(page("banded_zh", "scan", seed=1).image)))
    assert len(upright) <= 2


def test_painting_rules_over_keeps_the_text() -> None:
    tone = clean.grey(np.asarray(page("ruled_zh", "clean").image))
    painted = without_rules(tone)
    level, upright = rules(painted)
    assert not level
    assert not upright
    title = (slice(130, 180), slice(680, 980))
    assert (painted[title] < 100).sum() == (tone[title] < 100).sum()
