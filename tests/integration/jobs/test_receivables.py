"""INT-06: one receivable an order for ever, however often it is shipped, told, lost or raced for."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from server.db import tables as t
from server.db.outlets import outbox, receivables
from server.db.outlets.outbox import Event
from tests.contract.test_tables_match_migrations import _order_row
from tests.integration.jobs.test_destinations import destination, drain

SETTINGS = {"receivable_on": "order.shipped", "customer_scheme": "customer_code", "default_customer": "C-1"}


def an_order(deps, order_id, payable_fen=1_250_000):
    told = {"id": order_id, "natural_key": order_id, "number": f"PO-{order_id}", "payable_fen": payable_fen}
    with deps.store.db.write() as conn:
        conn.execute(insert(t.orders), {**_order_row(deps.clock()), **told})


def happened(deps, order_id, event="order.shipped", version=3):
    with deps.store.db.write() as conn:
        payload = {"event": event, "order_id": order_id, "number": f"PO-{order_id}"}
        told = Event(event, order_id, f"{order_id}:{event}:{version}", payload)
        outbox.add(conn, told, deps.clock(), ("webhooks",))
    drain(deps, "webhooks")


def place(deps, code, kind="erp.yonyou_u8", **settings):
    destination(deps, code, "http://127.0.0.1:9", kind, (), ("s",), **{**SETTINGS, **settings})


def due(deps, *names):
    with deps.store.db.read() as conn:
        rows = [row for name in names for row in outbox.list_page(conn, destination=name)]
        count = conn.execute(select(func.count()).select_from(t.receivables)).scalar()
    return count, [json.loads(row["payload"])["amount"] for row in rows]


def test_INT_06_shipping_makes_one_receivable_however_often_it_is_shipped(deps):
    place(deps, "u8")
    an_order(deps, "ord_1")
    happened(deps, "ord_1", "order.printed", 2)
    assert due(deps, "to:u8") == (0, [])
    happened(deps, "ord_1", version=3)
    happened(deps, "ord_1", "order.logistics_exception", 4)
    happened(deps, "ord_1", version=5)  # movement was seen again: shipped a second time
    assert due(deps, "to:u8") == (1, ["12500.00"])


def test_INT_06_the_event_is_configurable(sqlite_deps):
    place(sqlite_deps, "u8", receivable_on="order.delivered")
    an_order(sqlite_deps, "ord_1")
    happened(sqlite_deps, "ord_1")
    assert due(sqlite_deps, "to:u8") == (0, [])
    happened(sqlite_deps, "ord_1", "order.delivered", 4)
    assert due(sqlite_deps, "to:u8") == (1, ["12500.00"])


def test_INT_06_the_erps_own_route_hears_of_receivables_too(sqlite_deps):
    place(sqlite_deps, "erp", "erp.kingdee")
    an_order(sqlite_deps, "ord_1")
    happened(sqlite_deps, "ord_1")
    assert due(sqlite_deps, "erp") == (1, ["12500.00"])


@pytest.mark.parametrize(("payable_fen", "count"), [(0, 0), (1, 1)])
def test_INT_06_what_costs_nothing_is_no_receivable(sqlite_deps, payable_fen, count):
    place(sqlite_deps, "u8")
    an_order(sqlite_deps, "ord_1", payable_fen)
    happened(sqlite_deps, "ord_1")
    assert due(sqlite_deps, "to:u8")[0] == count


def test_INT_06_two_processes_that_race_make_one(deps):
    an_order(deps, "ord_1")
    ready, outcomes = threading.Barrier(2), []

    def make():
        try:
            with deps.store.db.write() as conn:
                if not str(deps.store.db.url).startswith("sqlite"):
                    ready.wait(10)  # on SQLite the second waits at the door already
                outcomes.append(receivables.make(conn, "ord_1", "order.shipped", deps.clock()) is not None)
        except IntegrityError:
            outcomes.append(False)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with deps.store.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.receivables)).scalar() == 1


def test_INT_06_what_an_adapter_noted_outlives_a_success_and_a_replay(sqlite_deps):
    with sqlite_deps.store.db.write() as conn:
        outbox.add(conn, Event("receivable.due", None, "k", {}), sqlite_deps.clock(), ("erp",))
        [row] = outbox.list_page(conn, destination="erp")
        assert outbox.recall(conn, row["id"]) is None
        outbox.note(conn, row["id"], "trade-1")
        assert outbox.recall(conn, row["id"]) == "trade-1"


def test_INT_06_replay_of_a_sent_receivable_uses_its_old_trade_id(sqlite_deps, httpserver):
    seen = []

    def answer(request):
        from werkzeug import Response

        seen.append(request.args.get("tradeid"))
        told = {"token": {"id": "t"}, "trade": {"id": f"trade-{len(seen)}"}, "id": "AR-1"}
        return Response(json.dumps({"errcode": "0", **told}))

    for path in ("/system/token", "/system/tradeid", "/api/oughtreceive/add"):
        httpserver.expect_request(path).respond_with_handler(answer)
    deps = sqlite_deps
    named = {"from_account": "a", "to_account": "b", "app_key": "c", "sale_type": "01", "department": ""}
    destination(deps, "u8", httpserver.url_for(""), "erp.yonyou_u8", (), ("s",), **SETTINGS, **named)
    an_order(deps, "ord_1")
    seal(deps, "ord_1")
    happened(deps, "ord_1")
    drain(deps, "to:u8")
    with deps.store.db.write() as conn:
        [row] = outbox.list_page(conn, destination="to:u8")
        assert row["state"] == "sent", row["last_error"]
        assert outbox.replay(conn, row["id"], deps.clock())
    drain(deps, "to:u8")
    added = [tradeid for tradeid in seen if tradeid]
    assert len(added) == 2
    assert len(set(added)) == 1


def seal(deps, order_id):
    with deps.store.db.write() as conn:
        key = deps.store.vault.subject_key(conn, "customer-1", deps.clock())
        deps.store.vault.keep(conn, key)
        sealed = deps.store.vault.seal(key, json.dumps({"number": "PO", "lines": []}).encode())
        conn.execute(t.orders.update().where(t.orders.c.id == order_id).values(sealed=sealed))
