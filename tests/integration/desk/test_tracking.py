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

from orders.actor import SYSTEM
from server.config import Settings
from server.db import destinations, outbox, parcels
from server.db import tables as t
from server.db.destinations import Wanted
from server.desk import tracking
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
