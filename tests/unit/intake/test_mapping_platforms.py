"""What platforms say besides: closed lines, refunds, gifts apart, sums, hidden people, ids and times of nought."""

from __future__ import annotations

import json
from typing import Any

import pytest

from intake.mapping.engine import compile_template, records, run
from intake.mapping.explain import explain
from intake.mapping.preset import presets
from intake.mapping.template import load_template
from tests.unit.intake.test_mapping import BASE, GOLDEN, mapped, record, shaped


def test_lines_closed_before_they_came_are_left_out_and_named_and_an_order_of_them_alone_is_a_cancellation() -> None:
    plan = compile_template(load_template({**BASE, "left_out": {"from": "state", "values": ["CLOSED", "true"]}}))
    closed = {"code": "A-1002", "n": 1, "state": "CLOSED"}
    found = run(plan, record(items=[{"code": "A-1001", "n": 2, "state": "OPEN"}, closed]))
    assert ([line["sku"] for line in found.order["lines"]], found.order.get("doc_type")) == (["A-1001"], None)
    assert found.order["attributes"]["left_out_lines"] == "2"
    alone = run(plan, record(items=[{**closed, "state": True}]))
    assert (alone.order["doc_type"], len(alone.order["lines"]), alone.needs) == ("cancel", 1, ())


def test_MAP_13_gifts_that_stand_apart_become_gift_lines_behind_the_others() -> None:
    plan = compile_template(load_template({**BASE, "gifts": "free"}))
    order = run(plan, record(free=[{"code": "A-1003", "n": 1}])).order
    assert [(line["sku"], line.get("is_gift")) for line in order["lines"]] == [("A-1001", None), ("A-1003", True)]
    assert run(plan, record()).order["lines"] == order["lines"][:1]
    assert explain(plan, record(free=[{"n": 1}]))[-2].error


@pytest.mark.parametrize(("state", "status"), [(1, "paid"), (9, "unpaid")])
def test_MAP_04_a_label_that_is_not_named_becomes_what_the_template_says_otherwise(state: int, status: str) -> None:
    form = {"from": "state", "as": "enum", "map": {"1": "paid"}, "otherwise": "unpaid"}
    assert mapped(record(state=state), **{"payment.status": form}).order["payment"]["status"] == status


def test_amounts_of_several_places_are_added_up() -> None:
    form = {"from": ["off", "extras{}.*.fee"], "as": "money", "unit": "yuan", "sum": True}

    def discount(**own: Any) -> Any:
        return mapped(record(**own), **{"totals.discount": form}).order.get("totals", {}).get("discount")

    assert discount(off="1.5", extras='[{"fee":2.25},{"name":"x"},{"fee":"0.05"}]') == "3.80"
    assert discount() is None
    assert mapped(record(off="x"), **{"totals.discount": form}).needs[0][1].reason == "unfit"


@pytest.mark.parametrize(("amount", "discount"), [("20.00", "5.00"), ("25.00", None), ("26.00", None)])
def test_what_a_lines_amount_is_less_than_its_price_times_quantity_is_its_discount(amount: str, discount: Any) -> None:
    own = {
        "lines.unit_price": {"from": "price", "as": "money", "unit": "yuan"},
        "lines.amount": {"from": "paid", "as": "money", "unit": "yuan"},
        "lines.discount": {"as": "rest"},
    }
    order = mapped(record(items=[{"code": "A-1001", "n": 2, "price": "12.5", "paid": amount}]), **own).order
    assert order["lines"][0].get("discount") == discount
    assert "discount" not in mapped(record(), **own).order["lines"][0]


@pytest.mark.parametrize("no_time", [0, "0", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "1970-01-01 08:00:00"])
def test_a_time_that_platforms_write_for_none_says_nothing(no_time: Any) -> None:
    own = {"payment.paid_at": {"from": "paid_at", "as": "time", "format": "%Y-%m-%d %H:%M:%S"}}
    found = mapped(record(paid_at=no_time), **own)
    assert (found.needs, found.order["payment"]) == ((), {"status": "paid"})


@pytest.mark.parametrize("hidden", ["王*", "138****0000", "**街道**号", "~AgAAAA~1~", "仓前街道##abcd1234==#5#1##"])
def test_what_a_platform_hides_of_a_person_is_left_out_and_named(hidden: str) -> None:
    own = {"ship_to.contact.name": {"from": "who", "as": "decrypt_ref"},
           "ship_to.address.detail": {"from": ["town", "where"], "as": "join"}}  # fmt: skip
    order = mapped(record(who=hidden, where=hidden), **own).order
    assert order["attributes"]["encrypted_fields"] == "ship_to.contact.name ship_to.address.detail"
    assert "ship_to" not in order
    open_ = mapped(record(who="王工", town="仓前街道", where="文一西路3*502号"), **own).order["ship_to"]
    assert (open_["contact"]["name"], open_["address"]["detail"]) == ("王工", "仓前街道文一西路3*502号")


@pytest.mark.parametrize("nobody", [0, "0", "", None])
def test_MAP_11_an_id_of_nought_is_nobodys_so_that_guests_are_not_one_person(nobody: Any) -> None:
    own = {"buyer.ids.platform": {"from": ["customer_id", "guest"], "as": "id_text"}}
    assert "buyer" not in mapped(record(customer_id=nobody), **own).order
    known = mapped(record(customer_id=nobody, guest=77), **own).order
    assert known["buyer"]["ids"] == [{"scheme": "platform", "value": "77"}]


def from_preset(platform: str, **changes: Any) -> dict[str, Any]:
    """Map a platform's golden record with some values changed, at whatever depth they stand."""
    value = json.loads((GOLDEN / platform / "input.json").read_text(encoding="utf-8"))

    def put(node: Any) -> None:
        for own in node if isinstance(node, list) else ():
            put(own)
        if isinstance(node, dict):
            node.update({name: change for name, change in changes.items() if name in node})
            for own in node.values():
                put(own)

    put(value)
    plan = compile_template(presets()[platform])
    return run(plan, records(plan, value)[0]).order


def test_IN_03_what_platforms_say_of_money_returned_and_unpaid_orders() -> None:
    assert from_preset("pinduoduo", refund_status=4)["doc_type"] == "cancel"
    assert from_preset("pinduoduo", refund_status=2)["doc_type"] == "order"
    assert from_preset("shopify", financial_status="refunded")["doc_type"] == "cancel"
    assert from_preset("shopify", financial_status="partially_refunded")["doc_type"] == "order"
    value = json.loads((GOLDEN / "shopify" / "input.json").read_text(encoding="utf-8"))
    plan = compile_template(presets()["shopify"])
    order = records(plan, value)[0]
    order["line_items"] = [{**line, "current_quantity": 0} for line in order["line_items"]]
    gone = run(plan, order)
    assert (gone.order["doc_type"], len(gone.order["lines"]), gone.needs) == ("cancel", len(order["line_items"]), ())
    plan = compile_template(presets()["jd"])
    value = json.loads((GOLDEN / "jd" / "input.json").read_text(encoding="utf-8"))
    info = value["jingdong_pop_order_get_responce"]["orderDetailInfo"]["orderInfo"]
    info |= {"payType": "1-货到付款", "paymentConfirmTime": "0001-01-01 00:00:00"}
    assert run(plan, records(plan, value)[0]).order["payment"] == {"status": "unpaid"}


@pytest.mark.parametrize(
    ("platform", "changes", "said"),
    [
        ("taobao", {"num": 2, "sku_id": "1"}, None),
        ("pinduoduo", {"refund_status": 2}, "refunding"),
        ("pinduoduo", {"refund_status": 1}, None),
        ("wechat", {"sku_cnt": 3, "title": "x"}, None),
    ],
)
def test_IN_03_a_refund_at_the_platform_is_said_to_the_rules(platform: str, changes: Any, said: str | None) -> None:
    line = from_preset(platform, **changes)["lines"][0]
    assert line.get("attributes", {}).get("refunding") == said


@pytest.mark.parametrize(("open_", "done", "said"), [(0, 0, None), (1, 0, "1"), (1, 2, "3")])
def test_IN_03_units_that_a_platform_took_back_are_counted(open_: int, done: int, said: str | None) -> None:
    own = {"lines.attributes.refunding": {"from": ["on", "off"], "as": "quantity", "sum": True}}
    found = mapped(record(items=[{"code": "A-1001", "n": 3, "on": open_, "off": done}]), **own)
    assert (found.order["lines"][0].get("attributes", {}).get("refunding"), found.needs) == (said, ())


def test_a_split_with_a_joiner_puts_the_taken_part_first_and_leaves_what_has_no_mark_whole() -> None:
    own = {"as": "split", "on": "@#", "take": 1, "with": " "}
    assert shaped("text", "阳光小区 (3栋)@#广东省广州市天河区", **own) == "广东省广州市天河区 阳光小区 (3栋)"
    assert shaped("text", "江苏省苏州市星湖街328号", **own) == "江苏省苏州市星湖街328号"
