"""The trail is append-only and says so; cursors, repeated calls, erasure, readers that cannot write."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from orders.actor import SYSTEM
from orders.errors import SenderError
from server.commit import commit
from server.db import audit, idempotency, master, originals
from server.db import tables as t
from server.db.idempotency import IdempotencyKey, InFlight, Mismatch, Replay
from server.db.order import decisions, erasure, orders
from server.db.order.orders import Filter
from server.db.vault import Erased
from tests.integration.db.world import (
    NOW,
    arrival_of,
    attempt_of,
    context_of,
    found_company,
    make_order,
    one,
    place,
    rows,
)


def tamper(store, statement):
    with store.db.write() as conn:
        conn.execute(text(statement))


def broken(store):
    with store.db.read() as conn:
        return audit.verify_all(conn)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody' WHERE seq = 1 AND action = 'order_received'",
        "UPDATE audit SET detail = '{}' WHERE action = 'order_decided'",
        "DELETE FROM audit WHERE action = 'order_received'",
        "UPDATE audit SET seq = 3 WHERE action = 'order_decided'",
        "UPDATE audit SET prev_hash = 'x' WHERE action = 'order_decided'",
    ],
)
def test_SEC_05_a_changed_or_missing_entry_is_found(store, statement) -> None:
    found_company(store)
    done = place(store, make_order())
    assert broken(store) == []
    tamper(store, statement)
    assert [item.chain for item in broken(store)] == [done.order_id]


def test_SEC_05_a_chain_cut_at_its_end_is_found_by_the_seal(store) -> None:
    found_company(store)
    place(store, make_order())
    assert audit.seal_heads(store.db, NOW) > 0
    assert audit.seal_heads(store.db, NOW) == 0
    assert broken(store) == []
    tamper(store, "DELETE FROM audit WHERE action = 'order_decided'")
    assert [item.why for item in broken(store)] == ["the end was cut off"]


def test_SEC_05_a_chain_that_was_forged_whole_is_found_by_the_seal(sqlite_store) -> None:
    found_company(sqlite_store)
    done = place(sqlite_store, make_order())
    audit.seal_heads(sqlite_store.db, NOW)
    with sqlite_store.db.write() as conn:
        prev_hash = audit.GENESIS
        for row in audit.of(conn, done.order_id):
            entry = audit.Entry(row["action"], "somebody", {}, row["request_id"])
            forged = audit.link(done.order_id, row["seq"], prev_hash, entry, row["at"])
            conn.execute(t.audit.update().where(t.audit.c.chain == row["chain"], t.audit.c.seq == row["seq"]), forged)
            prev_hash = forged["hash"]
    assert [item.why for item in broken(sqlite_store)] == ["the sealed entry was replaced"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_seals WHERE id = 1",
        "UPDATE audit_seals SET id = 3 WHERE id = 2",
        "UPDATE audit_seals SET heads = '[]' WHERE id = 1",
        "UPDATE audit_seals SET root = 'x' WHERE id = 2",
        "UPDATE audit_seals SET prev_hash = 'x' WHERE id = 2",
        "UPDATE audit_seals SET hash = 'x' WHERE id = 2",
    ],
)
def test_SEC_05_a_changed_seal_is_found(sqlite_store, statement) -> None:
    found_company(sqlite_store)
    audit.seal_heads(sqlite_store.db, NOW)
    place(sqlite_store, make_order())
    audit.seal_heads(sqlite_store.db, NOW + timedelta(seconds=1))
    assert broken(sqlite_store) == []
    tamper(sqlite_store, statement)
    assert [item.chain for item in broken(sqlite_store)] == ["seals"]


def test_SEC_05_the_trail_holds_no_personal_data(store) -> None:
    found_company(store)
    place(store, make_order())
    told = str(rows(store, "SELECT * FROM audit")) + str(rows(store, "SELECT payload FROM outbox"))
    for secret in ("13800138000", "张总", "王工", "星湖街", "zhang@"):
        assert secret not in told


def test_SEC_07_an_order_lies_sealed(store) -> None:
    found_company(store)
    done = place(store, make_order())
    queries = ("SELECT * FROM orders", "SELECT * FROM decisions", "SELECT * FROM originals", "SELECT * FROM holds")
    told = "".join(str(rows(store, query)) for query in queries)
    for secret in ("13800138000", "张总", "王工", "星湖街"):
        assert secret not in told
        assert secret.encode().hex() not in told
    with store.db.read() as conn:
        assert orders.get(conn, store, done.order_id, SYSTEM).order == make_order()
        assert b"13800138000" in decisions.facts(conn, store, done.decision.id)
        [row] = conn.execute(text("SELECT original_id FROM orders")).all()
        assert originals.fetch(conn, store, row.original_id).data == arrival_of(make_order()).data


def test_SEC_07_erasure_forgets_the_person_and_keeps_the_decision(store) -> None:
    found_company(store)
    done = place(store, make_order())
    assert erasure.erase_customer(store, "C-1", actor=SYSTEM, reason="要求删除", now=NOW) >= 1
    with store.db.read() as conn:
        with pytest.raises(Erased):
            orders.get(conn, store, done.order_id, SYSTEM)
        with pytest.raises(Erased):
            decisions.facts(conn, store, done.decision.id)
        row = decisions.get(conn, done.decision.id)
        with pytest.raises(Erased):
            master.get(conn, store, "customers", "C-1")
    assert row["body_hash"] == done.decision.body_hash
    assert context_of(store, make_order("PO-2")).customer is None
    assert rows(store, "SELECT phone_hash, buyer_masked FROM orders") == [{"phone_hash": None, "buyer_masked": None}]
    assert broken(store) == []


def test_a_large_original_is_a_sealed_file_and_comes_back(store) -> None:
    found_company(store)
    data = b"%PDF" + bytes(range(256)) * 8192
    arrival = arrival_of(make_order())
    commit(store, replace(arrival, data=data), attempt_of(store, make_order()), now=NOW)
    [row] = rows(store, "SELECT id, path, sealed, size FROM originals")
    assert row["sealed"] is None
    assert row["size"] == len(data)
    assert b"%PDF" not in (store.data_dir / row["path"]).read_bytes()
    with store.db.read() as conn:
        assert originals.fetch(conn, store, row["id"]).data == data


def test_pages_show_every_order_once_newest_first(store) -> None:
    found_company(store)
    placed = [place(store, make_order(f"PO-{n}", issued_at=NOW + timedelta(hours=n))).order_id for n in range(7)]
    seen, after = [], None
    while True:
        with store.db.read() as conn:
            page = orders.list_page(conn, SYSTEM, Filter(), limit=3, after=after)
        seen += [row["id"] for row in page.rows]
        after = page.next_cursor
        if not page.has_more:
            break
    assert sorted(seen) == sorted(placed)
    assert len(seen) == 7


def cursor(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


FOREIGN = [
    "x",
    "é",
    cursor({}),
    cursor([1]),
    cursor(["2026-01-01T00:00:00", "x"]),
    cursor([1e400, "x"]),
    cursor([True, "x"]),
    cursor(["2026-01-01T00:00:00Z", "a\0"]),
    cursor(["2026-01-01T00:00:00Z", 7]),
    base64.urlsafe_b64encode(b"[" * 9000).decode(),
]


@pytest.mark.parametrize("after", FOREIGN, ids=range(len(FOREIGN)))
def test_a_foreign_cursor_is_refused(store, after) -> None:
    with store.db.read() as conn, pytest.raises(SenderError) as refused:
        orders.list_page(conn, SYSTEM, Filter(), after=after)
    assert refused.value.code == "bad_cursor"


def test_orders_are_found_by_number_state_customer_hold_and_text(store) -> None:
    found_company(store)
    place(store, make_order("PO-17"))

    def found(**wanted):
        with store.db.read() as conn:
            return len(orders.list_page(conn, SYSTEM, Filter(**wanted)).rows)

    assert (
        found(number="PO-17")
        == found(state="routing")
        == found(customer="C-1")
        == found(q="O-1")
        == found(q="恒力")
        == 1
    )
    assert found(number="PO") == found(state="split") == found(customer="C-2") == found(hold="any") == found(q="%") == 0


KEY = IdempotencyKey("key_1", "abc", "f1")


def test_a_key_is_free_then_claimed_then_answers_and_refuses_other_content(store) -> None:
    def ask(key=KEY, now=NOW):
        with store.db.read() as conn:
            return idempotency.lookup(conn, store, key, now)

    assert ask() is None
    with store.db.write() as conn:
        assert idempotency.claim(conn, store, KEY, NOW) is None
    assert ask() == InFlight()
    assert ask(now=NOW + idempotency.LEASE + timedelta(seconds=1)) is None
    with store.db.write() as conn:
        assert idempotency.claim(conn, store, KEY, NOW) == InFlight()
        idempotency.finish(conn, store, KEY, Replay(201, b"{}"), NOW)
    assert ask() == Replay(201, b"{}")
    assert ask(IdempotencyKey("key_1", "abc", "f2")) == Mismatch()
    assert ask(IdempotencyKey("key_2", "abc", "f1")) is None
    with store.db.write() as conn:
        assert idempotency.forget_old(conn, NOW + idempotency.KEPT + timedelta(seconds=1)) == 1


def test_what_ends_one_key_ends_no_other(sqlite_store) -> None:
    others = [IdempotencyKey("key_1", "other", "f1"), IdempotencyKey("key_2", "abc", "f1")]
    with sqlite_store.db.write() as conn:
        for key in (KEY, *others):
            idempotency.claim(conn, sqlite_store, key, NOW)
        idempotency.finish(conn, sqlite_store, KEY, Replay(201, b"{}"), NOW)
        idempotency.abandon(conn, KEY, NOW)  # too late: it has answered
        assert idempotency.lookup(conn, sqlite_store, KEY, NOW) == Replay(201, b"{}")
        late = NOW + idempotency.LEASE + timedelta(seconds=1)
        assert idempotency.claim(conn, sqlite_store, others[0], late) is None
        assert [idempotency.lookup(conn, sqlite_store, key, NOW) for key in others] == [InFlight(), InFlight()]
        assert idempotency.forget_old(conn, NOW + idempotency.KEPT) == 0
        week = NOW + idempotency.KEPT
        assert idempotency.claim(conn, sqlite_store, KEY, week) == Replay(201, b"{}")
        assert idempotency.claim(conn, sqlite_store, KEY, week + timedelta(seconds=1)) is None


def test_a_refused_command_frees_its_key(store) -> None:
    with store.db.write() as conn:
        idempotency.claim(conn, store, KEY, NOW)
        idempotency.abandon(conn, KEY, NOW)
        assert idempotency.claim(conn, store, KEY, NOW) is None


def test_a_reader_cannot_write(store) -> None:
    found_company(store)
    with pytest.raises(DBAPIError), store.db.read() as conn:
        conn.execute(text("DELETE FROM credit_accounts"))
    assert one(store, "SELECT count(*) FROM credit_accounts") == 1


def test_a_block_that_raises_writes_nothing(store) -> None:
    def fail():
        with store.db.write() as conn:
            conn.execute(text("INSERT INTO audit_heads (chain, seq, hash) VALUES ('x', 1, 'y')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert one(store, "SELECT count(*) FROM audit_heads") == 0
