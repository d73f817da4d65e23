"""What a decision does to an order: its first state, whether it takes stock and credit.

Place in the order's way: asked by the commit; pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.decision import ENGINE_FAILED, RACE_LOST, Outcome
from orders.hold import Gate
from orders.order import PaymentStatus
from orders.state import OrderState
from orders.stock import STOCK_SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.decision import DecisionBody
    from orders.hold import Hold
    from orders.order import Order

REVIEWED_AT = (Gate.SUBMIT, Gate.APPROVE)


def state_of(body: DecisionBody, holds: Sequence[Hold], *, approvals_pending: bool) -> OrderState:
    """Return where the order stands after its decision; ``holds`` are those still active."""
    if body.outcome is Outcome.REJECT:
        return OrderState.REJECTED
    if is_short(holds):
        return OrderState.TO_CONFIRM
    stopped = any(hold.severity == "blocking" and hold.gate in REVIEWED_AT for hold in holds)
    return OrderState.PENDING_REVIEW if stopped or approvals_pending else OrderState.ROUTING


def is_short(holds: Sequence[Hold]) -> bool:
    """Say whether the order waits for somebody to confirm it in spite of too little stock (VAL-02)."""
    return any(hold.code == STOCK_SHORT for hold in holds)


def is_undecided(body: DecisionBody) -> bool:
    """Say whether the engine failed or races were lost: the order is kept, and takes nothing until decided again."""
    return bool({ENGINE_FAILED, RACE_LOST} & set(body.degraded))


def credit_of(order: Order, body: DecisionBody) -> int:
    """Return the fen that the order adds to what its customer owes while it is open."""
    idle = body.outcome is Outcome.REJECT or is_short(body.holds) or is_undecided(body)
    return 0 if idle or order.payment.status is PaymentStatus.PAID else max(order.totals.payable, 0)
