"""Own fields: defined while the system runs, and from then on stored, shown, found, exported, judged (MAP-10)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from intake.mapping.engine import compile_template, run
from intake.mapping.template import load_template
from orders.own_field import FieldKind, FieldOf, OwnField
from rules.bundle import load_bundle, policy_files
from rules.decide import decide_facts
from rules.judge.match import Match
from rules.oracle import compare
from server.desk.own_fields import FILE, carried, policy_text
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

PROJECT = {"of": "order", "kind": "text", "zh": "项目编号", "en": "Project"}
DEPOSIT = {"of": "order", "kind": "money", "zh": "定金", "en": "Deposit"}
BATCH = {"of": "line", "kind": "code", "zh": "批次", "en": "Batch", "choices": ["A", "B"]}
RULE = """policy: mine
owner: risk
stage: validate
rules:
  - id: OWN-1
    when: order.attributes.deposit > 100.00元
    then: [hold: {code: MANUAL, gate: approve, who: [risk]}]
    message: {zh: "定金 {order.attributes.deposit} 元", en: "deposit {order.attributes.deposit}"}
"""


def define(api: Api) -> None:
    for name, body in (("project", PROJECT), ("deposit", DEPOSIT), ("batch", BATCH)):
        assert api.put(f"/v1/order-fields/{name}", body).status_code == 200


def sent(number: str, **own: Any) -> dict[str, Any]:
    value = order(number=number, attributes=own)
    value["lines"][0]["attributes"] = {"batch": "B"}
    return value


def test_MAP_10_a_field_defined_at_run_time_is_stored_shown_found_and_exported(api: Api) -> None:
    define(api)
    made = api.post("/v1/orders", sent("F-1", project=" GZ-7 ", deposit="100.5"), role="sales")
    assert made.status_code == 201, made.text
    api.post("/v1/orders", order(number="F-2"), role="sales")
    shown = api.get(f"/v1/orders/{made.json['id']}").json["order"]
    assert shown["attributes"] == {"project": "GZ-7", "deposit": "100.50"}
    for asked in ("own=project:GZ-7", "own=batch:B", "own=deposit:100.50"):
        assert [row["number"] for row in api.get(f"/v1/orders?{asked}").json["data"]] == ["F-1"], asked
    assert api.get("/v1/orders?own=project:GZ").json["data"] == []
    sheet = api.get("/v1/orders:export?own=project:GZ-7", role="auditor").get_data().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(sheet))
    assert (row["order.project"], row["order.deposit"], row["line.batch"]) == ("GZ-7", "100.50", "B")
    quantity = made.json["order"]["lines"][0]["quantity"]
    assert (row["source_type"], row["number"], row["quantity"]) == ("erp", "F-1", quantity)


@pytest.mark.parametrize(("name", "value"), [("deposit", "viel"), ("deposit", "1.005"), ("deposit", True)])
def test_MAP_10_a_value_of_another_kind_is_refused_by_name(lite: Api, name: str, value: Any) -> None:
    define(lite)
    refused = lite.post("/v1/orders", order(attributes={name: value}), role="sales")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, f"/attributes/{name}")


def test_MAP_10_a_choice_that_is_not_listed_is_refused_with_those_that_are(lite: Api) -> None:
    define(lite)
    value = order()
    value["lines"][0]["attributes"] = {"batch": "C"}
    (told,) = lite.post("/v1/orders", value, role="sales").json["errors"]
    assert (told["pointer"], told["candidates"]) == ("/lines/0/attributes/batch", ["A", "B"])


def test_MAP_10_renaming_changes_labels_only(lite: Api) -> None:
    define(lite)
    lite.post("/v1/orders", sent("F-3", project="P"), role="sales")
    renamed = lite.put("/v1/order-fields/project", {**PROJECT, "zh": "工程"}).json
    assert (renamed["zh"], renamed["name"]) == ("工程", "project")
    assert [row["number"] for row in lite.get("/v1/orders?own=project:P").json["data"]] == ["F-3"]
    fixed = lite.put("/v1/order-fields/project", {**PROJECT, "kind": "money"})
    assert (fixed.status_code, fixed.json["code"]) == (409, "own_field_fixed")
    assert lite.put("/v1/order-fields/project", PROJECT, role="sales").status_code == 403
    assert lite.put("/v1/order-fields/Project", PROJECT).status_code == 422
    assert lite.put("/v1/order-fields/b2", {**BATCH, "choices": []}).status_code == 422


def test_MAP_10_a_rule_may_use_the_field_and_its_word_comes_along(lite: Api) -> None:
    define(lite)
    begun = lite.post("/v1/rules/drafts", {"title": "定金", "files": {"mine.yaml": RULE}}, role="risk")
    path = begun.headers["Location"]
    checked = lite.post(f"{path}/check", role="risk")
    assert (checked.status_code, checked.json["state"]) == (200, "checked"), checked.text
    assert "order.attributes.deposit" in lite.get(path, role="risk").json["files"][FILE]


@pytest.mark.parametrize(("deposit", "fires"), [("100.00", False), ("100.01", True), ("viel", False), (True, False)])
def test_MAP_10_in_rules_the_value_has_the_type_of_its_field(deposit: Any, fires: bool) -> None:
    field = OwnField("deposit", FieldOf.ORDER, FieldKind.MONEY, "定金", "Deposit")
    bundle = load_bundle({FILE: policy_text([field]), "mine.yaml": RULE})
    facts = {"layout": 1, "head": {"order.attributes.deposit": deposit}, "personal": {}, "released": []}
    facts |= {name: [] for name in ("line", "stock", "site", "duplicate")}
    match = Match(bundle.program, facts)
    compare(bundle, facts, match.run())  # engine and oracle agree
    assert [step.rule for step in decide_facts(facts, bundle).trace] == (["OWN-1"] if fires else [])


def test_MAP_10_words_come_along_only_where_they_are_used_and_are_not_there() -> None:
    field = OwnField("deposit", FieldOf.ORDER, FieldKind.MONEY, "定金", "Deposit")
    assert carried([field], policy_files(), {"a.yaml": "nothing"}) == {}
    assert carried([field], {FILE: policy_text([field])}, {"mine.yaml": RULE}) == {}
    assert carried([field], {}, {"mine.yaml": RULE}) == {FILE: policy_text([field])}


def test_MAP_10_a_mapping_fills_own_fields_of_any_kind() -> None:
    told = {
        "orders": "",
        "lines": "items",
        "currency": "CNY",
        "fields": {
            "attributes.deposit": {"from": "deposit", "as": "money", "unit": "fen"},
            "attributes.arrives": {"from": "day", "as": "time", "format": "%Y/%m/%d"},
            "lines.sku": {"from": "sku"},
            "lines.quantity": {"from": "n", "as": "quantity"},
            "lines.attributes.batch": {"from": "lot", "as": "enum", "map": {"甲": "A"}},
        },
    }
    told.pop("orders")
    plan = compile_template(load_template({"platform": "generic", **told}))
    mapped = run(plan, {"deposit": 10050, "day": "2026/11/30", "items": [{"sku": "A-1001", "n": 1, "lot": "甲"}]})
    assert mapped.order["attributes"] == {"deposit": "100.50", "arrives": "2026-11-30"}
    assert mapped.order["lines"][0]["attributes"] == {"batch": "A"}
