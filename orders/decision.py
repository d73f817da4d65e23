"""判定: what the rules decided about one order over one frozen set of facts, and why.

``Decision.body`` is what a replay must give again byte for byte; identifiers and times stand outside it.
The JSON twin is `orders/schema/decision.schema.json`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from orders.hold import Flag, Gate, Hold, Message
from orders.money import Micro, quantity_text

if TYPE_CHECKING:
    from datetime import datetime

ENGINE_FAILED = "engine_failed"
RACE_LOST = "RACE_LOST"


class Outcome(StrEnum):
    """Ordered by severity: the most severe effect gives the outcome."""

    PASS = "pass"  # noqa: S105 - an outcome, no secret
    FLAG = "flag"
    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A step that must be done before a gate, such as ``signature`` on the waybill."""

    code: str
    rule: str
    message: Message
    line_no: int | None = None


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """审批节点: ``step`` names it, ``role`` decides it; steps are done in the listed order."""

    step: str
    role: str
    rule: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to a group of people, such as ``operations`` or ``customer_service``."""

    to: str
    rule: str
    message: Message


@dataclass(frozen=True, slots=True)
class FulfilmentLine:
    """Part of an order line given to one site."""

    line_no: int
    quantity: Micro


@dataclass(frozen=True, slots=True)
class FulfilmentPlan:
    """发货单 to be: a site, a carrier and its service, the lines and the reasons."""

    site: str
    carrier: str | None
    service: str | None
    lines: tuple[FulfilmentLine, ...]
    why: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One firing: the rule and its version, the values that made it true, what it derived."""

    rule: str
    version: str
    because: dict[str, Any]
    derived: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionBody:
    """The replayable part."""

    outcome: Outcome
    holds: tuple[Hold, ...] = ()
    flags: tuple[Flag, ...] = ()
    requires: tuple[Requirement, ...] = ()
    approval: tuple[ApprovalStep, ...] = ()
    priority: int = 0
    notify: tuple[Notice, ...] = ()
    fulfilments: tuple[FulfilmentPlan, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    degraded: tuple[str, ...] = ()
    workflow: str = "stock"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as stored and answered. ``at`` is aware UTC; the hashes are SHA-256 hex."""

    id: str
    at: datetime
    engine: str
    body: DecisionBody
    bundle: str
    facts_hash: str
    body_hash: str = field(default="")


def _message(message: Message) -> dict[str, str]:
    return {"zh": message.zh, "en": message.en}


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "code": hold.code,
        "gate": hold.gate.value,
        "rule": hold.rule,
        "line_no": hold.line_no,
        "severity": hold.severity,
        "needs_human": hold.needs_human,
        "message": _message(hold.message),
        "who": list(hold.who),
        "release": [_message(option) for option in hold.release],
    }


def _noted(item: Flag | Requirement) -> dict[str, Any]:
    return {"code": item.code, "rule": item.rule, "line_no": item.line_no, "message": _message(item.message)}


def _fulfilment(plan: FulfilmentPlan) -> dict[str, Any]:
    return {
        "site": plan.site,
        "carrier": plan.carrier,
        "service": plan.service,
        "lines": [{"line_no": part.line_no, "quantity": quantity_text(part.quantity)} for part in plan.lines],
        "why": [_message(reason) for reason in plan.why],
    }


def body_to_json(body: DecisionBody) -> dict[str, Any]:
    """Return the body as the JSON value of the contract."""
    return {
        "outcome": body.outcome.value,
        "workflow": body.workflow,
        "holds": [_hold(hold) for hold in body.holds],
        "flags": [_noted(flag) for flag in body.flags],
        "requires": [_noted(requirement) for requirement in body.requires],
        "approval": [{"step": step.step, "role": step.role, "rule": step.rule} for step in body.approval],
        "priority": body.priority,
        "notify": [{"to": note.to, "rule": note.rule, "message": _message(note.message)} for note in body.notify],
        "fulfilments": [_fulfilment(plan) for plan in body.fulfilments],
        "trace": [
            {"rule": step.rule, "version": step.version, "because": step.because, "derived": step.derived}
            for step in body.trace
        ],
        "degraded": list(body.degraded),
    }


def canonical_bytes(value: object) -> bytes:
    """Write JSON with sorted keys, no spaces, UTF-8: the bytes that are hashed, signed and replayed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def body_hash(body: DecisionBody) -> str:
    """Return the hash that a replay of the decision must give again."""
    return sha256_hex(canonical_bytes(body_to_json(body)))


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """Return the whole decision as the JSON value of the contract."""
    return {
        "id": decision.id,
        "at": decision.at.isoformat(),
        "engine": decision.engine,
        "body": body_to_json(decision.body),
        "bundle": decision.bundle,
        "facts_hash": decision.facts_hash,
        "body_hash": decision.body_hash,
    }


def worst(body_holds: tuple[Hold, ...], flags: tuple[Flag, ...], rejected: bool) -> Outcome:
    """Resolve the outcome by severity: reject > hold > flag > pass. A warning hold counts as a flag."""
    if rejected:
        return Outcome.REJECT
    if any(hold.severity == "blocking" for hold in body_holds):
        return Outcome.HOLD
    return Outcome.FLAG if flags or body_holds else Outcome.PASS


def fail_closed_body(code: str, zh: str, en: str) -> DecisionBody:
    """Return the body of an order that could not be decided: kept, and held at the first gate for a person."""
    hold = Hold(
        code=code,
        gate=Gate.SUBMIT,
        rule=code,
        message=Message(zh=zh, en=en),
        who=("risk", "admin"),
        release=(Message(zh="请重新判定该订单", en="Decide the order again"),),
        needs_human=True,
    )
    return DecisionBody(outcome=Outcome.HOLD, holds=(hold,), degraded=(code,))


def engine_failed_body(reason_zh: str, reason_en: str) -> DecisionBody:
    """Return what stands when the rules engine crashed, hung or disagreed with its check."""
    return fail_closed_body(
        ENGINE_FAILED, f"规则引擎未能判定：{reason_zh}", f"The rules engine could not decide: {reason_en}"
    )


def race_lost_body() -> DecisionBody:
    """Return what stands when stock, credit or a counter was taken by others three times in a row."""
    return fail_closed_body(
        RACE_LOST,
        "库存、额度或计数在判定期间被其他订单占用，请重新判定",
        "Others took the stock, credit or counter while this order was decided; decide it again",
    )
