"""Forms of master data: what is shown comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.db.master import KINDS
from web.master import SHEETS, Column, from_form, to_form

COMPANY = json.loads((Path(__file__).parents[3] / "server" / "demo" / "company.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", list(SHEETS))
def test_every_column_is_a_field_of_its_kind(name: str) -> None:
    sheet = SHEETS[name]
    assert {column.name for column in sheet.columns} <= set(KINDS[sheet.kind].fields)


def _blank(value: Any) -> Any:
    return None if value in ("", [], {}) else value


@pytest.mark.parametrize("name", list(SHEETS))
def test_demo_items_survive_the_form(name: str) -> None:
    sheet = SHEETS[name]
    for item in COMPANY[sheet.kind]:
        for column in sheet.fields:
            if column.name in item:
                value = item[column.name]
                assert _blank(from_form(column, to_form(column, value))) == _blank(value), column.name


def test_codes_name_items_as_the_store_does() -> None:
    assert SHEETS["skus"].code({"sku": "A-1001"}) == "A-1001"
    assert SHEETS["stock"].code({"sku": "A-1001", "site": "GZ"}) == "A-1001@GZ"
    price = {"sku": "A-1001", "kind": "contract", "customer": "C-003", "promotion": None, "currency": "CNY"}
    assert SHEETS["prices"].code(price) == "A-1001:contract:C-003::CNY"
    assert SHEETS["prices"].code({**price, "valid_from": "2026-01-01"}) == "A-1001:contract:C-003::CNY:2026-01-01"


def test_people_may_lack_phone_and_mail() -> None:
    column = Column("contacts", "联系人", "people")
    assert from_form(column, "张总\n李四，13800138000") == [
        {"name": "张总", "phone": None, "email": None},
        {"name": "李四", "phone": "13800138000", "email": None},
    ]


def test_a_whole_number_that_is_none_is_left_for_the_store_to_refuse() -> None:
    assert from_form(Column("score", "信用分", "whole"), "abc") == "abc"
    assert from_form(Column("score", "信用分", "whole"), "720") == 720
