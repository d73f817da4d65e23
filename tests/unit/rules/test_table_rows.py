"""Rows of a table edited in a file's text: what stays keeps its layout and comments, what is written reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.errors import RuleAuthorError
from rules.bundle import load_bundle
from rules.change.difference import differences
from rules.change.rows import Column, set_rows, tables

TEXT = """policy: t
owner: risk
stage: route
tables:
  region:
    zh: 地区表
    columns: {province: {type: text, zh: 省份}, site: {type: code, zh: 仓库, choices: [GZ, CD]}, code: {type: text, zh: 编号}}
    rows:
      # the west
      - [四川, CD, "01"]   # nearest
      - [西藏,  CD, null]
  none: {zh: 空表, columns: {a: {type: text, zh: 甲}}, rows: []}
rules:
  - {id: T-1, when: [region.province = order.ship_to.province], then: [{route: region.site}], message: {zh: x, en: x}}
"""  # noqa: E501
SICHUAN, TIBET = ("四川", "CD", "01"), ("西藏", "CD", "")


def rows(text: str) -> tuple[tuple[str, ...], ...]:
    return tables("t.yaml", text)[0].rows


def test_RTE_09_a_table_is_read_with_its_columns_and_empty_cells() -> None:
    region, none = tables("t.yaml", TEXT)
    assert region.columns[1] == Column("site", "仓库", "code", ("GZ", "CD"))
    assert (region.rows, none.rows, region.zh) == ((SICHUAN, TIBET), (), "地区表")


def test_RTE_09_a_row_is_added_and_the_others_stay_as_written() -> None:
    new = set_rows("t.yaml", TEXT, {"region": [SICHUAN, TIBET, ("湖北", "GZ", "02")]})
    assert new == TEXT.replace("CD, null]\n", 'CD, null]\n      - [湖北, GZ, "02"]\n')
    load_bundle({"t.yaml": new})


def test_RTE_09_a_row_is_changed_and_one_taken_away() -> None:
    new = set_rows("t.yaml", TEXT, {"region": [("四川", "GZ", "01")]})
    assert rows(new) == (("四川", "GZ", "01"),)
    assert "# the west" in new
    assert set_rows("t.yaml", TEXT, {"region": [SICHUAN, TIBET]}) == TEXT


def test_RTE_09_a_table_is_emptied_and_filled_again() -> None:
    empty = set_rows("t.yaml", TEXT, {"region": []})
    assert rows(empty) == ()
    assert rows(set_rows("t.yaml", empty, {"region": [SICHUAN]})) == (SICHUAN,)
    assert tables("t.yaml", set_rows("t.yaml", TEXT, {"none": [("甲",)]}))[1].rows == (("甲",),)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), max_size=8)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=6))
def test_RTE_09_whatever_is_typed_into_a_table_reads_back(wanted: list[tuple[str, str, str]]) -> None:
    assert rows(set_rows("t.yaml", TEXT, {"region": wanted})) == tuple(wanted)


@pytest.mark.parametrize("word", ["null", "~", "true", "1", "x: y", "#"])
def test_RTE_09_a_word_that_yaml_knows_stays_the_text_that_was_typed(word: str) -> None:
    assert rows(set_rows("t.yaml", TEXT, {"region": [("四川", word, "")]})) == (("四川", word, ""),)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(RuleAuthorError, match="no table nope"):
        set_rows("t.yaml", TEXT, {"nope": []})


def test_what_changed_in_a_table_is_told_row_by_row() -> None:
    new = set_rows("t.yaml", TEXT, {"region": [TIBET, ("湖北", "GZ", "")]})
    (found,) = differences({"t.yaml": TEXT}, {"t.yaml": new})
    assert (found.what, found.zh) == ("table", "地区表")
    assert (found.removed, found.added) == (("四川 · CD · 01",), ("湖北 · GZ · —",))


PARAM = """policy: p
owner: risk
stage: fraud
params:
  mode: {{value: {value}, zh: 口径, en: mode, choices: {choices}}}
rules:
  - {{id: P-1, when: [$mode is hold, order.payable > 1.00], then: [{{flag: F}}], message: {{zh: x, en: x}}}}
"""


@pytest.mark.parametrize("choices", ["[hold, flag]", "{hold: {zh: 挂, en: h}, flag: {zh: 标, en: f}}"])
def test_RSK_10_a_parameter_with_choices_is_one_of_them(choices: str) -> None:
    load_bundle({"p.yaml": PARAM.format(value="flag", choices=choices)})
    with pytest.raises(RuleAuthorError) as refused:
        load_bundle({"p.yaml": PARAM.format(value="flagg", choices=choices)})
    assert (refused.value.line, refused.value.suggestion) == (5, "flag")
