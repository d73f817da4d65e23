"""IN-10: a chat's bubbles are kept apart and in order; only what the customer wrote makes the order."""

from __future__ import annotations

from datetime import date

import pytest

from bench.ocr_cases import CATALOGUE
from intake.readers.chat import WHY, bubbles, read_chat
from intake.readers.document import read_document
from ocr.page import Box, Page, PageSet, Word
from orders.draft import FieldStatus

WIDTH, HEIGHT, LETTER = 1080.0, 2400.0, 40.0
MATRIX = (1 / WIDTH, 0.0, 0.0, 0.0, 1 / HEIGHT, 0.0, 0.0, 0.0, 1.0)


def said(text: str, y: float, side: str = "left") -> Word:
    broad = LETTER * len(text)
    x = {"left": 190.0, "right": WIDTH - 190.0 - broad, "middle": (WIDTH - broad) / 2}[side]
    at = Box(x, y, x + broad, y + 44)
    blank = Page(1, WIDTH, HEIGHT, MATRIX, ())
    return Word(text, at, blank.box_of(at), (1.0,) * len(text), tuple(x + LETTER * (i + 0.5) for i in range(len(text))))


def page(*words: Word) -> Page:
    return Page(1, WIDTH, HEIGHT, MATRIX, words, kind="screenshot")


CHAT = page(
    said("10:24", 20),
    said("上午 10:24", 120, "middle"),
    said("我是苏州恒力机电有限公司的", 200),
    said("张伟", 262),
    said("A-1002 500个可以吗", 360, "right"),
    said("A-1001 1000个", 460),
    said("A-1003 20只", 560),
    said("2026-12-26前送到", 660),
)


def test_IN_10_bubbles_are_in_order_and_a_wrapped_one_is_one() -> None:
    assert [(bubble.text, bubble.ours) for bubble in bubbles(CHAT)] == [
        ("我是苏州恒力机电有限公司的张伟", False),
        ("A-1002 500个可以吗", True),
        ("A-1001 1000个", False),
        ("A-1003 20只", False),
        ("2026-12-26前送到", False),
    ]


def test_IN_10_order_holds_what_the_customer_wrote_and_all_of_it_is_confirmed() -> None:
    (draft,) = read_chat([CHAT], CATALOGUE)
    assert [(line["sku"], line["quantity"]) for line in draft.order["lines"]] == [("A-1001", "1000"), ("A-1003", "20")]
    assert draft.order["requested_date"] == "2026-12-26"
    assert all(field.status is FieldStatus.CONFIRM and WHY in field.why for field in draft.fields)


def test_IN_10_relative_day_counts_from_the_day_of_arrival() -> None:
    chat = page(said("A-1001 1000个", 460), said("下周三前送到", 660))
    (draft,) = read_chat([chat], CATALOGUE, date(2026, 11, 23))
    assert draft.order["requested_date"] == "2026-12-02"


def test_IN_10_value_points_to_its_bubble() -> None:
    (draft,) = read_chat([CHAT], CATALOGUE)
    field = next(field for field in draft.fields if field.path == "/lines/1/quantity")
    assert field.page == 1
    assert field.box is not None
    assert field.box[1] == pytest.approx(560 / HEIGHT, abs=0.001)


def test_IN_10_picture_without_a_form_is_read_as_a_chat() -> None:
    class Seen:
        def read(self, data: bytes) -> PageSet:
            return PageSet("screenshot", (CHAT,))

    result = read_document(b"picture", CATALOGUE, Seen())
    assert [line["sku"] for line in result.orders[0].order["lines"]] == ["A-1001", "A-1003"]
