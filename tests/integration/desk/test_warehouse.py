"""INT-01, INT-08: instructions to warehouses over HTTP and over an old system's tables; write-back moves the order."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text
from werkzeug import Response

from adapters.message import Message, Target
from adapters.registry import KINDS
from adapters.wms import database
from orders.actor import SYSTEM, Role
from orders.errors import Conflict, NotFound, TransportError
from server.db import tables as t
from server.db.order import orders as stored_orders
from server.db.outlets import destinations, shipments
from server.db.outlets.destinations import Wanted
from server.desk.outlets import warehouse
from tests.integration.desk.conftest import actor, order, send

if TYPE_CHECKING:
    from pathlib import Path

    from server.db.store import Store
    from server.deps import Deps

Json = dict[str, Any]
AT = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
KEEPER = actor(Role.PRODUCTION)


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def told(reference: str, *lines: tuple[str, str, str], **more: Any) -> Json:
    parts = [{"sku": sku, "quantity": quantity, "lot": lot} for sku, quantity, lot in lines]
    base = {"reference": reference, "site": "广州", "carrier": "SF", "waybill": "SF1234567890123", "shipped_at": AT}
    return {**base, "lines": parts, **more}


@pytest.fixture
def placed(deps: Deps) -> str:
    made = send(deps, order("W-1", ("A-1001", "60"), ("A-1003", "2")))
    assert made.state == "routing", made.holds
    return str(made.order_id)


def ship_node(deps: Deps, order_id: str) -> Json:
    with deps.store.db.read() as conn:
        return next(row for row in stored_orders.nodes(conn, order_id) if row["node"] == "ship")


def test_INT_01_write_back_ships_the_order_at_the_warehouses_time(deps: Deps, placed: str) -> None:
    found = warehouse.report(deps, KEEPER, "wms", "W-1", told("S1", ("A-1001", "60", "L1"), ("A-1003", "2", "L2")))
    assert (found["order_id"], found["state"], found["left"], found["new"]) == (placed, "shipped", {}, True)
    assert ship_node(deps, placed)["started_at"] == AT
    with deps.store.db.read() as conn:
        [plan] = stored_orders.fulfilments(conn, placed)
        [kept] = shipments.of_order(conn, placed)
    assert (plan["carrier"], plan["waybill"]) == ("SF", "SF1234567890123")
    assert [line["lot"] for line in kept["lines"]] == ["L1", "L2"]


def test_INT_01_part_of_the_goods_moves_nothing_until_the_rest_is_out(deps: Deps, placed: str) -> None:
    first = warehouse.report(deps, KEEPER, "wms", placed, told("S1", ("A-1001", "59", "L1"), ("A-1003", "2", "L2")))
    assert (first["state"], first["left"]) == ("routing", {"A-1001": 1_000_000})
    rest = warehouse.report(deps, KEEPER, "wms", placed, told("S2", ("A-1001", "1", "L9")))
    assert (rest["state"], rest["left"]) == ("shipped", {})


def test_INT_01_same_report_again_changes_nothing_and_another_under_its_number_is_refused(deps, placed) -> None:
    full = told("S1", ("A-1001", "60", "L1"), ("A-1003", "2", "L2"))
    warehouse.report(deps, KEEPER, "wms", placed, full)
    again = warehouse.report(deps, KEEPER, "wms", placed, full)
    assert (again["state"], again["new"]) == ("shipped", False)
    with pytest.raises(Conflict):
        warehouse.report(deps, KEEPER, "wms", placed, told("S1", ("A-1001", "61", "L1")))
    with deps.store.db.read() as conn:
        assert len(shipments.of_order(conn, placed)) == 1


def test_INT_01_report_of_an_order_that_is_not_there_is_refused(deps: Deps, placed: str) -> None:
    with pytest.raises(NotFound):
        warehouse.report(deps, KEEPER, "wms", "W-9", told("S1", ("A-1001", "1", "L1")))


ACCEPTED = {
    "event": "order.accepted", "order_id": "ord_1", "number": "W-1", "fulfilments": [{"site": "广州", "carrier": "SF"}],
    "order": {
        "ship_to": {"contact": {"name": "王工", "phone": "13900139000"}, "address": {"text": "星湖街328号"}},
        "lines": [{"line_no": 1, "sku": "A-1001", "quantity": "60"}, {"line_no": 2, "sku": "A-1003", "quantity": "2"}],
    },
}  # fmt: skip


def message(value: Json) -> Message:
    return Message("out_1", value["event"], "ord_1", "key-1", AT, json.dumps(value).encode())


def test_INT_01_instruction_is_signed_and_has_one_number_for_ever(httpserver) -> None:
    seen: list[Json] = []

    def take(request):
        good = hmac.new(b"s3cret", request.get_data(), hashlib.sha256).hexdigest()
        assert request.headers["X-Signature"] == f"sha256={good}"
        seen.append({"path": request.path, "key": request.headers["Idempotency-Key"], **request.get_json()})
        return Response('{"reference": "WMS-7"}', content_type="application/json")

    for path in ("/instructions", "/cancellations"):
        httpserver.expect_request(path).respond_with_handler(take)
    deliver, target = KINDS["wms.http"].make(lambda: AT), Target(httpserver.url_for(""))
    assert deliver(message(ACCEPTED), target, ("s3cret",)).reference == "WMS-7"
    deliver(message({**ACCEPTED, "event": "order.cancelled"}), target, ("s3cret",))
    assert [one["path"] for one in seen] == ["/instructions", "/cancellations"]
    assert seen[0]["instruction"] == seen[1]["instruction"]
    assert seen[0]["fulfilments"] == ACCEPTED["fulfilments"]
    with pytest.raises(TransportError) as by_hand:
        deliver(message({**ACCEPTED, "event": "order.changed"}), target, ("s3cret",))
    assert by_hand.value.code == "by_hand"


VIEW = """CREATE VIEW sluice_shipped AS
SELECT 'S1' reference, :order_id order_id, '广州' site, 'SF' carrier, 'SF1234567890123' waybill,
  '2026-11-22 07:30:00' shipped_at, 'A-1001' sku, '60' quantity, 'L1' lot
UNION ALL SELECT 'S1', :order_id, '广州', 'SF', 'SF1234567890123', '2026-11-22 07:30:00', 'A-1003', '2', 'L2'
UNION ALL SELECT 'S2', 'ord_unknown', '广州', 'SF', 'X', 'nonsense', 'A-1003', '2', 'L2'"""


@pytest.fixture
def old(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    database.make_tables(url)
    yield url
    database.engine(url, "").dispose()


def rows(url: str, table: Any) -> list[Json]:
    with database.engine(url, "").connect() as conn:
        return [dict(row) for row in conn.execute(select(table)).mappings()]


def test_INT_08_old_system_gets_its_rows_once_and_hears_of_a_cancellation(old: str) -> None:
    deliver, target = KINDS["wms.database"].make(lambda: AT), Target(old)
    first, again = deliver(message(ACCEPTED), target, ("",)), deliver(message(ACCEPTED), target, ("",))
    assert first.reference == again.reference
    [head] = rows(old, database.heads)
    assert (head["order_number"], head["phone"], head["state"]) == ("W-1", "13900139000", "new")
    assert [(line["sku"], line["quantity"]) for line in rows(old, database.lines)] == [
        ("A-1001", "60"),
        ("A-1003", "2"),
    ]
    deliver(message({**ACCEPTED, "event": "order.cancelled"}), target, ("",))
    assert [row["state"] for row in rows(old, database.heads)] == ["cancelled"]


def test_INT_08_view_of_the_old_system_ships_the_order_and_a_wrong_row_stops_nobody(deps, placed, old) -> None:
    with database.engine(old, "").begin() as conn:
        conn.execute(text(VIEW.replace(":order_id", f"'{placed}'")))
    wanted = Wanted("老仓", "wms.database", old, {}, [], url=old, secrets=("",))
    with deps.store.db.write() as conn:
        destinations.put(conn, deps.store, "old", wanted, actor=SYSTEM, now=deps.clock())
    assert warehouse.poll(deps) == 1
    assert ship_node(deps, placed)["started_at"] == AT
    assert warehouse.poll(deps) == 0
    with deps.store.db.read() as conn:
        assert conn.execute(select(t.orders.c.state).where(t.orders.c.id == placed)).scalar() == "shipped"


def test_INT_08_database_that_is_down_is_tried_again_and_says_no_password(tmp_path: Path) -> None:
    closed = "postgresql+psycopg://wms@127.0.0.1:9/wms?connect_timeout=2"
    for url, password in ((f"sqlite:///{tmp_path / 'missing' / 'old.db'}", ""), (closed, "pass-word-1")):
        with pytest.raises(TransportError) as down:
            KINDS["wms.database"].make(lambda: AT)(message(ACCEPTED), Target(url), (password,))
        assert (down.value.permanent, down.value.code) == (False, "unreachable")
        assert "pass-word-1" not in down.value.message_en
    with pytest.raises(TransportError) as wrong:
        database.shipped("no address", "")
    assert wrong.value.permanent
