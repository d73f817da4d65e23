"""A backtest as people read it: totals by kind with money, and each flip as what was and what would be.

Place in the order's way: between `server.desk.backtest` and the templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.truth import Truth
from rules.change.edit import param_values
from rules.change.flips import KINDS
from rules.text.source import read_yaml
from server.db.backtests import OPEN
from web.i18n import say, translate
from web.wording import (
    BACKTEST_ZH,
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
    from collections.abc import Mapping

Json = dict[str, Any]
STATE_CHIP = {"done": "chip-good", "running": "chip-info", "waiting": "chip-info", "failed": "chip-bad"}


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the live rules: its name, label, value as written."""

    name: str
    label: str
    value: str
    is_list: bool


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


@dataclass(frozen=True, slots=True)
class Change:
    """One part of an order that flips, in words."""

    label: str
    old: str
    new: str


def params_of(files: Mapping[str, str]) -> list[Param]:
    """Return every parameter of the files, with its label."""
    found = []
    for file, text in files.items():
        labels = _labels(file, text)
        for name, value in param_values(file, text).items():
            listed = isinstance(value, list)
            shown_value = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            found.append(Param(name, labels.get(name, name), shown_value, listed))
    return found


def _labels(file: str, text: str) -> dict[str, str]:
    for key, value in read_yaml(file, text).pairs():
        if key.text() == "params":
            return {name.text(): say(entry.plain()) for name, entry in value.pairs()}
    return {}


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
        Change(translate(FLIP_ZH[kind]), *(_side(kind, row[side][kind]) for side in ("old", "new")))
        for kind in row["kinds"]
    ]
    return {
        **row,
        "parts": parts,
        "truth_name": named(TRUTH_ZH, Truth(row["truth"])),
        "chip": _TRUTH_CHIP[row["truth"]],
    }


_TRUTH_CHIP = {Truth.BAD: "chip-bad", Truth.GOOD: "chip-good", Truth.UNKNOWN: ""}


def _side(kind: str, value: Any) -> str:
    """Write one side of a part: codes by their names, places as they are; nothing is a dash."""
    match kind:
        case "outcome":
            return named(OUTCOME_ZH, value)
        case "hold" | "flag" | "require":
            told = [code_name(item[0]) + (f" #{item[2]}" if item[2] else "") for item in value]
        case "approval":
            told = [role_name(step) for step in value]
        case "notify":
            told = [role_name(item[0]) for item in value]
        case "route":
            told = [str(item[0]) for item in value]
        case "carrier":
            told = [" ".join(str(part) for part in item if part) for item in value]
        case _:
            told = [str(value)]
    return "、".join(told) or "—"
