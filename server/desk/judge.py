"""Decide an order that is already here again, over fresh facts: for every use case of the desk.

Place in the order's way: context and decide, for orders that come back to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orders.errors import InternalError
from rules.facts import freeze
from server.commit import Attempt, RaceLost, append_decision
from server.commit.undecided import held_for_race

if TYPE_CHECKING:
    from orders.context import ReleasedHold
    from orders.order import Order
    from server.commit import Change, Committed
    from server.deps import Deps

TRIES = 3


def judge_again(
    deps: Deps, order_id: str, order: Order, change: Change, released: tuple[ReleasedHold, ...] = ()
) -> Committed:
    """Decide and append, up to three times against races, then held. ``released`` joins what was released before.

    Raises Conflict when the order's version is stale.
    """
    for _ in range(TRIES):
        context = deps.context(order, exclude_order_id=order_id)
        context = replace(context, released=(*context.released, *released))
        facts = freeze(order, context)
        attempt = Attempt(order, context, facts, deps.engine.decide(facts))
        outcome = append_decision(deps.store, order_id, attempt, change, now=deps.clock())
        if not isinstance(outcome, RaceLost):
            break
    else:
        outcome = append_decision(deps.store, order_id, held_for_race(attempt), change, now=deps.clock())
    if isinstance(outcome, RaceLost):
        raise InternalError("a held order takes nothing, yet it lost a race", "挂起订单不占用资源，却发生争用")
    deps.wake()
    return outcome
