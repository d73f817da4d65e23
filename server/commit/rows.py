"""The rows of a new order: the order as it is stored, its lines, decision, holds, fulfilments, messages, trail.

Place in the order's way: values in, rows out; `submit.py` writes them in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.money import quantity_text
from orders.own_field import own_text
from orders.state import OrderState
from server.db import audit
from server.db.ids import new_id
from server.db.mask import mask_name, mask_phone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from orders.decision import ApprovalStep
    from orders.hold import Hold, Message
    from orders.order import Order
    from orders.own_field import OwnField
    from orders.stock import Reservation
    from server.commit.words import Attempt
    from server.db.facts.identity import Identity

Row = dict[str, Any]
ROUTED = "route"


def order_row(order: Order, identity: Identity, context_level: str) -> Row:
    """Return the columns that come from the order itself."""
    address = order.ship_to.address
    phone = order.buyer.contact.phone or order.ship_to.contact.phone
    return {
        "channel": order.channel,
        "issued_at": order.issued_at,
        "customer_level": context_level,
        "sku_list": [{"sku": line.sku, "quantity": quantity_text(line.quantity)} for line in order.lines],
        "number": order.number,
        "content_hash": identity.content_hash,
        "doc_type": order.doc_type.value,
        "type": order.type.value,
        "urgent": order.urgent,
        "currency": order.currency,
        "fulfilment": order.fulfilment.value,
        "seller_entity": order.seller_entity,
        "payment_terms": order.payment_terms,
        "payment_status": order.payment.status.value,
        "goods_fen": order.totals.goods,
        "payable_fen": order.totals.payable,
        "requested_date": order.requested_date.isoformat() if order.requested_date else None,
        "province": address.province,
        "city": address.city,
        "buyer_masked": mask_name(order.buyer.name or order.ship_to.contact.name),
        "phone_masked": mask_phone(phone),
        "phone_hash": identity.phone_hash,
        "id_hash": identity.id_hash,
        "id_basis": identity.id_basis,
        "local_day": identity.local_day,
    }


def line_rows(order_id: str, order: Order) -> list[Row]:
    """Return the order's lines."""
    return [
        {
            "order_id": order_id,
            "line_no": line.line_no,
            "sku": line.sku,
            "quantity": line.quantity,
            "unit": line.unit,
            "unit_price": line.unit_price,
            "amount_fen": line.amount,
            "type": line.type.value,
            "is_gift": line.is_gift,
            "requested_date": line.requested_date.isoformat() if line.requested_date else None,
        }
        for line in order.lines
    ]


def field_rows(order_id: str, order: Order, fields: Sequence[OwnField]) -> list[Row]:
    """Return the own fields that the order carries, so that they are found; line 0 is the order itself."""
    if not fields:
        return []
    of = {(field.of.value, field.name) for field in fields}
    carried = [("order", 0, order.attributes), *(("line", line.line_no, line.attributes) for line in order.lines)]
    return [
        {"order_id": order_id, "line_no": line_no, "name": name, "value": own_text(value)}
        for kind, line_no, attributes in carried
        for name, value in attributes.items()
        if (kind, name) in of and value is not None
    ]


def decision_row(order_id: str, attempt: Attempt, cause: str, actor: str, now: datetime) -> Row:
    """Return the decision without its sealed facts, which the caller adds."""
    decided = attempt.decided
    return {
        "id": new_id("dec", now),
        "order_id": order_id,
        "seq": 1,
        "cause": cause,
        "outcome": decided.body.outcome.value,
        "body": decided.payload.decode(),
        "body_hash": decided.body_hash,
        "engine": decided.engine,
        "bundle": decided.bundle,
        "facts_hash": decided.facts_hash,
        "actor": actor,
        "at": now,
    }


def hold_rows(
    order_id: str, holds: Sequence[Hold], decision_id: str, owner: tuple[str, str], now: datetime
) -> list[Row]:
    """Return one row a hold, all active."""
    return [
        {
            "id": new_id("hld", now),
            "order_id": order_id,
            "line_no": hold.line_no,
            "code": hold.code,
            "gate": hold.gate.value,
            "rule": hold.rule,
            "severity": hold.severity,
            "needs_human": hold.needs_human,
            "who": list(hold.who),
            "message": _message(hold.message),
            "release_options": [_message(option) for option in hold.release],
            "state": "active",
            "decision_id": decision_id,
            "created_at": now,
            "owner_id": owner[0],
            "org_id": owner[1],
        }
        for hold in holds
    ]


def approval_row(
    order_id: str, placed: tuple[int, ApprovalStep], decision_id: str, owner: tuple[str, str], now: datetime
) -> Row:
    """Return a pending approval step at its position."""
    position, step = placed
    return {
        "order_id": order_id,
        "step": step.step,
        "position": position,
        "role": step.role,
        "rule": step.rule,
        "state": "pending",
        "decision_id": decision_id,
        "created_at": now,
        "owner_id": owner[0],
        "org_id": owner[1],
    }


def approval_rows(
    order_id: str, attempt: Attempt, decision_id: str, owner: tuple[str, str], now: datetime
) -> list[Row]:
    """Return the approval steps, all pending, in their order."""
    steps = enumerate(attempt.decided.body.approval)
    return [approval_row(order_id, placed, decision_id, owner, now) for placed in steps]


def fulfilment_rows(
    order_id: str, attempt: Attempt, state: OrderState, owner: tuple[str, str], now: datetime
) -> tuple[list[Row], list[Row]]:
    """Return fulfilment orders and their lines."""
    sku_of = {line.line_no: line.sku for line in attempt.order.lines}
    heads, lines = [], []
    for position, plan in enumerate(attempt.decided.body.fulfilments):
        head = {
            "id": new_id("ful", now),
            "order_id": order_id,
            "position": position,
            "state": state.value,
            "site": plan.site,
            "carrier": plan.carrier,
            "service": plan.service,
            "why": [_message(reason) for reason in plan.why],
            "created_at": now,
            "updated_at": now,
            "owner_id": owner[0],
            "org_id": owner[1],
        }
        heads.append(head)
        lines += [
            {
                "fulfilment_id": head["id"],
                "line_no": part.line_no,
                "sku": sku_of[part.line_no],
                "quantity": part.quantity,
            }
            for part in plan.lines
        ]
    return heads, lines


def reservation_rows(order_id: str, taken: Sequence[Reservation], now: datetime) -> list[Row]:
    """Return what the order holds of the stock, one row a line and site."""
    return [
        {
            "order_id": order_id,
            "line_no": part.line_no,
            "site": part.site,
            "sku": part.sku,
            "quantity": part.quantity,
            "state": "active",
            "created_at": now,
            "updated_at": now,
        }
        for part in taken
    ]


def ledger_rows(order_id: str, kind: str, deltas: dict[tuple[str, str], int], actor: str, now: datetime) -> list[Row]:
    """Return the ledger's explanation of what was reserved or given back."""
    return [
        {
            "id": new_id("led", now),
            "sku": sku,
            "site": site,
            "kind": kind,
            "reserved_delta": quantity,
            "order_id": order_id,
            "actor": actor,
            "at": now,
        }
        for (sku, site), quantity in sorted(deltas.items())
        if quantity
    ]


def node_rows(order_id: str, state: OrderState, actor: str, received_at: datetime, now: datetime) -> list[Row]:
    """Return the nodes that a new order has passed: received, and, where nothing stops it, split and being routed."""
    rows = [_node(order_id, "receive", received_at, now, actor)]
    if state is OrderState.ROUTING:
        rows += [_node(order_id, "split", now, now, actor), _node(order_id, ROUTED, now, None, actor)]
    return rows


def _node(order_id: str, node: str, started_at: datetime, ended_at: datetime | None, actor: str) -> Row:
    return {"order_id": order_id, "node": node, "started_at": started_at, "ended_at": ended_at, "actor": actor}


def trail_rows(order_id: str, entries: Sequence[audit.Entry], now: datetime) -> list[Row]:
    """Return the first links of the order's audit chain."""
    rows: list[Row] = []
    prev_hash = audit.GENESIS
    for seq, entry in enumerate(entries, 1):
        rows.append(audit.link(order_id, seq, prev_hash, entry, now))
        prev_hash = rows[-1]["hash"]
    return rows


def _message(message: Message) -> dict[str, str]:
    return {"zh": message.zh, "en": message.en}
