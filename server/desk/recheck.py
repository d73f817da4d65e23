"""Recheck: open orders that wait are decided again after something that they wait for has changed.

Place in the order's way: context and decide, for orders that come back to it with nobody asking. Holds whose condition
ended go; those that need a person stay (3.4). An order for which nothing changes gets no further decision.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from orders.errors import Conflict, NotFound, Refused
from orders.hold import HoldState
from orders.state import OrderState
from rules.facts import freeze
from server.commit import Change
from server.db.order import decisions, holds, orders, recheck
from server.desk.judge import judge_again

if TYPE_CHECKING:
    from orders.decision import DecisionBody
    from server.db.order.orders import StoredOrder
    from server.deps import Deps

log = logging.getLogger(__name__)
CAUSE = "recheck"
WHY = {recheck.SKU: "库存、价格或商品资料有变化", recheck.CUSTOMER: "客户资料或信用账户有变化"}


def recheck_orders(deps: Deps, subject: str, code: str) -> dict[str, int]:
    """Decide the orders again that a change of a SKU or customer concerns; return how many, and how many changed."""
    with deps.store.db.read() as conn:
        concerned = recheck.concerned(conn, subject, code)
    changed = sum(_recheck(deps, order_id, WHY[subject]) for order_id in concerned)
    if changed:
        log.info("%d orders of %s %s decided again", changed, subject, code, extra={"action": "orders_rechecked"})
    return {"orders": len(concerned), "changed": changed}


def _recheck(deps: Deps, order_id: str, why: str) -> bool:
    try:
        with deps.store.db.read() as conn:
            stored = orders.get(conn, deps.store, order_id, SYSTEM)
            before = decisions.to_json(decisions.get(conn, stored.row["decision_id"]))["body"]
            active = holds.of_order(conn, order_id, HoldState.ACTIVE)
        if not _differs(_fresh(deps, stored), before, active, stored.state):
            return False
        judge_again(deps, order_id, stored.order, Change(CAUSE, SYSTEM, stored.version, reason=why))
    except (Conflict, NotFound, Refused):
        return False  # somebody changed, ended or forgot it meanwhile: they decided over the new facts
    return True


def _fresh(deps: Deps, stored: StoredOrder) -> DecisionBody:
    context = deps.context(stored.order, exclude_order_id=stored.id)
    return deps.engine.decide(freeze(stored.order, context)).body


def _differs(fresh: DecisionBody, before: Any, active: list[dict[str, Any]], state: OrderState) -> bool:
    """Say whether a decision over today's facts would end a hold, raise one, or give another outcome or goods."""
    if state is OrderState.WAITING_STOCK and bool(fresh.fulfilments):
        return True
    told = {(hold.rule, hold.code, hold.line_no) for hold in fresh.holds}
    stood = {(hold["rule"], hold["code"], hold["line_no"]) for hold in before["holds"]}
    standing = {(hold["rule"], hold["code"], hold["line_no"]) for hold in active if not hold["needs_human"]}
    return fresh.outcome.value != before["outcome"] or bool(told - stood) or bool(standing - told)
