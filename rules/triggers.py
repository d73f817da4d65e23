"""Triggers as data (INT-16): when an order reaches a state and a rule fired on it, an outlet is called.

Place in the order's way: after a step of the transition table; the commit writes what is due into the outbox. The table
is `rules/triggers.yaml`, checked when loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orders.state import OrderState
from rules.text.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection

TRIGGERS_FILE = Path(__file__).parent / "triggers.yaml"
OUTLETS = ("webhooks", "erp", "notify")
ANY = "any"
_EVENT = re.compile(r"order\.[a-z][a-z_]{0,39}\Z", re.ASCII)
_KEYS = ("state", "rule", "call", "event")


@dataclass(frozen=True, slots=True)
class Trigger:
    """One row: at ``state``, if ``rule`` fired, send ``event`` to the outlet ``call``."""

    state: OrderState
    rule: str
    call: str
    event: str


@dataclass(frozen=True, slots=True)
class Triggers:
    """The checked table."""

    rows: tuple[Trigger, ...]

    def at(self, state: OrderState) -> tuple[Trigger, ...]:
        """Return the rows of a state, whatever rule they ask for."""
        return tuple(row for row in self.rows if row.state is state)

    def due(self, state: OrderState, fired: Collection[str]) -> tuple[Trigger, ...]:
        """Return the rows that are due: their state is reached and their rule fired."""
        return tuple(row for row in self.at(state) if row.rule == ANY or row.rule in fired)


def read_triggers(file: str, text: str) -> Triggers:
    """Read a table. Raises RuleAuthorError with file, line, column and the nearest right name."""
    items = read_yaml(file, text).fields(("triggers",), ("triggers",))["triggers"].items()
    rows = []
    for item in items:
        item.label = "trigger"
        keys = item.fields(_KEYS, _KEYS)
        event = keys["event"].text()
        if not _EVENT.match(event):
            keys["event"].place.refuse(f"{event} is no event; write such as order.signature_due",
                                       f"{event} 不是合法事件名，例如 order.signature_due")  # fmt: skip
        state = OrderState(keys["state"].choice([state.value for state in OrderState]))
        rows.append(Trigger(state, keys["rule"].text(), keys["call"].choice(OUTLETS), event))
    return Triggers(tuple(rows))


@cache
def triggers() -> Triggers:
    """Return the shipped table. Raises RuleAuthorError."""
    return read_triggers(TRIGGERS_FILE.name, TRIGGERS_FILE.read_text("utf-8"))
