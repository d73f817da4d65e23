"""Webhook subscribers and in-app notifications: each event once for each of them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from adapters.message import Receipt
from orders.actor import SYSTEM
from server.backoff import Backoff
from server.db.outlets import notifications, outbox, webhooks
from server.db.outlets.outbox import Event
from server.dispatch import Dispatcher, Plan
from tests.waiting import until

PLAN = Plan(backoff=Backoff((10.0,), jitter=0.0))


def subscribe(deps, url, events=("*",)):
    with deps.store.db.write() as conn:
        return webhooks.add(conn, deps.store, url, events, actor=SYSTEM, now=deps.clock())


def tell(deps, order_id, event="order.held", payload=None, destinations=None):
    with deps.store.db.write() as conn:
        value = payload or {"order_id": order_id, "number": "PO-1"}
        outbox.add(conn, Event(event, order_id, f"{order_id}:{event}", value), deps.clock(), destinations)


def rows(deps, order_id, destination):
    with deps.store.db.read() as conn:
        return [row for row in outbox.of_order(conn, order_id) if row["destination"] == destination]


def drain(deps, *destinations):
    worker = Dispatcher(deps, PLAN)
    for destination in destinations:
        while worker.round(destination):
            pass


def test_INT_09_event_goes_once_to_each_endpoint_that_subscribed_to_it(deps, httpserver):
    httpserver.expect_request("/all").respond_with_data("")
    httpserver.expect_request("/held").respond_with_data("")
    everything, _ = subscribe(deps, httpserver.url_for("/all"))
    held, _ = subscribe(deps, httpserver.url_for("/held"), ["order.held"])
    tell(deps, "ord_1", "order.held")
    tell(deps, "ord_2", "order.accepted")
    drain(deps, "webhooks", "webhooks", f"webhook:{everything}", f"webhook:{held}")
    called = [(request.path, request.get_json()["type"]) for request, _ in httpserver.log]
    assert sorted(called) == [("/all", "order.accepted"), ("/all", "order.held"), ("/held", "order.held")]
    ids = [request.headers["webhook-id"] for request, _ in httpserver.log]
    assert len(set(ids)) == 3


def test_INT_09_events_that_nobody_hears_are_done_and_later_subscribers_hear_the_later_ones(deps, httpserver):
    httpserver.expect_request("/late").respond_with_data("")
    for number in range(3):
        tell(deps, f"ord_{number}", "order.held")
    tell(deps, "ord_0", "order.accepted")
    worker = Dispatcher(deps, PLAN)
    assert [worker.round("webhooks") for _ in range(3)] == [3, 1, 0]  # the later event of an order waits its turn
    assert {row["state"] for number in range(3) for row in rows(deps, f"ord_{number}", "webhooks")} == {"sent"}
    late, _ = subscribe(deps, httpserver.url_for("/late"))
    tell(deps, "ord_1", "order.accepted")
    drain(deps, "webhooks", f"webhook:{late}")
    assert [request.get_json()["type"] for request, _ in httpserver.log] == ["order.accepted"]


def test_INT_09_signature_verifies_with_the_key_that_was_shown_once(deps, httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    endpoint_id, secret = subscribe(deps, httpserver.url_for("/hook"))
    deps.clock.now = datetime.now(UTC)  # noqa: TID251 - the verifier reads the real clock
    tell(deps, "ord_1")
    drain(deps, "webhooks", f"webhook:{endpoint_id}")
    request, _ = httpserver.log[0]
    value = Webhook(secret).verify(request.get_data(), dict(request.headers))
    assert value["data"] == {"order_id": "ord_1", "number": "PO-1"}


def test_INT_09_both_keys_sign_after_a_rotation(deps, httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    endpoint_id, first = subscribe(deps, httpserver.url_for("/hook"))
    with deps.store.db.write() as conn:
        second = webhooks.rotate(conn, deps.store, endpoint_id, deps.clock())
        found = webhooks.enabled(conn, deps.store, endpoint_id)
        third = webhooks.rotate(conn, deps.store, endpoint_id, deps.clock())
        last = webhooks.enabled(conn, deps.store, endpoint_id)
        assert webhooks.rotate(conn, deps.store, "whk_none", deps.clock()) is None
    assert found.secrets == (second, first)
    assert last.secrets == (third, second)


def test_INT_09_endpoint_that_is_gone_is_disabled_and_its_messages_wait_until_it_is_enabled(deps, httpserver):
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=410)
    httpserver.expect_ordered_request("/hook").respond_with_data("")
    endpoint_id, _ = subscribe(deps, httpserver.url_for("/hook"))
    destination = f"webhook:{endpoint_id}"
    tell(deps, "ord_1")
    drain(deps, "webhooks")
    tell(deps, "ord_2")
    drain(deps, "webhooks", destination)
    with deps.store.db.read() as conn:
        shown = webhooks.get(conn, endpoint_id)
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "410 Gone")
    assert "secrets" not in shown
    tell(deps, "ord_3")
    drain(deps, "webhooks", destination)
    assert rows(deps, "ord_3", destination) == []  # not subscribed while disabled
    with deps.store.db.write() as conn:
        waiting = outbox.counts(conn)
        webhooks.set_state(conn, endpoint_id, "enabled", reason=None, now=deps.clock())
    assert waiting[(destination, "dead")] == 1


def test_INT_09_messages_of_a_disabled_endpoint_wait_until_it_is_enabled(deps, httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    endpoint_id, _ = subscribe(deps, httpserver.url_for("/hook"))
    destination = f"webhook:{endpoint_id}"
    tell(deps, "ord_1")
    drain(deps, "webhooks")
    with deps.store.db.write() as conn:
        webhooks.set_state(conn, endpoint_id, "disabled", reason="by hand", now=deps.clock())
    drain(deps, destination)
    assert httpserver.log == []
    with deps.store.db.write() as conn:
        webhooks.set_state(conn, endpoint_id, "enabled", reason=None, now=deps.clock())
    drain(deps, destination)
    assert [row["state"] for row in rows(deps, "ord_1", destination)] == ["sent"]


def test_INT_09_sent_event_can_be_replayed_under_its_old_id(deps, httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    endpoint_id, _ = subscribe(deps, httpserver.url_for("/hook"))
    destination = f"webhook:{endpoint_id}"
    tell(deps, "ord_1")
    drain(deps, "webhooks", destination)
    with deps.store.db.write() as conn:
        assert outbox.replay(conn, rows(deps, "ord_1", destination)[0]["id"], deps.clock())
    drain(deps, destination)
    first, second = (request for request, _ in httpserver.log)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.get_data() == second.get_data()


def test_INT_09_private_endpoint_is_refused_unless_the_setting_allows_it(deps, httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    strict = deps.with_settings(webhook_allow_private=False)
    endpoint_id, _ = subscribe(strict, httpserver.url_for("/hook").replace("http:", "https:"))
    tell(strict, "ord_1")
    drain(strict, "webhooks", f"webhook:{endpoint_id}")
    [row] = rows(strict, "ord_1", f"webhook:{endpoint_id}")
    assert (row["state"], row["last_error"].split(":")[0]) == ("dead", "address_refused")
    assert httpserver.log == []


def test_INT_09_listed_endpoints_show_no_keys(deps):
    ids = [subscribe(deps, f"https://hooks.example.com/{n}", ["order.*"])[0] for n in range(3)]
    with deps.store.db.read() as conn:
        first = webhooks.list_page(conn, limit=2)
        rest = webhooks.list_page(conn, limit=2, after=first[-1]["id"])
    assert {item["id"] for item in first + rest} == set(ids)
    assert first[0]["events"] == ["order.*"]
    assert all("secrets" not in item for item in first + rest)


@pytest.mark.parametrize(
    ("patterns", "event", "wanted"),
    [
        (["*"], "order.held", True),
        (["order.*"], "order.held", True),
        (["order.held"], "order.held", True),
        (["order.held"], "order.held.again", False),
        (["stock.*"], "order.held", False),
        ([], "order.held", False),
    ],
)
def test_INT_09_patterns_name_events(patterns, event, wanted):
    assert webhooks.wants(patterns, event) is wanted


def test_INT_09_later_event_of_an_order_does_not_overtake_in_the_fan_out(deps, httpserver):
    endpoint_id, _ = subscribe(deps, httpserver.url_for("/hook"))
    for event in ("order.accepted", "order.changed", "order.cancelled"):
        tell(deps, "ord_1", event, destinations=("webhooks",))
    drain(deps, "webhooks")
    assert [row["event"] for row in rows(deps, "ord_1", f"webhook:{endpoint_id}")] == [
        "order.accepted",
        "order.changed",
        "order.cancelled",
    ]


def test_INT_10_hanging_subscribers_delay_neither_the_erp_nor_another_subscriber(sqlite_deps):
    """A dozen endpoints hang until everybody else has everything: each holds a thread of its own, nobody else's."""
    released, hanging, served = threading.Event(), threading.Semaphore(0), threading.Semaphore(0)

    def deliver(message, target, secrets):
        if target.url.endswith("/dead"):
            hanging.release()
            released.wait(100)
        else:
            served.release()
        return Receipt(status=200)

    deps = sqlite_deps.with_settings(erp_url="https://erp.example")
    dead = [subscribe(deps, "https://example.org/dead")[0] for _ in range(12)]
    running = Dispatcher(deps, PLAN, {"webhook.standard": deliver, "erp.generic": deliver}).start()
    try:
        tell(deps, "ord_0", "order.accepted")
        running.wake()
        for _ in dead:
            assert hanging.acquire(timeout=60)
        subscribe(deps, "https://example.org/live")
        for number in range(1, 5):
            tell(deps, f"ord_{number}", "order.accepted")
        running.wake()
        for _ in range(5 + 4):  # five to the ERP, four to the live subscriber
            assert served.acquire(timeout=60)
        assert not released.is_set()
    finally:
        released.set()
        running.stop()


def test_INT_10_what_is_down_is_asked_with_one_message_on_a_thread_apart(sqlite_deps, httpserver, monkeypatch):
    asked = []
    httpserver.expect_request("/down").respond_with_data("", status=503)
    down, _ = subscribe(sqlite_deps, httpserver.url_for("/down"))
    for number in range(5):
        tell(sqlite_deps, f"ord_{number}", destinations=(f"webhook:{down}",))
    worker = Dispatcher(sqlite_deps, PLAN)
    whole = worker.round
    monkeypatch.setattr(worker, "round", lambda name: asked.append(threading.current_thread().name) or whole(name))
    worker.round(f"webhook:{down}")
    assert len(httpserver.log) == 3  # then its breaker opened
    sqlite_deps.clock.turn(2)
    worker.start()
    until(lambda: len(asked) > 1)
    worker.stop()
    assert [name.partition("_")[0] for name in asked[1:]] == ["probe"]
    assert len(httpserver.log) == 4


def test_STM_03_notice_reaches_each_named_recipient_once(deps):
    notices = [{"to": "risk", "zh": "请复核", "en": "Please review"}, {"to": "usr_1", "zh": "已暂停", "en": "Held"}]
    tell(deps, "ord_1", payload={"notify": notices}, destinations=("notify",))
    drain(deps, "notify")
    [row] = rows(deps, "ord_1", "notify")
    with deps.store.db.write() as conn:
        assert outbox.replay(conn, row["id"], deps.clock())
    drain(deps, "notify")
    with deps.store.db.read() as conn:
        seen = notifications.list_of(conn, ["risk", "usr_1", "sales"])
    assert sorted((item["recipient"], item["title_zh"]) for item in seen) == [("risk", "请复核"), ("usr_1", "已暂停")]


def test_STM_03_event_without_a_recipient_is_told_to_sales(deps):
    tell(deps, "ord_1", "order.cancelled", destinations=("notify",))
    drain(deps, "notify")
    with deps.store.db.read() as conn:
        [item] = notifications.list_of(conn, ["sales"], unread=True)
    assert item["title_zh"] == "订单 PO-1：order.cancelled"


def test_STM_03_read_notification_is_no_longer_unread_and_only_its_recipient_reads_it(deps):
    tell(deps, "ord_1", destinations=("notify",))
    drain(deps, "notify")
    with deps.store.db.write() as conn:
        [item] = notifications.list_of(conn, ["sales"])
        assert not notifications.mark_read(conn, item["id"], ["finance"], deps.clock())
        assert notifications.mark_read(conn, item["id"], ["sales"], deps.clock())
        assert not notifications.mark_read(conn, item["id"], ["sales"], deps.clock())
        assert notifications.list_of(conn, ["sales"], unread=True) == []
