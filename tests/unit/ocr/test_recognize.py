"""Putting a page together around an engine: turning, tiling, judging. The engine is a hand-written fake."""

from __future__ import annotations

import numpy as np

from ocr.decode import Frame
from ocr.engines import Line, Reading
from ocr.recognize import read_frame

GAP, BAR = 90, 24


class BarEngine:
    """Reads each black bar as one line of text; wants the page turned once if told so."""

    name, version = "bars", "1"

    def __init__(self, quarters: int = 0) -> None:
        self.quarters = quarters
        self.shapes: list[tuple[int, int]] = []

    def read(self, pixels: np.ndarray, *, may_turn: bool = True, sparse: bool = False) -> Reading:
        self.shapes.append(pixels.shape[:2])
        if self.quarters and may_turn:
            return Reading((), self.quarters, 5)
        dark = pixels[:, pixels.shape[1] // 2, 0] < 128
        edges = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(int), [0]])))
        bars = list(zip(edges[::2], edges[1::2], strict=True))
        lines = tuple(Line("订单", 10.0, float(a), 90.0, float(b), (0.99, 0.99), (30.0, 70.0)) for a, b in bars)
        return Reading(lines, 0, len(bars), 0.99 if bars else 0.0)


def screenshot(bars: int) -> np.ndarray:
    picture = np.full((bars * GAP, 400, 3), 255, np.uint8)
    for bar in range(bars):
        picture[bar * GAP + 30 : bar * GAP + 30 + BAR, 40:360] = 0
    return picture


def test_long_screenshot_is_read_in_tiles_without_a_lost_or_doubled_line() -> None:
    engine = BarEngine()
    page = read_frame(Frame(1, 1, screenshot(70)), engine)
    assert max(height for height, _ in engine.shapes) == 1600
    assert len(engine.shapes) >= 4
    tops = [word.at.y0 for word in page.words]
    assert [round(top) for top in tops] == [bar * GAP + 30 for bar in range(70)]
    assert (page.kind, page.quality.code) == ("screenshot", None)


def test_page_that_lies_is_turned_and_read_once_more() -> None:
    picture = np.full((1600, 1200, 3), 255, np.uint8)
    picture[400:430, 200:1000] = 0
    engine = BarEngine(quarters=1)
    page = read_frame(Frame(1, 1, picture), engine)
    assert page.turned == 1
    assert engine.shapes == [(1600, 1200), (1200, 1600)]


def test_blank_page_costs_no_reading() -> None:
    engine = BarEngine()
    page = read_frame(Frame(2, 3, np.full((900, 700, 3), 250, np.uint8)), engine)
    assert engine.shapes == []
    assert page.quality.code == "blank_page"
    assert "第 2 页" in page.quality.message_zh
