"""Fields read right, auto precision and seconds a page, per layout and per damage level, beside the bare engine.

Run: ``python -m bench.ocr [--engine auto|rapidocr|tesseract] [--pages-per-cell N] [--bare N]``.
Pages, fonts and damage come from fixed seeds (`bench/pages`). Prints a table and writes var/bench/ocr.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.pages.canvas import installed_fonts
from bench.pages.company import catalogue
from bench.pages.damage import LEVELS
from bench.pages.layouts import LAYOUTS
from bench.pages.make import PRINTED, page, pdf
from bench.pages.orders import sample, truth
from intake.fields.extract import drafts
from intake.read import read
from ocr import clean, engines, recognize
from ocr.page import Page, Quality
from ocr.sandbox import Sandbox
from orders.draft import DraftOrder, FieldStatus
from orders.errors import UnreadableDocument

CATALOGUE = catalogue()
OUT = Path("var/bench/ocr.json")


@dataclass
class Score:
    """What one page gave: fields asked for, right, marked auto, wrongly so; wall seconds."""

    layout: str
    level: str
    asked: int
    right: int
    auto: int
    wrong_auto: int
    seconds: float


def value_at(order: dict[str, Any], path: str) -> Any:
    value: Any = order
    for part in path.strip("/").split("/"):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if value else None
    return value[:10] if path == "/issued_at" and value else value


def scored(layout: str, level: str, draft: DraftOrder | None, expected: dict[str, str], seconds: float) -> Score:
    found = {} if draft is None else {field.path: field for field in draft.fields}
    right = {path for path, value in expected.items() if draft is not None and value_at(draft.order, path) == value}
    auto = {path for path in expected if path in found and found[path].status is FieldStatus.AUTO}
    return Score(layout, level, len(expected), len(right), len(auto), len(auto - right), seconds)


def cases(per_cell: int) -> list[tuple[str, str, int, str]]:
    """Return (layout, level, seed, font): every layout at every level, fonts and orders in turn."""
    fonts = installed_fonts()
    found = []
    for copy in range(per_cell):
        for row, level in enumerate(LEVELS):
            for column, layout in enumerate(LAYOUTS):
                number = column + row * 3 + copy * 5
                found.append((layout, level, 100 + number, fonts[number % len(fonts)]))
    return found


def read_one(case: tuple[str, str, int, str], sandbox: Sandbox) -> Score:
    layout, level, seed, font = case
    sheet = page(layout, level, seed, font)
    data = sheet.data("JPEG")
    started = time.monotonic()
    try:
        draft = read(data, "page.jpg", "image/jpeg", CATALOGUE, sandbox).orders[0]
    except UnreadableDocument:
        draft = None
    return scored(layout, level, draft, sheet.truth, time.monotonic() - started)


def read_pdfs(sandbox: Sandbox) -> list[Score]:
    found = []
    for number, layout in enumerate(PRINTED):
        order = sample(200 + number)
        started = time.monotonic()
        draft = read(pdf(layout, order), "a.pdf", "application/pdf", CATALOGUE, sandbox).orders[0]
        found.append(scored(layout, "text_pdf", draft, truth(order), time.monotonic() - started))
    return found


def bare(cases_: list[tuple[str, str, int, str]], name: str) -> tuple[list[Score], list[float]]:
    """Read raw pictures with the engine alone: no rectifying, no turning; return scores and CPU seconds."""
    engine = engines.load(name)
    found, spent = [], []
    for layout, level, seed, font in cases_:
        sheet = page(layout, level, seed, font)
        pixels = np.asarray(sheet.image)
        started, cpu = time.monotonic(), time.process_time()
        reading = engine.read(pixels, may_turn=False)
        spent.append(time.process_time() - cpu)
        height, width = pixels.shape[:2]
        blank = Page(1, float(width), float(height), (1 / width, 0, 0, 0, 1 / height, 0, 0, 0, 1), ())
        words = tuple(recognize._word(blank, line) for line in reading.lines)
        whole = Page(1, blank.width, blank.height, blank.matrix, words, quality=Quality(score=reading.score))
        read_drafts = drafts([whole], CATALOGUE) if words else ()
        draft = read_drafts[0] if read_drafts else None
        found.append(scored(layout, level, draft, sheet.truth, time.monotonic() - started))
    return found, spent


def geometry_seconds(cases_: list[tuple[str, str, int, str]]) -> float:
    """Return the median CPU seconds of making a page upright."""
    spent = []
    for layout, level, seed, font in cases_:
        pixels = np.asarray(page(layout, level, seed, font).image)
        started = time.process_time()
        clean.straighten(pixels)
        spent.append(time.process_time() - started)
    return round(statistics.median(spent), 2)


def summed(scores: list[Score]) -> dict[str, Any]:
    asked, right = sum(score.asked for score in scores), sum(score.right for score in scores)
    auto, wrong = sum(score.auto for score in scores), sum(score.wrong_auto for score in scores)
    return {
        "pages": len(scores),
        "fields": asked,
        "right_percent": round(100 * right / asked, 2),
        "auto_fields": auto,
        "auto_percent": round(100 * auto / asked, 1),
        "auto_wrong": wrong,
        "median_seconds": round(statistics.median(score.seconds for score in scores), 2),
    }


def grouped(scores: list[Score], by: str) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        groups[getattr(score, by)].append(score)
    return {name: summed(group) for name, group in groups.items()}


def table(title: str, groups: dict[str, dict[str, Any]]) -> None:
    print(f"\n{title:<16}{'pages':>6}{'right %':>9}{'no look %':>11}{'auto wrong':>12}{'s/page':>8}")
    for name, line in groups.items():
        wrong = f"{line['auto_wrong']}/{line['auto_fields']}"
        print(
            f"{name:<16}{line['pages']:>6}{line['right_percent']:>9.2f}{line['auto_percent']:>11.1f}"
            f"{wrong:>12}{line['median_seconds']:>8.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--pages-per-cell", type=int, default=1, help="pages for each layout and level (default 1)")
    parser.add_argument("--bare", type=int, default=2, help="pages a level that the bare engine reads too (default 2)")
    options = parser.parse_args()
    todo = cases(options.pages_per_cell)
    with Sandbox(options.engine, size=2) as sandbox, ThreadPoolExecutor(2) as pool:
        pdfs = read_pdfs(sandbox)
        scores = list(pool.map(lambda case: read_one(case, sandbox), todo))
        engine = sandbox.engine
    few = [case for level in LEVELS for case in [c for c in todo if c[1] == level][: options.bare]]
    bare_scores, bare_cpu = bare(few, engine) if few else ([], [])
    report: dict[str, Any] = {
        "engine": engine,
        "all": summed(scores),
        "levels": grouped(pdfs + scores, "level"),
        "layouts": grouped(scores, "layout"),
        "bare": {
            "levels": grouped(bare_scores, "level"),
            "median_cpu_seconds": round(statistics.median(bare_cpu), 2) if bare_cpu else None,
            "geometry_cpu_seconds": geometry_seconds(few) if few else None,
        },
    }
    print(f"engine {engine}; two readers side by side, wall seconds a page; 'no look' = fields marked auto")
    table("level", report["levels"])
    table("layout", report["layouts"])
    table("bare engine", report["bare"]["levels"])
    print(
        f"\nCPU a page: engine alone {report['bare']['median_cpu_seconds']} s, "
        f"making it upright {report['bare']['geometry_cpu_seconds']} s"
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
