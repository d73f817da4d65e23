"""A change of the rules over real parts: from draft to live, by two people, proven."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from orders.actor import Actor, Role
from orders.errors import Conflict, Forbidden, InvalidOrder, NotFound, Refused, RuleAuthorError
from rules.bundle import load_bundle
from rules.process.prover import proven
from server.db import people
from server.db import tables as t
from server.db.outlets import notifications
from server.db.rulework import bundles, rule_changes
from server.desk.rulework import replay, rules_draft, rules_publish, rules_shadow, rules_try
from server.desk.rulework.rules_draft import Edits, Unproven
from server.desk.rulework.rules_publish import Plan, Waiver
from server.desk.rulework.rules_waived import standing
from tests.integration.desk.conftest import actor, order
from tests.integration.desk.rulework.conftest import ANNA, BEN, PICKUP, actions, as_tested, held, limit, live

if TYPE_CHECKING:
    from rules.bundle import Bundle
    from server.deps import Deps
    from tests.integration.desk.conftest import Clock


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
    with pytest.raises(Unproven, match="the example “e”"):
        rules_publish.propose(deps, ANNA, failing["id"], "投诉太多")


def test_U1_examples_that_stayed_at_the_old_threshold_are_proposed_anew_and_one_call_moves_them(deps: Deps) -> None:
    edits = Edits(params={"fraud.yaml": {"pickup_limit": "800.00元"}}, follow=False)
    change = rules_draft.begin(deps, ANNA, "上限 800", edits)
    with pytest.raises(Unproven) as refused:
        rules_publish.propose(deps, ANNA, change["id"], "投诉太多")
    (problem,) = [item for item in refused.value.problems if item.code == "example_fails"]
    assert "应触发 RSK-02，实际没有触发" in problem.message_zh
    assert "order.payable: 800.01" in problem.candidates[0]
    with pytest.raises(Refused, match="proposed"):
        rules_draft.accept_examples(deps, ANNA, change["id"], repaired=["驿站 500.00 元不拦"])
    moved = rules_draft.accept_examples(deps, ANNA, change["id"], repaired=["驿站 500.01 元拦截"])["files"][
        "fraud.yaml"
    ]
    assert (moved.count("驿站 800.01 元拦截"), "驿站 500.01" in moved, "驿站 500.00" in moved) == (1, False, True)
    assert rules_draft.test(deps, ANNA, change["id"])["report"]["failures"] == []


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
    version = next(rule.version for rule in load_bundle(files_of(deps, change)).book.rules if rule.id == "RSK-02")
    assert proposed["waivers"] == [{"mutant": "abc123", "reason": "等价", "rule": "RSK-02", "version": version}]
    with pytest.raises(InvalidOrder) as refused:
        rules_publish.approve(deps, BEN, change["id"])
    assert refused.value.code == "waiver_open"
    files = files_of(deps, change)
    assert standing(deps, files) == (), "nobody approved it yet"
    assert rules_publish.approve(deps, BEN, change["id"], waived=["abc123"])["state"] == "live"
    assert standing(deps, files) == ("abc123",), "while its rule is the same"
    other = {"fraud.yaml": files["fraud.yaml"].replace("id: RSK-05", "id: RSK-06")}
    assert standing(deps, other) == ("abc123",), "another rule may change"
    changed = {"fraud.yaml": files["fraud.yaml"].replace("pickup_limit: {value: 800", "pickup_limit: {value: 900")}
    assert standing(deps, changed) == (), "a threshold of its own may not"


def files_of(deps: Deps, change: dict[str, object]) -> dict[str, str]:
    with deps.store.db.read() as conn:
        return rule_changes.files_of(conn, str(change["id"]))


def test_U1_a_waiver_goes_on_in_later_changes_while_its_rule_is_the_same(deps: Deps, monkeypatch) -> None:
    asked: list[tuple[str, ...]] = []

    def seen(question, *_more):
        asked.append(question.waived)
        return proven(replace(question, mutants=False))

    monkeypatch.setattr(rules_draft, "prove", seen)
    survivor = {"id": "abc123", "rule": "RSK-02", "file": "fraud.yaml", "line": 52, "column": 9, "zh": "x", "en": "x"}
    change = as_tested(deps, limit(deps), survivors=[survivor])
    rules_publish.propose(deps, ANNA, change["id"], "r", waivers=[Waiver("abc123", "等价")])
    rules_publish.approve(deps, BEN, change["id"], waived=["abc123"])
    text = deps.engine.bundle.files["fraud.yaml"]
    later = rules_draft.begin(deps, ANNA, "另一条", Edits(files={"fraud.yaml": text.replace("50000.00", "60000.00")}))
    rules_draft.test(deps, ANNA, later["id"])
    rules_draft.test_files(deps, {"fraud.yaml": text})
    rules_draft.proof_beside(deps, ANNA, {"fraud.yaml": text}, "fraud.yaml")
    rules_draft.proof_beside(deps, ANNA, {"fraud.yaml": "policy: ["}, "fraud.yaml")
    assert asked == [("abc123",), ("abc123",), ("abc123",), ()]


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


def test_the_plan_must_make_sense(deps: Deps, clock: Clock) -> None:
    change = as_tested(deps, limit(deps))
    for plan in (Plan(percent=0), Plan(percent=101), Plan(at=clock())):
        with pytest.raises(InvalidOrder):
            rules_publish.propose(deps, ANNA, change["id"], "r", plan)
    same = rules_draft.begin(deps, ANNA, "没改")
    with pytest.raises(Refused) as refused:
        rules_publish.propose(deps, ANNA, as_tested(deps, same)["id"], "r")
    assert refused.value.code == "nothing_changed"


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


def test_a_proof_beside_the_editor_is_for_authors_and_takes_turns(deps: Deps, shipped: Bundle) -> None:
    with pytest.raises(Forbidden):
        rules_draft.proof_beside(deps, actor(Role.SALES), shipped.files, "fraud.yaml")
    report = rules_draft.proof_beside(deps, ANNA, shipped.files, "fraud.yaml")
    assert report is not None
    assert (report.error, report.examples, report.failures) == (None, 2, [])
    taken = [rules_draft._BESIDE.acquire(blocking=False) for _ in range(3)]
    try:
        assert taken == [True, True, False]
        assert rules_draft.proof_beside(deps, ANNA, shipped.files, "fraud.yaml") is None
    finally:
        for _ in range(2):
            rules_draft._BESIDE.release()
