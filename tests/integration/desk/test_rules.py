"""The life of a change of the rules over real parts: from draft to live, by two people, back, paused, beside."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from orders.actor import SYSTEM, Actor, Role
from orders.errors import Conflict, Forbidden, InvalidOrder, NotFound, Refused, RuleAuthorError
from rules.bundle import load_bundle
from rules.lanes import Lanes
from rules.prover import proven
from server import jobs, tasks
from server.config import load_settings
from server.db import audit, bundles, notifications, people, rule_changes
from server.db import jobs as job_rows
from server.db import tables as t
from server.demo.load import load_master
from server.deps import CatalogueCache, Deps
from server.desk import replay, rules_draft, rules_lane, rules_pause, rules_publish, rules_shadow, rules_try
from server.desk.rules_draft import Edits, Unproven
from server.desk.rules_publish import Plan, Waiver
from tests.integration.desk.conftest import SECRET, actor, order, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ocr.sandbox import Sandbox
    from rules.bundle import Bundle
    from server.db.store import Store
    from tests.integration.desk.conftest import Clock

pytestmark = pytest.mark.usefixtures("here")
ANNA, BEN = actor(Role.RISK, "anna"), actor(Role.RISK, "ben")
PICKUP = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
AT_ONCE = Plan()
PROVEN = {"error": None, "failures": [], "survivors": [], "slow": False}


FRAUD = """policy: fraud
owner: risk
stage: fraud
params:
  same_id_limit: {value: 3, zh: 同证件每日最多单数, en: orders a day}
  # what counts as a pickup point, and from how much on it matters
  pickup_words: {value: [驿站, 代收点], zh: 代收点用词, en: words of pickup points}
  pickup_limit: {value: 500.00元, zh: 代收点金额上限, en: limit at pickup points}
rules:
  - id: RSK-02
    when:
      - order.ship_to.address contains $pickup_words
      - order.payable > $pickup_limit
    then:
      - hold: {code: PICKUP_POINT_HIGH_VALUE, gate: approve, who: [risk], needs_human: true}
    message: {zh: 代收点高额, en: High value to a pickup point}
  - id: RSK-05
    when: order.payable >= 50000.00
    then:
      - hold: {code: LARGE_ORDER, gate: approve, who: [risk]}
    message: {zh: 大额订单, en: Large order}
examples:
  - {name: 驿站 500.00 元不拦, given: {order.ship_to.address: 菜鸟驿站, order.payable: 500.00}, silent: [RSK-02]}
  - {name: 驿站 500.01 元拦截, given: {order.ship_to.address: 菜鸟驿站, order.payable: 500.01}, fires: [RSK-02]}
"""


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    return load_bundle({"fraud.yaml": FRAUD})


@pytest.fixture(scope="module")
def lanes(shipped: Bundle) -> Iterator[Lanes]:
    pool = Lanes(shipped)
    yield pool
    pool.close()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove in this process: the same code in a child of its own costs seconds, and has its tests elsewhere."""
    monkeypatch.setattr(rules_publish, "prove", proven)


@pytest.fixture
def deps(sqlite_store: Store, tmp_path: Path, clock: Clock, lanes: Lanes, shipped: Bundle, recognizer: Sandbox) -> Deps:
    settings = load_settings(database_url=str(sqlite_store.db.url), data_dir=tmp_path, secret_key=SECRET)
    load_master(sqlite_store, clock())
    with sqlite_store.db.write() as conn:
        bundles.put(conn, shipped.hash, shipped.files, actor="system", now=clock())
        bundles.publish(conn, shipped.hash, actor="system", now=clock(), reason="first")
    found = Deps(settings, sqlite_store, clock, lanes, CatalogueCache(sqlite_store), recognizer, secret_key=SECRET)
    found.reload_rules()
    return found


def limit(deps: Deps, value: str = "800.00元", who: Actor = ANNA) -> dict[str, Any]:
    edits = Edits(params={"fraud.yaml": {"pickup_limit": value}})
    return rules_draft.begin(deps, who, f"代收点上限 {value}", edits)


def as_tested(deps: Deps, change: dict[str, Any], **report: Any) -> dict[str, Any]:
    """Note a report with the change, as if its tests had just found this: the proof itself has tests of its own."""
    change = rules_draft.check(deps, ANNA, change["id"])
    told = rules_publish.Report(bundle=change["bundle"]).to_json() | PROVEN | report
    with deps.store.db.write() as conn:
        return rule_changes.save(conn, change, {"report": told, "state": "tested"}, deps.clock())


def live(deps: Deps, value: str = "800.00元", plan: Plan = AT_ONCE) -> dict[str, Any]:
    change = as_tested(deps, limit(deps, value))
    rules_publish.propose(deps, ANNA, change["id"], "投诉太多", plan)
    return rules_publish.approve(deps, BEN, change["id"], "同意")


def held(deps: Deps, number: str, pieces: str = "50") -> tuple[bool, str]:
    """Send an order of 625 元 to a pickup point; say whether RSK-02 holds it, and by which bundle."""
    body = send(deps, order(number, ("A-1001", pieces), address=PICKUP)).decision
    return "PICKUP_POINT_HIGH_VALUE" in [hold.code for hold in body.body.holds], body.bundle


def actions(deps: Deps, chain: str) -> list[str]:
    with deps.store.db.read() as conn:
        assert audit.verify(conn, chain) is None
        return [entry["action"] for entry in audit.of(conn, chain)]


def test_RSK_10_a_threshold_goes_live_without_restart_and_old_decisions_keep_their_rules(
    deps: Deps,
) -> None:
    before = deps.engine.bundle.hash
    assert held(deps, "PO-1") == (True, before)
    change = limit(deps)
    assert change["state"] == "draft"
    assert rules_draft.check(deps, ANNA, change["id"])["state"] == "checked"
    report = rules_draft.test(deps, ANNA, change["id"])
    assert (report["state"], report["report"]["failures"]) == ("tested", [])
    waivers = [Waiver(mutant["id"], "另行处理") for mutant in report["report"]["survivors"]]
    proposed = rules_publish.propose(deps, ANNA, change["id"], "投诉太多", waivers=waivers)
    assert (proposed["state"], deps.engine.bundle.hash) == ("proposed", before)
    done = rules_publish.approve(deps, BEN, change["id"], waived=[waiver.mutant for waiver in waivers])
    assert (done["state"], deps.engine.bundle.hash) == ("live", change_hash(deps, change["id"]))
    assert held(deps, "PO-2") == (False, done["bundle"])
    with deps.store.db.read() as conn:
        assert [row.same for row in replay.replay_all(deps)] == [True, True]
        assert notifications.list_of(conn, ["risk"])[0]["event"] == "rules_proposed"
    assert actions(deps, bundles.CHAIN) == ["rules_published", "rules_published"]
    told = actions(deps, f"rules:{change['id']}")
    assert told[0] == "rule_change_begun"
    assert told[-2:] == ["rules_proposed", "rules_published"]


def change_hash(deps: Deps, change_id: str) -> str:
    with deps.store.db.read() as conn:
        from rules.bundle import bundle_hash

        return bundle_hash(rule_changes.files_of(conn, change_id))


def test_the_author_cannot_approve_nor_can_the_key_that_the_author_made(deps: Deps) -> None:
    change = as_tested(deps, limit(deps))
    rules_publish.propose(deps, ANNA, change["id"], "投诉太多")
    with deps.store.db.write() as conn:
        key = {"name": "k", "scopes": [Role.RISK], "created_by": ANNA.id}
        key_id, _ = people.add_api_key(conn, key, deps.clock())
        other_id, _ = people.add_api_key(conn, {**key, "created_by": BEN.id}, deps.clock())
    own = Actor(key_id, "k", "key", frozenset({Role.RISK}), "org_main")
    for who in (ANNA, own):
        with pytest.raises(Forbidden) as refused:
            rules_publish.approve(deps, who, change["id"])
        assert refused.value.code == "same_person"
    with pytest.raises(Forbidden):
        rules_publish.approve(deps, actor(Role.SALES), change["id"])
    other = Actor(other_id, "k", "key", frozenset({Role.RISK}), "org_main")
    assert rules_publish.approve(deps, other, change["id"])["state"] == "live"


def test_nobody_but_risk_begins_and_nobody_but_the_author_edits(deps: Deps) -> None:
    with pytest.raises(Forbidden):
        limit(deps, who=actor(Role.SALES))
    change = limit(deps)
    with pytest.raises(Forbidden) as refused:
        rules_draft.change(deps, BEN, change["id"], Edits(title="x"))
    assert refused.value.code == "not_the_author"


def test_an_edit_of_a_stale_version_is_refused_and_a_new_edit_forgets_the_tests(deps: Deps) -> None:
    change = as_tested(deps, limit(deps))
    edits = Edits(params={"fraud.yaml": {"pickup_limit": "900.00元"}})
    with pytest.raises(Conflict) as refused:
        rules_draft.change(deps, ANNA, change["id"], edits, version=change["version"] - 1)
    assert refused.value.code == "stale_version"
    again = rules_draft.change(deps, ANNA, change["id"], edits, version=change["version"])
    assert (again["state"], again["report"], again["bundle"]) == ("draft", None, None)


def test_a_broken_draft_is_refused_with_its_place_and_never_proposed(deps: Deps, shipped: Bundle) -> None:
    text = shipped.files["fraud.yaml"].replace("order.payable > $pickup_limit", "order.payabel > $pickup_limit")
    change = rules_draft.begin(deps, ANNA, "错字", Edits(files={"fraud.yaml": text}))
    for step in (rules_draft.check, rules_draft.test):
        with pytest.raises(RuleAuthorError) as refused:
            step(deps, ANNA, change["id"])
        assert (refused.value.file, refused.value.line > 1) == ("fraud.yaml", True)
        assert refused.value.suggestion == "order.payable"
    with pytest.raises(RuleAuthorError):
        rules_publish.propose(deps, ANNA, change["id"], "x")
    assert deps.engine.bundle.hash == shipped.hash


def test_U1_failing_examples_and_surviving_mutants_stop_a_proposal_and_are_named(deps: Deps) -> None:
    survivor = {
        "id": "abc123",
        "rule": "RSK-02",
        "file": "fraud.yaml",
        "line": 52,
        "column": 9,
        "zh": "> 变为 >=",
        "en": "> to >=",
    }
    proposal = {"mutant": "abc123", "rule": "RSK-02", "file": "fraud.yaml", "name": "恰为上限",
                "text": "{name: 恰为上限, given: {order.payable: 800.00}, silent: [RSK-02]}"}  # fmt: skip
    change = as_tested(deps, limit(deps), survivors=[survivor], proposals=[proposal])
    with pytest.raises(Unproven) as refused:
        rules_publish.propose(deps, ANNA, change["id"], "投诉太多")
    problem = refused.value.problems[0]
    assert (problem.pointer, problem.code, problem.candidates) == (
        "fraud.yaml:52:9",
        "mutant_survives",
        (proposal["text"],),
    )
    assert "RSK-02" in problem.message_en
    accepted = rules_draft.accept_examples(deps, ANNA, change["id"])
    assert proposal["text"] in accepted["files"]["fraud.yaml"]
    assert accepted["state"] == "draft"
    failing = as_tested(
        deps, limit(deps), failures=[{"file": "fraud.yaml", "line": 9, "example": "e", "expected": "a", "got": "b"}]
    )
    with pytest.raises(Unproven, match="should give a"):
        rules_publish.propose(deps, ANNA, failing["id"], "投诉太多")


def test_U1_publish_without_a_boundary_example_names_the_mutant_and_one_call_adds_it(deps: Deps) -> None:
    hollow = shipped_with(deps, "order.payable > 9000.00", "fires: [NEW-1]", "9000.01")
    change = rules_draft.begin(deps, ANNA, "新规则", Edits(files={"fraud.yaml": hollow}))
    with pytest.raises(Unproven) as refused:
        rules_publish.propose(deps, ANNA, change["id"], "大额")
    found = next(problem for problem in refused.value.problems if "NEW-1" in problem.message_en)
    assert (found.code, found.pointer.startswith("fraud.yaml:")) == ("mutant_survives", True)
    proposed = [text for problem in refused.value.problems for text in problem.candidates]
    assert any("order.payable: 9000.00" in text and "silent: [NEW-1]" in text for text in proposed)
    rules_draft.accept_examples(deps, ANNA, change["id"])
    tested = rules_draft.test(deps, ANNA, change["id"])
    own = [mutant for mutant in tested["report"]["survivors"] if mutant["rule"] == "NEW-1"]
    assert own == []
    assert proposed[0] in tested["files"]["fraud.yaml"]


def shipped_with(deps: Deps, condition: str, expected: str, payable: str) -> str:
    """Return the live file with a rule that one example alone guards."""
    rule = f"  - {{id: NEW-1, when: {condition}, then: [{{flag: F}}], message: {{zh: x, en: x}}}}\nexamples:"
    text = deps.engine.bundle.files["fraud.yaml"].replace("examples:", rule)
    return text + f"  - {{name: new, given: {{order.payable: {payable}}}, {expected}}}\n"


def test_U1_a_mutant_is_waived_only_by_the_second_person_one_by_one(deps: Deps) -> None:
    survivor = {"id": "abc123", "rule": "RSK-02", "file": "fraud.yaml", "line": 52, "column": 9, "zh": "x", "en": "x"}
    change = as_tested(deps, limit(deps), survivors=[survivor])
    with pytest.raises(Unproven):
        rules_publish.propose(deps, ANNA, change["id"], "r", waivers=[Waiver("abc123", " ")])
    proposed = rules_publish.propose(
        deps, ANNA, change["id"], "r", waivers=[Waiver("abc123", "等价"), Waiver("no", "x")]
    )
    assert proposed["waivers"] == [{"mutant": "abc123", "reason": "等价"}]
    with pytest.raises(InvalidOrder) as refused:
        rules_publish.approve(deps, BEN, change["id"])
    assert refused.value.code == "waiver_open"
    assert rules_publish.approve(deps, BEN, change["id"], waived=["abc123"])["state"] == "live"


def test_a_rejected_change_goes_back_to_its_author_with_the_reason(deps: Deps) -> None:
    change = as_tested(deps, limit(deps))
    rules_publish.propose(deps, ANNA, change["id"], "r")
    with pytest.raises(InvalidOrder):
        rules_publish.reject(deps, BEN, change["id"], " ")
    assert rules_publish.reject(deps, BEN, change["id"], "太高了")["decision_reason"] == "太高了"
    assert rules_publish.propose(deps, ANNA, change["id"], "r2")["state"] == "proposed"
    assert rules_draft.recall(deps, ANNA, change["id"])["state"] == "tested"
    assert rules_draft.withdraw(deps, ANNA, change["id"])["state"] == "withdrawn"
    with pytest.raises(Refused):
        rules_publish.propose(deps, ANNA, change["id"], "r3")


def test_a_change_that_began_on_older_rules_is_brought_up_to_date_first(deps: Deps, shipped: Bundle) -> None:
    mine = as_tested(deps, limit(deps))
    same_place = limit(deps, "900.00元")
    rules_publish.propose(deps, ANNA, mine["id"], "r")
    other = rules_draft.begin(deps, BEN, "刷单", Edits(params={"fraud.yaml": {"same_id_limit": "4"}}))
    other = rules_draft.check(deps, BEN, other["id"])
    with deps.store.db.write() as conn:
        report = rules_publish.Report(bundle=other["bundle"]).to_json()
        rule_changes.save(conn, other, {"report": report, "state": "tested"}, deps.clock())
    rules_publish.propose(deps, BEN, other["id"], "r")
    rules_publish.approve(deps, ANNA, other["id"])
    with pytest.raises(Conflict) as refused:
        rules_publish.approve(deps, BEN, mine["id"])
    assert refused.value.code == "base_moved"
    rules_draft.recall(deps, ANNA, mine["id"])
    fresh = rules_draft.refresh(deps, ANNA, mine["id"])
    assert "value: 4, zh: 同证件" in fresh["files"]["fraud.yaml"]
    assert "value: 800.00元" in fresh["files"]["fraud.yaml"]
    mine = as_tested(deps, fresh)
    rules_publish.propose(deps, ANNA, mine["id"], "r")
    assert rules_publish.approve(deps, BEN, mine["id"])["state"] == "live"
    with pytest.raises(Conflict):
        rules_draft.refresh(deps, ANNA, same_place["id"])


def test_what_fails_the_last_proof_never_decides_and_the_live_rules_go_on(deps: Deps, shipped: Bundle) -> None:
    text = shipped.files["fraud.yaml"].replace("value: 500.00元", "value: 800.00元")  # its examples fail now
    change = as_tested(deps, rules_draft.begin(deps, ANNA, "x", Edits(files={"fraud.yaml": text})))
    rules_publish.propose(deps, ANNA, change["id"], "r")
    with pytest.raises(Refused) as refused:
        rules_publish.approve(deps, BEN, change["id"])
    assert refused.value.code == "bundle_refused"
    with deps.store.db.read() as conn:
        assert (bundles.live(conn), rule_changes.get(conn, change["id"])["state"]) == (shipped.hash, "proposed")
        assert "驿站" in rule_changes.get(conn, change["id"])["failure"]
    assert held(deps, "PO-1") == (True, shipped.hash)


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


def test_the_plan_must_make_sense(deps: Deps, clock: Clock) -> None:
    change = as_tested(deps, limit(deps))
    for plan in (Plan(percent=0), Plan(percent=101), Plan(at=clock())):
        with pytest.raises(InvalidOrder):
            rules_publish.propose(deps, ANNA, change["id"], "r", plan)
    same = rules_draft.begin(deps, ANNA, "没改")
    with pytest.raises(Refused) as refused:
        rules_publish.propose(deps, ANNA, as_tested(deps, same)["id"], "r")
    assert refused.value.code == "nothing_changed"


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


def test_what_was_not_tested_never_decides_even_when_the_row_was_changed(deps: Deps, shipped: Bundle) -> None:
    change = as_tested(deps, limit(deps))
    rules_publish.propose(deps, ANNA, change["id"], "r")
    with deps.store.db.write() as conn:
        files = {"fraud.yaml": shipped.files["fraud.yaml"] + "# smuggled\n"}
        conn.execute(update(t.rule_changes).where(t.rule_changes.c.id == change["id"]).values(files=files))
    with pytest.raises(Refused) as refused:
        rules_publish.approve(deps, BEN, change["id"])
    assert refused.value.code == "bundle_refused"
    assert deps.engine.bundle.hash == shipped.hash


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


def test_a_proposal_on_older_rules_and_a_shadow_with_failing_examples_are_refused(deps: Deps) -> None:
    mine = as_tested(deps, limit(deps, "900.00元"))
    failure = {"file": "fraud.yaml", "line": 9, "example": "e", "expected": "a", "got": "b"}
    failing = as_tested(deps, limit(deps, "700.00元"), failures=[failure])
    with pytest.raises(Refused) as shadow:
        rules_shadow.begin(deps, ANNA, failing["id"])
    assert shadow.value.code == "examples_fail"
    live(deps)
    with pytest.raises(Conflict) as refused:
        rules_publish.propose(deps, ANNA, mine["id"], "r")
    assert refused.value.code == "base_moved"


def test_an_order_is_tried_with_a_change_beside_the_live_rules(deps: Deps) -> None:
    assert held(deps, "PO-1")[0]
    change = limit(deps)
    tried = rules_try.try_order(deps, ANNA, change["id"], "PO-1")
    assert (tried.live["outcome"], tried.draft["outcome"]) == ("hold", "pass")
    assert tried.flip is not None
    pasted = json.dumps(order("PO-9", ("A-1001", "10"), address=PICKUP), ensure_ascii=False)
    assert rules_try.try_order(deps, ANNA, change["id"], pasted).flip is None
    with pytest.raises(NotFound):
        rules_try.try_order(deps, ANNA, change["id"], "PO-404")


def test_the_handlers_of_the_rules_jobs_are_registered() -> None:
    assert tasks is not None
    assert {"publish_rules", "end_pauses", "shadow_rules"} <= set(jobs.HANDLERS)
    assert json.dumps(SYSTEM.id)
