"""What `bench/ocr.py` compares with: the same engine on the picture as it arrived, without any geometry of ours.

``raw``: the engine's words where they stand on the raw picture, understood by our fields. ``naive``: its lines in
reading order, ``label: value`` and the numbers behind a product code, as a first program would do it.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.ocr_cases import CATALOGUE, Case, Score, page_file, scored
from bench.pages.canvas import picture_pdf
from intake.fields import parties, values
from intake.fields.extract import drafts
from intake.fields.labels import kind_of
from intake.known.match import index_of, sku_of_code
from ocr import decode, engines, pdf, recognize
from ocr.page import Page, Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocr.decode import Pixels
    from ocr.engines import Line

__all__ = ["bare", "picture_pdf"]
_ROW_PX = 12
_PATHS = {kind: path for kind, (path, _) in parties._HEADER.items()}


def bare(todo: list[Case], name: str) -> tuple[list[Score], list[Score]]:
    """Read raw pictures with the engine alone; return the scores of ``raw`` and of ``naive``."""
    engine = engines.load(name)
    raw, naive = [], []
    for case in todo:
        file = page_file(case)
        cpu, started, pages = 0.0, time.monotonic(), []
        orders: dict[str, Any] = {}
        for number, pixels in enumerate(_pictures(file.data), start=1):
            before = time.process_time()
            reading = engine.read(pixels, may_turn=False)
            cpu += time.process_time() - before
            pages.append(_page(number, pixels, reading.lines))
            orders = orders or _naive(reading.lines)
        found = drafts([page for page in pages if page.words], CATALOGUE)
        score = scored(case, found[0] if found else None, file.truth, time.monotonic() - started)
        score.cpu_s, score.pages = cpu, len(pages)
        raw.append(score)
        right = sum(orders.get(path) == value for path, value in file.truth.items())
        naive.append(Score(case.layout, case.level, len(file.truth), right, 0, 0, score.seconds, cpu))
    return raw, naive


def _pictures(data: bytes) -> Iterator[Pixels]:
    if not data.startswith(b"%PDF"):
        yield from (frame.pixels for frame in decode.frames(data))
    else:
        yield from (part for part in pdf.pages(data) if not isinstance(part, Page))


def _page(number: int, pixels: Pixels, lines: tuple[Line, ...]) -> Page:
    height, width = pixels.shape[:2]
    matrix = (1 / width, 0.0, 0.0, 0.0, 1 / height, 0.0, 0.0, 0.0, 1.0)
    blank = Page(number, float(width), float(height), matrix, ())
    words = tuple(recognize.word(blank, line) for line in lines)
    score = float(np.mean([score for line in lines for score in line.scores])) if lines else 0.0
    return Page(number, blank.width, blank.height, matrix, words, quality=Quality(score=score))


def _naive(lines: tuple[Line, ...]) -> dict[str, Any]:
    """Read lines from top to bottom: a label and its value, or a known code and the numbers behind it."""
    rows: dict[int, list[Line]] = {}
    for line in lines:
        rows.setdefault(round((line.y0 + line.y1) / 2 / _ROW_PX), []).append(line)
    found: dict[str, Any] = {}
    count = 0
    index = index_of(CATALOGUE)
    for _, row in sorted(rows.items()):
        texts = [line.text for line in sorted(row, key=lambda line: line.x0)]
        codes = [entry for text in texts if (entry := sku_of_code(text, index)) is not None]
        if codes:
            found |= _goods(texts, codes[0].sku, count)
            count += 1
            continue
        for text, after in zip(texts, [*texts[1:], ""], strict=True):
            label, _, value = values.half(text).partition(":")
            kind = kind_of(label)
            if kind in _PATHS:
                found.setdefault(_PATHS[kind], _HEADERS[kind](value or after))
    return found


_HEADERS = {kind: read for kind, (_, read) in parties._HEADER.items()}


def _goods(texts: list[str], sku: str, index: int) -> dict[str, Any]:
    numbers = [number for text in texts if (number := values.number(text)) and re.search(r"\d", text)][-3:]
    entry = CATALOGUE.skus[sku]
    said = {"sku": sku, "name": entry.name, "spec": entry.spec, "unit": entry.unit}
    found: dict[str, Any] = {f"/lines/{index}/{key}": value for key, value in said.items() if value in texts}
    found[f"/lines/{index}/sku"] = sku
    if len(numbers) == 3:
        count = values.quantity(numbers[0])
        found[f"/lines/{index}/quantity"] = count[0] if count else None
        found[f"/lines/{index}/unit_price"] = values.price(numbers[1])
        found[f"/lines/{index}/amount"] = values.money(numbers[2])
    return found
