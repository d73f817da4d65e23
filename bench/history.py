"""A past: stored orders with their first decision and its sealed facts, laid straight into the tables.

For the backtest's benchmark and its tests; everything that a backtest does not read is left at its simplest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import insert

from bench.decision_orders import NOW, frozen_orders
from orders.decision import sha256_hex
from rules.decide import decide_json, open_facts
from rules.engine import ENGINE
from server.db.tables import decisions, orders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rules.bundle import Bundle
    from server.db.store import Store
    from server.db.vault import SubjectKey

Row = dict[str, Any]
SUBJECTS = 500
CHUNK = 500


def lay_in(store: Store, bundle: Bundle, count: int, *, distinct: int = 2000) -> None:
    """Store ``count`` orders of a few hundred people, of which ``distinct`` differ in their facts."""
    decided = [(facts, _body(facts, bundle)) for facts in frozen_orders(min(count, distinct))]
    keys = [_key(store, number) for number in range(min(SUBJECTS, count))]
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        with store.db.write() as conn:
            conn.execute(insert(orders), [_order(number, decided, keys) for number in numbers])
            conn.execute(insert(decisions), list(_decisions(store, bundle, numbers, decided, keys)))


def order_id(number: int) -> str:
    """Return the id of the order with this number; ids sort like numbers."""
    return f"ord_{number:022d}"


def _body(facts: bytes, bundle: Bundle) -> bytes:
    return orjson.dumps(decide_json(open_facts(facts), bundle), option=orjson.OPT_SORT_KEYS)


def _key(store: Store, number: int) -> SubjectKey:
    with store.db.write() as conn:
        key = store.vault.subject_key(conn, f"person:{number}", NOW)
        store.vault.keep(conn, key)
    return key


def _order(number: int, decided: Sequence[tuple[bytes, bytes]], keys: Sequence[SubjectKey]) -> Row:
    facts, body = decided[number % len(decided)]
    head, at = orjson.loads(facts)["head"], NOW + timedelta(milliseconds=number)
    return {
        "id": order_id(number),
        "channel": head["order.channel"],
        "issued_at": at,
        "customer_level": "normal",
        "sku_list": [],
        "state": "routing",
        "last_actor": "bench",
        "updated_at": at,
        "natural_key": f"PO-{number}",
        "number": f"PO-{number}",
        "content_hash": f"{number:064d}",
        "doc_type": "order",
        "type": head["order.type"],
        "urgent": False,
        "currency": head["order.currency"],
        "fulfilment": head["order.fulfilment"],
        "payment_status": "unpaid",
        "goods_fen": head["order.goods"],
        "payable_fen": head["order.payable"],
        "subject": keys[number % len(keys)].subject,
        "local_day": "2026-11-22",
        "sealed": b"",
        "outcome": orjson.loads(body)["outcome"],
        "workflow": "stock",
        "decision_id": _decision_id(number),
        "door": "api",
        "created_by": "bench",
        "received_at": at,
        "created_at": at,
        "owner_id": "system",
        "org_id": "org_main",
    }


def _decision_id(number: int) -> str:
    return f"dec_{number:022d}"


def _decisions(
    store: Store, bundle: Bundle, numbers: range, decided: Sequence[tuple[bytes, bytes]], keys: Sequence[SubjectKey]
) -> Iterator[Row]:
    for number in numbers:
        facts, body = decided[number % len(decided)]
        key = keys[number % len(keys)]
        yield {
            "id": _decision_id(number),
            "order_id": order_id(number),
            "seq": 1,
            "cause": "submit",
            "outcome": orjson.loads(body)["outcome"],
            "body": body.decode(),
            "body_hash": sha256_hex(body),
            "engine": ENGINE,
            "bundle": bundle.hash,
            "facts_hash": sha256_hex(facts),
            "subject": key.subject,
            "facts": store.vault.seal(key, facts),
            "actor": "bench",
            "at": NOW + timedelta(milliseconds=number),
        }
