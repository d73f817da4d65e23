"""Rules that two people publish: small rules of the tests' own over the demo company, on one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orders.actor import Actor, Role
from rules.bundle import load_bundle
from rules.lanes import Lanes
from rules.process.prover import proven
from server.config import load_settings
from server.db import audit
from server.db.rulework import bundles, rule_changes
from server.deps import CatalogueCache, Deps
from server.desk.rulework import rules_draft, rules_publish
from server.desk.rulework.rules_draft import Edits
from server.desk.rulework.rules_publish import Plan
from tests.integration.desk.conftest import SECRET, actor, order, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ocr.sandbox import Sandbox
    from rules.bundle import Bundle
    from server.db.store import Store
    from tests.integration.desk.conftest import Clock

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


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove in this process: the same code in a child of its own costs seconds, and has its tests elsewhere."""
    monkeypatch.setattr(rules_publish, "prove", proven)


@pytest.fixture
def deps(sqlite_store: Store, tmp_path: Path, clock: Clock, lanes: Lanes, shipped: Bundle, recognizer: Sandbox) -> Deps:
    settings = load_settings(database_url=str(sqlite_store.db.url), data_dir=tmp_path, secret_key=SECRET)
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
