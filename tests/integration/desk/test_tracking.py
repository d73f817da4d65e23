"""INT-04, NTF-08: tracks are fetched every 15 minutes for open parcels only, and only a change is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import insert
from werkzeug import Response

from adapters.channels.incoming import BadSignature
from orders.actor import SYSTEM
from orders.errors import NotFound
from server.config import Settings
from server.db import tables as t
from server.db.outlets import destinations, outbox, parcels
from server.db.outlets.destinations import Wanted
from server.desk.outlets import tracking
from tests.contract.test_tables_match_migrations import _order_row
from tests.integration.desk.conftest import Clock

if TYPE_CHECKING:
    from server.db.store import Store


@dataclass(frozen=True)
class Deps:
    store: Store
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)

    def wake(self) -> None:
        pass


class Tracker:
    """A fake that checks the signature for itself and answers by waybill."""

    def __init__(self, httpserver: Any) -> None:
        self.asked: list[str] = []
        self.told: dict[str, dict[str, Any]] = {}
        httpserver.expect_request("/poll/query.do").respond_with_handler(self.answer)
        self.url = httpserver.url_for("")

    def answer(self, request: Any) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()}
        good = hashlib.md5(f"{form['param']}k3y{form['customer']}".encode(), usedforsecurity=False).hexdigest().upper()
        param = json.loads(form["param"])
        assert param["com"] == "shunfeng"
        self.asked.append(param["num"])
        bad = {"result": False, "returnCode": "503", "message": "验证签名失败"}
        missing = {"result": False, "returnCode": "500", "message": "查询无结果"}
        value = self.told.get(param["num"], missing) if form["sign"] == good else bad
        return Response(json.dumps(value), content_type="application/json")

    def say(self, waybill: str, state: str, *texts: str) -> None:
        data = [{"context": text, "ftime": "2026-11-22 10:00:00"} for text in texts]
        self.told[waybill] = {"status": "200", "state": state, "data": data}


@pytest.fixture
def tracker(httpserver: Any) -> Tracker:
    return Tracker(httpserver)


@pytest.fixture
def deps(sqlite_store: Store, tracker: Tracker) -> Deps:
    made = Deps(sqlite_store)
    settings = {"customer": "cust", "carriers": "SF=shunfeng"}
    wanted = Wanted("快递100", "carrier.kuaidi100", tracker.url, settings, [], url=tracker.url, secrets=("k3y",))
    with made.store.db.write() as conn:
        destinations.put(conn, made.store, "track", wanted, actor=SYSTEM, now=made.clock())
    for name, state in (("ord_1", "shipped"), ("ord_2", "printed")):
        a_parcel(made, name, state)
    return made


def a_parcel(deps: Deps, order_id: str, state: str) -> None:
    now = deps.clock()
    plan = {"id": f"ful_{order_id}", "order_id": order_id, "position": 0, "state": state, "site": "gz", "why": []}
    own = {"carrier": "SF", "waybill": f"SF-{order_id}", "created_at": now, "updated_at": now}
    with deps.store.db.write() as conn:
        conn.execute(insert(t.orders), {**_order_row(now), "id": order_id, "natural_key": order_id, "state": state})
        conn.execute(insert(t.fulfilment_orders), {**plan, **own, "owner_id": "u", "org_id": "org_main"})


def told(deps: Deps) -> list[str]:
    with deps.store.db.read() as conn:
        rows = outbox.list_page(conn, destination="webhooks")
    return [json.loads(row["payload"])["state"] for row in reversed(rows)]


def test_INT_04_only_shipped_parcels_are_asked_for_and_every_15_minutes(deps: Deps, tracker: Tracker) -> None:
    tracker.say("SF-ord_1", "0", "已到达苏州")
    tracking.poll(deps)
    assert tracker.asked == ["SF-ord_1"]
    deps.clock.now += timedelta(minutes=14, seconds=59)
    tracking.poll(deps)
    assert len(tracker.asked) == 1
    deps.clock.now += timedelta(seconds=1)
    tracking.poll(deps)
    assert len(tracker.asked) == 2


def test_NTF_08_only_a_change_is_told_and_a_signed_parcel_is_left_alone(deps: Deps, tracker: Tracker) -> None:
    for state, texts in (("0", ["已揽收"]), ("0", ["已揽收"]), ("2", ["破损", "已揽收"]), ("3", ["已签收", "破损"])):
        tracker.say("SF-ord_1", state, *texts)
        tracking.poll(deps)
        deps.clock.now += timedelta(minutes=15)
    assert told(deps) == ["open", "exception", "signed"]
    tracking.poll(deps)
    assert len(tracker.asked) == 4


def test_INT_04_telephone_numbers_of_a_track_are_not_kept(deps: Deps, tracker: Tracker) -> None:
    tracker.say("SF-ord_1", "5", "派件员 张三 13800138000 正在派件，站点 0512-66668888")
    tracking.poll(deps)
    with deps.store.db.read() as conn:
        [parcel] = parcels.of_order(conn, "ord_1")
    assert parcel["nodes"][0]["text"] == "派件员 张三 *** 正在派件，站点 ***"


def test_INT_04_parcel_that_is_not_found_yet_is_asked_for_again(deps: Deps, tracker: Tracker) -> None:
    assert tracking.poll(deps) == 0
    with deps.store.db.read() as conn:
        assert parcels.of_order(conn, "ord_1")[0]["failures"] == 1
    deps.clock.now += timedelta(minutes=15)
    tracker.say("SF-ord_1", "1", "已揽收")
    assert tracking.poll(deps) == 1


def test_INT_04_of_two_processes_one_asks(deps: Deps) -> None:
    now = deps.clock()
    with deps.store.db.write() as conn:
        parcels.follow(conn, now)
        [parcel] = parcels.due(conn, now)
        assert parcels.claim(conn, parcel, now + timedelta(minutes=15))
        assert not parcels.claim(conn, parcel, now + timedelta(minutes=15))


def test_INT_04_without_a_tracker_nothing_is_asked(sqlite_store: Store) -> None:
    assert tracking.poll(Deps(sqlite_store)) == 0


# --- the platform's own calls ----------------------------------------------------------------------------------------


def called(state: str, *texts: str, at: str = "2026-11-22 10:00:00", waybill: str = "SF-ord_1") -> tuple[str, str]:
    data = [{"context": text, "ftime": at} for text in texts]
    last = {"com": "shunfeng", "nu": waybill, "state": state, "data": data}
    param = json.dumps({"status": "polling", "lastResult": last}, ensure_ascii=False)
    return param, hashlib.md5(f"{param}sa1t".encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture
def salted(deps: Deps, tracker: Tracker) -> Deps:
    """The tracker with a salt and an address for calls."""
    settings = {"customer": "cust", "carriers": "SF=shunfeng", "phone": "13900139000", "callback_url": "https://s/v1"}
    wanted = Wanted("快递100", "carrier.kuaidi100", tracker.url, settings, [], url=tracker.url, secrets=("k3y", "sa1t"))
    with deps.store.db.write() as conn:
        destinations.put(conn, deps.store, "track", wanted, actor=SYSTEM, now=deps.clock())
    return deps


def test_INT_04_signed_call_moves_the_parcel_once_however_often_it_comes(salted: Deps) -> None:
    param, sign = called("0", "已揽收")
    assert [tracking.hear(salted, "track", param, sign) for _ in range(3)] == [True, False, False]
    assert told(salted) == ["open"]
    assert tracking.hear(salted, "track", *called("3", "已签收", "已揽收", at="2026-11-22 12:00:00"))
    assert told(salted) == ["open", "signed"]


def test_INT_04_call_that_was_overtaken_changes_nothing(salted: Deps) -> None:
    tracking.hear(salted, "track", *called("3", "已签收", at="2026-11-22 12:00:00"))
    assert not tracking.hear(salted, "track", *called("0", "已揽收", at="2026-11-22 11:59:59"))
    assert told(salted) == ["signed"]


@pytest.mark.parametrize("damage", ["sign", "param", "no_salt"])
def test_INT_04_call_that_is_not_the_platforms_is_refused(
    salted: Deps, deps: Deps, tracker: Tracker, damage: str
) -> None:
    param, sign = called("3", "已签收")
    if damage == "no_salt":
        wanted = Wanted(
            "快递100", "carrier.kuaidi100", "", {"customer": "c", "carriers": ""}, [], url="", secrets=("k3y",)
        )
        with deps.store.db.write() as conn:
            destinations.put(conn, deps.store, "track", wanted, actor=SYSTEM, now=deps.clock())
        sign = hashlib.md5(param.encode(), usedforsecurity=False).hexdigest()
    told_wrong = {"sign": (param, "0" * 32), "param": (param.replace("签", "揽"), sign), "no_salt": (param, sign)}
    with pytest.raises(BadSignature):
        tracking.hear(salted, "track", *told_wrong[damage])
    assert told(salted) == []


def test_INT_04_call_of_a_parcel_that_is_none_of_ours_is_passed_over(salted: Deps) -> None:
    assert not tracking.hear(salted, "track", *called("3", "已签收", waybill="SF0000"))
    with pytest.raises(NotFound):
        tracking.hear(salted, "nobody", *called("3", "已签收"))


def test_INT_04_parcel_is_subscribed_to_once_where_an_address_is_named(salted: Deps, httpserver: Any) -> None:
    asked: list[dict[str, Any]] = []

    def subscribed(request: Any) -> Response:
        asked.append(json.loads(parse_qs(request.get_data(as_text=True))["param"][0]))
        return Response('{"result":true,"returnCode":"200"}', content_type="application/json")

    httpserver.expect_request("/poll").respond_with_handler(subscribed)
    tracking.poll(salted)  # not found yet: asked again, subscribed again, which the platform takes as one
    salted.clock.now += timedelta(minutes=15)
    tracking.poll(salted)
    assert [item["number"] for item in asked] == ["SF-ord_1", "SF-ord_1"]
    told_back = {"callbackurl": "https://s/v1", "salt": "sa1t", "phone": "13900139000"}
    assert (asked[0]["company"], asked[0]["key"], asked[0]["parameters"]) == ("shunfeng", "k3y", told_back)


def test_INT_04_subscription_that_is_refused_does_not_stop_the_asking(
    salted: Deps, tracker: Tracker, httpserver: Any
) -> None:
    httpserver.expect_request("/poll").respond_with_data(
        '{"result":false,"returnCode":"702","message":"POLL:识别不到"}'
    )
    tracker.say("SF-ord_1", "0", "已揽收")
    assert tracking.poll(salted) == 1
    assert told(salted) == ["open"]
