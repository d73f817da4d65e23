"""What the desk refuses by itself, whoever calls it: other roles, other people's changes, steps out of turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from orders.actor import Role
from orders.errors import Forbidden, InvalidOrder, NotFound, Refused, RuleAuthorError
from rules.bundle import load_bundle
from rules.process.prover import Report
from server.db.rulework import bundles, rule_changes
from server.desk.rulework import rules_draft, rules_pause, rules_publish, rules_shadow
from server.desk.rulework.rules_draft import Edits
from server.desk.rulework.rules_publish import Plan
from tests.integration.desk.conftest import actor
from tests.integration.desk.rulework.conftest import ANNA, BEN, FRAUD, actions, as_tested, limit, live

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.bundle import Bundle
    from server.deps import Deps

SALES = actor(Role.SALES)


def refused(code: str, step: Callable[[], object]) -> None:
    with pytest.raises((Refused, Forbidden, InvalidOrder)) as caught:
        step()
    assert caught.value.code == code


def test_nobody_but_risk_moves_the_rules(deps: Deps, shipped: Bundle) -> None:
    change = limit(deps)["id"]
    as_tested(deps, rules_draft.change(deps, ANNA, change, Edits()))
    rules_shadow.begin(deps, ANNA, change)
    rules_publish.propose(deps, ANNA, change, "投诉太多", Plan(20))
    steps: list[Callable[[], object]] = [
        lambda: rules_publish.approve(deps, SALES, change),
        lambda: rules_publish.reject(deps, SALES, change, "不行"),
        lambda: rules_shadow.begin(deps, SALES, change),
        lambda: rules_shadow.end(deps, SALES, change),
        lambda: rules_pause.pause(deps, SALES, "RSK-02", "误拦"),
        lambda: rules_publish.rollback(deps, SALES, shipped.hash, "误拦"),
    ]
    for step in steps:
        refused("forbidden", step)
    rules_pause.pause(deps, ANNA, "RSK-02", "误拦")
    refused("forbidden", lambda: rules_pause.resume(deps, SALES, "RSK-02", "已修正"))
    rules_pause.resume(deps, BEN, "RSK-02", "已修正")
    rules_publish.approve(deps, BEN, change)
    refused("forbidden", lambda: rules_publish.end_canary(deps, SALES, change, "停"))
    former = actor(Role.SALES, "anna")
    refused("forbidden", lambda: rules_publish.propose(deps, former, change, "扩大", Plan(50)))
    refused("not_the_author", lambda: rules_publish.propose(deps, BEN, change, "扩大", Plan(50)))
    with deps.store.db.read() as conn:
        assert rule_changes.get(conn, change)["state"] == "canary"
    assert deps.engine.bundle.hash == shipped.hash


def test_a_step_out_of_turn_changes_nothing(deps: Deps, shipped: Bundle) -> None:
    draft = limit(deps, "700.00元")["id"]
    refused("change_closed", lambda: rules_draft.recall(deps, ANNA, draft))
    done = live(deps)["id"]
    for step in (rules_draft.withdraw, rules_draft.recall, rules_shadow.begin):
        refused("change_closed", lambda step=step: step(deps, ANNA, done))  # type: ignore[misc]
    refused("no_canary", lambda: rules_publish.end_canary(deps, ANNA, done, "停"))
    same = as_tested(deps, rules_draft.begin(deps, ANNA, "没有改动"))
    refused("nothing_changed", lambda: rules_publish.propose(deps, ANNA, same["id"], "试试"))
    other = load_bundle({"fraud.yaml": FRAUD.replace("500.00元", "123.00元")})
    with deps.store.db.write() as conn:
        bundles.put(conn, other.hash, other.files, actor="test", now=deps.clock())
    refused("never_live", lambda: rules_publish.rollback(deps, BEN, other.hash, "试试"))
    refused("nothing_changed", lambda: rules_publish.rollback(deps, BEN, deps.engine.bundle.hash, "试试"))
    with pytest.raises(NotFound):
        rules_publish.rollback(deps, BEN, "no-such-bundle", "试试")


def test_a_change_has_a_title_of_some_length_and_leaves_a_file(deps: Deps) -> None:
    for title in ("", "  ", "长" * 201):
        refused("title_missing", lambda title=title: rules_draft.begin(deps, ANNA, title))  # type: ignore[misc]
    assert rules_draft.begin(deps, ANNA, "长" * 200)["title"] == "长" * 200
    with pytest.raises(RuleAuthorError):
        rules_draft.begin(deps, ANNA, "全删", Edits(files={"fraud.yaml": None}))


def test_RTE_09_a_change_may_route_to_known_sites_and_to_those_that_the_live_rules_name(deps: Deps) -> None:
    route = "policy: r\nowner: production\nstage: route\nrules:\n" + "".join(
        f"  - {{id: R-{site}, when: order.urgent, then: [{{route: {site}}}], message: {{zh: x, en: x}}}}\n"
        for site in ("GZ", "GX")
    )
    made = rules_draft.begin(deps, ANNA, "新仓", Edits(files={"route.yaml": route}))
    with pytest.raises(RuleAuthorError, match=r"route\.yaml:6:\d+: the master data has no site GX"):
        rules_draft.check(deps, ANNA, made["id"])
    nobody_knows = replace(deps, catalogue=lambda: replace(deps.catalogue(), sites={}))
    assert rules_draft.check(nobody_knows, ANNA, made["id"])["state"] == "checked"
    live_names_it = load_bundle({"fraud.yaml": FRAUD, "route.yaml": route})
    with deps.store.db.write() as conn:
        bundles.put(conn, live_names_it.hash, live_names_it.files, actor="test", now=deps.clock())
        bundles.publish(conn, live_names_it.hash, actor="test", now=deps.clock(), reason="test")
    assert rules_draft.check(deps, ANNA, limit(deps)["id"])["state"] == "checked"


def test_an_edit_that_changes_nothing_leaves_version_and_trail_alone(deps: Deps) -> None:
    made = limit(deps)
    same = Edits(params={"fraud.yaml": {"pickup_limit": "800.00元"}}, title=made["title"])
    assert rules_draft.change(deps, ANNA, made["id"], same)["version"] == made["version"]
    assert actions(deps, rules_draft.chain(made["id"])) == ["rule_change_begun"]
    named = rules_draft.change(deps, ANNA, made["id"], Edits(title="另一个标题"))
    assert (named["title"], named["version"]) == ("另一个标题", made["version"] + 1)


@pytest.mark.parametrize("found", [{"error": {"code": "x"}}, {"failures": [{"example": "x"}]}])
def test_what_the_proof_found_wrong_is_not_tested(deps: Deps, found: dict[str, Any], monkeypatch) -> None:
    monkeypatch.setattr(rules_draft, "prove", lambda _: Report(bundle="x", **found))
    assert rules_draft.test(deps, ANNA, limit(deps)["id"])["state"] == "checked"
