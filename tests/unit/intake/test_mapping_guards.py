"""The guards of templates, each at its edge: what is too many, too odd or below zero is named and stops the order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from intake.mapping import engine
from intake.mapping.engine import compile_template, records, run
from intake.mapping.number import Unfit
from intake.mapping.template import load_template
from orders.errors import InvalidOrder, UnreadableDocument
from tests.unit.intake.test_mapping import BASE, mapped, record, shaped


@pytest.mark.parametrize(("lines", "fits"), [(engine.MAX_LINES, True), (engine.MAX_LINES + 1, False)])
def test_more_lines_than_an_order_may_have_are_named(lines: int, fits: bool) -> None:
    found = mapped(record(items=[{"code": "A-1001", "n": 1}] * lines))
    assert (len(found.order["lines"]), not found.needs) == ((lines, True) if fits else (0, False))


@pytest.mark.parametrize(("count", "fits"), [(engine.MAX_ORDERS, True), (engine.MAX_ORDERS + 1, False)])
def test_more_orders_than_a_delivery_may_have_are_refused(count: int, fits: bool) -> None:
    plan = compile_template(load_template({**BASE, "orders": "list"}))
    value = {"list": [record()] * count}
    if fits:
        assert len(records(plan, value)) == count
        return
    with pytest.raises(UnreadableDocument) as refused:
        records(plan, value)
    assert refused.value.code == "too_many_orders"


@pytest.mark.parametrize(
    ("unit", "value", "price"),
    [
        ("yuan", "0", "0.00"),
        ("yuan", "-0.01", None),
        ("yuan", Decimal("-1"), None),
        ("fen", 0, "0.00"),
        ("fen", -1, None),
    ],
)
def test_a_price_below_zero_is_no_price(unit: str, value: Any, price: str | None) -> None:
    if price is not None:
        assert shaped("price", value, **{"as": "money", "unit": unit}) == price
        return
    with pytest.raises(Unfit):
        shaped("price", value, **{"as": "money", "unit": unit})


@pytest.mark.parametrize(
    ("target", "one", "at"),
    [
        ("note", {"from": "x", "sum": True}, "/fields/note/sum"),
        ("note", {"from": "list.*.x"}, "/fields/note/from"),
        ("totals.discount", {"as": "rest"}, "/fields/totals.discount/as"),
        ("payment.status", {"from": "s", "as": "enum", "otherwise": "maybe"}, "/fields/payment.status/map/otherwise"),
        ("payment.status", {"from": "s", "as": "enum"}, "/fields/payment.status/map"),
    ],
)
def test_MAP_01_a_template_that_cannot_work_is_refused_at_its_place(target: str, one: dict[str, Any], at: str) -> None:
    with pytest.raises(InvalidOrder) as refused:
        load_template({**BASE, "fields": {**BASE["fields"], target: one}})
    assert at in {problem.pointer for problem in refused.value.problems}


GROUPED: dict[str, Any] = {
    "group_by": "no",
    "fields": {
        "number": {"from": "no"},
        "note": {"from": "rows"},
        "lines.sku": {"from": "code"},
        "lines.quantity": {"from": "n", "as": "quantity"},
    },
}


def test_a_sheets_column_called_rows_and_rows_that_are_none_break_nothing() -> None:
    plan = compile_template(load_template(GROUPED))
    value = [{"no": "7", "code": "A", "n": "1", "rows": "3"}, "x", 5, {"no": "", "code": "B", "n": "2", "rows": "4"}]
    (found,) = records(plan, value)
    assert [line["sku"] for line in run(plan, found).order["lines"]] == ["A", "B"]


def test_a_path_of_a_digit_that_is_no_place_is_a_name() -> None:
    assert mapped(record(**{"²": "x"}), note={"from": "²"}).order["note"] == "x"
