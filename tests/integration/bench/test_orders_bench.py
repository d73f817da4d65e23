"""The rival of the orders benchmark writes the rows that Sluice wrote, with ids of their own, on both databases."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, insert

from bench.endpoints import bare
from bench.endpoints import insert as inserting
from bench.rows import Pieces, plan, snapshot
from server.db.tables import metadata

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

ORDER_ID = "ord_0199aa00bb11c0ffee00c0ffee00c0ffee00"


def write_one_order(url: str, now: datetime) -> None:
    """Write rows as a commit does: an id, foreign mentions of it, an automatic number, bytes, JSON text."""
    tables, engine = metadata.tables, create_engine(url)
    key = f"{ORDER_ID}:order.accepted:erp"
    rows = {
        "outbox": {
            "id": "out_0199aa00bb11c0ffee00c0ffee00c0ffee00", "order_id": ORDER_ID, "event": "order.accepted",
            "destination": "erp", "idempotency_key": key, "payload": f'{{"order_id":"{ORDER_ID}"}}',
            "sealed": b"\x00\xff", "state": "waiting", "due_at": now, "created_at": now,
        },
        "audit": {
            "chain": ORDER_ID, "seq": 1, "action": "order_received", "actor": "system", "detail": "{}", "at": now,
            "prev_hash": "", "hash": "0" * 64,
        },
    }  # fmt: skip
    with engine.begin() as conn:
        for name, row in rows.items():
            conn.execute(insert(tables[name]).values(**row))
    engine.dispose()


def test_insert_endpoint_writes_the_same_rows_with_fresh_ids(database_url: str, tmp_path: Path, now: datetime) -> None:
    before = snapshot(database_url)
    write_one_order(database_url, now)
    captured = plan(before, snapshot(database_url))
    (tmp_path / "plan").write_bytes(pickle.dumps(captured))
    app = inserting(str(tmp_path / "plan"), database_url)
    for number in ("PO-1", "PO-2"):
        assert app.test_client().post("/v1/orders", json={"number": number}).status_code == 201
    app.extensions["close"]()
    rows = snapshot(database_url)
    more = {name: len(found) - len(before[name]) for name, found in rows.items() if len(found) > len(before[name])}
    assert more == {"outbox": 3, "audit": 3}
    assert len({row["order_id"] for row in rows["outbox"]} | {row["chain"] for row in rows["audit"]}) == 3
    for row in rows["outbox"]:
        assert row["idempotency_key"] == f"{row['order_id']}:order.accepted:erp"
        assert row["payload"] == f'{{"order_id":"{row["order_id"]}"}}'
        assert (row["sealed"], row["created_at"]) == (b"\x00\xff", now)


def test_plan_leaves_out_what_was_there_before(database_url: str, now: datetime) -> None:
    write_one_order(database_url, now)
    there = snapshot(database_url)
    assert plan(there, there) == []


def test_pieces_put_the_serial_wherever_the_id_stood() -> None:
    assert Pieces(("ord_", ":sent ord_", "")).with_serial("42") == "ord_42:sent ord_42"


def test_bare_endpoint_answers_201_and_refuses_what_is_no_json() -> None:
    client = bare().test_client()
    assert client.post("/v1/orders", json={"number": "PO-1"}).status_code == 201
    assert client.post("/v1/orders", data="{", content_type="application/json").status_code == 400
