"""Flips: what a person would notice between two decisions about the same order, both as the JSON of their bodies.

Place in the order's way: beside decide; for backtests and for the shadow of a draft. Versions, wording and the trace
may differ without a flip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
KINDS = ("outcome", "hold", "route", "carrier", "approval", "require", "flag", "notify", "priority", "workflow")
"""What may flip, the weightiest first: the keys of what `noticed` returns."""


@dataclass(frozen=True, slots=True)
class Flip:
    """``kinds``: what differs, in the order of `KINDS`; ``old`` and ``new``: those parts of both decisions."""

    kinds: tuple[str, ...]
    old: Json
    new: Json


def flip(old: Mapping[str, Any], new: Mapping[str, Any]) -> Flip | None:
    """Compare two decision bodies; None when a person would see no difference."""
    before, after = noticed(old), noticed(new)
    kinds = tuple(kind for kind in KINDS if before[kind] != after[kind])
    if not kinds:
        return None
    shown = {"outcome", *kinds}
    return Flip(kinds, *({kind: side[kind] for kind in KINDS if kind in shown} for side in (before, after)))


def noticed(body: Mapping[str, Any]) -> Json:
    """Return what a person notices of a decision, each list sorted, so that equal decisions give equal values."""
    plans = body["fulfilments"]
    return {
        "outcome": body["outcome"],
        "hold": _sorted(_hold(item) for item in body["holds"]),
        "route": _sorted(
            [plan["site"], [[part["line_no"], part["quantity"]] for part in plan["lines"]]] for plan in plans
        ),
        "carrier": _sorted([plan["site"], plan["carrier"] or "", plan["service"] or ""] for plan in plans),
        "approval": [step["step"] for step in body["approval"]],
        "require": _sorted(_noted(item) for item in body["requires"]),
        "flag": _sorted(_noted(item) for item in body["flags"]),
        "notify": _sorted([item["to"], item["rule"]] for item in body["notify"]),
        "priority": body["priority"],
        "workflow": body["workflow"],
    }


def _parts(plan: Json) -> list[Any]:
    return [[part["line_no"], part["quantity"]] for part in plan["lines"]]


def _hold(item: Json) -> list[Any]:
    return [item["code"], item["rule"], item["line_no"] or 0, item["gate"], item["severity"]]


def _noted(item: Json) -> list[Any]:
    return [item["code"], item["rule"], item["line_no"] or 0]


def _sorted(items: Any) -> list[Any]:
    return sorted(items)


def is_held(outcome: str) -> bool:
    """Say whether an order with this outcome stops for a person."""
    return outcome in ("hold", "reject")
