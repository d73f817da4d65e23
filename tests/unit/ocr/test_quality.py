"""The gate: what cannot be read says why, and what to do."""

from __future__ import annotations

import numpy as np
import pytest

from bench.pages.make import page
from ocr import engines, quality
from ocr.clean import Sheet
from ocr.engines import Line, Reading
from ocr.page import Quality


def _reading(score: float, count: int = 12, height: float = 30.0, seen: int | None = None) -> Reading:
    lines = tuple(Line("订单", 10, 40 * n, 90, 40 * n + height, (score, score), (20, 60)) for n in range(count))
    return Reading(lines, 0, count if seen is None else seen, score)


def _sheet(scale: float = 1.0) -> Sheet:
    return Sheet(np.full((600, 400, 3), 255, np.uint8), np.eye(3), scale=scale)


@pytest.mark.parametrize(
    ("reading", "scale", "code"),
    [
        (_reading(0.99), 1.0, None),
        (_reading(0.82), 1.0, None),
        (_reading(0.81), 1.0, "too_blurred"),
        (_reading(0.81, height=14.0), 1.0, "too_small"),
        (_reading(0.81, height=30.0), 2.5, "too_small"),
        (_reading(0.99, count=4), 1.0, None),
        (_reading(0.99, count=3), 1.0, "no_text"),
        (Reading(()), 1.0, "no_text"),
        (_reading(0.4, count=2, seen=20), 1.0, "too_blurred"),
    ],
)
def test_IN_09_page_gets_a_verdict_with_a_reason(reading: Reading, scale: float, code: str | None) -> None:
    verdict = quality.judge(_sheet(scale), reading, 2)
    assert verdict.code == code
    assert bool(verdict.message_zh) == bool(verdict.message_en) == (code is not None)


def _toned(paper: int, burnt: int = 0, *, rectified: bool = False) -> Sheet:
    """Return a sheet of grey paper whose first ``burnt`` rows of 600 are washed out."""
    pixels = np.full((600, 400, 3), paper, np.uint8)
    pixels[:burnt] = 255
    return Sheet(pixels, np.eye(3), rectified=rectified)


@pytest.mark.parametrize(
    ("sheet", "score", "code"),
    [
        (_toned(74), 0.81, "too_dark"),
        (_toned(75), 0.81, "too_blurred"),
        (_toned(74), 0.82, None),
        (_toned(180, 13), 0.81, "glare"),
        (_toned(180, 12), 0.81, "too_blurred"),
        (_toned(226, 60), 0.81, "too_blurred"),
    ],
)
def test_IN_09_advice_names_what_spoils_the_picture(sheet: Sheet, score: float, code: str | None) -> None:
    assert quality.judge(sheet, _reading(score), 1).code == code


@pytest.mark.parametrize(
    ("at_edge", "rectified", "code"), [(4, False, "cut_off"), (3, False, None), (4, True, None), (0, False, None)]
)
def test_IN_09_lines_that_run_into_the_edge_are_cut_off(at_edge: int, rectified: bool, code: str | None) -> None:
    lines = tuple(
        Line("订单", 0 if n < at_edge else 40, 40 * n, 90, 40 * n + 30, (0.99, 0.99), (20, 60)) for n in range(12)
    )
    verdict = quality.judge(_toned(240, rectified=rectified), Reading(lines, 0, 12, 0.99), 1)
    assert verdict.code == code
    assert not verdict.hopeless


@pytest.mark.parametrize(
    ("code", "score", "refused"),
    [
        ("too_blurred", 0.59, True),
        ("too_blurred", 0.60, False),
        ("no_text", 0.99, True),
        ("blank_page", 0.0, True),
        (None, 0.1, False),
    ],
)
def test_page_is_refused_only_when_nothing_on_it_can_be_trusted(code: str | None, score: float, refused: bool) -> None:
    assert Quality(score=score, code=code).hopeless is refused


def test_blank_paper_is_blank_and_a_page_with_one_line_is_not() -> None:
    paper = np.full((2339, 1654, 3), 250, np.uint8)
    assert quality.blank(paper)
    paper[300:330, 300:700:6] = 20
    assert not quality.blank(paper)


def test_shaded_blank_paper_is_blank() -> None:
    shade = np.linspace(140, 250, 2000).astype(np.uint8)[:, None, None]
    assert quality.blank(np.broadcast_to(shade, (2000, 1500, 3)).copy())


def test_faint_order_is_not_blank() -> None:
    assert not quality.blank(np.asarray(page("borderless_zh", "scan", seed=1).image))


def test_engine_names_are_known_and_others_refused() -> None:
    assert engines.choose("auto") == "rapidocr"
    assert engines.choose("tesseract") == "tesseract"
    with pytest.raises(ValueError, match="unknown OCR engine 'abbyy'"):
        engines.choose("abbyy")


def test_auto_is_tesseract_where_rapidocr_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    assert engines.choose("auto") == "tesseract"
