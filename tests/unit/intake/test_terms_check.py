"""What differs from the contract, the price list and the least quantity is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.terms_check import differences
from orders.money import parse_micro
from tests.unit.intake.cast import catalogue, line, order


def agreed(contract: str | None = "12.00", least: str | None = "100"):
    base = catalogue()
    prices = {} if contract is None else {"A-1001": parse_micro(contract)}
    customer = replace(base.customers["C-001"], contract_prices=prices)
    sku = replace(base.skus["A-1001"], min_quantity=None if least is None else parse_micro(least))
    skus = {**base.skus, "A-1001": replace(sku, pack_size=parse_micro("50"), pack_unit="箱")}
    return replace(base, customers={**base.customers, "C-001": customer}, skus=skus)


def found(known, **changes):
    return [(one.path, one.code, one.stated, one.agreed) for one in differences(order(lines=[line(**changes)]), known)]


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("11.99", [("/lines/0/unit_price", "contract_price", "11.99", "12.00")]),
        ("12.00", []),
        ("12.01", [("/lines/0/unit_price", "contract_price", "12.01", "12.00")]),
        (None, []),
    ],
)
def test_MAP_08_price_that_is_not_the_contracts_is_shown(price, expected):
    assert found(agreed(), unit_price=price) == expected


def test_MAP_08_without_a_contract_the_price_list_is_compared():
    assert found(agreed(None), unit_price="12.50") == []
    assert found(agreed(None), unit_price="12.00") == [("/lines/0/unit_price", "list_price", "12.00", "12.50")]


@pytest.mark.parametrize(("quantity", "shown"), [("99", True), ("99.999999", True), ("100", False)])
def test_MAP_08_quantity_below_the_least_is_shown(quantity, shown):
    assert bool(found(agreed(), unit_price="12.00", quantity=quantity)) is shown


def test_MAP_08_packs_are_compared_by_the_piece():
    assert found(agreed(), unit="箱", quantity="2", unit_price="600.00") == []
    (price, least) = found(agreed(), unit="箱", quantity="1", unit_price="599.00")
    assert price == ("/lines/0/unit_price", "contract_price", "599.00", "600.00")
    assert least == ("/lines/0/quantity", "min_quantity", "50", "100")


def test_MAP_08_reason_says_how_much_in_both_languages():
    (one,) = differences(order(lines=[line(unit_price="11.40")]), agreed(least=None))
    assert one.zh == "单价 11.40，协议价 12.00（低 5.0 %）"
    assert one.en == "unit price 11.40, contract price 12.00 (5.0 % below)"


def test_MAP_08_other_currency_and_unknown_product_are_not_compared():
    known = agreed()
    assert differences(order(currency="USD", lines=[line(unit_price="1.00")]), known) == ()
    assert differences(order(lines=[line(sku="X-1", unit_price="1.00", quantity="1")]), known) == ()
