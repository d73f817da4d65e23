"""Print a foreign layout with a browser: the PDF with its text layer, or its drawing with damage as a picture."""

from __future__ import annotations

import io
import subprocess
import tempfile
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pypdfium2

from bench.pages.canvas import picture_pdf
from bench.pages.damage import LEVELS
from bench.pages.foreign import FOREIGN
from bench.pages.orders import SampleOrder, truth

if TYPE_CHECKING:
    from PIL import Image

_BROWSERS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
_ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
_DPI = 200


def print_foreign(layout: str, order: SampleOrder) -> tuple[bytes, dict[str, str]]:
    """Return the PDF of an order in a foreign layout and what must be read from it."""
    sheet = FOREIGN[layout](order)
    width, height = sheet.size
    margin = "4mm" if width < height / 2 else "0" if layout.endswith("screen") else "14mm"
    style = f"@page{{size:{width}mm {height}mm;margin:{margin}}}body{{font-family:'Noto Sans CJK SC';font-size:9.5pt;"
    style += f"-webkit-print-color-adjust:exact}}{sheet.style}"
    expected = {path: value for path, value in truth(order).items() if path not in sheet.skipped}
    return _printed(f"<!doctype html><meta charset=utf-8><style>{style}</style><body>{sheet.body}</body>"), expected


def _printed(html: str) -> bytes:
    browser = next((found for name in _BROWSERS if (found := which(name))), None)
    if browser is None:
        raise RuntimeError("install chromium: the foreign layouts are printed by a browser")
    with tempfile.TemporaryDirectory() as folder:
        page, out = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(html, encoding="utf-8")
        profile = f"--user-data-dir={folder}/profile"
        command = [browser, *_ARGUMENTS, profile, f"--print-to-pdf={out}", str(page)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return out.read_bytes()


def foreign_picture(layout: str, level: str, seed: int, order: SampleOrder) -> tuple[bytes, dict[str, str]]:
    """Return a picture (several pages: a PDF without text) of a foreign layout, damaged, and what it says."""
    data, expected = print_foreign(layout, order)
    document = pypdfium2.PdfDocument(data)
    drawn: list[Image.Image] = [
        document[index].render(scale=_DPI / 72).to_pil().convert("RGB") for index in range(len(document))
    ]
    images = [LEVELS[level](image, {}, seed + index)[0] for index, image in enumerate(drawn)]
    if len(images) > 1:
        return picture_pdf(images), expected
    out = io.BytesIO()
    images[0].save(out, "JPEG", quality=88)
    return out.getvalue(), expected
