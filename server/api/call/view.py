"""Orders as answered: the first answer from what the commit stored, later ones from what the desk shows, with links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.decision import decision_to_json
from orders.money import fen_text, quantity_text
from orders.wire import order_to_json

if TYPE_CHECKING:
    from datetime import datetime

    from server.commit import Committed

_BELOW = ("timeline", "explain", "next-states", "release-options", "near-misses")
_HOLD = ("id", "state", "code", "gate", "rule", "line_no", "severity", "needs_human", "message", "who")
Json = dict[str, Any]


def linked(view: Json) -> Json:
    """Add the links of an order."""
    own = f"/v1/orders/{view['id']}"
    links = {"self": own, **{name.replace("-", "_"): f"{own}/{name}" for name in _BELOW}}
    if view["decision"] is not None:
        links["decision"] = f"/v1/decisions/{view['decision']['id']}"
    return {**view, "links": links}


def first_view(committed: Committed) -> Json:
    """Return the answer to whoever sent the order: whole, since it is the sender's own data."""
    return {
        "id": committed.order_id,
        "state": committed.state.value,
        "version": committed.version,
        "door": committed.door,
        "source_type": committed.source[0],
        "source_ref": committed.source[1],
        "outcome": committed.decision.body.outcome.value,
        "created_at": at(committed.created_at),
        "updated_at": at(committed.updated_at),
        "received_at": at(committed.received_at),
        "order": order_to_json(committed.order),
        "decision": decision_to_json(committed.decision),
        "holds": [hold_view(row) for row in committed.holds],
        "approvals": [_approval(row) for row in committed.approvals],
        "fulfilments": [_fulfilment(row) for row in committed.fulfilments],
    }


def at(moment: datetime | None) -> str | None:
    """Write a time as RFC 3339."""
    return None if moment is None else moment.isoformat()


def hold_view(row: Json) -> Json:
    """Return a hold as shown."""
    shown = {name: row[name] for name in _HOLD}
    times = {name: at(row.get(name)) for name in ("created_at", "released_at")}
    later = {name: row.get(name) for name in ("released_by", "release_reason")}
    return {**shown, "release": row["release_options"], **times, **later}


def _approval(row: Json) -> Json:
    shown = {name: row[name] for name in ("step", "role", "rule", "state")}
    return {**shown, "actor": row.get("actor"), "decided_at": at(row.get("decided_at"))}


def _fulfilment(row: Json) -> Json:
    shown = {name: row.get(name) for name in ("id", "state", "site", "carrier", "service", "waybill")}
    return {**shown, "lines": [_part(part) for part in row["lines"]]}


def _part(row: Json) -> Json:
    return {"line_no": row["line_no"], "sku": row["sku"], "quantity": quantity_text(row["quantity"])}


def own(view: Json, order: Json) -> Json:
    """Return a view with the whole ``order`` in it: for the sender that has just sent the same."""
    return {**view, "order": order}


def order_row(row: Json) -> Json:
    """Return one row of the list of orders; the buyer is masked."""
    plain = ("id", "number", "channel", "source_type", "source_ref", "state", "outcome", "customer_level", "currency")
    shown = {name: row[name] for name in (*plain, "type", "urgent", "priority", "last_actor", "version")}
    times = {name: at(row[name]) for name in ("issued_at", "created_at", "updated_at")}
    return {
        **shown,
        **times,
        "buyer": row["buyer_masked"],
        "holds": row["holds"],
        "payable": fen_text(row["payable_fen"]),
    }
