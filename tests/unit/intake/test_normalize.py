"""Normalize: what is stated stays, what is silent is filled, what cannot be an order is refused with candidates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from intake.normalize import normalize
from orders.catalogue import Catalogue
from orders.errors import InvalidOrder, Problem
from orders.money import fen_text, parse_micro, price_text, quantity_text
from orders.order import Order, OrderType
from orders.wire import content_hash, order_from_json, order_to_json
from tests.unit.intake.cast import catalogue, line, order

NOW = datetime(2026, 11, 22, 2, 15, 0, 123456, tzinfo=UTC)


def normal(value: dict[str, Any], master: Catalogue | None = None) -> Order:
    return normalize(value, master or catalogue(), channel="api", received_at=NOW, timezone="Asia/Shanghai")


def refused(*lines: dict[str, Any], **changes: Any) -> tuple[Problem, ...]:
    with pytest.raises(InvalidOrder) as caught:
        normal(order(lines=list(lines), **changes))
    return caught.value.problems


def test_MAP_08_order_keeps_the_six_fields_of_the_entry_form() -> None:
    result = normal(order())
    assert result.buyer.name == "苏州恒力机电有限公司"
    assert result.lines[0].sku == "A-1001"
    assert quantity_text(result.lines[0].quantity) == "1000"
    assert price_text(result.lines[0].unit_price or 0) == "12.50"
    assert result.requested_date == date(2026, 11, 30)
    assert result.payment_terms == "net30"


def test_order_comes_back_from_its_own_json_with_the_same_content() -> None:
    result = normal(order())
    again = normal(order_to_json(result))
    assert again == result == order_from_json(order_to_json(result))


def test_order_of_the_least_that_is_required_is_taken() -> None:
    result = normal({"currency": "CNY", "lines": [{"sku": "A-1001", "quantity": "1"}]})
    assert (result.channel, result.number, result.note) == ("api", None, "")
    assert result.issued_at.isoformat() == "2026-11-22T10:15:00+08:00"
    assert (result.lines[0].name, result.lines[0].spec, result.lines[0].unit) == ("A型接头", "DN20", "个")


def test_silent_price_is_the_customers_contract_price_else_the_list_price() -> None:
    master = catalogue()
    customer = replace(master.customers["C-001"], contract_prices={"A-1001": parse_micro("11.80")})
    contract = Catalogue(skus=master.skus, customers={**master.customers, "C-001": customer})
    silent = order(lines=[{"sku": "A-1001", "quantity": "2"}, {"sku": "A-1002", "quantity": "1"}])
    assert [price_text(entry.unit_price or 0) for entry in normal(silent, contract).lines] == ["11.80", "15.80"]
    assert fen_text(normal(silent, contract).totals.payable) == "39.40"


def test_silent_price_stays_open_for_a_gift_another_currency_and_a_product_without_price() -> None:
    silent = {"sku": "A-1001", "quantity": "2"}
    assert normal(order(lines=[{**silent, "is_gift": True}])).lines[0].unit_price is None
    assert normal(order(currency="USD", lines=[silent])).lines[0].amount is None
    master = catalogue()
    priceless = Catalogue(skus={"A-1001": replace(master.skus["A-1001"], list_price=None)}, customers={})
    assert normal(order(lines=[silent]), priceless).lines[0].unit_price is None


def test_order_states_its_channel_and_time_and_keeps_them() -> None:
    result = normal(order())
    assert result.channel == "erp"
    assert result.issued_at.isoformat() == "2026-11-22T10:15:00+08:00"


def test_same_content_by_two_doors_has_the_same_hash() -> None:
    by_api = normal(order(channel="erp"))
    by_mail = normal(order(channel="mail", issued_at="2026-11-23T09:00:00+08:00"))
    assert content_hash(by_api) == content_hash(by_mail)


@pytest.mark.parametrize("sku", ["a-1001", "Ａ－１００１", " A-1001", "A型接头", "A接头"])
def test_MAP_09_code_alias_or_exact_name_finds_the_sku(sku: str) -> None:
    assert normal(order(lines=[line(sku=sku)])).lines[0].sku == "A-1001"


@pytest.mark.parametrize(("sku", "nearest"), [("A-10O1", "A-1001"), ("B型接", "A-1002"), ("黄铜球伐", "A-1003")])
def test_MAP_09_model_not_in_the_master_is_refused_with_the_nearest(sku: str, nearest: str) -> None:
    (problem,) = refused(line(sku=sku))
    assert (problem.pointer, problem.code, problem.candidates[0]) == ("/lines/0/sku", "unknown_sku", nearest)
    assert sku in problem.message_zh


def test_MAP_09_name_with_another_specification_is_refused() -> None:
    assert refused(line(sku="A型接头", spec="DN50"))[0].code == "unknown_sku"
    assert normal(order(lines=[line(sku="A型接头", spec="ＤＮ20")])).lines[0].sku == "A-1001"


def test_MAP_09_name_that_two_products_share_is_refused_with_both() -> None:
    master = catalogue()
    twin = replace(master.skus["A-1001"], sku="A-2001", spec="DN50", gtin=None, aliases=())
    two = Catalogue(skus={**master.skus, "A-2001": twin}, customers={})
    with pytest.raises(InvalidOrder) as caught:
        normal(order(lines=[line(sku="A型接头")]), two)
    assert set(caught.value.problems[0].candidates[:2]) == {"A-1001", "A-2001"}
    assert normal(order(lines=[line(sku="A型接头", spec="DN50")]), two).lines[0].sku == "A-2001"


def test_MAP_09_every_unknown_line_is_named() -> None:
    found = refused(line(sku="X"), line(), line(sku="Y"))
    assert [problem.pointer for problem in found] == ["/lines/0/sku", "/lines/2/sku"]


def test_MAP_09_nearest_are_looked_up_for_the_first_ten_unknown_lines() -> None:
    found = refused(*[line(sku=f"A-10{number}X") for number in range(11)])
    assert [bool(problem.candidates) for problem in found] == [True] * 10 + [False]


def test_customers_own_number_and_gtin_find_the_sku() -> None:
    result = normal(
        order(lines=[{"buyer_sku": "hl-qf-20", "quantity": "1"}, {"gtin": "6901234500028", "quantity": "1"}])
    )
    assert [entry.sku for entry in result.lines] == ["A-1003", "A-1002"]


def test_customers_own_number_of_another_customer_is_refused() -> None:
    stranger = {"name": "成都华川自动化设备有限公司"}
    (problem,) = refused({"buyer_sku": "HL-QF-20", "name": "黄铜球阀", "quantity": "1"}, buyer=stranger)
    assert (problem.pointer, problem.candidates[0]) == ("/lines/0/buyer_sku", "A-1003")


@pytest.mark.parametrize(
    "buyer",
    [
        {"ids": [{"scheme": "customer_code", "value": "c-001"}]},
        {"ids": [{"scheme": "uscc", "value": "91320505MA1KL0011B"}]},
        {"name": "苏州恒力机电有限公司"},
        {"contact": {"phone": "+86 138-0013-8000"}},
        {"contact": {"email": "Purchase@hengli.example"}},
    ],
)
def test_MAP_11_customer_is_known_by_code_tax_number_name_phone_or_mail(buyer: dict[str, Any]) -> None:
    result = normal(order(buyer=buyer, lines=[{"buyer_sku": "HL-JT-20", "quantity": "1"}]))
    assert result.lines[0].sku == "A-1001"


def test_identifiers_that_name_two_products_are_refused_with_both() -> None:
    (problem,) = refused(line(gtin="6901234500035"))
    assert (problem.pointer, problem.code) == ("/lines/0/gtin", "sku_conflict")
    assert problem.candidates == ("A-1001", "A-1003")


def test_MAP_12_unit_of_the_same_meaning_becomes_the_products_own() -> None:
    assert normal(order(lines=[line(unit="PCS")])).lines[0].unit == "个"


def test_MAP_12_whole_packs_are_converted_with_their_price() -> None:
    (converted,) = normal(order(lines=[line(unit="箱", quantity="2", unit_price="2500.00")])).lines
    assert (quantity_text(converted.quantity), converted.unit) == ("400", "个")
    assert price_text(converted.unit_price or 0) == "12.50"
    assert fen_text(converted.amount or 0) == "5000.00"


def test_MAP_12_pack_price_that_does_not_come_out_even_is_refused() -> None:
    (problem,) = refused(line(sku="A-1009", unit="箱", quantity="2", unit_price="100.00"))
    assert (problem.pointer, problem.code) == ("/lines/0/unit_price", "unit_price_not_exact")


def test_MAP_12_pack_quantity_beyond_the_limit_is_refused() -> None:
    (problem,) = refused({"sku": "A-1001", "unit": "箱", "quantity": "999999999"})
    assert (problem.pointer, problem.code) == ("/lines/0/quantity", "quantity_not_exact")


def test_MAP_12_unit_of_another_meaning_is_refused_with_those_that_fit() -> None:
    (problem,) = refused(line(unit="公斤"))
    assert (problem.pointer, problem.code, problem.candidates) == ("/lines/0/unit", "unknown_unit", ("个", "箱"))


def test_totals_are_computed_where_the_sender_is_silent() -> None:
    result = normal(order(lines=[line(quantity="3", unit_price="0.0185"), line(quantity="1", discount="0.50")]))
    assert [fen_text(entry.amount or 0) for entry in result.lines] == ["0.06", "12.00"]
    assert (fen_text(result.totals.goods), fen_text(result.totals.payable)) == ("12.06", "12.06")


def test_totals_of_shipping_tax_and_discount_enter_the_payable_sum() -> None:
    totals = normal(order(totals={"discount": "100.00", "shipping": "20.00", "tax": "1.50"})).totals
    assert fen_text(totals.payable) == "12421.50"


def test_VAL_10_stated_amount_and_totals_are_kept_however_wrong() -> None:
    result = normal(order(lines=[line(amount="1.00")], totals={"goods": "5.00", "payable": "7.00"}))
    assert fen_text(result.lines[0].amount or 0) == "1.00"
    assert (fen_text(result.totals.goods), fen_text(result.totals.payable)) == ("5.00", "7.00")


def test_VAL_10_stated_zero_is_stated() -> None:
    assert fen_text(normal(order(totals={"payable": "0.00"})).totals.payable) == "0.00"


def test_gift_without_a_price_costs_nothing() -> None:
    result = normal(order(lines=[line(), {"sku": "A-1004", "quantity": "1", "is_gift": True}]))
    assert result.lines[1].amount == 0


def test_amount_beyond_the_limit_is_refused_by_its_line() -> None:
    (problem,) = refused(line(), line(quantity="999999999", unit_price="999999999"))
    assert (problem.pointer, problem.code) == ("/lines/1/quantity", "amount_too_large")


def test_sum_beyond_the_limit_is_refused() -> None:
    (problem,) = refused(line(amount="9999999999999.99"), line(amount="9999999999999.99"))
    assert (problem.pointer, problem.code) == ("/totals", "amount_too_large")


def test_line_numbers_are_filled_around_the_stated_ones() -> None:
    result = normal(order(lines=[line(), line(line_no=1), line(line_no=7), line()]))
    assert [entry.line_no for entry in result.lines] == [2, 1, 7, 3]


def test_line_number_that_comes_twice_is_refused() -> None:
    (problem,) = refused(line(), line(line_no=2), line(line_no=2))
    assert (problem.pointer, problem.code) == ("/lines/1/line_no", "line_no_twice")


@pytest.mark.parametrize(
    ("skus", "expected"),
    [
        (["A-1001"], OrderType.STOCK),
        (["A-1001", "A-1009"], OrderType.PRESALE),
        (["A-1009", "A-1010"], OrderType.CUSTOM),
    ],
)
def test_VAL_07_type_is_rolled_up_from_the_products(skus: list[str], expected: OrderType) -> None:
    lines = [{"sku": sku, "quantity": "1"} for sku in skus]
    assert normal(order(lines=lines)).type is expected
    assert normal(order(lines=lines, type="stock")).type is expected


def test_VAL_07_type_stated_by_a_line_is_kept_and_by_the_order_only_raised() -> None:
    assert normal(order(lines=[line(sku="A-1009", unit="支", type="stock")])).type is OrderType.STOCK
    assert normal(order(type="custom")).type is OrderType.CUSTOM


def test_MAP_12_phone_name_and_address_are_cleaned() -> None:
    ship_to = {
        "contact": {"name": " 王　工 ", "phone": "139 0013 9000"},
        "address": {"text": "江苏省苏州市　虎丘区星湖街３２８号"},
    }
    result = normal(order(ship_to=ship_to))
    assert (result.ship_to.contact.name, result.ship_to.contact.phone) == ("王 工", "13900139000")
    assert result.ship_to.address.detail == "星湖街328号"
    assert result.ship_to.address.adcode == "320505"


def test_VAL_03_address_that_is_ambiguous_stays_open_for_the_rule() -> None:
    result = normal(order(ship_to={"address": {"text": "朝阳区建国路88号"}}))
    assert (result.ship_to.address.province, result.ship_to.address.district) == (None, None)


def test_wrong_shape_is_refused_before_the_catalogue_is_asked() -> None:
    assert [problem.code for problem in refused(line(sku="X", quantity=1))] == ["decimal_text"]
