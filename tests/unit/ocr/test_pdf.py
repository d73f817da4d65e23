"""Text layers: read exactly when sane, left to the recogniser when not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from bench.pages import hostile
from bench.pages.canvas import picture_pdf
from bench.pages.make import page, pdf
from bench.pages.orders import sample
from ocr.page import Page, Unreadable
from ocr.pdf import LEAST_CHARACTERS, pages, sane


def _text_page(data: bytes) -> Page:
    (read,) = pages(data)
    assert isinstance(read, Page)
    return read


def test_words_of_a_text_layer_stand_where_they_are_drawn() -> None:
    read = _text_page(pdf("ruled_zh", sample(0)))
    number = next(word for word in read.words if sample(0).number in word.text)
    assert number.box.x0 == pytest.approx(40 / 595, abs=0.005)
    assert number.box.y0 < 95 / 842 < number.box.y1
    assert (number.confidence, read.source, read.kind) == (1.0, "text", "text_pdf")


def test_ruled_lines_of_a_pdf_are_found() -> None:
    read = _text_page(pdf("ruled_zh", sample(0)))
    assert (len(read.level), len(read.upright)) == (8, 9)


@pytest.mark.parametrize(("turn", "x", "y"), [(0, 0.168, 0.145), (90, 0.855, 0.168), (180, 0.832, 0.855)])
def test_page_rotation_is_followed(turn: int, x: float, y: float) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.setPageRotation(turn)
    for line in range(20):
        canvas.drawString(100, 720 - line * 20, "order number and other words")
    canvas.save()
    (read,) = pages(out.getvalue())
    if turn == 0:
        assert isinstance(read, Page)
        assert read.words[0].box.x0 == pytest.approx(x, abs=0.01)
        assert read.words[0].box.middle[1] == pytest.approx(y, abs=0.01)
    else:  # text that stands upright or upside down is left to the recogniser, which turns the page
        assert isinstance(read, np.ndarray | Page)


def test_scanned_pdf_has_no_text_layer_and_is_drawn_at_200_dpi() -> None:
    scan = page("ruled_zh", "scan").image
    (read,) = pages(picture_pdf([scan]))
    assert isinstance(read, np.ndarray)
    assert abs(read.shape[0] - scan.height) <= 2


def test_picture_with_invisible_text_is_not_trusted() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.drawInlineImage(page("ruled_zh", "scan").image, 0, 0, 595, 842)
    text = canvas.beginText(40, 700)
    text.setTextRenderMode(3)
    for _ in range(20):
        text.textLine("somebody else's OCR of this page")
    canvas.drawText(text)
    canvas.save()
    (read,) = pages(out.getvalue())
    assert isinstance(read, np.ndarray)


@pytest.mark.parametrize(("count", "is_sane"), [(LEAST_CHARACTERS - 1, False), (LEAST_CHARACTERS, True)])
def test_thirty_characters_make_a_text_layer(count: int, is_sane: bool) -> None:
    assert sane("单 " * count) is is_sane


def test_text_layer_of_private_characters_is_not_sane() -> None:
    assert sane("订单" * 50)
    assert not sane("订单" * 50 + "\ue001" * 10)
    assert not sane("\ufffd" * 100)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (hostile.encrypted(), "encrypted"),
        (hostile.many_pages(21), "too_many_pages"),
        (b"%PDF-1.7 nothing else", "broken_pdf"),
        (pdf("ruled_zh", sample(0))[:800], "broken_pdf"),
    ],
)
def test_pdf_that_cannot_be_read_has_its_own_code(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(pages(data))
    assert caught.value.code == code


def test_pdf_of_twenty_pages_is_read() -> None:
    assert len(list(pages(hostile.many_pages(20)))) == 20
