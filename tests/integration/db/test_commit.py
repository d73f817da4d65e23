"""Commit: the order with everything that belongs to it, or nothing."""

from __future__ import annotations

from server.commit import AlreadyThere, Committed, ConflictThere
from tests.integration.db.world import found_company, make_order, one, place


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
