"""The shape of a canonical order: the frozen schema and the models say the same, and each fault is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from intake.canonical import parse_order, without_holes
from intake.readers.payload import load_strict
from orders.errors import InvalidOrder, Problem
from tests.contract.order_strategy import inputs
from tests.unit.intake.cast import ROOT, line, order

GOLDEN = ROOT / "tests" / "golden" / "schema" / "order"


def problems(value: Any) -> tuple[Problem, ...]:
    with pytest.raises(InvalidOrder) as caught:
        parse_order(value)
    return caught.value.problems


def faults(value: Any) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in problems(value)]


@settings(suppress_health_check=list(HealthCheck))
@given(inputs())
def test_order_that_the_schema_allows_is_taken(value: dict[str, Any]) -> None:
    assert len(parse_order(value).lines) == len(value["lines"])


@pytest.mark.parametrize("path", sorted((GOLDEN / "invalid").glob("*.json")), ids=lambda path: path.stem)
def test_order_that_the_schema_refuses_is_refused_at_the_same_pointer(path: Any) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    assert case["pointer"] in {problem.pointer for problem in problems(case["value"])}


@pytest.mark.parametrize("path", sorted((GOLDEN / "valid").glob("*.json")), ids=lambda path: path.stem)
def test_order_of_the_golden_examples_is_taken(path: Any) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    assert len(parse_order(value).lines) == len(value["lines"])


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"currency": None}, "/currency", "currency"),
        ({"currency": "RMB"}, "/currency", "currency"),
        ({"currency": "cny"}, "/currency", "currency"),
        ({"lines": []}, "/lines", "too_short"),
        ({"lines": [line()] * 1001}, "/lines", "too_long"),
        ({"lines": {}}, "/lines", "must_be_list"),
        ({"lines": ["A-1001"]}, "/lines/0", "must_be_object"),
        ({"number": 117}, "/number", "must_be_text"),
        ({"number": ""}, "/number", "required"),
        ({"number": "x" * 65}, "/number", "too_long"),
        ({"curency": "CNY"}, "/curency", "unknown_key"),
        ({"doc_type": "quote"}, "/doc_type", "one_of"),
        ({"channel": "ERP 1"}, "/channel", "format"),
        ({"issued_at": "2026-11-22T10:15:00"}, "/issued_at", "instant"),
        ({"issued_at": "2026-11-22"}, "/issued_at", "instant"),
        ({"issued_at": "0001-01-01T00:00:00+14:00"}, "/issued_at", "instant"),
        ({"issued_at": 1763780000}, "/issued_at", "instant"),
        ({"issued_at": "2026-11-22T10:15:00.1234567890Z"}, "/issued_at", "instant"),
        ({"requested_date": "2026-02-29"}, "/requested_date", "day"),
        ({"requested_date": "2026/11/30"}, "/requested_date", "day"),
        ({"urgent": "yes"}, "/urgent", "must_be_true_or_false"),
        ({"urgent": None}, "/urgent", "must_be_true_or_false"),
        ({"note": "x" * 2001}, "/note", "too_long"),
        ({"attributes": {"weight": 1.5}}, "/attributes/weight", "attribute"),
        ({"attributes": {"text": "x" * 2001}}, "/attributes/text", "attribute"),
        ({"attributes": {f"a{n}": "x" for n in range(101)}}, "/attributes", "too_long"),
        ({"attributes": {"Bad Name": "x"}}, "/attributes", "attribute_name"),
        ({"totals": {"payable": 12500}}, "/totals/payable", "decimal_text"),
        ({"ship_to": {"address": {"adcode": "3205"}}}, "/ship_to/address/adcode", "format"),
        ({"buyer": {"ids": [{"scheme": "USCC", "value": "1"}]}}, "/buyer/ids/0/scheme", "format"),
    ],
)
def test_order_with_a_fault_is_refused_by_its_pointer(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert faults(order(**changes)) == [(pointer, code)]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"quantity": 1000}, "quantity", "decimal_text"),
        ({"quantity": 1000.5}, "quantity", "decimal_text"),
        ({"quantity": "0"}, "quantity", "zero_quantity"),
        ({"quantity": "0.000000"}, "quantity", "zero_quantity"),
        ({"quantity": "-1"}, "quantity", "negative"),
        ({"quantity": "1e3"}, "quantity", "quantity"),
        ({"quantity": "１０００"}, "quantity", "quantity"),
        ({"quantity": "1.0000001"}, "quantity", "quantity"),
        ({"quantity": "1000000000"}, "quantity", "quantity"),
        ({"unit_price": 12.5}, "unit_price", "decimal_text"),
        ({"unit_price": "12,50"}, "unit_price", "price"),
        ({"unit_price": "-0.01"}, "unit_price", "negative"),
        ({"amount": "1.005"}, "amount", "amount"),
        ({"amount": "10000000000000.00"}, "amount", "amount"),
        ({"tax_rate": "13"}, "tax_rate", "rate"),
        ({"tax_rate": "9"}, "tax_rate", "rate"),
        ({"tax_rate": "1"}, "tax_rate", "rate"),
        ({"line_no": "1"}, "line_no", "must_be_integer"),
        ({"line_no": 0}, "line_no", "too_small"),
        ({"line_no": 100_000}, "line_no", "too_large"),
        ({"line_no": True}, "line_no", "must_be_integer"),
        ({"is_gift": 1}, "is_gift", "must_be_true_or_false"),
        ({"sku": None}, "sku", "must_be_text"),
        ({"sku": " "}, "sku", "required"),
        ({"sku": ""}, "sku", "required"),
    ],
)
def test_MAP_08_line_with_a_fault_is_refused_by_its_pointer(changes: dict[str, Any], field: str, code: str) -> None:
    assert faults(order(lines=[line(), line(**changes)])) == [(f"/lines/1/{field}", code)]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("quantity", "0.000001"),
        ("quantity", "999999999.999999"),
        ("unit_price", "0"),
        ("unit_price", "0.0185"),
        ("amount", "9999999999999.99"),
        ("amount", "12.5000"),
        ("tax_rate", "0.999999"),
    ],
)
def test_MAP_08_line_at_the_limits_is_taken(field: str, text: str) -> None:
    assert len(parse_order(order(lines=[line(**{field: text})])).lines) == 1


def test_time_with_nanoseconds_is_taken_to_the_microsecond() -> None:
    stated = parse_order(order(issued_at="2026-11-22T10:15:00.123456789+08:00"))
    assert stated.issued_at.isoformat() == "2026-11-22T10:15:00.123456+08:00"


def test_float_for_money_is_refused_by_its_pointer_straight_from_the_bytes() -> None:
    body = json.dumps(order(lines=[line(unit_price=12.5)])).encode()
    assert faults(load_strict(body)) == [("/lines/0/unit_price", "decimal_text")]


def test_every_fault_of_an_order_is_named_at_once_in_two_languages() -> None:
    found = problems(order(currency="XXX", lines=[line(quantity="x"), line(unit_price=1)]))
    assert [problem.pointer for problem in found] == ["/currency", "/lines/0/quantity", "/lines/1/unit_price"]
    assert all(problem.message_zh != problem.message_en for problem in found)


def test_faults_are_listed_up_to_fifty() -> None:
    assert len(problems(order(lines=[line(quantity=1)] * 1000))) == 50


def test_unknown_key_names_the_nearest_known_one() -> None:
    assert problems(order(curency="CNY"))[0].candidates[0] == "currency"
    assert problems(order(lines=[line(qantity="1")]))[0].candidates[0] == "quantity"
    assert problems(order(buyer={"contact": {"fone": "1"}}))[0].candidates[0] == "phone"


def test_enumeration_names_what_is_allowed() -> None:
    assert problems(order(type="spot"))[0].candidates == ("stock", "presale", "custom")
    assert problems(order(currency="RMB"))[0].candidates == ("CNY",)


@pytest.mark.parametrize("value", [None, 1, "order", [], [{}]])
def test_value_that_is_no_object_is_refused(value: Any) -> None:
    assert faults(value) == [("", "must_be_object")]


def test_line_without_sku_is_taken_when_another_identifier_stands_in() -> None:
    parse_order(order(lines=[{"buyer_sku": "HL-JT-20", "quantity": "1"}]))
    assert faults(order(lines=[{"buyer_sku": " ", "quantity": "1"}])) == [("/lines/0/sku", "required")]


def test_draft_with_holes_counts_them_as_not_stated() -> None:
    draft = order(urgent=None, totals={"goods": None}, lines=[line(line_no=None, sku="A-1001", type=None)])
    assert len(parse_order(without_holes(draft)).lines) == 1
