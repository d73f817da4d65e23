"""Rows, tables and labelled values by geometry alone: the words are set by hand, the grammar is a toy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.layout.align import Track, place
from ocr.layout.labels import find_labels
from ocr.layout.rows import Cell, fenced, rows
from ocr.layout.tables import Column, Grammar, find_tables
from ocr.page import Box, Page, Rule, Word

SIZE = 10.0


def word(text: str, x: float, y: float, step: float = 6.0) -> Word:
    at = Box(x, y, x + step * len(text), y + SIZE)
    centres = tuple(x + step * (index + 0.5) for index in range(len(text)))
    return Word(text, at, Box(at.x0 / 1000, at.y0 / 1000, at.x1 / 1000, at.y1 / 1000), (1.0,) * len(text), centres)


def page_of(*words: Word, level: tuple[Rule, ...] = (), upright: tuple[Rule, ...] = ()) -> Page:
    matrix = (1 / 1000, 0.0, 0.0, 0.0, 1 / 1000, 0.0, 0.0, 0.0, 1.0)
    return Page(1, 1000.0, 1000.0, matrix, words, level, upright)


def digits(text: str) -> float:
    return 1.0 if text.replace(".", "").isdigit() else -1.0


def decimals(text: str) -> float:
    return 1.0 if "." in text and digits(text) > 0 else -0.5 if digits(text) > 0 else -1.0


TITLES = {"code": "code", "name": "name", "qty": "qty", "price": "price", "sum": "sum", "note": "other"}


def titles(text: str) -> list[tuple[str, int, int]]:
    named = [part for part in text.split() if part in TITLES]
    return [(TITLES[part], text.index(part), text.index(part) + len(part)) for part in named]


GRAMMAR = Grammar(
    columns={
        "code": Column("code", lambda text: 0.6 if "-" in text else -0.5),
        "name": Column("name", lambda text: -0.7 if digits(text) > 0 else 0.4),
        "qty": Column("qty", lambda text: digits(text) - (0.4 if "." in text else 0.0), numeric=True),
        "price": Column("price", decimals, numeric=True),
        "sum": Column("sum", decimals, numeric=True),
        "other": Column("other", lambda _: 0.0),
    },
    titles=lambda text: [
        (TITLES[part], text.index(part), text.index(part) + len(part)) for part in text.split() if part in TITLES
    ],
    ends=lambda text: text.startswith("total"),
    anchors=frozenset({"qty", "sum"}),
)


def table_of(page: Page) -> list[dict[str, str]]:
    (table,) = find_tables(page, rows(fenced(page)), GRAMMAR)
    return [{table.kinds[index]: cell.text for index, cell in item.items()} for item in table.items]


def header(y: float = 0.0) -> list[Word]:
    return [word("code", 0, y), word("name", 100, y), word("qty", 250, y), word("price", 320, y), word("sum", 420, y)]


def item(y: float, qty: str = "20", price: str = "1.50", total: str = "30.00") -> list[Word]:
    """Numbers stand to the right, as far as the next title."""
    return [
        word("A-1", 0, y),
        word("bolt", 100, y),
        word(qty, 310 - 6 * len(qty), y),
        word(price, 400 - 6 * len(price), y),
        word(total, 500 - 6 * len(total), y),
    ]


def test_words_of_a_sloping_line_stay_in_one_row() -> None:
    sloping = [word("ab", x, 100 + x * 0.02) for x in range(0, 800, 60)]
    assert len(rows([*sloping, word("below", 0, 130)])) == 2


def test_word_over_a_fence_is_cut_there() -> None:
    page = page_of(word("A-1bolt", 0, 0), upright=(Rule(18, -20, 18, 60),))
    assert [part.text for part in fenced(page)] == ["A-1", "bolt"]


def test_stroke_no_longer_than_the_text_is_no_fence() -> None:
    page = page_of(word("A-1bolt", 0, 0), upright=(Rule(18, -1, 18, 11),))
    assert [part.text for part in fenced(page)] == ["A-1bolt"]


def test_word_with_a_wide_gap_is_cut_there() -> None:
    whole = word("ab", 0, 0)
    far = replace(whole, at=Box(0, 0, 60, 10), centres=(3.0, 57.0))
    assert [part.text for part in fenced(page_of(far))] == ["a", "b"]


def test_cell_joins_latin_with_a_blank_and_chinese_without() -> None:
    assert Cell((word("DN50", 0, 0), word("PN16", 40, 0))).text == "DN50 PN16"
    assert Cell((word("江苏省", 0, 0), word("苏州市", 40, 0))).text == "江苏省苏州市"


def test_borderless_numbers_right_of_their_titles_are_found() -> None:
    page = page_of(*header(), *item(30), *item(55, "7", "2.00", "14.00"))
    assert table_of(page) == [
        {"code": "A-1", "name": "bolt", "qty": "20", "price": "1.50", "sum": "30.00"},
        {"code": "A-1", "name": "bolt", "qty": "7", "price": "2.00", "sum": "14.00"},
    ]


def test_empty_cell_shifts_nothing() -> None:
    row = item(30)
    page = page_of(*header(), row[0], *row[2:], *item(55))
    assert table_of(page)[0] == {"code": "A-1", "qty": "20", "price": "1.50", "sum": "30.00"}


def test_two_cells_read_as_one_word_are_cut_apart() -> None:
    glued = [word("A-1", 0, 30), word("bolt", 100, 30), word("20 1.50", 290, 30), word("30.00", 470, 30)]
    assert table_of(page_of(*header(), *glued, *item(55)))[0]["qty"] == "20"
    assert table_of(page_of(*header(), *glued, *item(55)))[0]["price"] == "1.50"


def test_amounts_glued_without_a_blank_are_cut_after_the_cents() -> None:
    glued = [word("A-1", 0, 30), word("bolt", 100, 30), word("20", 298, 30), word("1.5030.00", 380, 30)]
    assert table_of(page_of(*header(), *glued, *item(55)))[0]["price"] == "1.50"


def test_glued_titles_are_two_columns() -> None:
    titles = [word("code name", 0, 0), word("qty", 250, 0), word("price", 320, 0), word("sum", 420, 0)]
    assert table_of(page_of(*titles, *item(30), *item(55)))[0]["qty"] == "20"


def test_wrapped_name_joins_its_row() -> None:
    page = page_of(*header(), *item(30), word("long", 100, 42), *item(70))
    assert [row["name"] for row in table_of(page)] == ["bolt long", "bolt"]


def test_level_rule_keeps_a_wrapped_name_in_its_own_row() -> None:
    above = word("long", 100, 54)
    level = tuple(Rule(0, y, 520, y) for y in (20.0, 46.0, 90.0))
    page = page_of(*header(), *item(30), above, *item(66), level=level)
    assert [row["name"] for row in table_of(page)] == ["bolt", "long bolt"]


def test_sum_row_ends_the_table() -> None:
    page = page_of(*header(), *item(30), word("total", 250, 55), word("30.00", 470, 55), *item(80))
    (table,) = find_tables(page, rows(fenced(page)), GRAMMAR)
    assert len(table.items) == 1
    assert table.tail is not None
    assert table.tail.text == "total 30.00"


def test_nothing_below_the_fences_of_a_ruled_table_belongs_to_it() -> None:
    edges = (-10.0, 90.0, 240.0, 315.0, 410.0, 510.0)
    upright = tuple(Rule(x, -10, x, 50) for x in edges)
    page = page_of(*header(), *item(30), word("bolt", 100, 55), word("20", 298, 55), upright=upright)
    assert len(table_of(page)) == 1


def test_full_row_belongs_to_a_ruled_table_whose_fences_were_seen_only_in_part() -> None:
    edges = (-10.0, 90.0, 240.0, 315.0, 410.0, 510.0)
    upright = tuple(Rule(x, -10, x, 50) for x in edges)
    page = page_of(*header(), *item(30), *item(55), upright=upright)
    assert len(table_of(page)) == 2


def test_two_titles_are_no_table() -> None:
    page = page_of(word("code", 0, 0), word("qty", 250, 0), *item(30))
    assert find_tables(page, rows(fenced(page)), GRAMMAR) == []


def test_alignment_never_crosses_columns() -> None:
    tracks = [
        Track("a", (0, 20), (0, 100), digits, numeric=True),
        Track("b", (110, 130), (100, 200), digits, numeric=True),
    ]
    placing = place(page_of(), [word("1", 5, 0), word("2", 115, 0)], tracks)
    assert placing.columns == (0, 1)


def kind_of(text: str) -> str | None:
    return {"no": "no", "no.": "no", "date": "date", "address": "address", "buyer": "buyer"}.get(
        text.strip(" :").lower()
    )


def labels_of(page: Page, wraps: frozenset[str] = frozenset()) -> dict[str, str]:
    return {found.kind: found.text for found in find_labels(page, rows(fenced(page)), kind_of, wraps)}


def test_value_after_a_colon_in_the_same_word() -> None:
    assert labels_of(page_of(word("No: P-1 date: 2026", 0, 0))) == {"no": "P-1", "date": "2026"}


def test_value_in_the_next_word_up_to_the_next_label() -> None:
    assert labels_of(page_of(word("No:", 0, 0), word("P-1", 30, 0), word("date", 90, 0), word("x", 130, 0))) == {
        "no": "P-1",
        "date": "x",
    }


@pytest.mark.parametrize("text", ["No.P-1", "No P-1"])
def test_value_without_a_colon(text: str) -> None:
    assert labels_of(page_of(word(text, 0, 0))) == {"no": "P-1"}


def test_value_in_the_cell_beside_a_label_cell() -> None:
    upright = tuple(Rule(x, -10, x, 30) for x in (0.0, 50.0, 150.0, 300.0))
    page = page_of(word("No", 10, 0), word("P-1", 60, 0), word("stray", 160, 0), upright=upright)
    assert labels_of(page) == {"no": "P-1"}


def test_value_below_a_label_that_has_nothing_beside_it() -> None:
    page = page_of(word("buyer", 0, 0), word("date", 300, 0), word("ACME", 0, 16), word("2026", 300, 16))
    assert labels_of(page) == {"buyer": "ACME", "date": "2026"}


def test_second_line_of_an_address_is_taken_of_a_number_not() -> None:
    page = page_of(word("address: One", 0, 0), word("Two", 54, 12))
    assert labels_of(page, frozenset({"address"})) == {"address": "One Two"}
    assert labels_of(page) == {"address": "One"}


def test_value_far_away_is_not_taken() -> None:
    assert labels_of(page_of(word("No:", 0, 0), word("P-1", 500, 0))) == {"no": ""}


def test_chinese_label_glued_to_its_value_is_told_apart_from_three_characters_on() -> None:
    def chinese(text: str) -> str | None:
        return {"收货人": "receiver", "客户": "buyer"}.get(text)

    def read(text: str) -> dict[str, str]:
        page = page_of(word(text, 0, 0))
        return {found.kind: found.text for found in find_labels(page, rows(fenced(page)), chinese)}

    assert read("收货人王建国") == {"receiver": "王建国"}
    assert read("客户服务中心") == {}


def test_wrapped_specification_with_a_number_in_it_is_no_item() -> None:
    page = page_of(*header(), *item(30), word("size DN50", 100, 46), word("316", 290, 46), *item(64))
    assert [cells["qty"] for cells in table_of(page)][-1] == "20"
    assert len(table_of(page)) == 2


@pytest.mark.parametrize("down", [3, 5, 6, 7])
def test_cells_set_to_the_middle_of_two_lines_beside_them_are_one_row_with_the_first(down: int) -> None:
    def pair(y: float, price: str, total: str) -> list[Word]:
        first = [word("A-1", 0, y), word("bolt", 100, y), word("20", 298, y), word(price, 380, y)]
        return [*first, word(total, 470, y + down), word("M8 steel", 100, y + 11)]

    page = page_of(*header(), *pair(30, "1234.50", "24690.00"), *pair(65, "1.50", "30.00"))
    assert [(row["price"], row["sum"], row["name"]) for row in table_of(page)] == [
        ("1234.50", "24690.00", "bolt M8 steel"),
        ("1.50", "30.00", "bolt M8 steel"),
    ]
