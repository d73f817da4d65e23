"""Which orders a change concerns: those that wait, of that SKU or customer, the oldest first."""

from orders.hold import Gate
from server.db import jobs
from server.db.order import recheck
from tests.integration.db.world import NOW, found_company, held, make_order, one, place


def wished(store, subject, *codes):
    with store.db.write() as conn:
        recheck.wish(conn, subject, codes, NOW)
    with store.db.read() as conn:
        return [job["args"] for job in jobs.list_page(conn) if job["kind"] == recheck.JOB]


def concerned(store, subject, code):
    with store.db.read() as conn:
        return recheck.concerned(conn, subject, code)


def test_orders_that_wait_are_concerned_and_others_are_not(store) -> None:
    found_company(store)
    free, stuck = make_order("P-1", ("A-1", "1")), make_order("P-2", ("A-1", "2"))
    place(store, free)
    waits = place(store, stuck, held(stuck, "CREDIT_LIMIT", Gate.SHIP))
    customer = one(store, "SELECT id FROM customers")
    assert concerned(store, recheck.SKU, "A-1") == [waits.order_id]
    assert concerned(store, recheck.SKU, "A-2") == []
    assert concerned(store, recheck.CUSTOMER, customer) == [waits.order_id]
    assert concerned(store, recheck.CUSTOMER, "cus_other") == []


def test_a_wish_is_one_job_a_subject_and_none_without_open_orders(store) -> None:
    found_company(store)
    assert wished(store, recheck.SKU, "A-1") == []
    place(store, make_order("P-1", ("A-1", "1")))
    wished(store, recheck.SKU, "A-1", "A-2")
    assert sorted(args["code"] for args in wished(store, recheck.SKU, "A-1")) == ["A-1", "A-2"]
