"""Fields read right, auto precision, CPU and memory, per damage level and per layout, beside the bare engine.

Run: ``python -m bench.ocr [--engine auto|rapidocr|tesseract] [--pages N] [--held-out N] [--bare N] [--levels A,B]``.
Pages, fonts, orders and damage come from fixed seeds (`bench/pages`). `held out` layouts use words and shapes that the
reader's authors did not look at. Prints tables and writes var/bench/ocr.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.ocr_bare import bare
from bench.ocr_cases import CATALOGUE, Case, Score, cases, page_file, scored
from bench.pages.browser import print_foreign
from bench.pages.foreign import FOREIGN
from bench.pages.make import HELD_OUT, PRINTED, TUNED, pdf
from bench.pages.orders import truth, wide_sample
from bench.report import save, table
from intake.readers.document import read_document
from ocr.page import PageSet
from ocr.sandbox import Sandbox
from ocr.wire import page_from_json, page_to_json
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Kept:
    """A recogniser that remembers pages by the hash of the file, for work on what comes after recognition."""

    def __init__(self, sandbox: Sandbox, folder: Path | None) -> None:
        self._sandbox = sandbox
        self._folder = folder

    def read(self, data: bytes) -> PageSet:
        """Read, or remember."""
        if self._folder is None:
            return self._sandbox.read(data)
        path = self._folder / f"{hashlib.sha256(data).hexdigest()[:24]}-{self._sandbox.engine}.json"
        if path.exists():
            value = json.loads(path.read_text(encoding="utf-8"))
            pages = tuple(page_from_json(page) for page in value.pop("pages"))
            return PageSet(pages=pages, **value)
        read = self._sandbox.read(data)
        value = {"kind": read.kind, "engine": read.engine, "cpu_s": read.cpu_s, "resident_bytes": read.resident_bytes}
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**value, "pages": [page_to_json(page) for page in read.pages]}), encoding="utf-8")
        return read


class _Watch:
    """Pass pages on and keep what they cost."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self.last: PageSet | None = None

    def read(self, data: bytes) -> PageSet:
        self.last = self._kept.read(data)
        return self.last


def read_one(case: Case, kept: Kept) -> Score:
    """Read one page as a document that somebody uploaded."""
    file = page_file(case)
    watch = _Watch(kept)
    started, cpu = time.monotonic(), time.thread_time()
    try:
        draft = read_document(file.data, CATALOGUE, watch).orders[0]
    except UnreadableDocument:
        draft = None
    score = scored(case, draft, file.truth, time.monotonic() - started)
    if watch.last is not None:
        score.pages = len(watch.last.pages)
        score.cpu_s = watch.last.cpu_s + time.thread_time() - cpu
        score.resident_bytes = watch.last.resident_bytes
    return score


def read_pdfs(kept: Kept) -> list[Score]:
    """Read PDFs with a text layer, two orders in each layout, one in each foreign one."""
    found = []
    for number, layout in enumerate(FOREIGN):
        order = wide_sample(300 + number)
        data, expected = print_foreign(layout, order)
        started = time.monotonic()
        draft = read_document(data, CATALOGUE, kept).orders[0]
        found.append(scored(Case(layout, "text_pdf", 300 + number, ""), draft, expected, time.monotonic() - started))
    for number, layout in enumerate([*PRINTED, *HELD_OUT] * 2):
        order = wide_sample(200 + number)
        case = Case(layout, "text_pdf", 200 + number, "")
        started = time.monotonic()
        draft = read_document(pdf(layout, order), CATALOGUE, kept).orders[0]
        found.append(scored(case, draft, truth(order), time.monotonic() - started))
    return found


def summed(scores: list[Score]) -> dict[str, Any]:
    """Add pages up."""
    asked, right = sum(score.asked for score in scores), sum(score.right for score in scores)
    auto, wrong = sum(score.auto for score in scores), sum(score.wrong_auto for score in scores)
    pages = sum(score.pages for score in scores)
    return {
        "documents": len(scores),
        "pages": pages,
        "fields": asked,
        "right_percent": round(100 * right / asked, 2),
        "auto_fields": auto,
        "no_look_percent": round(100 * auto / asked, 1),
        "auto_wrong": wrong,
        "auto_wrong_percent": round(100 * wrong / max(1, auto), 3),
        "cpu_s_a_page": round(statistics.median(score.cpu_s / score.pages for score in scores), 2),
        "resident_mb": max(score.resident_bytes for score in scores) // 2**20,
    }


def grouped(scores: Iterable[Score], name: Callable[[Score], str]) -> dict[str, dict[str, Any]]:
    """Add pages up by group."""
    groups: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        groups[name(score)].append(score)
    return {key: summed(group) for key, group in groups.items()}


_HEADS = ("pages", "fields", "right %", "no look %", "auto wrong", "wrong %", "CPU s/page", "MB")


def show(title: str, groups: dict[str, dict[str, Any]]) -> None:
    """Print one table."""
    rows = [
        (
            name,
            line["pages"],
            line["fields"],
            f"{line['right_percent']:.2f}",
            f"{line['no_look_percent']:.1f}",
            f"{line['auto_wrong']}/{line['auto_fields']}",
            f"{line['auto_wrong_percent']:.2f}",
            f"{line['cpu_s_a_page']:.2f}",
            line["resident_mb"] or "-",
        )
        for name, line in groups.items()
    ]
    print(f"\n{table((title, *_HEADS), rows)}")


def show_missed(scores: list[Score], *, only_silent: bool) -> None:
    """List what was wrong."""
    for score in scores:
        for path, (want, got) in (score.silent if only_silent else score.missed).items():
            mark = "SILENT " if path in score.silent else ""
            print(f"  {mark}{score.layout} {score.level} {path}: {want!r} → {got!r}")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--pages", type=int, default=28, help="pages a level of the layouts known to the authors")
    parser.add_argument("--held-out", type=int, default=12, help="pages a level of the held-out layouts")
    parser.add_argument("--foreign", type=int, default=10, help="pages a level of the foreign layouts (`foreign.py`)")
    parser.add_argument("--bare", type=int, default=6, help="pages a level that the bare engine reads, too")
    parser.add_argument("--levels", default="", help="only these levels, apart by commas")
    parser.add_argument("--layouts", default="", help="only layouts whose name contains this")
    parser.add_argument("--cache", type=Path, default=None, help="remember recognised pages in this folder")
    parser.add_argument("--missed", action="store_true", help="list every field that was not right")
    return parser.parse_args()


def main() -> None:
    """Read everything, print and save."""
    chosen = options()
    levels = chosen.levels.split(",") if chosen.levels else None
    own = [name for name in TUNED if chosen.layouts in name]
    other = [name for name in HELD_OUT if chosen.layouts in name]
    third = [name for name in FOREIGN if chosen.layouts in name]
    asked = ((own, chosen.pages), (other, chosen.held_out), (third, chosen.foreign))
    todo = [case for names, count in asked if names for case in cases(names, count)]
    todo = [case for case in todo if levels is None or case.level in levels]
    with Sandbox(chosen.engine, size=2) as sandbox, ThreadPoolExecutor(2) as pool:
        kept = Kept(sandbox, chosen.cache)
        engine = sandbox.engine
        pdfs = read_pdfs(kept) if levels is None or "text_pdf" in levels else []
        scores = list(pool.map(lambda case: read_one(case, kept), todo))
    few = [
        case for level in {c.level: 0 for c in todo} for case in [c for c in todo if c.level == level][: chosen.bare]
    ]
    raw, naive = bare(few, engine)
    report(engine, pdfs, scores, (raw, naive))
    show_missed([*pdfs, *scores], only_silent=not chosen.missed)


def report(engine: str, pdfs: list[Score], scores: list[Score], beside: tuple[list[Score], list[Score]]) -> None:
    """Print the tables and write the same figures."""
    raw, naive = beside
    own = [score for score in scores if score.layout not in HELD_OUT and score.layout not in FOREIGN]
    foreign = [score for score in [*pdfs, *scores] if score.layout in FOREIGN]
    other = [score for score in scores if score.layout in HELD_OUT]
    figures: dict[str, Any] = {
        "engine": engine,
        "levels": grouped([*pdfs, *scores], lambda score: score.level),
        "known layouts": grouped(own, lambda score: score.level),
        "held-out layouts": grouped(other, lambda score: score.level),
        "foreign layouts": grouped(foreign, lambda score: score.level),
        "layouts": grouped(scores, lambda score: _family(score.layout)),
        "bare engine, our fields": grouped(raw, lambda score: score.level),
        "bare engine, naive": grouped(naive, lambda score: score.level),
    }
    print(f"engine {engine}; 'no look' = fields marked auto; CPU of the recogniser and of the fields together")
    for title, groups in figures.items():
        if isinstance(groups, dict) and groups:
            show(title, groups)
    figures["overhead"] = overhead(scores, raw)
    for level, percent in figures["overhead"].items():
        print(f"CPU over the bare engine on the same {level} pages: {percent:+.0f} %")
    save("ocr", figures)


def overhead(scores: list[Score], raw: list[Score]) -> dict[str, float]:
    """Compare CPU on the same pages: all of reading over the engine's one look at the raw picture, in percent."""
    ours = {(score.layout, score.level, score.asked): score.cpu_s for score in scores}
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for score in raw:
        pairs[score.level].append((ours[score.layout, score.level, score.asked], score.cpu_s))
    return {
        level: round(100 * (sum(own for own, _ in both) / max(0.001, sum(bare_s for _, bare_s in both)) - 1), 1)
        for level, both in pairs.items()
    }


def _family(layout: str) -> str:
    return "held out" if layout in HELD_OUT else "drawn by lot" if layout.startswith(("own_", "other_")) else layout


if __name__ == "__main__":
    main()
