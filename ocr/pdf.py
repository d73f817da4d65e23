"""PDF → words of its text layer, or a raster of pages without a sane one. Runs in a short-lived process of its own.

PDFium aborts the whole process when memory runs out, so nothing else lives beside it. A page's text layer counts
when it has enough sane characters, lies level, and is not the invisible twin of a scanned picture.
"""

from __future__ import annotations

import ctypes
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr import ruling
from ocr.page import Box, Page, Quality, Rule, Word
from ocr.trouble import PAGES, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocr.decode import Pixels

LEAST_CHARACTERS = 30
_STRANGE_SHARE = 0.05
_DPI = 200
_LONGEST_PX = 4000
_RULES_DPI = 110
_GRAIN = 20
_PICTURE_SHARE = 0.7
_STEP = 1.18
"""In widths of a character: two Chinese ones whose middles lie further apart have a blank between."""
_LEVEL = 0.05
"""Radians."""
_REASONS = {
    pdfium.FPDF_ERR_PASSWORD: "encrypted",
    pdfium.FPDF_ERR_SECURITY: "encrypted",
    pdfium.FPDF_ERR_SUCCESS: "no_pages",
}
"""PDFium refuses a document without pages and calls that success."""


class Glyph(NamedTuple):
    """One character and its loose box in points, origin top left."""

    char: str
    x0: float
    y0: float
    x1: float
    y1: float


def open_pdf(data: bytes) -> pypdfium2.PdfDocument:
    """Open a PDF and check its page count. Raises Unreadable."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise trouble(_REASONS.get(pdfium.FPDF_GetLastError(), "broken_pdf")) from error
    count = len(document)
    if count == 0:
        raise trouble("no_pages")
    if count > PAGES:
        raise trouble("too_many_pages", count=count)
    return document


def pages(data: bytes) -> Iterator[Page | Pixels]:
    """Yield each page: read from its text layer, or as pixels that a recogniser must read. Raises Unreadable."""
    document = open_pdf(data)
    for index in range(len(document)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError as error:
            raise trouble("broken_pdf", index + 1) from error
        yield _text_page(page, index + 1) or raster(page)
        page.close()


def raster(page: Any, dpi: int = _DPI) -> Pixels:
    """Draw a page."""
    width, height = page.get_size()
    scale = min(dpi / 72, _LONGEST_PX / max(width, height, 1.0))
    bitmap = page.render(scale=scale, rev_byteorder=True)
    pixels = np.asarray(bitmap.to_numpy(), np.uint8)[..., :3]
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    copied = np.ascontiguousarray(pixels)
    bitmap.close()
    return copied


def _text_page(page: Any, number: int) -> Page | None:
    glyphs = _glyphs(page)
    if glyphs is None or not sane("".join(glyph.char for glyph in glyphs)) or _is_picture(page):
        return None
    width, height = page.get_size()
    blank = Page(number, width, height, (1 / width, 0.0, 0.0, 0.0, 1 / height, 0.0, 0.0, 0.0, 1.0), ())
    level, upright = _rules(page)
    words = tuple(_word(blank, run) for run in _runs(glyphs))
    size = float(np.median([word.at.height for word in words])) if words else 0.0
    return replace(
        blank,
        words=words,
        level=level,
        upright=upright,
        source="text",
        kind="text_pdf",
        quality=Quality(text_px=round(size, 1)),
        engine="pdfium",
    )


def sane(text: str) -> bool:
    """Say whether a text layer can be trusted: enough characters, few private-use, replacement or control ones."""
    solid = [char for char in text if not char.isspace()]
    strange = sum(1 for char in solid if "\ue000" <= char <= "\uf8ff" or char in "\ufffd\ufffe\uffff" or char < " ")
    return len(solid) - strange >= LEAST_CHARACTERS and strange <= _STRANGE_SHARE * len(solid)


def _glyphs(page: Any) -> list[Glyph] | None:
    """Return the level characters in the file's own order; None when most of all do not lie level."""
    text = page.get_textpage()
    count = text.count_chars()
    width, height = page.get_size()
    size = (round(width * _GRAIN), round(height * _GRAIN))
    glyphs, slanted = [], 0
    box = pdfium.FS_RECTF()
    for index in range(count):
        char = _char(pdfium.FPDFText_GetUnicode(text, index))
        if char is None or not pdfium.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box)):
            continue
        if char != " " and _aslant(pdfium.FPDFText_GetCharAngle(text, index)):
            slanted += 1
            continue
        (x0, y0), (x1, y1) = _device(page, size, box.left, box.top), _device(page, size, box.right, box.bottom)
        glyphs.append(Glyph(char, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    text.close()
    return None if slanted > len(glyphs) else glyphs


def _aslant(angle: float) -> bool:
    """Say whether a character does not lie level: a watermark or a note across the page when most others do."""
    return min(angle % np.pi, np.pi - angle % np.pi) > _LEVEL


def _char(code: int) -> str | None:
    if code in {0, 0x0D, 0x0A, 0xFEFF} or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return None
    char = chr(code)
    if "\u2e80" <= char <= "\u2fdf":  # browsers and Word write 日, 月, 自 as radicals that only look like them
        return unicodedata.normalize("NFKC", char)
    return " " if char.isspace() else char


def _device(page: Any, size: tuple[int, int], x: float, y: float) -> tuple[float, float]:
    """Map page space to points from the upper left corner as displayed (crop box and rotation applied)."""
    left, top = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, ctypes.byref(left), ctypes.byref(top))
    return left.value / _GRAIN, top.value / _GRAIN


def _runs(glyphs: list[Glyph]) -> list[list[Glyph]]:
    """Group characters that stand together on one line; a blank wider than most of a character ends a run."""
    runs: list[list[Glyph]] = []
    blank = False
    for glyph in glyphs:
        if glyph.char == " ":
            blank = True
            continue
        last = runs[-1][-1] if runs else None
        if last is None or not _together(last, glyph):
            runs.append([])
        elif _apart(last, glyph, blank=blank):
            runs[-1].append(Glyph(" ", last.x1, last.y0, glyph.x0, last.y1))
        runs[-1].append(glyph)
        blank = False
    return runs


def _apart(left: Glyph, right: Glyph, *, blank: bool) -> bool:
    """Say whether a blank stands between; PDFium sees one wherever the font changes, also within 日期."""
    if _han(left.char) and _han(right.char):
        steps = (right.x0 + right.x1 - left.x0 - left.x1) / 2
        return steps > _STEP * max(right.x1 - right.x0, left.x1 - left.x0)
    return blank or right.x0 - left.x1 > 0.12 * (right.y1 - right.y0)


def _han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _together(left: Glyph, right: Glyph) -> bool:
    size = max(left.y1 - left.y0, right.y1 - right.y0, 1.0)
    same_line = abs((left.y0 + left.y1) - (right.y0 + right.y1)) < size
    return same_line and -0.5 * size < right.x0 - left.x1 < 0.55 * size


def _word(page: Page, run: list[Glyph]) -> Word:
    at = Box(run[0].x0, min(g.y0 for g in run), max(g.x1 for g in run), max(g.y1 for g in run))
    centres = tuple((glyph.x0 + glyph.x1) / 2 for glyph in run)
    return Word("".join(glyph.char for glyph in run), at, page.box_of(at), (1.0,) * len(run), centres)


def _is_picture(page: Any) -> bool:
    """Say whether a picture covers the page: its text layer is then somebody else's OCR."""
    width, height = page.get_size()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = item.get_bounds()
        if abs(right - left) * abs(top - bottom) > _PICTURE_SHARE * width * height:
            return True
    return False


def _rules(page: Any) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Find ruled lines on a small drawing of the page: PDF producers draw them in too many ways to list."""
    pixels = raster(page, _RULES_DPI)
    scale = page.get_size()[0] / pixels.shape[1]
    found = ruling.rules(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
    level, upright = (
        tuple(Rule(rule.x0 * scale, rule.y0 * scale, rule.x1 * scale, rule.y1 * scale) for rule in group)
        for group in found
    )
    return level, upright


def drawings(data: bytes, dpi: int = 130) -> Iterator[Pixels]:
    """Yield every page as pixels, for the screen."""
    document = open_pdf(data)
    for index in range(len(document)):
        page = document[index]
        yield raster(page, dpi)
        page.close()
