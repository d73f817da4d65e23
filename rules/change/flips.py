"""Flips: what a person would notice between two decisions about the same order, both as the JSON of their bodies.

Place in the order's way: beside decide; for backtests and for the shadow of a draft. Versions, wording and the trace
may differ without a flip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    unlike = [kind for kind in KINDS if old[_WHERE[kind]] != new[_WHERE[kind]]]
    parts = {kind: (_NOTICED[kind](old), _NOTICED[kind](new)) for kind in unlike}
    kinds = tuple(kind for kind, (before, after) in parts.items() if before != after)
    if not kinds:
        return None
    shown = [kind for kind in KINDS if kind == "outcome" or kind in kinds]
    return Flip(kinds, *({kind: _NOTICED[kind](side) for kind in shown} for side in (old, new)))


def noticed(body: Mapping[str, Any]) -> Json:
    """Return what a person notices of a decision, each list sorted, so that equal decisions give equal values."""
    return {kind: read(body) for kind, read in _NOTICED.items()}


def _route(plan: Json) -> list[Any]:
    return [plan["site"], [[part["line_no"], part["quantity"]] for part in plan["lines"]]]


def _hold(item: Json) -> list[Any]:
    return [item["code"], item["rule"], item["line_no"] or 0, item["gate"], item["severity"]]


def _noted(item: Json) -> list[Any]:
    return [item["code"], item["rule"], item["line_no"] or 0]


_NOTICED: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "outcome": lambda body: body["outcome"],
    "hold": lambda body: sorted(_hold(item) for item in body["holds"]),
    "route": lambda body: sorted(_route(plan) for plan in body["fulfilments"]),
    "carrier": lambda body: sorted(
        [plan["site"], plan["carrier"] or "", plan["service"] or ""] for plan in body["fulfilments"]
    ),
    "approval": lambda body: [step["step"] for step in body["approval"]],
    "require": lambda body: sorted(_noted(item) for item in body["requires"]),
    "flag": lambda body: sorted(_noted(item) for item in body["flags"]),
    "notify": lambda body: sorted([item["to"], item["rule"]] for item in body["notify"]),
    "priority": lambda body: body["priority"],
    "workflow": lambda body: body["workflow"],
}
_WHERE = {"outcome": "outcome", "hold": "holds", "route": "fulfilments", "carrier": "fulfilments",
          "approval": "approval", "require": "requires", "flag": "flags", "notify": "notify", "priority": "priority",
          "workflow": "workflow"}  # fmt: skip
"""In which part of a body a kind is seen: where that part is the same, the kind is."""


def is_held(outcome: str) -> bool:
    """Say whether an order with this outcome stops for a person."""
    return outcome in ("hold", "reject")
