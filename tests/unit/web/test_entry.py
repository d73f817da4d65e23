"""The entry form's message: each wrong field is named at once, nothing else gets through."""

from __future__ import annotations

from typing import Any

import pytest

from intake.known.initials import initials
from orders.errors import InvalidOrder
from tests.unit.intake.cast import catalogue
from web.entry import MOST_LINES, entered_of

LINE = {"sku": "A-1001", "quantity": "1,000", "unit": "个", "unit_price": "12.50"}
BODY: dict[str, Any] = {
    "token": "0123456789ab",
    "source": "qq",
    "values": {"/requested_date": "2026-12-01"},
    "lines": [LINE],
}


def read(**changes: Any) -> Any:
    return entered_of({**BODY, **changes}, catalogue(), "Asia/Shanghai")


def test_IN_15_form_is_read_field_by_field() -> None:
    found = read(customer="C-001", contact=0, submit=False)
    assert (found.source, found.customer, found.contact, found.place, found.submit) == ("qq", "C-001", 0, None, False)
    assert found.values["/requested_date"] == "2026-12-01"
    assert found.lines == [{**LINE, "quantity": "1000"}]


def test_VAL_01_all_wrong_fields_are_named_together() -> None:
    with pytest.raises(InvalidOrder) as refused:
        read(values={"/requested_date": "soon"}, lines=[{**LINE, "sku": "接头A型", "unit_price": "-1"}])
    named = {problem.pointer: problem.candidates for problem in refused.value.problems}
    assert set(named) == {"/requested_date", "/lines/0/sku", "/lines/0/unit_price"}
    assert named["/lines/0/sku"] == () or named["/lines/0/sku"][0].startswith("A-")


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "x"},
        {"source": "api"},
        {"values": []},
        {"lines": {}},
        {"lines": ["A-1001"]},
        {"lines": [LINE] * (MOST_LINES + 1)},
    ],
)
def test_IN_15_broken_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOrder) as refused:
        read(**changes)
    assert refused.value.code == "entry_broken"


def test_IN_15_fields_that_the_form_does_not_have_are_not_taken() -> None:
    found = read(values={"/channel": "erp", "/buyer/name": "某公司"}, contact=-1, place=True)
    assert "/channel" not in found.values
    assert (found.contact, found.place) == (None, None)


def test_IN_15_words_are_found_by_the_first_letters_of_their_sound() -> None:
    words = {"苏州恒力": "szhl", "A型接头 DN20": "axjtdn20", "啊座鑫": "az", "": ""}
    assert {word: initials(word) for word in words} == words
