"""Bad documents: each its own code and words, within its time, and the next document is read all the same."""

from __future__ import annotations

import random
import time
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from PIL import Image, ImageFilter
from reportlab.pdfgen.canvas import Canvas

from bench.pages import hostile
from bench.pages.canvas import picture_pdf
from bench.pages.company import catalogue
from bench.pages.make import page, pdf
from bench.pages.orders import sample
from intake.read import read
from ocr import limits
from ocr.page import Unreadable
from ocr.process import Reader
from ocr.sandbox import Deadlines, EngineDown, Sandbox
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOGUE = catalogue()


def _png(pixels: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _landscape() -> bytes:
    """Sky, hills and grass: light and texture, no letter."""
    rng = np.random.default_rng(3)
    scene = np.zeros((900, 1200, 3), np.float32)
    scene[:500] = np.linspace(200, 240, 500)[:, None, None] * np.array([0.7, 0.85, 1.0])
    x = np.arange(1200)
    for base, colour in ((430, (90, 110, 80)), (560, (70, 120, 50))):
        ridge = base + 40 * np.sin(x / 170 + base) + 15 * np.sin(x / 37)
        scene[np.arange(900)[:, None] > ridge[None, :]] = colour
    scene += rng.normal(0, 6, scene.shape)
    return _png(np.clip(scene, 0, 255).astype(np.uint8))


def _blurred() -> bytes:
    sheet = page("ruled_zh", "scan", 0).image
    return _png(np.asarray(sheet.filter(ImageFilter.GaussianBlur(11))))


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty file": (lambda: b"", "empty_file"),
    "unknown bytes": (lambda: b"\x00\x01\x02 nothing known", "unknown_format"),
    "larger than 25 MB": (lambda: b"\xff\xd8\xff" + b"\0" * (25 * 1024 * 1024), "too_large"),
    "encrypted PDF": (hostile.encrypted, "encrypted"),
    "PDF without pages": (hostile.no_pages, "no_pages"),
    "truncated PDF": (lambda: pdf("ruled_zh", sample(0))[:700], "broken_pdf"),
    "PDF of 10,000 pages": (hostile.many_pages, "too_many_pages"),
    "PDF that unpacks to more than 1 GB": (hostile.deflate_bomb, "too_complex"),
    "PDF of a billion nested forms": (hostile.nested_forms, "too_complex"),
    "truncated picture": (lambda: page("ruled_zh", "scan", 0).data("JPEG")[:30_000], "broken_image"),
    "900-megapixel PNG": (hostile.huge_png, "too_many_pixels"),
    "blank paper": (lambda: _png(np.full((1200, 900, 3), 245, np.uint8)), "blank_page"),
    "landscape": (_landscape, "no_text"),
    "blurred": (_blurred, "too_blurred"),
}


@pytest.mark.parametrize("name", BAD)
def test_IN_09_bad_document_says_what_is_wrong_and_what_to_do(name: str, rapid: Sandbox) -> None:
    make, code = BAD[name]
    data = make()
    started = time.monotonic()
    with pytest.raises(UnreadableDocument) as caught:
        read(data, "order.pdf", "application/pdf", CATALOGUE, rapid)
    assert caught.value.code in {code, "no_text"} if name == "blurred" else caught.value.code == code
    assert any(word in caught.value.message_zh for word in ("请", "重新", "已停止"))
    assert caught.value.message_en
    assert time.monotonic() - started < 120


@pytest.mark.parametrize("seed", range(8))
def test_IN_09_spoilt_pdf_is_read_or_refused_in_words(seed: int, tesseract: Sandbox) -> None:
    rng = random.Random(seed)
    spoilt = bytearray(pdf("ruled_zh", sample(0)))
    for _ in range(rng.randint(1, 12)):
        place = rng.randrange(len(spoilt))
        spoilt[place : place + rng.randint(1, 60)] = rng.randbytes(rng.randint(0, 60))
    try:
        pages = tesseract.read(bytes(spoilt)).pages
    except Unreadable as error:
        said = error.message_zh
    else:
        said = pages[0].source
    assert said


def test_IN_09_reading_goes_on_after_a_bomb(rapid: Sandbox) -> None:
    with pytest.raises(Unreadable):
        rapid.read(hostile.deflate_bomb())
    assert rapid.read(pdf("ruled_zh", sample(0))).kind == "text_pdf"


def test_one_unreadable_page_of_several_becomes_a_warning(rapid: Sandbox) -> None:
    blank = Image.new("RGB", (800, 1100), "white")
    result = read(picture_pdf([page("ruled_zh", "scan", 0).image, blank]), "a.pdf", "", CATALOGUE, rapid)
    assert len(result.orders[0].order["lines"]) == 5
    assert any("第 2 页" in warning for warning in result.orders[0].warnings)


def test_text_without_an_order_is_named_so(tesseract: Sandbox) -> None:
    out = BytesIO()
    canvas = Canvas(out)
    for line in range(12):
        canvas.drawString(72, 760 - 20 * line, "A letter about the weather, nothing else at all.")
    canvas.save()
    with pytest.raises(UnreadableDocument) as caught:
        read(out.getvalue(), "letter.pdf", "application/pdf", CATALOGUE, tesseract)
    assert caught.value.code == "no_order"


def test_cancelled_reading_stops_at_once_and_leaves_no_process() -> None:
    before = {child.pid for child in psutil.Process().children()}
    started = time.monotonic()
    with Sandbox("tesseract") as sandbox, pytest.raises(Unreadable) as caught:
        sandbox.read(page("ruled_zh", "scan", 0).data("JPEG"), stop=lambda: time.monotonic() - started > 1.5)
    assert caught.value.code == "cancelled"
    assert {child.pid for child in psutil.Process().children()} <= before


def _readers(sandbox: Sandbox) -> set[int]:
    return {reader.pid for reader in list(sandbox._slots.queue) if reader is not None}


def test_reading_past_its_deadline_is_killed_and_named() -> None:
    with Sandbox("tesseract", deadlines=Deadlines(page_s=0.3)) as sandbox, pytest.raises(Unreadable) as caught:
        sandbox.read(page("ruled_zh", "scan", 0).data("JPEG"))
    assert caught.value.code == "took_too_long"


def test_killed_reader_is_replaced(rapid: Sandbox) -> None:
    rapid.warm()
    for pid in _readers(rapid):
        psutil.Process(pid).kill()
    with pytest.raises(UnreadableDocument) as caught:
        read(_png(np.full((1200, 900, 3), 245, np.uint8)), "a.png", "", CATALOGUE, rapid)
    assert caught.value.code == "blank_page"


def test_engine_that_does_not_start_is_our_trouble_not_the_documents() -> None:
    sandbox = Sandbox("tesseract")
    sandbox._extra_env = {"PATH": "/nonexistent"}
    with pytest.raises(EngineDown, match="tesseract"):
        sandbox.read(page("ruled_zh", "scan", 0).data("JPEG"))
    sandbox.close()


def test_reader_gets_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_SECRET_KEY", "do-not-tell")
    reader = Reader("recognizer", "tesseract")
    try:
        next(reader.answers(60))
        assert "SLUICE_SECRET_KEY" not in psutil.Process(reader.pid).environ()
        fences = psutil.Process(reader.pid)
        assert fences.rlimit(psutil.RLIMIT_AS)[0] == limits.READER_BYTES
        assert fences.rlimit(psutil.RLIMIT_FSIZE)[0] == limits.FILE_BYTES
        assert 0 < fences.rlimit(psutil.RLIMIT_CPU)[0] < 3600
    finally:
        reader.kill()


def test_reader_stays_below_one_gigabyte_and_is_reused(rapid: Sandbox) -> None:
    rapid.warm()
    before = _readers(rapid)
    rapid.read(page("form_zh", "photo_mild", 2).data("JPEG"))
    assert _readers(rapid) == before
    assert all(psutil.Process(pid).memory_info().rss < 1024**3 for pid in before)


def test_progress_is_told_page_by_page(tesseract: Sandbox) -> None:
    told: list[tuple[int, int]] = []
    watched = tesseract.watched(lambda done, of: told.append((done, of)))
    read(pdf("ruled_zh", sample(0), sample(1)), "two.pdf", "", CATALOGUE, watched)
    assert told == [(1, 2), (2, 2)]


def test_previews_show_each_page_upright_as_viewers_do(tesseract: Sandbox) -> None:
    sheet = page("ruled_zh", "scan", 0)
    pictures = [Image.open(BytesIO(data)) for data in tesseract.previews(pdf("ruled_zh", sample(0), sample(1)))]
    pictures += [Image.open(BytesIO(data)) for data in tesseract.previews(sheet.data("JPEG"))]
    assert [picture.format for picture in pictures] == ["JPEG"] * 3
    assert all(max(picture.size) <= 1600 for picture in pictures)
