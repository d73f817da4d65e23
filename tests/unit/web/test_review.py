"""The review screen's view model: what is doubtful, what is missing, what a person has seen."""

from __future__ import annotations

from typing import Any

from orders.edit import CONFIRMED
from web.review import answer_of, as_text, sheet_of, value_at


def draft(**changes: Any) -> dict[str, Any]:
    order = {
        "number": "PO-1",
        "currency": "CNY",
        "requested_date": "2026-11-30",
        "payment_terms": "net30",
        "fulfilment": "delivery",
        "urgent": False,
        "note": "",
        "buyer": {"name": "苏州恒力机电有限公司", "contact": {"name": None, "phone": None}},
        "ship_to": {"contact": {"name": None, "phone": None}, "address": {"text": "江苏省苏州市"}},
        "lines": [
            {"line_no": 1, "sku": "A-1001", "name": "A型接头", "quantity": "1000", "unit": "个", "unit_price": "12.50",
             "amount": "12500.00"}
        ],
        "totals": {"goods": "12500.00", "discount": "0.00", "shipping": "0.00", "tax": "0.00", "payable": "12500.00"},
    }  # fmt: skip
    return {"order": {**order, **changes}, "fields": [], "warnings": []}


def doubt(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "value": None, "raw": "", "status": "confirm", "why": ["模糊"], **more}


def spot(value: dict[str, Any], path: str) -> Any:
    return next(item for item in sheet_of(value).spots() if item.path == path)


def test_VAL_01_a_whole_draft_has_nothing_to_look_at() -> None:
    sheet = sheet_of(draft())
    assert sheet.left == 0
    assert sheet.missing() == []


def test_VAL_01_each_of_the_six_required_fields_blocks_when_empty() -> None:
    line = draft()["order"]["lines"][0]
    cases = {
        "/buyer/name": draft(buyer={"name": None, "contact": {}}),
        "/requested_date": draft(requested_date=None),
        "/payment_terms": draft(payment_terms=None),
        "/lines/0/sku": draft(lines=[{**line, "sku": None}]),
        "/lines/0/quantity": draft(lines=[{**line, "quantity": None}]),
        "/lines/0/unit_price": draft(lines=[{**line, "unit_price": None}]),
    }
    for path, value in cases.items():
        missing = sheet_of(value).missing()
        assert [item.path for item in missing] == [path]
        assert missing[0].mark == "bad"
        assert missing[0].note


def test_VAL_01_an_optional_field_may_be_empty() -> None:
    assert sheet_of(draft(number=None, note=None)).missing() == []


def test_VAL_01_a_draft_without_lines_is_blocked() -> None:
    assert [item.path for item in sheet_of(draft(lines=[])).missing()] == ["/lines"]


def test_a_doubtful_field_carries_its_reasons_choices_and_place() -> None:
    value = draft()
    value["fields"] = [doubt("/lines/0/quantity", alternatives=["1000", "7000"], page=2, box=[0.1, 0.2, 0.3, 0.4])]
    found = spot(value, "/lines/0/quantity")
    assert (found.mark, found.why, found.alternatives, found.page) == ("doubt", ("模糊",), ("1000", "7000"), 2)
    assert found.box == "0.10000,0.20000,0.30000,0.40000"


def test_no_more_than_nine_choices_for_nine_keys() -> None:
    value = draft()
    value["fields"] = [doubt("/number", alternatives=[str(number) for number in range(12)])]
    assert len(spot(value, "/number").alternatives) == 9


def test_a_field_that_a_person_confirmed_is_seen_and_not_doubtful() -> None:
    value = draft()
    value["fields"] = [{**doubt("/number"), "status": "auto", "why": [CONFIRMED]}]
    assert spot(value, "/number").mark == "seen"
    assert sheet_of(value).left == 0


def test_a_doubtful_field_outside_the_form_is_shown_below() -> None:
    value = draft(bill_to={"name": "甲"})
    value["fields"] = [doubt("/bill_to/name")]
    sheet = sheet_of(value)
    assert [item.path for item in sheet.others] == ["/bill_to/name"]
    assert sheet.left == 1


def test_a_problem_of_the_server_marks_its_field() -> None:
    value = {**draft(), "problems": [{"pointer": "/lines/0/sku", "message": "没有这个产品"}]}
    found = spot(value, "/lines/0/sku")
    assert (found.mark, found.note) == ("bad", "没有这个产品")


def test_unknown_payment_terms_stay_choosable() -> None:
    assert ("net45", "net45") in spot(draft(payment_terms="net45"), "/payment_terms").options


def test_the_answer_to_an_edit_says_value_and_doubt_of_every_field() -> None:
    answer = answer_of(sheet_of(draft(payment_terms=None)))
    assert answer["/payment_terms"] == {"value": "", "doubt": True, "hint": ""}
    assert answer["/number"] == {"value": "PO-1", "doubt": False, "hint": ""}


def test_pointers_that_lead_nowhere_give_nothing() -> None:
    order = draft()["order"]
    assert value_at(order, "/lines/7/sku") is None
    assert value_at(order, "/number/x") is None
    assert as_text(True) == "true"


def test_VAL_10_what_the_lines_come_to_is_shown_where_nothing_is_stated() -> None:
    line = {"sku": "A-1001", "quantity": "3", "unit_price": "1.335", "discount": "0.01", "amount": None}
    stated = {"sku": "A-1002", "quantity": "1", "unit_price": "9", "amount": "8.00"}
    both = draft(lines=[line, stated], totals={})
    assert spot(both, "/lines/0/amount").hint == "4.00"  # 4.005 is 4.01, less 0.01
    assert spot(both, "/totals/goods").hint == "12.00"  # what is stated counts as stated
    assert answer_of(sheet_of(both))["/lines/0/amount"]["value"] == ""  # shown, never filled in
    unknown = draft(lines=[{**line, "unit_price": None}, stated], totals={})
    assert (spot(unknown, "/lines/0/amount").hint, spot(unknown, "/totals/goods").hint) == ("", "")
