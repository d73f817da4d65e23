"""IN-08, IN-09: shapes that nobody developed for, by words set by hand: taxes, stacked titles, slips, sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from bench.pages.company import catalogue
from intake.fields import values
from intake.fields.columns import ends, titles
from intake.fields.extract import drafts
from intake.fields.labels import kind_of
from intake.fields.parties import number
from ocr import pdf
from ocr.page import Box, Page, Word
from ocr.quad import find_quad
from orders.draft import FieldStatus

if TYPE_CHECKING:
    from orders.draft import DraftOrder

CATALOGUE = catalogue()
HEADER = ((0, "编码"), (120, "名称"), (240, "规格"), (340, "数量"), (420, "单价"), (520, "金额"))


def word(text: str, x: float, y: float, height: float = 10.0) -> Word:
    step = 6.0
    at = Box(x, y, x + step * len(text), y + height)
    centres = tuple(x + step * (index + 0.5) for index in range(len(text)))
    return Word(text, at, Box(at.x0 / 1000, at.y0 / 1000, at.x1 / 1000, at.y1 / 1000), (1.0,) * len(text), centres)


def page_of(*words: Word, number: int = 1) -> Page:
    return Page(number, 1000.0, 1000.0, (0.001, 0, 0, 0, 0.001, 0, 0, 0, 1.0), words)


def row(y: float, *cells: tuple[float, str]) -> list[Word]:
    return [word(text, x, y) for x, text in cells]


def table(y: float, *lines: tuple[str, ...]) -> list[Word]:
    found = row(y, *HEADER)
    for index, line in enumerate(lines, 1):
        found += row(y + 20 * index, *((x, text) for (x, _), text in zip(HEADER, line, strict=True)))
    return found


A1 = ("A-1001", "A型接头", "DN20", "1000", "12.50", "12500.00")
A3 = ("A-1003", "黄铜球阀", "DN15", "10", "36.00", "360.00")


def read(*pages: Page) -> DraftOrder:
    (draft,) = drafts(pages, CATALOGUE)
    return draft


def auto(draft: DraftOrder) -> set[str]:
    return {field.path for field in draft.fields if field.status is FieldStatus.AUTO}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("訂單編號：", "number"),
        ("聯絡電話", "phone"),
        ("第三条 交货期限", "requested"),
        ("采购：", "buyer_contact"),
        ("采购", None),
        ("收货:", "ship_contact"),
        ("447.11（大写", None),
        ("以上合计", "total"),
        ("两项总计", "total"),
        ("本页小计", "part_total"),
        ("PURCHASE ORDER FORM", None),
    ],
)
def test_IN_09_label_in_other_words_is_understood(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


def test_IN_09_title_in_other_words_is_understood() -> None:
    assert [titles(text)[0][0] for text in ("數量", "貨品編號", "Product No.", "單位", "单位价")] == [
        "quantity",
        "sku",
        "sku",
        "unit",
        "unit_price",
    ]
    assert [kind for kind, _, _ in titles("Unit Unit Price (RMB)")] == ["unit", "unit_price"]
    assert len(titles("unit price blue box " * 500)) < 2  # told at once, however many words come again
    assert ends("共8条 合计金额：181,237.76")
    assert not ends("1 A-1001 A型接头 12.50")


def test_IN_09_values_in_sentences_end_where_the_sentence_goes_on() -> None:
    assert number("PO-20261208-956），请予安排：") == "PO-20261208-956"
    assert number("(2026)第12号") == "(2026)第12号"
    assert values.terms("月结60天，乙方须先开具13%增值税专用发票") == "net60"
    assert values.terms("预付30%，余款货到付清") is None
    assert values.money(".37,460.93元") == "37460.93"
    assert values.day("PO-20261124") is None
    assert values.day("20261124") == "2026-11-24"


def test_IN_09_of_prices_without_and_with_tax_the_paid_ones_are_taken() -> None:
    heads: tuple[tuple[float, str], ...] = (
        (0, "编码"),
        (120, "名称"),
        (240, "数量"),
        (300, "不含税单价"),
        (390, "含税单价"),
    )
    heads += ((470, "不含税金额"), (560, "税额"), (620, "价税合计"))
    line: tuple[tuple[float, str], ...] = (
        (0, "A-1001"),
        (120, "A型接头"),
        (240, "10"),
        (300, "11.0619"),
        (390, "12.50"),
    )
    line += ((470, "110.62"), (560, "14.38"), (620, "125.00"))
    sums = ((0, "合计"), (470, "110.62"), (560, "14.38"), (620, "125.00"))
    order = read(page_of(*row(0, *heads), *row(20, *line), *row(40, *sums))).order
    assert (order["lines"][0]["unit_price"], order["lines"][0]["amount"]) == ("12.50", "125.00")
    assert order["totals"]["payable"] == "125.00"


def test_IN_09_subtotal_never_stands_for_a_larger_total() -> None:
    words = [*table(0, A1), *row(40, (420, "小计"), (520, "12500.00")), *row(80, (420, "合计："), (520, "12860.00"))]
    draft = read(page_of(*words))
    assert draft.order["totals"]["payable"] == "12860.00"
    assert "/totals/payable" not in auto(draft)
    assert "/lines/0/quantity" not in auto(draft)


def test_IN_09_subtotal_of_a_page_is_no_total_though_the_lines_read_add_up_to_it() -> None:
    words = [word("订单编号：PO-1", 0, 0), *table(40, A1), *row(80, (420, "本页小计"), (520, "12500.00"))]
    assert read(page_of(*words)).order["totals"]["payable"] is None


def test_IN_09_slip_without_a_table_is_read_by_its_equations() -> None:
    rows = (
        "单号:PO-1",
        "1. A-1001 A型接头 DN20",
        "1000个 × 12.50 = 12500.00",
        "2.A-1003黄铜球阀DN15",
        "10只×36.00=360.00",
    )
    words = [word(text, 0, 20.0 * index) for index, text in enumerate((*rows, "合计: ¥12860.00"))]
    lines = read(page_of(*words)).order["lines"]
    assert [(line["sku"], line["spec"], line["quantity"], line["amount"]) for line in lines] == [
        ("A-1001", "DN20", "1000", "12500.00"),
        ("A-1003", "DN15", "10", "360.00"),
    ]


def test_IN_09_number_in_the_products_name_makes_no_line_of_its_own() -> None:
    upper = row(20, (0, "A-1001"), (120, "A型接头 DN20"), (430, "304"))
    lower = row(34, (340, "1000"), (420, "12.50"), (520, "12500.00"))
    lines = read(page_of(*row(0, *HEADER), *upper, *lower)).order["lines"]
    assert [(line["sku"], line["amount"]) for line in lines] == [("A-1001", "12500.00")]


def test_IN_09_size_is_no_line_of_a_slip() -> None:
    words = [word("单号:PO-1", 0, 0), word("A-1005 密封圈 32×3.1", 0, 20), word("8个×0.85=6.80", 0, 40)]
    assert [line["quantity"] for line in read(page_of(*words)).order["lines"]] == ["8"]


def test_IN_09_title_of_two_lines_names_both_lines_of_its_cells() -> None:
    heads = row(0, (0, "物料"), (120, "名称"), (340, "数量"), (420, "单价"), (520, "金额"))
    under = row(12, (120, "规格"), (340, "单位"))
    line = row(40, (0, "A-1001"), (120, "A型接头"), (340, "1000"), (420, "12.50"), (520, "12500.00"))
    order = read(page_of(*heads, *under, *line, *row(52, (120, "DN20"), (340, "个")))).order["lines"][0]
    assert (order["name"], order["spec"], order["unit"]) == ("A型接头", "DN20", "个")


def test_IN_09_column_whose_title_is_hidden_is_found_by_its_cells() -> None:
    words = [w for w in table(0, A1, A3) if w.text != "数量"]
    lines = read(page_of(*words)).order["lines"]
    assert [line["quantity"] for line in lines] == ["1000", "10"]


def test_IN_09_label_broken_in_its_cell_is_joined() -> None:
    words = [word("Ship-to Address / 送货", 0, 0), word("地址", 0, 11), word("江苏省苏州市虎丘区星湖街328号", 180, 6)]
    draft = read(page_of(*words, *table(60, A1)))
    assert draft.order["ship_to"]["address"]["text"] == "江苏省苏州市虎丘区星湖街328号"


def test_IN_09_page_that_calls_itself_the_second_goes_on_though_its_number_was_misread() -> None:
    first = page_of(word("订单编号：PO-20261102-409", 0, 0), *table(40, A1))
    other = [word("订单编号：PO-2026110Z-409", 0, 0), *table(40, A3)]
    assert len(drafts([first, page_of(*other, number=2)], CATALOGUE)) == 2
    again = page_of(*other, word("第 2 页 共 2 页", 0, 200), number=2)
    assert len(read(first, again).order["lines"]) == 2


def test_IN_09_rows_mixed_up_leave_nothing_certain() -> None:
    mixed = (
        ("A-1001", "A型接头", "DN20", "7", "12.50", "360.00"),
        ("A-1003", "黄铜球阀", "DN15", "3", "36.00", "99.00"),
    )
    draft = read(page_of(*table(0, A1, *mixed), *row(100, (420, "合计："), (520, "12860.00"))))
    assert not {path for path in auto(draft) if path.startswith("/lines/")}


def test_IN_08_text_layer_keeps_chinese_words_whole() -> None:
    assert pdf._char(0x2F47) == "日"
    glyphs = [pdf.Glyph("据", 0, 0, 10, 10), pdf.Glyph(" ", 0, 0, 0, 0), pdf.Glyph("日", 11.5, 1, 18, 9)]
    assert len(pdf._runs(glyphs)[0]) == 2
    assert pdf._aslant(0.3)
    assert not pdf._aslant(np.pi)


def test_IN_09_outline_of_a_table_is_not_the_sheets() -> None:
    sheet = np.full((900, 1200, 3), 255, np.uint8)
    cv2.rectangle(sheet, (150, 200), (1050, 700), (235, 235, 235), -1)
    cv2.rectangle(sheet, (150, 200), (1050, 700), (0, 0, 0), 3)
    assert find_quad(sheet) is not None
    for y in (60, 100, 800):
        cv2.putText(sheet, "PO-20261124 2026-11-10", (150, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    assert find_quad(sheet) is None


@pytest.mark.parametrize(
    ("price", "end", "glued"), [("12.508", 527, "4341.40 2026-12-22"), ("2048.00", 500, "153600.002026-12-22")]
)
def test_third_decimal_is_no_amount_and_an_amount_glued_to_a_day_is_cut_off(price: str, end: int, glued: str) -> None:
    titles = [word(text, x, 100) for x, text in (*HEADER, (620, "交货日期"))]
    cells = row(130, (0, "A-1001"), (120, "A型接头"), (340, "50"), (end - 6 * len(price), price), (560, glued))
    draft = read(page_of(*titles, *cells, *row(160, (0, "A-1003"), (120, "黄铜球阀"), (340, "10"), (420, "36.00"))))
    assert draft.order["lines"][0]["unit_price"] == price
    assert draft.order["lines"][0]["amount"] == glued[: glued.index(".") + 3]


NAMED = (("订单编号：", "PO-20261131-767"), ("下单日期：", "2026年11月9日"), ("交货日期：", "2026-11-21"))


def signed(twice: tuple[str, ...], *more: Word) -> set[str]:
    """Read an order of three named header values of which two engines agree on ``twice``; return what is certain."""
    words = [word(f"{label}{value}", 0, 20 * index) for index, (label, value) in enumerate(NAMED)]
    return auto(read(replace(page_of(*words, *more, *table(200, A1)), twice=twice)))


def test_header_values_that_two_engines_read_the_same_are_certain_and_others_are_asked() -> None:
    assert signed(("PO-20261131-767", "2026年11月9日")) & {"/number", "/issued_at", "/requested_date"} == {
        "/number",
        "/issued_at",
    }
    assert not signed(("PO-20261131-761", "2026年11月8日")) & {"/number", "/issued_at", "/requested_date"}


def test_header_value_that_stands_otherwise_under_the_same_label_is_asked_though_two_engines_agree() -> None:
    assert "/number" not in signed(("PO-20261131-767",), word("订单编号：PO-20261131-768", 0, 80))


def test_header_value_whose_label_does_not_say_whose_it_is_is_asked_though_two_engines_agree() -> None:
    phone = "13793805647"
    certain = signed((phone,), word("收货人：孙倩", 0, 80), word(f"电话：{phone}", 0, 100))
    assert "/ship_to/contact/phone" not in certain
    assert "/ship_to/contact/phone" in signed((phone,), word(f"收货人电话：{phone}", 0, 80))
