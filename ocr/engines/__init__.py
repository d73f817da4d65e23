"""The recognisers, by name. ``auto`` is RapidOCR where it is installed, else Tesseract (always there).

An engine gets an upright page (or a tile of it) and returns lines of text with a score and a place per character.
To add one: a module with a class that has the shape of `Engine`, and a line in `_ENGINES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ocr.decode import Pixels

AUTO = "auto"
_ENGINES = {
    "rapidocr": ("ocr.engines.rapid", "Rapid"),
    "tesseract": ("ocr.engines.tesseract", "Tesseract"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text in pixels of the page given: corners of its box, score and x centre per character.

    ``slope`` is how much the line falls to the right (dy/dx); the box is as high as the letters, laid level about the
    line's middle.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    scores: tuple[float, ...]
    centres: tuple[float, ...]
    slope: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine saw. ``quarters``: turn the page so often clockwise and read again. ``seen``: boxes found."""

    lines: tuple[Line, ...]
    quarters: int = 0
    seen: int = 0
    score: float = 0.0


class Engine(Protocol):
    """A recogniser."""

    name: str
    version: str

    def read(self, pixels: Pixels, *, may_turn: bool = True, sparse: bool = False) -> Reading:
        """Read RGB pixels. ``sparse``: a screenshot or chat rather than a form."""
        ...


def names() -> tuple[str, ...]:
    """Return the names that `load` knows."""
    return tuple(_ENGINES)


def choose(name: str = AUTO) -> str:
    """Resolve ``auto``. Raises ValueError for an unknown name."""
    if name == AUTO:
        return "rapidocr" if find_spec("rapidocr") and find_spec("onnxruntime") else "tesseract"
    if name not in _ENGINES:
        raise ValueError(f"unknown OCR engine {name!r}: use auto, {', '.join(_ENGINES)}")
    return name


def load(name: str = AUTO) -> Engine:
    """Start an engine; slow (models are loaded)."""
    module, maker = _ENGINES[choose(name)]
    engine: Engine = getattr(import_module(module), maker)()
    return engine
