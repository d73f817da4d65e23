"""Put a page together: which order, which layout, which font, which damage; with truth and true boxes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.pages.canvas import Bitmap, Box, Pdf
from bench.pages.damage import LEVELS
from bench.pages.layouts import LAYOUTS
from bench.pages.orders import SampleOrder, sample, truth
from bench.pages.variants import VARIANTS

if TYPE_CHECKING:
    from PIL import Image


PRINTED = {**LAYOUTS, **VARIANTS}


@dataclass(frozen=True)
class SamplePage:
    """A page as it arrives, what it says and where (fractions of the page)."""

    layout: str
    level: str
    font: str
    image: Image.Image
    truth: dict[str, str]
    boxes: dict[str, Box]

    def data(self, form: str = "PNG") -> bytes:
        """Return the file."""
        out = io.BytesIO()
        self.image.save(out, form, quality=88)
        return out.getvalue()


@lru_cache(maxsize=8)
def page(layout: str, level: str, seed: int = 0, font: str = "sans", dpi: int = 200) -> SamplePage:
    """Make one page. The same arguments give the same pixels."""
    order = sample(seed)
    paper = Bitmap(font, dpi)
    PRINTED[layout](paper, order)
    image, boxes = LEVELS[level](paper.image, paper.boxes, seed)
    return SamplePage(layout, level, font, image, truth(order), boxes)


def pdf(layout: str, *orders: SampleOrder) -> bytes:
    """Print orders as a PDF with a text layer, one page each."""
    paper = Pdf()
    for index, order in enumerate(orders):
        if index:
            paper.next_page()
        PRINTED[layout](paper, order)
    return paper.data()
