"""U3: after an erasure every decision still comes out of what is left, and what is left tells of nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from orders.actor import SYSTEM, Role
from rules.bundle import load_bundle
from rules.decide import decide_json, open_facts
from rules.forget import can_judge, is_without_person, without_person
from server import evidence, verifying
from server.db import audit
from server.db.order import atoms, decisions, erasure
from server.db.rulework import bundles
from server.db.tables import decisions as table
from server.desk import holds as hold_desk
from server.desk.rulework.replay import replay_order
from tests.integration.desk.conftest import actor, order, send

if TYPE_CHECKING:
    from pathlib import Path

    from server.deps import Deps

PICKUP = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"


@pytest.fixture
def store(sqlite_store):
    return sqlite_store


@pytest.fixture
def erased(deps: Deps, clock) -> str:
    """An order that RSK-02 held for its address and a person released; its customer is forgotten then."""
    live = deps.engine.bundle
    with deps.store.db.write() as conn:
        bundles.put(conn, live.hash, live.files, actor="system", now=clock())
    held = send(deps, order("F-1", ("A-1001", "60"), ("A-1007", "1"), address=PICKUP))
    released = next(hold for hold in held.holds if hold["rule"] == "RSK-02")
    hold_desk.release_hold(deps, actor(Role.RISK), released["id"], "已核实")
    erasure.erase_order_person(deps.store, held.order_id, actor=SYSTEM, reason="要求删除", now=clock())
    return held.order_id


def test_U3_replay_after_erasure_holds_from_the_atoms(deps: Deps, erased: str) -> None:
    found = replay_order(deps, erased)
    assert [(item.same, item.note) for item in found] == [(True, "person erased, replayed from the atoms")] * 2
    assert all(item.replayed_hash == item.stored_hash for item in found)


def test_U3_what_is_left_tells_of_nobody(deps: Deps, erased: str) -> None:
    with deps.store.db.read() as conn:
        for row in decisions.of_order(conn, erased):
            facts = decisions.facts(conn, deps.store, row["id"])
            assert is_without_person(facts)
            for secret in ("13800138000", "张总", "星湖街", "驿站街", "恒力"):
                assert secret not in facts.decode()
        assert audit.verify(conn, erased) is None
        assert set(atoms.hashes(conn, erased)) == {row["id"] for row in decisions.of_order(conn, erased)}


def test_U3_facts_changed_after_an_erasure_are_found(deps: Deps, erased: str, clock) -> None:
    with deps.store.db.write() as conn:
        key = deps.store.vault.subject_key(conn, atoms.SUBJECT, clock())
        (first, *_) = decisions.of_order(conn, erased)
        facts = decisions.facts(conn, deps.store, first["id"]).replace(b'"order.line_count":2', b'"order.line_count":3')
        sealed = deps.store.vault.seal(key, facts)
        conn.execute(update(table).where(table.c.id == first["id"]).values(facts=sealed))
    assert next((item.same, item.note) for item in replay_order(deps, erased)) == (False, "facts changed")


def test_U3_evidence_of_a_forgotten_person_verifies_offline(deps: Deps, erased: str, clock, tmp_path: Path) -> None:
    audit.seal_heads(deps.store.db, clock())
    path = tmp_path / "e.zip"
    evidence.write(deps.store, path, now=clock())
    found = verifying.verify(path)
    assert (found.faults, found.replayed, found.erased) == ([], 2, 0)


def test_U3_decisions_whose_rules_are_gone_are_lost_with_the_key(deps: Deps, clock) -> None:
    made = send(deps, order("F-2", ("A-1001", "2")))
    with deps.store.db.write() as conn:
        conn.execute(update(table).values(bundle="0" * 64))
    erasure.erase_order_person(deps.store, made.order_id, actor=SYSTEM, reason="x", now=clock())
    assert [item.note for item in replay_order(deps, made.order_id)] == ["erased"]


def test_U2_atoms_judge_only_rules_that_ask_the_same_of_the_person(deps: Deps) -> None:
    live = deps.engine.bundle
    made = send(deps, order("F-3", ("A-1001", "60"), address=PICKUP))
    with deps.store.db.read() as conn:
        (name,) = conn.execute(select(table.c.id).where(table.c.order_id == made.order_id)).scalars()
        facts = without_person(decisions.facts(conn, deps.store, name), live)
    limit, words = dict(live.files), dict(live.files)
    limit["fraud.yaml"] = live.files["fraud.yaml"].replace("value: 500.00元", "value: 9000.00元")
    words["fraud.yaml"] = re.sub(
        r"pickup_words: {value: \[[^]]+\]", "pickup_words: {value: [快递柜]", live.files["fraud.yaml"]
    )
    looser, other = load_bundle(limit), load_bundle(words)
    assert can_judge(facts, live)
    assert can_judge(facts, looser), "another limit asks the same of the address"
    assert not can_judge(facts, other), "nobody knows any more whether the address named another word"
    assert "RSK-02" not in {hold["rule"] for hold in decide_json(open_facts(facts), looser)["holds"]}
