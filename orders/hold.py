"""Holds, gates and flags: what stands in an order's way, and who may lift it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Gate(StrEnum):
    """关卡, in the order in which an order meets them. A hold closes its gate and every later one."""

    SUBMIT = "submit"
    APPROVE = "approve"
    ALLOCATE = "allocate"
    RELEASE_TO_WAREHOUSE = "release_to_warehouse"
    LABEL = "label"
    SHIP = "ship"
    INVOICE = "invoice"


GATES: tuple[Gate, ...] = tuple(Gate)


class HoldState(StrEnum):
    """``active`` closes the gate; ``released`` by a person; ``superseded`` by a later decision."""

    ACTIVE = "active"
    RELEASED = "released"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for a person, with its values filled in."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Hold:
    """挂起: a reason code at a gate. ``who`` are the roles that may release; ``release`` says what would."""

    code: str
    gate: Gate
    rule: str
    message: Message
    who: tuple[str, ...]
    release: tuple[Message, ...] = ()
    line_no: int | None = None
    needs_human: bool = False
    severity: str = "blocking"


@dataclass(frozen=True, slots=True)
class Flag:
    """标记: information that blocks nothing."""

    code: str
    rule: str
    message: Message
    line_no: int | None = None


INTERCEPTED = "intercepted"
"""Code of the hold that a person puts in."""


def intercepted(reason: str) -> Hold:
    """Return the hold of an order that a person stops before its goods leave; people release it."""
    return Hold(
        code=INTERCEPTED,
        gate=Gate.RELEASE_TO_WAREHOUSE,
        rule="manual",
        message=Message(zh=f"人工拦截：{reason}", en=f"Stopped by a person: {reason}"),
        who=("sales_supervisor", "production", "risk"),
        needs_human=True,
    )


def closed_gates(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    """Return every gate that active blocking holds at ``gates`` keep closed: those and all later ones."""
    if not gates:
        return ()
    return GATES[min(GATES.index(gate) for gate in gates) :]
