"""Commit: the order with everything that belongs to it, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.decision import DecisionBody, Outcome, sha256_hex
from orders.draft import DraftOrder
from orders.errors import Conflict
from orders.hold import Gate
from orders.order import DocType
from orders.wire import order_to_json
from server.commit import AlreadyThere, Committed, ConflictThere, IdempotencyKey
from server.db import idempotency, originals
from server.db.idempotency import Replay
from server.db.papers import documents, drafts
from tests.integration.db.world import ERP, NOW, found_company, held, later, make_order, one, place, rows


def test_INV_04_order_and_reservation_are_written_together(store) -> None:
    found_company(store)
    done = place(store, make_order("PO-1", ("A-1", "86")))
    assert isinstance(done, Committed)
    assert done.state == "routing"
    assert one(store, "SELECT reserved FROM stock_items WHERE sku='A-1' AND site='GZ'") == 86_000_000
    assert one(store, "SELECT count(*) FROM reservations") == 1
    assert one(store, "SELECT sum(reserved_delta) FROM stock_ledger WHERE kind='reserve'") == 86_000_000


def test_same_order_again_is_already_there(store) -> None:
    found_company(store)
    first = place(store, make_order())
    assert place(store, make_order()) == AlreadyThere(first.order_id)
    assert one(store, "SELECT count(*) FROM orders") == 1


def test_same_number_other_content_is_a_conflict(store) -> None:
    found_company(store)
    first = place(store, make_order())
    assert place(store, make_order("PO-1", ("A-1", "2"))) == ConflictThere(first.order_id)


def test_MAP_07_a_number_is_unique_per_channel_and_account(store) -> None:
    found_company(store)
    place(store, make_order())
    other_account = replace(ERP, account="other")
    assert isinstance(place(store, make_order(), actor=other_account), Committed)
    assert isinstance(place(store, make_order(channel="shop", issued_at=later(3600))), Committed)
    assert isinstance(place(store, make_order(doc_type=DocType.CHANGE, issued_at=later(7200))), Committed)


def test_without_a_number_the_content_of_the_day_is_the_key(store) -> None:
    found_company(store)
    first = place(store, make_order(None))
    assert place(store, make_order(None, issued_at=later(1))) == AlreadyThere(first.order_id)
    next_week = place(store, make_order(None, issued_at=later(604_800)), received_at=later(604_800))
    assert isinstance(next_week, Committed)


def test_the_same_call_again_is_the_same_order_and_other_content_is_refused(store) -> None:
    found_company(store)
    key = IdempotencyKey("key_erp", "abc", "f1")
    first = place(store, make_order(), idempotency=key, answer=lambda done: (201, done.order_id.encode()))
    assert place(store, make_order("PO-2"), idempotency=key) == AlreadyThere(first.order_id)
    with pytest.raises(Conflict) as refused:
        place(store, make_order("PO-3"), idempotency=replace(key, fingerprint="f2"))
    assert refused.value.code == "idempotency_mismatch"
    assert one(store, "SELECT count(*) FROM orders") == 1
    with store.db.read() as conn:
        assert idempotency.lookup(conn, store, key, NOW) == Replay(201, first.order_id.encode())


def draft_of(store) -> str:
    with store.db.write() as conn:
        arrived = originals.Arrived(b"scan", "image/jpeg", "po.jpg", NOW)
        original_id = originals.keep(conn, store, arrived, owner_id=ERP.id, org_id=ERP.org_id)
        document_id = documents.add(conn, original_id, documents.Source("upload", "document"), actor=ERP, now=NOW)
        draft = DraftOrder(order=order_to_json(make_order()), fields=())
        return drafts.add(conn, store, documents.get(conn, document_id, ERP), 0, draft, now=NOW)


def test_IN_07_a_draft_becomes_one_order(store) -> None:
    found_company(store)
    draft_id = draft_of(store)
    first = place(store, make_order("PO-1"), draft_id=draft_id)
    assert isinstance(first, Committed)
    again = place(store, make_order("PO-2", issued_at=later(3600)), draft_id=draft_id)
    assert again == AlreadyThere(first.order_id)
    assert rows(store, "SELECT state, order_id FROM drafts") == [{"state": "submitted", "order_id": first.order_id}]
    assert one(store, "SELECT count(*) FROM orders") == 1


def test_RTE_06_the_fulfilment_orders_carry_what_was_ordered(store) -> None:
    found_company(store)
    place(store, make_order("PO-1", ("A-1", "3"), ("A-2", "4")))
    [head] = rows(store, "SELECT site, carrier, state FROM fulfilment_orders")
    assert head == {"site": "GZ", "carrier": "ZTO", "state": "routing"}
    parts = rows(store, "SELECT line_no, sku, quantity FROM fulfilment_lines ORDER BY line_no")
    assert [(part["sku"], part["quantity"]) for part in parts] == [("A-1", 3_000_000), ("A-2", 4_000_000)]


def test_INT_05_an_order_free_to_go_is_told_to_the_erp_once_and_a_held_one_is_not(store) -> None:
    found_company(store)
    place(store, make_order("PO-1"))
    other = make_order("PO-2", issued_at=later(3600))
    place(store, other, held(other, "LARGE_ORDER", Gate.APPROVE))
    told = rows(store, "SELECT event, destination FROM outbox ORDER BY seq")
    assert [(row["event"], row["destination"]) for row in told] == [
        ("order.created", "webhooks"),
        ("order.accepted", "erp"),
        ("order.accepted", "webhooks"),
        ("order.created", "webhooks"),
        ("order.held", "webhooks"),
        ("order.held", "notify"),
    ]


def test_a_rejected_order_is_kept_and_takes_nothing(store) -> None:
    found_company(store)
    done = place(store, make_order(), DecisionBody(outcome=Outcome.REJECT))
    assert done.state == "rejected"
    assert one(store, "SELECT count(*) FROM reservations") == 0
    assert one(store, "SELECT count(*) FROM outbox WHERE event = 'order.rejected'") == 2


def test_the_decision_is_stored_byte_for_byte(store) -> None:
    found_company(store)
    done = place(store, make_order())
    [row] = rows(store, "SELECT body, body_hash FROM decisions")
    assert sha256_hex(row["body"].encode()) == row["body_hash"] == done.decision.body_hash
