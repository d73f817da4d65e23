"""MAP-05: whoever sent a sheet finds the names of the own columns beside ours."""

from __future__ import annotations

from web.own_titles import by_field, own_titles

COLUMNS = [
    {"title": "商家编码", "field": "sku"},
    {"title": "件数", "field": "quantity"},
    {"title": "总件数", "field": "quantity"},
    {"title": "毛重", "field": None},
]


def test_MAP_05_own_columns_stand_in_their_order_beside_the_fields_that_they_became() -> None:
    told = [(one.title, one.label) for one in own_titles({"columns": COLUMNS})]
    assert told == [("商家编码", "产品型号"), ("件数", "数量"), ("总件数", "数量"), ("毛重", "")]


def test_MAP_05_the_first_of_several_columns_names_the_field() -> None:
    assert by_field(own_titles({"columns": COLUMNS})) == {"sku": "商家编码", "quantity": "件数"}


def test_MAP_05_other_documents_have_no_columns() -> None:
    assert own_titles({}) == ()
