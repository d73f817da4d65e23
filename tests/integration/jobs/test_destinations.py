"""Destinations that people set up: conditions, limits with a digest, sealed secrets; a dead one delays nobody."""

from __future__ import annotations

import hmac
import json
import logging
import re
import threading

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Response

from orders.actor import SYSTEM
from orders.decision import canonical_bytes
from server.backoff import Backoff
from server.db.outlets import destinations, outbox
from server.db.outlets.destinations import Wanted, next_call_s, take_calls
from server.db.outlets.outbox import Event
from server.db.tables import destinations as table
from server.dispatch import Dispatcher, Plan, start
from tests.waiting import until

PLAN = Plan(backoff=Backoff((10.0,), jitter=0.0))
TOKEN = "t0ken-0123456789"
SECRET = "SEC-do-not-tell-anybody"


def destination(deps, code, url, kind="robot.dingtalk", conditions=(("order.held", "any"),), secrets=(SECRET,), **more):
    told = [{"event": event, "rule": rule} for event, rule in conditions]
    wanted = Wanted(code, kind, "http://…", more, told, url=url, secrets=secrets)
    with deps.store.db.write() as conn:
        destinations.put(conn, deps.store, code, wanted, actor=SYSTEM, now=deps.clock())


def tell(deps, order_id, event="order.held", **payload):
    with deps.store.db.write() as conn:
        key = deps.store.vault.subject_key(conn, f"customer-{order_id}", deps.clock())
        deps.store.vault.keep(conn, key)
        sealed = deps.store.vault.seal(key, canonical_bytes({"number": f"PO-{order_id}"}))
        value = {"event": event, "order_id": order_id, "number": f"PO-{order_id}", **payload}
        happened = Event(event, order_id, f"{order_id}:{event}", value, sealed, key.subject)
        outbox.add(conn, happened, deps.clock(), ("webhooks",))


def rows(deps, code):
    with deps.store.db.read() as conn:
        return sorted(outbox.list_page(conn, destination=f"to:{code}", limit=500), key=lambda row: row["seq"])


def drain(deps, *names):
    worker = Dispatcher(deps, PLAN)
    for name in names:
        while worker.round(name):
            pass


@pytest.fixture
def robot(httpserver):
    """A robot that is content; its words are kept."""
    said = []

    def hear(request):
        said.append(request.get_json()["text"]["content"])
        return Response('{"errcode":0,"errmsg":"ok"}', content_type="application/json")

    httpserver.expect_request("/robot").respond_with_handler(hear)
    hear.said, hear.url = said, httpserver.url_for(f"/robot?access_token={TOKEN}")
    return hear


def test_INT_16_condition_names_event_and_rule_as_data(sqlite_deps, robot):
    destination(sqlite_deps, "all", robot.url)
    destination(sqlite_deps, "risk", robot.url, conditions=[("order.*", "PICKUP_POINT_HIGH_VALUE")])
    destination(sqlite_deps, "other", robot.url, conditions=[("order.held", "CREDIT_LIMIT"), ("order.shipped", "any")])
    tell(sqlite_deps, "ord_1", holds=["PICKUP_POINT_HIGH_VALUE"])
    tell(sqlite_deps, "ord_2", holds=["MANUAL"])
    drain(sqlite_deps, "webhooks")
    told = {code: [row["order_id"] for row in rows(sqlite_deps, code)] for code in ("all", "risk", "other")}
    assert told == {"all": ["ord_1", "ord_2"], "risk": ["ord_1"], "other": []}


def test_NTF_01_event_goes_to_the_robot_once(deps, robot):
    destination(deps, "ding", robot.url)
    tell(deps, "ord_1")
    drain(deps, "webhooks", "webhooks", "to:ding", "to:ding")
    assert [row["state"] for row in rows(deps, "ding")] == ["sent"]
    assert robot.said == ["订单 PO-ord_1 已挂起"]


def test_NTF_01_over_the_limit_one_digest_holds_all_and_no_minute_sees_more_calls(sqlite_deps, robot, clock):
    destination(sqlite_deps, "ding", robot.url)
    for number in range(60):
        tell(sqlite_deps, f"ord_{number}")
    drain(sqlite_deps, "webhooks", "to:ding")
    assert {row["state"] for row in rows(sqlite_deps, "ding")} == {"sent"}
    assert len(robot.said) == 5  # a quarter of twenty a minute: four alone and a digest of the rest
    assert robot.said[-1].startswith("56 条消息")
    assert all(any(f"PO-ord_{number} " in said for said in robot.said) for number in range(60))
    tell(sqlite_deps, "ord_late")
    drain(sqlite_deps, "webhooks", "to:ding")
    [late] = [row for row in rows(sqlite_deps, "ding") if row["state"] == "waiting"]
    assert (late["attempts"], len(robot.said)) == (0, 5)
    clock.turn(next_call_s(20))
    drain(sqlite_deps, "to:ding")
    assert len(robot.said) == 6


def test_NTF_01_no_minute_sees_more_calls_than_the_limit(deps, clock):
    destination(deps, "ding", "http://127.0.0.1:9/")
    calls = []
    for _ in range(240):
        with deps.store.db.write() as conn:
            calls += [clock()] * take_calls(conn, "ding", 20, 3, clock())
        clock.turn(0.5)
    busiest = max(sum(1 for other in calls if 0 <= (other - call).total_seconds() < 60) for call in calls)
    assert 15 <= busiest <= 20
    clock.turn(3600)
    with deps.store.db.write() as conn:
        assert take_calls(conn, "ding", 20, 99, clock()) == 5  # a quiet hour saves up no more than the bucket holds


def test_SEC_secrets_lie_sealed_and_stand_in_no_log_no_error_and_no_screen(sqlite_deps, httpserver, caplog):
    def repeat(request):
        return Response(json.dumps({"errcode": 300001, "errmsg": f"no token {TOKEN} {SECRET}"}))

    httpserver.expect_request("/robot").respond_with_handler(repeat)
    destination(sqlite_deps, "ding", httpserver.url_for(f"/robot?access_token={TOKEN}"))
    tell(sqlite_deps, "ord_1")
    caplog.set_level(logging.DEBUG)
    drain(sqlite_deps, "webhooks", "to:ding")
    [row] = rows(sqlite_deps, "ding")
    assert row["state"] == "dead"
    assert "***" in row["last_error"]
    with sqlite_deps.store.db.read() as conn:
        stored = repr(conn.execute(select(table)).all())
        shown = repr(destinations.listed(conn))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("server", "adapters"))]
    for place in (row["last_error"], stored, shown, repr(ours), repr(row)):
        assert TOKEN not in place
        assert SECRET not in place


def test_INT_05_destination_called_erp_takes_the_erps_route(deps, httpserver):
    httpserver.expect_request("/orders", headers={"Authorization": "Bearer t0p"}).respond_with_json({"reference": "S1"})
    destination(deps, "erp", httpserver.url_for(""), "erp.generic", (), ("t0p",))
    with deps.store.db.write() as conn:
        outbox.add(conn, Event("order.accepted", None, "k", {"number": "PO-1"}), deps.clock(), ("erp",))
    drain(deps, "erp")
    with deps.store.db.read() as conn:
        [row] = outbox.list_page(conn, destination="erp")
    assert json.loads(row["receipt"])["reference"] == "S1"


def test_INT_09_disabled_destination_hears_nothing_new_and_keeps_what_waits(sqlite_deps, robot):
    destination(sqlite_deps, "ding", robot.url)
    tell(sqlite_deps, "ord_1")
    drain(sqlite_deps, "webhooks")
    with sqlite_deps.store.db.write() as conn:
        assert destinations.set_state(conn, "ding", "disabled", reason="搬家", now=sqlite_deps.clock())
    tell(sqlite_deps, "ord_2")
    drain(sqlite_deps, "webhooks", "to:ding")
    assert [(row["order_id"], row["state"]) for row in rows(sqlite_deps, "ding")] == [("ord_1", "waiting")]
    assert robot.said == []


@pytest.fixture
def crowd():
    """A server that answers many callers at a time."""
    with HTTPServer(threaded=True) as server:
        yield server


def test_INT_10_destinations_that_never_answer_delay_nobody(sqlite_deps, crowd):
    """Nine destinations hang until the live one has everything; none of them holds its thread."""
    done = threading.Event()

    def hang(request):
        done.wait(100)
        return Response("{}")

    crowd.expect_request("/dead/orders").respond_with_handler(hang)
    crowd.expect_request("/live/orders").respond_with_json({"reference": "S1"})
    told = sqlite_deps.with_settings(erp_timeout_s=100.0)
    everything = [("order.held", "any")]
    for number in range(9):
        destination(told, f"dead-{number}", crowd.url_for("/dead"), "erp.generic", everything, ("",))
    destination(told, "zz-live", crowd.url_for("/live"), "erp.generic", everything, ("",))
    for number in range(20):
        tell(told, f"ord_{number}")
    running = start(told)
    try:
        until(lambda: [row["state"] for row in rows(told, "zz-live")] == ["sent"] * 20)
        assert not done.is_set()
        assert all(row["state"] in ("waiting", "sending") for row in rows(told, "dead-0"))
    finally:
        done.set()
        running.stop()


def test_NTF_07_exception_is_told_at_once_and_not_at_the_next_look(sqlite_deps, robot, monkeypatch):
    """The dispatcher would look by itself only after a thousand seconds: what wakes it is the event's own commit."""
    monkeypatch.setattr("server.dispatch.dispatcher.POLL_S", 1000.0)
    destination(sqlite_deps, "alarm", robot.url, conditions=[("order.logistics_exception", "any")])
    running = start(sqlite_deps)
    try:
        tell(sqlite_deps, "ord_1", "order.logistics_exception")
        for wake in sqlite_deps.wakers:
            wake()
        until(lambda: robot.said)
    finally:
        running.stop()
    assert robot.said == ["订单 PO-ord_1 物流异常"]


@pytest.fixture
def warehouse(httpserver):
    """A warehouse that knows an instruction by its number; it fails as often as it is told to."""
    heard = []

    def hear(request):
        right = hmac.new(SECRET.encode(), request.get_data(), "sha256").hexdigest()
        assert request.headers["X-Signature"] == f"sha256={right}"
        heard.append((request.path, request.headers["Idempotency-Key"], request.get_json()))
        if hear.failures:
            hear.failures -= 1
            return Response(status=503)
        number = request.get_json()["instruction"]
        return Response(json.dumps({"reference": f"W-{number}"}), content_type="application/json")

    hear.heard, hear.failures, hear.url = heard, 0, httpserver.url_for("/wms")
    httpserver.expect_request(re.compile("/wms/.*")).respond_with_handler(hear)
    return hear


def test_DUP_05_instruction_that_is_sent_again_is_the_same_one_for_the_warehouse(sqlite_deps, warehouse, clock):
    destination(sqlite_deps, "gz", warehouse.url, "wms.http", [("order.accepted", "any")])
    warehouse.failures = 1
    tell(sqlite_deps, "ord_1", "order.accepted")
    drain(sqlite_deps, "webhooks", "to:gz")
    clock.turn(10)
    drain(sqlite_deps, "to:gz")
    [row] = rows(sqlite_deps, "gz")
    with sqlite_deps.store.db.write() as conn:
        assert outbox.replay(conn, row["id"], clock())
    drain(sqlite_deps, "to:gz")
    with pytest.raises(Exception, match=r"(?i)unique"):
        tell(sqlite_deps, "ord_1", "order.accepted")  # and no second instruction can even be written
    assert len(warehouse.heard) == 3
    assert len({(path, key, body["instruction"]) for path, key, body in warehouse.heard}) == 1


def test_INT_03_scan_out_is_told_to_the_warehouse_signed_with_its_number_and_retried(sqlite_deps, warehouse, clock):
    destination(sqlite_deps, "gz", warehouse.url, "wms.http", [("order.shipped", "any")])
    warehouse.failures = 2
    tell(sqlite_deps, "ord_1", "order.shipped")
    drain(sqlite_deps, "webhooks", "to:gz")
    for _ in range(2):
        clock.turn(30)
        drain(sqlite_deps, "to:gz")
    assert [path for path, _, _ in warehouse.heard] == ["/wms/scan-outs"] * 3
    assert len({key for _, key, _ in warehouse.heard}) == 1
    [row] = rows(sqlite_deps, "gz")
    assert row["state"] == "sent"
    assert "fulfilments" in warehouse.heard[-1][2]
