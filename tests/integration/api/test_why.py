"""U4, U5 over HTTP: the chain of rules with its values, what would release a hold, near misses, why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from server.db.tables import orders
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api


def pickup(**changes: Any) -> dict[str, Any]:
    held = order(**changes)
    held["ship_to"]["address"]["text"] = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    return held


@pytest.fixture
def held(lite: Api) -> dict[str, Any]:
    """1,250.00 元 to a pickup point: RSK-02 holds it."""
    return lite.post("/v1/orders", pickup(), role="sales").json


def test_U4_release_options_are_changes_that_the_engine_verified(lite: Api, held: dict[str, Any]) -> None:
    options = lite.get(f"/v1/orders/{held['id']}/release-options").json["data"]
    assert {option["hold_id"] for option in options} == {hold["id"] for hold in held["holds"]}
    (found,) = [option for option in options if option["rule"] == "RSK-02"]
    assert found["by_data"]
    assert found["who"] == ["risk"]
    assert found["summary"]["zh"]
    assert found["summary"]["en"]
    groups = {way["group"] for way in found["ways"]}
    assert groups <= {"customer", "sales", "finance", "stock"}
    assert "customer" in groups
    for way in found["ways"]:
        assert way["message"]["zh"]
        assert way["message"]["en"]
        assert way["changes"]
    assert "facts" not in found["ways"][0], "the facts after the change hold personal text"


def test_U4_an_order_without_holds_has_nothing_to_release(lite: Api) -> None:
    lines = [{"sku": "A-1001", "quantity": "2", "unit": "个", "unit_price": "12.50"}]
    passed = lite.post("/v1/orders", order(lines=lines), role="sales").json
    assert [hold["state"] for hold in passed["holds"]] == []
    assert lite.get(f"/v1/orders/{passed['id']}/release-options").json["data"] == []


def test_U4_the_chain_tells_the_values_that_made_each_rule_true(lite: Api, held: dict[str, Any]) -> None:
    told = lite.get(f"/v1/orders/{held['id']}/explain").json
    (step,) = [step for step in told["chain"] if step["rule"] == "RSK-02"]
    assert step["because"]["order.payable"] == "1250.00"
    assert step["title"] == {"zh": "代收点高额订单", "en": "High value to a pickup point"}
    assert step["message"]["zh"] in {sentence["zh"] for sentence in told["sentences"]}
    assert len(step["checks"]) == 2
    assert all(check["holds"] and check["message"]["zh"] and check["message"]["en"] for check in step["checks"])
    assert [step["rule"] for step in told["chain"]] == [step["rule"] for step in told["decision"]["body"]["trace"]]
    assert "328号菜鸟驿站" not in str(told["chain"]), "no address in an explanation"


def test_U5_near_misses_say_by_how_much(lite: Api) -> None:
    near = order(lines=[{"sku": "A-1001", "quantity": "39", "unit": "个", "unit_price": "12.50"}])
    near["ship_to"]["address"]["text"] = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    made = lite.post("/v1/orders", near, role="sales").json
    misses = lite.get(f"/v1/orders/{made['id']}/near-misses").json["data"]
    (miss,) = [miss for miss in misses if miss["rule"] == "RSK-02"]
    (gap,) = miss["gaps"]
    assert "487.50" in gap["message"]["zh"]
    assert gap["value"].startswith("487.50")
    assert "12.51" in gap["distance"]
    assert miss["title"]["en"] == "High value to a pickup point"


def test_U5_any_rule_says_which_condition_failed_on_which_value(lite: Api, held: dict[str, Any]) -> None:
    verdict = lite.get(f"/v1/orders/{held['id']}/rules/RSK-05").json
    assert (verdict["rule"], verdict["fired"], verdict["enabled"]) == ("RSK-05", False, True)
    failed = [check for case in verdict["cases"] for check in case["checks"] if not check["holds"]]
    assert any("1250.00" in check["message"]["en"] for check in failed)
    assert lite.get(f"/v1/orders/{held['id']}/rules/RSK-02").json["fired"]
    assert lite.get(f"/v1/orders/{held['id']}/rules/NO-SUCH").status_code == 404


def test_U4_U5_only_who_may_see_the_order_may_ask(lite: Api) -> None:
    unknown = {"name": "无人认识的公司", "contact": {"name": "赵", "phone": "13700001111"}}
    others = lite.post("/v1/orders", order(number="PO-9", buyer=unknown), role="admin").json["id"]
    for below in ("explain", "release-options", "near-misses", "rules/RSK-02"):
        assert lite.get(f"/v1/orders/{others}/{below}", role="risk").status_code == 200
        assert lite.get(f"/v1/orders/{others}/{below}", role="sales").status_code == 404


def test_U4_U5_after_an_erasure_the_rules_own_words_remain(lite: Api, held: dict[str, Any]) -> None:
    store = lite.deps.store
    with store.db.write() as conn:
        subject = conn.execute(select(orders.c.subject).where(orders.c.id == held["id"])).scalar_one()
        store.vault.erase(conn, subject, lite.clock())
    options = lite.get(f"/v1/orders/{held['id']}/release-options").json["data"]
    (found,) = [option for option in options if option["rule"] == "RSK-02"]
    assert (found["by_data"], found["ways"], found["summary"]) == (False, [], None)
    assert found["options"]
    refused = lite.get(f"/v1/orders/{held['id']}/near-misses")
    assert (refused.status_code, refused.json["code"]) == (410, "erased")
