"""A backtest as people read it: totals by kind with money, and each flip as what was and what would be.

Place in the order's way: between `server.desk.rulework.backtest` and the templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.truth import Truth
from rules.change.flips import KINDS
from rules.sentences.lexicon import GROUP_ZH
from rules.states import GATE_ZH
from server.db.rulework.backtests import OPEN
from server.desk.rulework.backtest import csv_line
from web.i18n import say, translate
from web.wording import (
    BACKTEST_ERROR_ZH,
    BACKTEST_ZH,
    FLIP_HEAD_ZH,
    FLIP_ZH,
    OUTCOME_ZH,
    TOTAL_ZH,
    TRUTH_ZH,
    code_name,
    money,
    named,
    role_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Json = dict[str, Any]
STATE_CHIP = {"done": "chip-good", "running": "chip-info", "waiting": "chip-info", "failed": "chip-bad"}


@dataclass(frozen=True, slots=True)
class Total:
    """A figure: orders and their money."""

    label: str
    orders: int
    money: str
    kind: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """A backtest as shown."""

    row: Json
    state: str
    chip: str
    is_open: bool
    percent: int
    kinds: tuple[Total, ...]
    holding: tuple[Total, ...]
    before: tuple[Total, ...]
    after: tuple[Total, ...]
    notes: tuple[str, ...]

    @property
    def counts(self) -> Json:
        """The counts as stored; empty before the first page."""
        counts: Json = self.row["counts"]
        return counts

    @property
    def error(self) -> str:
        """Why it was not done, in words; empty when it was."""
        return named(BACKTEST_ERROR_ZH, self.row["error"])


@dataclass(frozen=True, slots=True)
class Change:
    """One part of an order that flips, in words."""

    label: str
    old: str
    new: str


def shown(row: Json) -> Test:
    """Put a backtest into words."""
    counts = row["counts"]
    kinds = counts.get("kinds", {})
    total = max(row["total"], 1)
    is_open = row["state"] in OPEN
    return Test(
        row=row,
        state=translate(BACKTEST_ZH[row["state"]]),
        chip=STATE_CHIP.get(row["state"], ""),
        is_open=is_open,
        percent=100 * row["done"] // total,
        kinds=tuple(_total(translate(FLIP_ZH[kind]), kinds[kind], kind) for kind in KINDS if kind in kinds),
        holding=_sums(
            counts,
            tuple((name, TOTAL_ZH[name], tone) for name, tone in (("newly_held", "warn"), ("newly_free", "good"))),
        ),
        before=_sums(counts, _SIDES["before"]),
        after=_sums(counts, _SIDES["after"]),
        notes=tuple(say(note) for note in row["notes"]),
    )


_HOLDING = (("newly_held", TOTAL_ZH["newly_held"], "warn"), ("newly_free", TOTAL_ZH["newly_free"], "good"))
_ROWS = (("held", ""), ("caught", "good"), ("wrong", "warn"), ("missed", "bad"))
_SIDES = {side: tuple((f"{side}_{name}", TOTAL_ZH[name], tone) for name, tone in _ROWS) for side in ("before", "after")}


def _sums(counts: Json, wanted: tuple[tuple[str, str, str], ...]) -> tuple[Total, ...]:
    if not counts:
        return ()
    return tuple(_total(translate(label), counts[name], "", tone) for name, label, tone in wanted)


def _total(label: str, found: Json, kind: str = "", tone: str = "") -> Total:
    amounts = " + ".join(money(fen, currency) for currency, fen in found["fen"].items())
    return Total(label, found["orders"], amounts, kind, tone)


def shown_flip(row: Json) -> Json:
    """Put one flip into words."""
    parts = [
        Change(translate(FLIP_ZH[kind]), *_sides(kind, row["old"][kind], row["new"][kind])) for kind in row["kinds"]
    ]
    return {
        **row,
        "parts": parts,
        "truth_name": named(TRUTH_ZH, Truth(row["truth"])),
        "chip": _TRUTH_CHIP[row["truth"]],
    }


_TRUTH_CHIP = {Truth.BAD: "chip-bad", Truth.GOOD: "chip-good", Truth.UNKNOWN: ""}


def csv_of(rows: Iterable[Json]) -> Iterator[str]:
    """Give flips as the lines of a sheet in the reader's language; the byte order mark lets Excel read 中文."""
    yield "\ufeff" + csv_line(map(translate, FLIP_HEAD_ZH.values()))
    for row in map(shown_flip, rows):
        outcomes = (named(OUTCOME_ZH, row[side]["outcome"]) for side in ("old", "new"))
        changes = "；".join(f"{part.label} {part.old} → {part.new}" for part in row["parts"])
        order = (row["number"] or "", row["order_id"], row["payable"], row["currency"])
        yield csv_line((*order, *outcomes, changes, row["truth_name"]))


_SETS = ("hold", "flag", "require", "notify", "route", "carrier")
"""Kinds of which only what goes and what comes is told."""


def _sides(kind: str, old: Any, new: Any) -> tuple[str, str]:
    """Write both sides of a part; of a set only what differs, closer where both sides would read the same."""
    if kind not in _SETS:
        return _whole(kind, old), _whole(kind, new)
    gone, come = ([item for item in side if item not in other] for side, other in ((old, new), (new, old)))
    told = _joined(map(_NAMES[kind], gone)), _joined(map(_NAMES[kind], come))
    if told[0] != told[1]:
        return told
    return _joined(_closer(kind, item) for item in gone), _joined(_closer(kind, item) for item in come)


def _joined(names: Iterable[str]) -> str:
    """Name each thing once; nothing is a dash."""
    return "、".join(dict.fromkeys(names)) or "—"


def _whole(kind: str, value: Any) -> str:
    match kind:
        case "outcome":
            return named(OUTCOME_ZH, value)
        case "approval":
            return _joined(map(role_name, value))
        case _:
            return str(value or ("—" if value is None else value))


def _coded(item: list[Any]) -> str:
    return code_name(item[0]) + (f" #{item[2]}" if item[2] else "")


def _closer(kind: str, item: list[Any]) -> str:
    """Name a thing with what two of one name differ in: its rule, its gate, the lines that go there."""
    match kind:
        case "route":
            return f"{item[0]}（{'，'.join(f'#{line_no} × {quantity}' for line_no, quantity in item[1])}）"
        case "hold":
            return f"{_coded(item)}（{item[1]}，{named(GATE_ZH, item[3])}，{item[4]}）"
        case _:
            return f"{_NAMES[kind](item)}（{item[1]}）"


_NAMES: dict[str, Callable[[list[Any]], str]] = {
    "hold": _coded,
    "flag": _coded,
    "require": _coded,
    "notify": lambda item: named(GROUP_ZH, item[0]),
    "route": lambda item: str(item[0]),
    "carrier": lambda item: " ".join(str(part) for part in item if part),
}
