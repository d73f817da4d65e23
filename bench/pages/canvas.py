"""Two papers with the same pen: a bitmap that notes where each value was put, and a PDF with a text layer."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas as ReportlabCanvas

Box = tuple[float, float, float, float]
A4 = (595.0, 842.0)

_NOTO = Path("/usr/share/fonts/opentype/noto")
FONTS: dict[str, tuple[Path, Path, int]] = {
    "sans": (_NOTO / "NotoSansCJK-Regular.ttc", _NOTO / "NotoSansCJK-Bold.ttc", 2),
    "serif": (_NOTO / "NotoSerifCJK-Regular.ttc", _NOTO / "NotoSerifCJK-Bold.ttc", 2),
    "zenhei": (Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),) * 2 + (0,),
    "kai": (Path("/usr/share/fonts/truetype/arphic-gkai00mp/gkai00mp.ttf"),) * 2 + (0,),
    "ming": (Path("/usr/share/fonts/truetype/arphic/uming.ttc"),) * 2 + (0,),
}


def installed_fonts() -> list[str]:
    """Return the fonts of this machine, the Noto ones first (they are always installed)."""
    return [name for name, (regular, _, _) in FONTS.items() if regular.exists()]


class Pen(Protocol):
    """What a layout draws with. Coordinates in points of 1/72 inch, origin top left; y is the baseline."""

    def text(self, x: float, y: float, text: str, size: float = 10, **style: object) -> float:
        """Draw and return the width. Style: bold, anchor (l, r or c), colour, key (path of the value)."""

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.7) -> None:
        """Draw a straight rule."""

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: str) -> None:
        """Fill a rectangle."""

    def width(self, text: str, size: float) -> float:
        """Measure a text."""


class Bitmap:
    """A page at ``dpi``. ``boxes`` holds where each keyed value stands, in fractions of the page."""

    def __init__(self, font: str = "sans", dpi: int = 200, size: tuple[float, float] = A4) -> None:
        self.scale = dpi / 72
        self.image = Image.new("RGB", (round(size[0] * self.scale), round(size[1] * self.scale)), "white")
        self.boxes: dict[str, Box] = {}
        self._draw = ImageDraw.Draw(self.image)
        self._font = FONTS[font]
        self._cache: dict[tuple[int, bool], ImageFont.FreeTypeFont] = {}

    def _face(self, size: float, bold: bool) -> ImageFont.FreeTypeFont:
        pixels = round(size * self.scale)
        if (pixels, bold) not in self._cache:
            regular, heavy, index = self._font
            self._cache[pixels, bold] = ImageFont.truetype(str(heavy if bold else regular), pixels, index=index)
        return self._cache[pixels, bold]

    def width(self, text: str, size: float) -> float:
        """Measure a text in points."""
        return self._face(size, False).getlength(text) / self.scale

    def text(self, x: float, y: float, text: str, size: float = 10, **style: object) -> float:
        """Draw, note the box of a keyed value, return the width."""
        face = self._face(size, bool(style.get("bold")))
        anchor = {"l": "ls", "r": "rs", "c": "ms"}[str(style.get("anchor", "l"))]
        at = (x * self.scale, y * self.scale)
        self._draw.text(at, text, font=face, fill=str(style.get("colour", "#111")), anchor=anchor)
        if key := style.get("key"):
            x0, y0, x1, y1 = self._draw.textbbox(at, text, font=face, anchor=anchor)
            w, h = self.image.size
            self.boxes[str(key)] = (x0 / w, y0 / h, x1 / w, y1 / h)
        return face.getlength(text) / self.scale

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.7) -> None:
        """Draw a straight rule."""
        ends = [value * self.scale for value in (x0, y0, x1, y1)]
        self._draw.line(ends, fill="#222", width=max(1, round(width * self.scale)))

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: str) -> None:
        """Fill a rectangle."""
        self._draw.rectangle([value * self.scale for value in (x0, y0, x1, y1)], fill=colour)


class Pdf:
    """The same pages as a PDF with a text layer (a predefined Chinese font, as many ERP systems print)."""

    FONT = "STSong-Light"

    def __init__(self, size: tuple[float, float] = A4) -> None:
        if self.FONT not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(self.FONT))
        self._out = io.BytesIO()
        self._height = size[1]
        self._canvas = ReportlabCanvas(self._out, pagesize=size, invariant=1)

    def width(self, text: str, size: float) -> float:
        """Measure a text in points."""
        return float(pdfmetrics.stringWidth(text, self.FONT, size))

    def text(self, x: float, y: float, text: str, size: float = 10, **style: object) -> float:
        """Draw, note the box of a keyed value, return the width."""
        self._canvas.setFont(self.FONT, size)
        self._canvas.setFillColor(str(style.get("colour", "#111111")).replace("#111", "#111111")[:7])
        draw = {"l": "drawString", "r": "drawRightString", "c": "drawCentredString"}[str(style.get("anchor", "l"))]
        getattr(self._canvas, draw)(x, self._height - y, text)
        return self.width(text, size)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.7) -> None:
        """Draw a straight rule."""
        self._canvas.setLineWidth(width)
        self._canvas.line(x0, self._height - y0, x1, self._height - y1)

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: str) -> None:
        """Fill a rectangle."""
        self._canvas.setFillColor(colour)
        self._canvas.rect(x0, self._height - y1, x1 - x0, y1 - y0, stroke=0, fill=1)

    def next_page(self) -> None:
        """Finish this page and begin another."""
        self._canvas.showPage()

    def data(self) -> bytes:
        """Finish and return the file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()


def picture_pdf(images: list[Image.Image], dpi: int = 200) -> bytes:
    """Wrap bitmaps into a PDF without any text, as a scanner does."""
    out = io.BytesIO()
    images[0].save(out, "PDF", resolution=dpi, save_all=True, append_images=images[1:], quality=90)
    return out.getvalue()
