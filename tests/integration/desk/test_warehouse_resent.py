"""DUP-05: an instruction that is sent to the warehouse again never becomes a second order there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from werkzeug import Response

from adapters.message import Message, Target
from adapters.registry import KINDS
from adapters.wms import database
from orders.errors import TransportError

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ORDER = {"ship_to": {"address": {"text": "星湖街328号"}}, "lines": [{"line_no": 1, "sku": "A-1001", "quantity": "60"}]}


def message(event: str = "order.accepted", order_id: str = "ord_1", attempt: int = 1) -> Message:
    """Every attempt is a message of its own, as after a replay by hand; the order is the same."""
    body = {"event": event, "order_id": order_id, "number": "W-1", "fulfilments": [], "order": ORDER}
    return Message(f"out_{attempt}", event, order_id, f"key-{attempt}", AT, json.dumps(body).encode())


def test_DUP_05_a_warehouse_that_took_it_and_failed_to_say_so_knows_it_by_its_number(httpserver: HTTPServer) -> None:
    orders: dict[str, Any] = {}
    answers = iter((500, 504, 200, 200))

    def take(request: Any) -> Response:
        told = request.get_json()
        orders.setdefault(told["instruction"], told)
        return Response('{"reference": "WMS-7"}', status=next(answers), content_type="application/json")

    httpserver.expect_request("/instructions").respond_with_handler(take)
    deliver, target = KINDS["wms.http"].make(lambda: AT), Target(httpserver.url_for(""))
    for attempt in (1, 2):
        with pytest.raises(TransportError) as lost:
            deliver(message(attempt=attempt), target, ("s3cret",))
        assert not lost.value.permanent
    assert deliver(message(attempt=3), target, ("s3cret",)).reference == "WMS-7"
    assert len(orders) == 1
    deliver(message(order_id="ord_2", attempt=4), target, ("s3cret",))
    assert len(orders) == 2


def test_DUP_05_an_old_systems_tables_hold_one_order_however_often_it_comes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    database.make_tables(url)
    deliver, target = KINDS["wms.database"].make(lambda: AT), Target(url)
    for attempt in (1, 2):
        deliver(message(attempt=attempt), target, ("",))
    deliver(message("order.cancelled", attempt=3), target, ("",))
    deliver(message(attempt=4), target, ("",))  # a late copy brings nothing back to life
    with database.engine(url, "").connect() as conn:
        heads, lines = (conn.execute(select(table)).mappings().all() for table in (database.heads, database.lines))
    database.engine(url, "").dispose()
    assert ([head["state"] for head in heads], len(lines)) == (["cancelled"], 1)
