"""The second look at long numbers: a real Tesseract reads a real print; what differs is not confirmed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bench.pages.canvas import Bitmap
from ocr import twice
from ocr.engines import latin
from ocr.page import IDENTITY, Box, Page, Word

SIZE, STEP = 28, 17.0
FACE = Bitmap("sans")._face(10, False)


@cache
def reader() -> latin.Latin:
    found = latin.load()
    assert found is not None, "libtesseract and the data of eng are required"
    return found


def word(text: str, y: float) -> Word:
    at = Box(40.0, y, 40.0 + STEP * len(text), y + SIZE + 6)
    centres = tuple(40.0 + STEP * (index + 0.5) for index in range(len(text)))
    return Word(text, at, at, (1.0,) * len(text), centres)


def confirmed(read: str, printed: str, y: int = 40) -> tuple[str, ...]:
    """Print each character in its own place and say what the second engine confirms of what the first read."""
    paper = Image.new("RGB", (700, 120), "white")
    pen = ImageDraw.Draw(paper)
    for index, char in enumerate(printed):
        pen.text((40 + STEP * (index + 0.5), y + 4), char, fill="black", anchor="ma", font=FACE)
    page = Page(1, 700.0, 120.0, IDENTITY, (word(read, y),))
    return twice.confirmed(page, np.asarray(paper), reader())


@pytest.mark.parametrize("text", ["13850130027", "PO-20261131-767", "2026-11-09"])
def test_number_that_both_engines_read_the_same_way_is_confirmed(text: str) -> None:
    assert confirmed(text, text) == (text,)


@pytest.mark.parametrize(("read", "printed"), [("13850130027", "13850180027"), ("P0-20261131-767", "PO-20261131-767")])
def test_number_that_the_second_engine_reads_otherwise_is_not(read: str, printed: str) -> None:
    assert confirmed(read, printed) == ()


def test_chinese_between_digits_is_painted_over() -> None:
    assert confirmed("2026年11月09日", "2026#11#09#") == ("2026年11月09日",)


@pytest.mark.parametrize(("text", "count"), [("12345", 0), ("123456", 1), ("1234567.89", 0), ("单号:123456", 1)])
def test_only_long_numbers_that_are_no_amounts_are_read_again(text: str, count: int) -> None:
    page = Page(1, 700.0, 120.0, IDENTITY, (word(text, 40.0),))
    assert len(twice._pieces(page)) == count


def test_no_more_than_so_many_numbers_of_a_page_are_read_again() -> None:
    class Counting:
        lines = 0

        def line(self, _tone: object) -> str:
            self.lines += 1
            return ""

    counting = Counting()
    page = Page(1, 700.0, 5000.0, IDENTITY, tuple(word(f"{number:08}", 40.0 * number) for number in range(60)))
    assert twice.confirmed(page, np.full((5000, 700, 3), 255, np.uint8), counting) == ()
    assert counting.lines == twice.MOST


def test_number_at_the_upper_edge_is_read_again() -> None:
    assert confirmed("13850130027", "13850130027", y=1) == ("13850130027",)


def test_piece_at_the_edge_of_the_page_breaks_nothing() -> None:
    page = Page(1, 700.0, 120.0, IDENTITY, (word("12345678", 119.0), word("12345678", 500.0)))
    assert twice.confirmed(page, np.full((120, 700, 3), 255, np.uint8), reader()) == ()
