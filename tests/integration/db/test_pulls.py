"""What is forgotten of pulled channels: old notes, and none that reading, counting or a later change may ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from server.db.doors import pulls
from server.db.doors.pulls import KEPT_ORDERS, KEPT_PASSED, Mark
from tests.conftest import START

if TYPE_CHECKING:
    from server.db.store import Store

SECOND = timedelta(seconds=1)


def noted(store: Store, number: str, seen: datetime, *, state: str = "taken", ours: bool = True) -> None:
    mark = Mark(number, seen.isoformat(), seen, state, "order" if ours else "gone", "doc_1" if ours else None)
    with store.db.write() as conn:
        pulls.note(conn, "shop", mark, seen)


def left(store: Store) -> set[str]:
    with store.db.read() as conn:
        return {mark.external_id for mark in pulls.known(conn, "shop", [*"abcdefgh"])}


def test_old_notes_go_and_those_still_needed_stay(store: Store) -> None:
    now = START + timedelta(days=1000)
    with store.db.write() as conn:
        pulls.set_up(conn, "shop", {}, since=now - SECOND, now=now)
    noted(store, "a", now - KEPT_PASSED, ours=False, state="passed")
    noted(store, "b", now - KEPT_PASSED - SECOND, ours=False, state="passed")
    noted(store, "c", now - KEPT_ORDERS)
    noted(store, "d", now - KEPT_ORDERS - SECOND)
    noted(store, "e", now - KEPT_ORDERS - SECOND, state="stored")  # not taken yet
    with store.db.write() as conn:
        pulls.ask_for(conn, "shop", ["f", "g"], now - KEPT_PASSED - SECOND)
        pulls.answered(conn, "shop", "f", "read", now - KEPT_PASSED - SECOND)
        assert pulls.forget_old(conn, now) == 3
    assert left(store) == {"a", "c", "e", "g"}  # g is still asked for


def test_nothing_goes_that_lies_before_where_a_channel_stands(sqlite_store: Store) -> None:
    now = START + timedelta(days=1000)
    old = now - KEPT_ORDERS - timedelta(days=1)
    with sqlite_store.db.write() as conn:
        pulls.set_up(conn, "shop", {}, since=old, now=now)  # paused for long: its cursor stands there
    noted(sqlite_store, "a", old)
    noted(sqlite_store, "b", old - SECOND)
    with sqlite_store.db.write() as conn:
        assert pulls.forget_old(conn, now) == 1
    assert left(sqlite_store) == {"a"}
