"""An order as people and systems see it: one shape from every door, personal data masked unless a reason is given.

Place in the order's way: after the commit. Knows neither HTTP nor screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.actor import Role
from orders.errors import Forbidden
from orders.money import quantity_text
from orders.wire import order_to_json
from server.db import audit
from server.db.mask import mask_order
from server.db.order import approvals, decisions, holds, orders
from server.dealer import shown_to

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.order.orders import StoredOrder
    from server.deps import Deps

Json = dict[str, Any]
REVEALERS = (Role.SALES, Role.SALES_SUPERVISOR, Role.FINANCE, Role.RISK)


def order_view(deps: Deps, actor: Actor, order_id: str, *, reveal: str | None = None) -> Json:
    """Return the order, its decision, holds, approvals and fulfilments.

    ``reveal`` is the reason to show personal data whole; it is recorded. Raises NotFound, Forbidden (auditors).
    """
    with deps.store.db.read() as conn:
        stored = orders.get(conn, deps.store, order_id, actor)
        shown = _view(conn, stored)
    if actor.is_dealer:  # its own data, whole; why we hold it is ours
        return shown_to(actor, shown)
    if reveal is None:
        shown["order"] = mask_order(shown["order"])
    else:
        record_reveal(deps, actor, order_id, reveal)
    return shown


def require_revealer(actor: Actor) -> None:
    """Refuse who sees masked data only. Raises Forbidden."""
    if not actor.has(*REVEALERS):
        raise Forbidden("Your role sees masked data only", "您的角色只能查看脱敏数据", code="may_not_reveal")


def record_reveal(deps: Deps, actor: Actor, order_id: str, reason: str) -> None:
    """Write down that somebody sees an order's people whole. Raises Forbidden."""
    require_revealer(actor)
    with deps.store.db.write() as conn:
        audit.record(conn, order_id, audit.Entry("personal_data_revealed", actor.id, {"reason": reason}), deps.clock())


def _view(conn: Connection, stored: StoredOrder) -> Json:
    row = stored.row
    decision = decisions.get(conn, row["decision_id"]) if row["decision_id"] else None
    return {
        "id": stored.id,
        "state": stored.state.value,
        "version": stored.version,
        "door": row["door"],
        "source_type": row["source_type"],
        "source_ref": row["source_ref"],
        "outcome": row["outcome"],
        "created_at": _at(row["created_at"]),
        "updated_at": _at(row["updated_at"]),
        "received_at": _at(row["received_at"]),
        "order": order_to_json(stored.order),
        "decision": None if decision is None else decisions.to_json(decision),
        "holds": [_hold(hold) for hold in holds.of_order(conn, stored.id)],
        "approvals": [_approval(step) for step in approvals.of_order(conn, stored.id)],
        "fulfilments": [_fulfilment(plan) for plan in orders.fulfilments(conn, stored.id)],
    }


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _hold(row: Json) -> Json:
    names = ("id", "state", "code", "gate", "rule", "line_no", "severity", "needs_human", "message", "who")
    return {
        **{name: row[name] for name in names},
        "release": row["release_options"],
        "created_at": _at(row["created_at"]),
        "released_by": row["released_by"],
        "released_at": _at(row["released_at"]),
        "release_reason": row["release_reason"],
    }


def _approval(row: Json) -> Json:
    names = ("step", "role", "rule", "state", "actor")
    return {**{name: row[name] for name in names}, "decided_at": _at(row["decided_at"])}


def _fulfilment(row: Json) -> Json:
    names = ("id", "state", "site", "carrier", "service", "waybill")
    lines = [
        {"line_no": part["line_no"], "sku": part["sku"], "quantity": quantity_text(part["quantity"])}
        for part in row["lines"]
    ]
    return {**{name: row[name] for name in names}, "lines": lines}
