"""Rows of the rules' work on both databases: bundles that decide, changes, pauses, shadows, holds by day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from orders.errors import Conflict, NotFound, Refused
from server.db import audit
from server.db import tables as t
from server.db.order import decisions
from server.db.rulework import bundles, rule_changes, rule_hits, rule_pauses
from server.db.rulework.rule_changes import Author, ChangeState
from tests.integration.db.world import found_company, make_order, place

if TYPE_CHECKING:
    from datetime import datetime

    from server.db.store import Store

OLD, NEW, PAUSED = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def kept(store: Store, now: datetime) -> Store:
    with store.db.write() as conn:
        for name, text in ((OLD, "old"), (NEW, "new"), (PAUSED, "paused")):
            bundles.put(conn, name, {"f.yaml": text}, actor="x", now=now)
        bundles.set_base(conn, PAUSED, NEW)
        bundles.publish(conn, OLD, actor="x", now=now, reason="first")
    return store


def test_one_bundle_is_live_and_at_most_one_is_a_canary(kept: Store, now: datetime) -> None:
    with kept.db.write() as conn:
        bundles.set_canary(conn, NEW, 10)
        assert bundles.standing(conn) == bundles.Standing(OLD, NEW, 10)
        bundles.set_canary(conn, PAUSED, 20)
        assert bundles.standing(conn) == bundles.Standing(OLD, PAUSED, 20)
        bundles.set_canary(conn, OLD, 30)  # what is live is no canary
        assert bundles.standing(conn) == bundles.Standing(OLD, None, 0)
        bundles.publish(conn, NEW, actor="x", now=now, reason="r", more={"source": NEW, "previous": OLD})
        assert bundles.standing(conn) == bundles.Standing(NEW, None, 0)
    with pytest.raises(IntegrityError), kept.db.write() as conn:
        conn.execute(update(t.rule_bundles).where(t.rule_bundles.c.hash == OLD).values(state="live"))


def test_authors_start_from_the_live_bundle_without_its_pauses(kept: Store, now: datetime) -> None:
    with kept.db.write() as conn:
        assert bundles.live_source(conn) == OLD
        bundles.publish(conn, PAUSED, actor="x", now=now, reason="pause")
        assert (bundles.live(conn), bundles.live_source(conn)) == (PAUSED, NEW)
        bundles.put(conn, PAUSED, {"f.yaml": "paused"}, actor="y", now=now)  # keeping it again forgets nothing
        assert bundles.live_source(conn) == NEW
        assert [entry["detail"]["bundle"] for entry in bundles.publications(conn)] == [OLD, PAUSED]
        assert (bundles.was_live(conn, OLD), bundles.was_live(conn, NEW)) == (True, False)
        with pytest.raises(NotFound):
            bundles.source(conn, "d" * 64)


def test_a_backtest_in_the_trail_of_the_rules_is_no_publication(kept: Store, now: datetime) -> None:
    with kept.db.write() as conn:
        before = bundles.publications(conn)
        begun = audit.Entry("backtest_started", "usr_risk", {"backtest_id": "bt_1"})
        audit.record(conn, bundles.CHAIN, begun, now)
        assert bundles.publications(conn) == before


def test_a_change_is_saved_by_its_version_and_gives_every_file(kept: Store, now: datetime) -> None:
    with kept.db.write() as conn:
        change_id = rule_changes.add(conn, Author("usr_1", "t"), OLD, {"g.yaml": "g", "f.yaml": None}, now)
        assert rule_changes.files_of(conn, change_id) == {"g.yaml": "g"}
        change = rule_changes.get(conn, change_id)
        saved = rule_changes.save(conn, change, {"state": "tested", "report": {"passed": True}}, now)
        assert (saved["version"], saved["report"]) == (2, {"passed": True})
        assert [row["id"] for row in rule_changes.in_state(conn, (ChangeState.TESTED,))] == [change_id]
    with pytest.raises(Conflict), kept.db.write() as conn:
        rule_changes.save(conn, change, {"state": "live"}, now)


def test_what_a_shadow_found_is_stored_once_for_its_cursor(kept: Store, now: datetime) -> None:
    named: dict[str, Any] = {"decision_id": "dec_1", "order_id": "ord_1", "number": "1", "kinds": ",hold,"}
    flip = {**named, "currency": "CNY", "payable_fen": 100, "old": {}, "new": {}, "at": now}
    with kept.db.write() as conn:
        change_id = rule_changes.add(conn, Author("usr_1", "t"), OLD, {}, now)
        rule_changes.set_shadow(conn, change_id, on=True, cursor=decisions.last_id(now))
        change = rule_changes.shadows(conn)[0]
        assert rule_changes.add_shadowed(conn, change, "dec_1", 3, [{**flip, "change_id": change_id}])
        assert not rule_changes.add_shadowed(conn, change, "dec_1", 3, [{**flip, "change_id": change_id}])
        assert rule_changes.get(conn, change_id)["shadow_judged"] == 3
        assert [row["number"] for row in rule_changes.flips(conn, change_id)] == ["1"]
        rule_changes.set_shadow(conn, change_id, on=True, cursor="x")
        assert rule_changes.flips(conn, change_id) == []


def test_a_rule_is_paused_once_at_a_time(kept: Store, now: datetime) -> None:
    until = now + timedelta(hours=1)
    with kept.db.write() as conn:
        rule_pauses.begin(conn, "R-1", actor="x", reason="r", now=now, until=until)
    with pytest.raises(Refused), kept.db.write() as conn:
        rule_pauses.begin(conn, "R-1", actor="y", reason="r", now=now, until=until)
    with kept.db.write() as conn:
        assert [row["rule"] for row in rule_pauses.running(conn)] == ["R-1"]
        assert rule_pauses.over(conn, until - timedelta(seconds=1)) == []
        assert rule_pauses.over(conn, until) == ["R-1"]
        assert rule_pauses.end(conn, "R-1", actor="x", now=until)
        assert not rule_pauses.end(conn, "R-1", actor="x", now=until)
        rule_pauses.begin(conn, "R-1", actor="x", reason="r", now=until, until=until + timedelta(hours=1))


def test_holds_are_counted_by_rule_and_day(store: Store, now: datetime) -> None:
    found_company(store)
    order_id = place(store, make_order("H-1")).order_id
    row = {"order_id": order_id, "code": "X", "gate": "approve", "severity": "blocking", "state": "active"}
    row |= {"who": [], "message": {}, "release_options": [], "decision_id": "dec_x", "owner_id": "o", "org_id": "g"}
    days = (("h1", "R-1", 0), ("h2", "R-1", 0), ("h3", "R-1", 13), ("h4", "R-1", 14), ("h5", "R-2", 1))
    with store.db.write() as conn:
        for name, rule, ago in days:
            conn.execute(insert(t.holds), {**row, "id": name, "rule": rule, "created_at": now - timedelta(days=ago)})
        found = rule_hits.hits(conn, now)
    assert (found["R-1"][0], found["R-1"][13], sum(found["R-1"])) == (1, 2, 3)
    assert found["R-2"][12] == 1
