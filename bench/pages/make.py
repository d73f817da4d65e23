"""Put a page together: which order, which layout, which font, which damage; with truth and true boxes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.pages import special
from bench.pages.canvas import A4, Bitmap, Box, Pdf, picture_pdf
from bench.pages.damage import LEVELS
from bench.pages.drawn import drawn, pen_size
from bench.pages.layouts import LAYOUTS
from bench.pages.orders import SampleOrder, sample, truth, wide_sample
from bench.pages.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from bench.pages.canvas import Pen

PRINTED = {**LAYOUTS, **VARIANTS}

_OWN, _OTHER, _HELD = 12, 8, 12
TUNED: dict[str, Callable[[Pen, SampleOrder], object]] = {
    **PRINTED,
    "receipt_zh": special.receipt_zh,
    "stamped_zh": special.stamped_zh,
    "dotted_zh": LAYOUTS["contract_zh"],
    "split_zh": special.split_zh,
    "continued_zh": special.continued_zh,
    **{f"own_{seed:02d}": drawn(seed) for seed in range(_OWN)},
    **{f"other_{seed:02d}": drawn(seed, "other") for seed in range(_OTHER)},
}
HELD_OUT: dict[str, Callable[[Pen, SampleOrder], object]] = {
    f"held_{seed:02d}": drawn(seed, "held") for seed in range(_HELD)
}
"""Layouts that are only measured: their words and shapes were not looked at while the reader was written."""
EVERY = {**TUNED, **HELD_OUT}
_SIZES = {
    "receipt_zh": special.RECEIPT,
    **{name: pen_size(int(name[-2:])) for name in EVERY if name.startswith(("own_", "other_", "held_"))},
}


@dataclass(frozen=True)
class SamplePage:
    """A page as it arrives, what it says and where (fractions of the page); ``more`` holds the pages after it."""

    layout: str
    level: str
    font: str
    image: Image.Image
    truth: dict[str, str]
    boxes: dict[str, Box]
    more: tuple[Image.Image, ...] = field(default=())

    def data(self, form: str = "PNG") -> bytes:
        """Return the file: a picture, or several as a PDF without text."""
        if self.more:
            return picture_pdf([self.image, *self.more])
        out = io.BytesIO()
        self.image.save(out, form, quality=88)
        return out.getvalue()


@lru_cache(maxsize=8)
def page(layout: str, level: str, seed: int = 0, font: str = "sans", dpi: int = 200) -> SamplePage:
    """Make one page of an order at the small company. The same arguments give the same pixels."""
    return made(layout, level, sample(seed), (seed, font, dpi))


def wide_page(layout: str, level: str, seed: int, font: str = "sans") -> SamplePage:
    """Make one page of an order of 3 to 12 lines at the larger company."""
    return made(layout, level, wide_sample(seed), (seed, font, 200))


def made(layout: str, level: str, order: SampleOrder, how: tuple[int, str, int]) -> SamplePage:
    """Draw an order and damage it. ``how`` is the seed of the damage, the font and the resolution."""
    seed, font, dpi = how
    paper = Bitmap(font, dpi, _SIZES.get(layout, A4))
    skipped = EVERY[layout](paper, order)
    expected = truth(order)
    for path in skipped if isinstance(skipped, set) else ():
        expected.pop(path)
    image, boxes = LEVELS[level](_worn(paper.image, layout, order, seed), paper.boxes, seed)
    more: list[Image.Image] = []
    if layout == "continued_zh":
        after = Bitmap(font, dpi)
        special.continued_zh(after, order, 1)
        more = [LEVELS[level](after.image, {}, seed + 1)[0]]
    return SamplePage(layout, level, font, image, expected, boxes, tuple(more))


def _worn(image: Image.Image, layout: str, order: SampleOrder, seed: int) -> Image.Image:
    if layout == "stamped_zh":
        return special.seal(image, seed, order.buyer)
    return special.dotted(image) if layout == "dotted_zh" else image


def pdf(layout: str, *orders: SampleOrder) -> bytes:
    """Print orders as a PDF with a text layer, one page each."""
    paper = Pdf(_SIZES.get(layout, A4))
    for index, order in enumerate(orders):
        if index:
            paper.next_page()
        EVERY[layout](paper, order)
    return paper.data()
