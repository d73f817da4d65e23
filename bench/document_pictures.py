"""Draw the pictures of docs/documents.md: one photo at each stage of reading. `python -m bench.document_pictures`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bench.ocr_cases import CATALOGUE
from bench.pages.make import page
from intake.fields.extract import drafts
from ocr import clean, engines, recognize
from ocr.decode import Frame
from ocr.quad import find_quad
from orders.draft import FieldStatus
from server.config import ROOT

if TYPE_CHECKING:
    from ocr.decode import Pixels
    from ocr.page import Box

OUT = ROOT / "docs" / "images"
WIDTH = 420
SURE, DOUBTFUL = (30, 140, 70), (210, 120, 0)


def save(name: str, pixels: Pixels) -> None:
    """Write a small picture."""
    image = Image.fromarray(pixels)
    image.thumbnail((WIDTH, 2 * WIDTH))
    OUT.mkdir(parents=True, exist_ok=True)
    image.save(OUT / f"document-{name}.jpg", quality=62, optimize=True)


def marked(pixels: Pixels, boxes: list[tuple[Box, tuple[int, int, int]]], size: tuple[float, float]) -> Pixels:
    """Return the picture with boxes given in units of ``size``."""
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    across, down = image.width / size[0], image.height / size[1]
    for box, colour in boxes:
        pen.rectangle((box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down), outline=colour, width=6)
    return np.asarray(image, np.uint8)


def main() -> None:
    """Read one photo step by step."""
    sheet = page("ruled_zh", "photo_mild", 3)
    pixels = np.asarray(sheet.image, np.uint8)
    save("1-arrived", pixels)
    outline = pixels.copy()
    quad = find_quad(pixels)
    if quad is not None:
        cv2.polylines(outline, [quad.astype(np.int32)], True, (220, 40, 40), 14)
    save("2-outline", outline)
    upright = clean.straighten(pixels)
    save("3-upright", upright.pixels)
    read = recognize.read_frame(Frame(1, 1, pixels), engines.load())
    boxes = [(word.at, SURE if word.confidence >= 0.98 else DOUBTFUL) for word in read.words]
    save("4-words", marked(upright.pixels, boxes, (read.width, read.height)))
    (draft,) = drafts([read], CATALOGUE)
    found = [
        (type(read.words[0].at)(*field.box), SURE if field.status is FieldStatus.AUTO else DOUBTFUL)
        for field in draft.fields
        if field.box is not None
    ]
    save("5-fields", marked(pixels, found, (1.0, 1.0)))


if __name__ == "__main__":
    main()
