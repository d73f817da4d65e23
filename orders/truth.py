"""真值: whether it was right to stop an order, as far as people and time have said.

Place in the order's way: after everything; for backtests and for the economics of a rule. What nobody knows stays
``unknown``.
"""

from __future__ import annotations

from enum import StrEnum

from orders.state import OrderState

FULFILLED = (OrderState.DELIVERED, OrderState.COMPLETED)


class Truth(StrEnum):
    """``bad``: to be stopped; ``good``: to let through."""

    BAD = "bad"
    GOOD = "good"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What a person says of one hold: it was right to stop the order, or wrong."""

    RIGHT = "right"
    WRONG = "wrong"


def truth_of(state: OrderState, verdicts: set[str], *, released: bool, refused: bool) -> Truth:
    """Say what is known of an order.

    ``refused``: a person refused it; ``released``: a person lifted a hold of it. A verdict weighs more than what
    happened, and one "right" more than any "wrong". A cancelled order says nothing: its buyer may have cancelled it.
    """
    if Verdict.RIGHT in verdicts:
        return Truth.BAD
    if Verdict.WRONG in verdicts:
        return Truth.GOOD
    if refused:
        return Truth.BAD
    if state in FULFILLED or (released and state not in (OrderState.REJECTED, OrderState.CANCELLED)):
        return Truth.GOOD
    return Truth.UNKNOWN
