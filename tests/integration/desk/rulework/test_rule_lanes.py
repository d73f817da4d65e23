"""What decides, and how that changes: pause, canary, rollback, schedule, shadow, other processes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orders.actor import SYSTEM, Role
from orders.errors import Conflict, Forbidden, InvalidOrder, NotFound, Refused
from rules.lanes import Lanes
from server import jobs, tasks
from server.db import jobs as job_rows
from server.db.rulework import bundles, rule_changes
from server.deps import Deps
from server.desk.rulework import replay, rules_lane, rules_pause, rules_publish, rules_shadow, rules_view
from server.desk.rulework.rules_publish import Plan
from tests.integration.desk.conftest import SECRET, actor, order, send
from tests.integration.desk.rulework.conftest import ANNA, BEN, actions, as_tested, held, limit, live

if TYPE_CHECKING:
    from rules.bundle import Bundle
    from tests.integration.desk.conftest import Clock


def test_PEK_04_RSK_11_one_person_pauses_a_rule_in_one_step_and_it_resumes_by_itself(deps: Deps, clock: Clock) -> None:
    before = deps.engine.bundle.hash
    told = rules_pause.pause(deps, ANNA, "RSK-02", "误拦大促订单", hours=2)
    assert told["rule"] == "RSK-02"
    paused, by = held(deps, "PO-1")
    assert (paused, by == before) == (False, False)
    with pytest.raises(Refused) as refused:
        rules_pause.pause(deps, BEN, "RSK-02", "again")
    assert refused.value.code == "paused_already"
    clock.forward(hours=2, seconds=-1)
    assert rules_pause.end_over(deps) == []
    clock.forward(seconds=1)
    with deps.store.db.read() as conn:
        due = job_rows.due(conn, clock(), 10)
        assert [job_rows.get(conn, job)["kind"] for job in due] == ["end_pauses"]
    assert jobs.perform(deps, due[0])
    assert held(deps, "PO-2") == (True, before)
    assert [row.same for row in replay.replay_all(deps)] == [True, True]
    assert actions(deps, bundles.CHAIN) == ["rules_published"] * 3


def test_a_pause_is_bounded_needs_a_reason_and_a_live_rule(deps: Deps) -> None:
    with pytest.raises(InvalidOrder):
        rules_pause.pause(deps, ANNA, "RSK-02", " ")
    for hours in (0, 169):
        with pytest.raises(InvalidOrder):
            rules_pause.pause(deps, ANNA, "RSK-02", "r", hours=hours)
    with pytest.raises(NotFound):
        rules_pause.pause(deps, ANNA, "RSK-99", "r")
    with pytest.raises(Forbidden):
        rules_pause.pause(deps, actor(Role.SALES), "RSK-02", "r")
    with pytest.raises(NotFound):
        rules_pause.resume(deps, ANNA, "RSK-02", "r")


def test_a_pause_outlives_a_publication_and_ends_in_the_new_rules(deps: Deps) -> None:
    rules_pause.pause(deps, ANNA, "RSK-02", "误拦")
    done = live(deps)
    assert deps.engine.bundle.hash != done["bundle"]  # the same files with the rule switched off
    assert held(deps, "PO-1", pieces="70")[0] is False
    rules_pause.resume(deps, BEN, "RSK-02", "已修正")
    assert deps.engine.bundle.hash == done["bundle"]
    assert held(deps, "PO-2", pieces="70") == (True, done["bundle"])  # 875 元


def test_a_canary_decides_its_share_until_it_goes_live_or_ends(deps: Deps) -> None:
    before = deps.engine.bundle.hash
    change = live(deps, plan=Plan(percent=40))
    assert (change["state"], deps.engine.canary) == ("canary", (change["bundle"], 40))
    decided = [held(deps, f"PO-{n}") for n in range(20)]
    assert {by for _, by in decided} == {before, change["bundle"]}
    assert all(stopped == (by == before) for stopped, by in decided)
    assert rules_publish.end_canary(deps, BEN, change["id"], "先停")["state"] == "tested"
    assert deps.engine.canary is None
    rules_publish.propose(deps, ANNA, change["id"], "r", Plan(percent=99))
    rules_publish.approve(deps, BEN, change["id"])
    rules_publish.propose(deps, ANNA, change["id"], "全量")
    assert deps.engine.canary == (change["bundle"], 99)
    assert rules_publish.approve(deps, BEN, change["id"])["state"] == "live"
    trail = [row for row in rules_view.trail(deps, change["id"]) if row["action"] != "rules_proposed"][-4:]
    assert [(row["action"], row["percent"], row["reason"]) for row in trail] == [
        ("rules_published", 40, ""),
        ("rules_canary_ended", 100, "先停"),
        ("rules_published", 99, ""),
        ("rules_published", 100, ""),
    ]
    assert (deps.engine.canary, deps.engine.bundle.hash) == (None, change["bundle"])
    assert all(row.same for row in replay.replay_all(deps))


def test_a_canary_keeps_its_share_while_a_rule_is_paused(deps: Deps) -> None:
    change = live(deps, plan=Plan(percent=40))
    rules_pause.pause(deps, BEN, "RSK-05", "r")
    assert deps.engine.canary is not None
    assert (deps.engine.canary[0] == change["bundle"], deps.engine.canary[1]) == (False, 40)
    rules_pause.resume(deps, BEN, "RSK-05", "r")
    assert deps.engine.canary == (change["bundle"], 40)
    rules_publish.end_canary(deps, BEN, change["id"], "r")


def test_the_last_publication_is_taken_back_in_one_step_within_a_day(deps: Deps, clock: Clock, shipped: Bundle) -> None:
    change = live(deps)
    clock.forward(hours=24)
    done = rules_publish.rollback(deps, BEN, shipped.hash, "误伤")
    assert (done["state"], deps.engine.bundle.hash) == ("live", shipped.hash)
    assert done["title"] == f"撤回：{change['title']}"
    with deps.store.db.read() as conn:
        assert rule_changes.get(conn, change["id"])["state"] == "retired"


def test_a_rollback_after_a_day_or_further_back_needs_the_second_person(
    deps: Deps, clock: Clock, shipped: Bundle
) -> None:
    first = live(deps)
    clock.forward(hours=24, seconds=1)
    asked = rules_publish.rollback(deps, BEN, shipped.hash, "误伤")
    assert (asked["state"], deps.engine.bundle.hash) == ("proposed", first["bundle"])
    with pytest.raises(Forbidden):
        rules_publish.approve(deps, BEN, asked["id"])
    assert rules_publish.approve(deps, ANNA, asked["id"])["state"] == "live"
    assert deps.engine.bundle.hash == shipped.hash
    with pytest.raises(Refused):
        rules_publish.rollback(deps, BEN, shipped.hash, "again")
    with pytest.raises(NotFound):
        rules_publish.rollback(deps, BEN, "0" * 64, "r")


def test_two_publications_are_not_taken_back_by_one_person(deps: Deps, shipped: Bundle) -> None:
    live(deps)
    second = live(deps, "900.00元")
    asked = rules_publish.rollback(deps, BEN, shipped.hash, "误伤")
    assert (asked["state"], deps.engine.bundle.hash) == ("proposed", second["bundle"])


def test_a_scheduled_change_becomes_live_at_its_time_and_not_before(deps: Deps, clock: Clock, shipped: Bundle) -> None:
    change = live(deps, plan=Plan(at=clock() + timedelta(hours=3)))
    assert (change["state"], deps.engine.bundle.hash) == ("scheduled", shipped.hash)
    assert rules_publish.publish_due(deps, change["id"]) == "scheduled"
    clock.forward(hours=3)
    with deps.store.db.read() as conn:
        due = job_rows.due(conn, clock(), 10)
    assert jobs.perform(deps, due[0])
    assert deps.engine.bundle.hash == change["bundle"]
    assert rules_publish.publish_due(deps, change["id"]) == "live"


def test_a_scheduled_change_that_cannot_become_live_says_why_and_changes_nothing(deps: Deps, clock: Clock) -> None:
    waiting = live(deps, "900.00元", Plan(at=clock() + timedelta(hours=3)))
    now = live(deps)
    clock.forward(hours=3)
    assert rules_publish.publish_due(deps, waiting["id"]) == "failed"
    with deps.store.db.read() as conn:
        assert "更新" in rule_changes.get(conn, waiting["id"])["failure"]
    assert deps.engine.bundle.hash == now["bundle"]


def test_a_shadow_judges_beside_and_decides_nothing(deps: Deps, clock: Clock, shipped: Bundle) -> None:
    assert held(deps, "PO-0")[0]
    clock.forward(seconds=1)
    change = as_tested(deps, limit(deps))
    rules_shadow.begin(deps, ANNA, change["id"])
    clock.forward(seconds=1)
    assert held(deps, "PO-1") == (True, shipped.hash)
    send(deps, order("PO-2", ("A-1001", "10")))
    assert rules_shadow.follow(deps, change["id"]) == 0  # too young: a commit may still come late
    clock.forward(seconds=10)
    assert rules_shadow.follow(deps, change["id"]) == 2
    assert rules_shadow.follow(deps, change["id"]) == 0
    with deps.store.db.read() as conn:
        found, flips = rule_changes.get(conn, change["id"]), rule_changes.flips(conn, change["id"])
    assert (found["shadow_judged"], [row["number"] for row in flips]) == (2, ["PO-1"])
    assert (flips[0]["old"]["outcome"], "hold" in flips[0]["kinds"]) == ("hold", True)
    rules_shadow.end(deps, ANNA, change["id"])
    assert held(deps, "PO-3") == (True, shipped.hash)
    clock.forward(seconds=10)
    assert rules_shadow.follow(deps, change["id"]) == 0


def test_a_process_that_cannot_load_the_live_rules_keeps_the_old_ones_and_says_so_once(
    deps: Deps, shipped: Bundle, caplog: Any
) -> None:
    with deps.store.db.write() as conn:
        bundles.put(conn, "f" * 64, {"a.yaml": "rules: broken"}, actor="x", now=deps.clock())
        bundles.publish(conn, "f" * 64, actor="x", now=deps.clock(), reason="another version wrote it")
    assert deps.reload_rules() is False
    assert deps.reload_rules() is False
    assert sum(getattr(record, "action", "") == "rules_refused" for record in caplog.records) == 1
    assert held(deps, "PO-1") == (True, shipped.hash)


def test_RSK_10_another_process_takes_the_rules_over_at_its_next_look(deps: Deps, shipped: Bundle) -> None:
    pool = Lanes(shipped)
    other = Deps(deps.settings, deps.store, deps.clock, pool, deps.catalogue, deps.recognizer, secret_key=SECRET)
    try:
        change = live(deps, plan=Plan(percent=50))
        assert other.reload_rules()
        assert pool.canary == (change["bundle"], 50)
        rules_publish.propose(deps, ANNA, change["id"], "全量")
        rules_publish.approve(deps, BEN, change["id"])
        assert pool.bundle.hash == shipped.hash
        assert other.reload_rules()
        assert (pool.bundle.hash, pool.canary) == (change["bundle"], None)
        assert not other.reload_rules()
    finally:
        pool.close()


def test_who_was_overtaken_reads_again_and_gives_up_in_the_end(deps: Deps, shipped: Bundle) -> None:
    with deps.store.db.read() as conn:
        before = rules_lane.scene(conn)
    with deps.store.db.write() as conn:
        rules_lane.unchanged(conn, before)
        bundles.set_canary(conn, None)
        bundles.put(conn, "e" * 64, {"x.yaml": "x"}, actor="x", now=deps.clock())
        bundles.set_canary(conn, "e" * 64, 5)
        with pytest.raises(rules_lane.Overtaken):
            rules_lane.unchanged(conn, before)
        bundles.set_canary(conn, None)
    tries: list[int] = []

    def overtaken() -> None:
        tries.append(1)
        raise rules_lane.Overtaken

    with pytest.raises(Conflict) as refused:
        rules_lane.retried(deps, overtaken)
    assert (refused.value.code, len(tries)) == ("rules_moving", 3)


def test_the_handlers_of_the_rules_jobs_are_registered() -> None:
    assert tasks is not None
    assert {"publish_rules", "end_pauses", "shadow_rules"} <= set(jobs.HANDLERS)
    assert json.dumps(SYSTEM.id)
