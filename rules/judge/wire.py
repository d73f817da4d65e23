"""The body between processes: canonical JSON out of an engine child, `DecisionBody` back in the server.

`orjson` with sorted keys gives the very bytes of `orders.decision.canonical_bytes`; a contract test compares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from orders.decision import (
    ApprovalStep,
    DecisionBody,
    FulfilmentLine,
    FulfilmentPlan,
    Notice,
    Outcome,
    Requirement,
    TraceStep,
    body_to_json,
)
from orders.hold import Flag, Gate, Hold, Message
from orders.money import Micro, parse_micro

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
MICRO = 1_000_000
_GATES = {gate.value: gate for gate in Gate}


def body_bytes(body: DecisionBody) -> bytes:
    """Return the body's canonical bytes: those that are hashed and replayed."""
    return orjson.dumps(body_to_json(body), option=orjson.OPT_SORT_KEYS)


def body_from_json(value: Mapping[str, Any]) -> DecisionBody:
    """Rebuild a body from its JSON. The value is ours, so its shape is trusted."""
    return DecisionBody(
        outcome=Outcome(value["outcome"]),
        holds=tuple(_hold(item) for item in value["holds"]),
        flags=tuple(Flag(item["code"], item["rule"], _message(item), item["line_no"]) for item in value["flags"]),
        requires=tuple(
            Requirement(item["code"], item["rule"], _message(item), item["line_no"]) for item in value["requires"]
        ),
        approval=tuple(ApprovalStep(item["step"], item["role"], item["rule"]) for item in value["approval"]),
        priority=value["priority"],
        notify=tuple(Notice(item["to"], item["rule"], _message(item)) for item in value["notify"]),
        fulfilments=tuple(_plan(item) for item in value["fulfilments"]),
        trace=tuple(
            TraceStep(item["rule"], item["version"], item["because"], item["derived"]) for item in value["trace"]
        ),
        degraded=tuple(value["degraded"]),
        workflow=value["workflow"],
    )


def _message(item: Json) -> Message:
    return _words(item["message"])


def _words(words: Json) -> Message:
    return Message(zh=words["zh"], en=words["en"])


def _hold(item: Json) -> Hold:
    return Hold(
        code=item["code"],
        gate=_GATES[item["gate"]],
        rule=item["rule"],
        message=_message(item),
        who=tuple(item["who"]),
        release=tuple(_words(option) for option in item["release"]),
        line_no=item["line_no"],
        needs_human=item["needs_human"],
        severity=item["severity"],
    )


def _plan(item: Json) -> FulfilmentPlan:
    lines = tuple(FulfilmentLine(part["line_no"], _micro(part["quantity"])) for part in item["lines"])
    return FulfilmentPlan(
        item["site"], item["carrier"], item["service"], lines, tuple(_words(why) for why in item["why"])
    )


def _micro(text: str) -> Micro:
    """Read a quantity as `orders.money.parse_micro` does, faster for whole pieces."""
    return Micro(int(text) * MICRO) if text.isascii() and text.isdigit() else parse_micro(text)
