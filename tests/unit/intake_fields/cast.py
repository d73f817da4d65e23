"""Found values as tests need them."""

from __future__ import annotations

from intake.fields.found import Found, LineFound
from ocr.layout.rows import Cell
from ocr.page import Box, Word


def found(value: str | None, raw: str | None = None, score: float = 1.0) -> Found:
    text = raw if raw is not None else value or "?"
    at = Box(0.1, 0.1, 0.2, 0.12)
    word = Word(text, at, at, (score,) * len(text), tuple(float(index) for index in range(len(text))))
    return Found(value, Cell((word,)), 1)


def line(score: float = 1.0, **values: str | None) -> LineFound:
    return {name: found(value, score=score) for name, value in values.items()}
