"""Which pages `bench/ocr.py` reads, made once and kept as files, and what reading one gave."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.pages import company, make
from bench.pages.browser import foreign_picture
from bench.pages.canvas import installed_fonts
from bench.pages.damage import LEVELS
from bench.pages.foreign import FOREIGN
from bench.pages.orders import wide_sample
from orders.draft import DraftOrder, FieldStatus
from server.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

CATALOGUE = company.wide()
KEPT = ROOT / "var" / "bench" / "pages"


@dataclass(frozen=True)
class Case:
    """One page: its layout, damage, order and font."""

    layout: str
    level: str
    seed: int
    font: str

    @property
    def held_out(self) -> bool:
        """Say whether the layout was kept from the reader's authors."""
        return self.layout in make.HELD_OUT


@dataclass(frozen=True)
class File:
    """A page as it arrives and what must be read from it."""

    case: Case
    data: bytes
    truth: dict[str, str]


@dataclass
class Score:
    """What one page gave: fields asked for, right, marked auto, wrongly so; seconds, memory; what was wrong."""

    layout: str
    level: str
    asked: int
    right: int
    auto: int
    wrong_auto: int
    seconds: float
    cpu_s: float = 0.0
    resident_bytes: int = 0
    pages: int = 1
    missed: dict[str, tuple[str, Any]] = field(default_factory=dict)
    silent: dict[str, tuple[str, Any]] = field(default_factory=dict)


def cases(layouts: Iterable[str], per_level: int, *, first: int = 0) -> list[Case]:
    """Return ``per_level`` pages for each level: layouts, fonts and orders in turn."""
    fonts, names = installed_fonts(), list(layouts)
    found = []
    for row, level in enumerate(LEVELS):
        for copy in range(per_level):
            number = first + copy + row * 5
            seed = 1000 + number * 7 + row
            found.append(Case(names[number % len(names)], level, seed, fonts[number * 3 % len(fonts)]))
    return found


def _source_hash() -> str:
    files = sorted(Path(make.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


SOURCES = _source_hash()


def page_file(case: Case) -> File:
    """Return the page's bytes; drawn once and kept under var/bench/pages until a drawing program changes."""
    name = f"{case.layout}-{case.level}-{case.seed}-{case.font}-{SOURCES}"
    kept, said = KEPT / f"{name}.bin", KEPT / f"{name}.json"
    if not (kept.exists() and said.exists()):
        data, truth = _drawn(case)
        KEPT.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
        said.write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")
    return File(case, kept.read_bytes(), json.loads(said.read_text(encoding="utf-8")))


def _drawn(case: Case) -> tuple[bytes, dict[str, str]]:
    if case.layout in FOREIGN:
        return foreign_picture(case.layout, case.level, case.seed, wide_sample(case.seed))
    sheet = make.wide_page(case.layout, case.level, case.seed, case.font)
    return sheet.data("JPEG"), sheet.truth


def value_at(order: dict[str, Any], path: str) -> Any:
    """Return what a draft holds at a path; an instant as its day."""
    value: Any = order
    for part in path.strip("/").split("/"):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if value else None
    return value[:10] if path == "/issued_at" and value else value


def scored(case: Case, draft: DraftOrder | None, truth: dict[str, str], seconds: float) -> Score:
    """Compare a draft with the truth. A field beyond the truth's lines that is marked auto counts as wrong, too."""
    found = {} if draft is None else {item.path: item for item in draft.fields}
    missed = {
        path: (value, got)
        for path, value in truth.items()
        if (got := None if draft is None else value_at(draft.order, path)) != value
    }
    sure = {path for path, item in found.items() if item.status is FieldStatus.AUTO}
    auto = sure & set(truth)
    lines = len({path.split("/")[2] for path in truth if path.startswith("/lines/")})
    beyond = {p: ("", found[p].value) for p in sure if p.startswith("/lines/") and int(p.split("/")[2]) >= lines}
    silent = {path: missed[path] for path in auto if path in missed} | beyond
    right = len(truth) - len(missed)
    return Score(
        case.layout, case.level, len(truth), right, len(auto), len(silent), seconds, missed=missed, silent=silent
    )
