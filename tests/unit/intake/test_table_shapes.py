"""Sheets as people really make them: quantities over columns, two title rows, hidden parts, tables side by side."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from orders.draft import DraftOrder, FieldStatus
from tests.unit.intake.test_table import FORM, HEAD, book, goods, read, read_all, to_confirm


def one(table: list[list[Any]]) -> DraftOrder:
    (draft,) = read(book(table))
    return draft


def lines(draft: DraftOrder) -> list[tuple[Any, ...]]:
    return [(line["sku"], line["quantity"], line["unit_price"]) for line in draft.order["lines"]]


def test_IN_06_of_several_columns_those_that_come_out_count() -> None:
    head = ["货号", "品名", "箱数", "每箱数量", "总数量", "出厂价", "折扣", "折后单价", "折后金额"]
    row = ["A-1001", "A型接头", 2, 200, 400, 12.5, "95%", 11.875, 4750]
    assert lines(one([head, row])) == [("A-1001", "400", "11.875")]
    assert one([head, row]).warnings == ()


def test_IN_06_price_that_is_paid_is_the_one_with_tax() -> None:
    head = ["料号", "名称", "数量", "未税单价", "税率", "未税金额", "含税单价", "价税合计"]
    row = ["A-1001", "A型接头", 100, 11.06, "13%", 1106, 12.5, 1250]
    assert lines(one([head, row])) == [("A-1001", "100", "12.50")]
    (untaxed,) = read(book([head[:4], row[:4]]))
    assert "/lines/0/unit_price" in to_confirm(untaxed)


def test_IN_06_quantities_that_nothing_tells_apart_are_asked_with_both() -> None:
    head = ["物料", "描述", "计划日期", "计划数量", "计划日期", "计划数量"]
    (draft,) = read(book([head, ["A-1001", "A型接头", "2026-12-05", 2400, "2026-12-20", 1200]]))
    asked = next(item for item in draft.fields if item.path == "/lines/0/quantity")
    assert asked.status is FieldStatus.CONFIRM
    assert asked.alternatives == ("2400", "1200")


def test_IN_06_titles_on_two_rows_are_read_together() -> None:
    head = [["Item", "MPN", "Description", "Order", "", "Price", ""], ["", "", "", "Qty", "UOM", "Unit", "Ext"]]
    draft = one([*head, [10, "A-1001", "Joint", 1500, "PCS", 1.15, 1725]])
    assert lines(draft) == [("A-1001", "1500", "1.15")]


def test_IN_06_sheet_whose_titles_stand_in_the_first_column_is_turned() -> None:
    table = [["客户", "苏州恒力机电有限公司"], ["商品编码", "A-1001", "A-1002"], ["商品名称", "A型接头", "B型接头"]]
    table += [["订货数量", 40, 120], ["单价", 12.5, 15.8]]
    draft = one(table)
    assert lines(draft) == [("A-1001", "40", "12.50"), ("A-1002", "120", "15.80")]
    assert draft.order["buyer"]["name"] == "苏州恒力机电有限公司"


def test_IN_06_units_stand_in_titles_and_days_without_a_year_are_the_next() -> None:
    head = ["品名", "数量(千米)", "单价(元/米)", "交期"]
    draft = one([head, ["PU气管", 1.5, 2.3, "12/5"], ["PU气管", 1, 2.3, "12/5"]])
    assert lines(draft) == [("A-1008", "1500", "2.30"), ("A-1008", "1000", "2.30")]
    assert draft.order["requested_date"] == "2026-12-05"


def test_IN_06_hidden_rows_and_sheets_are_not_read_and_said_so() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (HEAD[1:4] + HEAD[5:7], ["A-1001", "A型接头", "DN20", 5, 12.5], ["A-1002", "B型接头", "DN25", 9, 15.8]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    other = workbook.create_sheet("旧单")
    other.append(["物料编码", "物料名称", "数量"])
    other.append(["A-1003", "黄铜球阀", 7])
    other.sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    result = read_all(out.getvalue())
    (draft,) = result.orders
    assert lines(draft) == [("A-1001", "5", "12.50")]
    assert any("第 3 行被隐藏" in warning for warning in draft.warnings)
    assert [row["code"] for row in result.quality["rejected"]] == ["hidden_row"]


def test_IN_06_price_list_behind_an_order_is_no_second_order() -> None:
    workbook = Workbook()
    first = workbook.active
    assert first is not None
    for row in (["物料编码", "物料名称", "数量", "单价"], ["A-1001", "A型接头", 5, 12.5]):
        first.append(row)
    prices = workbook.create_sheet("价格表")
    for row in (["物料编码", "物料名称", "单价"], ["A-1001", "A型接头", 12.5], ["A-1002", "B型接头", 15.8]):
        prices.append(row)
    out = io.BytesIO()
    workbook.save(out)
    (draft,) = read(out.getvalue())
    assert lines(draft) == [("A-1001", "5", "12.50")]
    assert any("价格表" in warning for warning in draft.warnings)


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_IN_06_whatever_parts_the_cells_below_a_heading(mark: str) -> None:
    rows_ = [["订货单，请尽快"], ["订单号", "编码", "名称", "数量"], ["DD-1", "A-1001", "A型接头", "16"]]
    data = "\n".join(mark.join(row) for row in rows_).encode("gb18030")
    (draft,) = read(data, "a.csv")
    assert (draft.order["number"], lines(draft)[0][:2]) == ("DD-1", ("A-1001", "16"))


def test_IN_06_phone_column_beside_a_receiver_is_the_receivers() -> None:
    head = ["订单号", "编码", "名称", "数量", "收货人", "电话", "收货地址"]
    (draft,) = read(book([head, ["D1", "A-1001", "A型接头", 5, "王芳", "13800000001", "上海市静安区南京西路2号"]]))
    assert draft.order["ship_to"]["contact"] == {"name": "王芳", "phone": "13800000001", "email": None}


def test_IN_06_quantity_spread_over_shops_or_days_is_their_sum() -> None:
    shops = ["编码", "品名", "浦东店", "徐汇店", "合计"]
    (summed,) = read(book([shops, ["A-1001", "A型接头", 100, 30, 130], ["A-1005", "不锈钢弯头", 20, None, 20]]))
    assert [line["quantity"] for line in summed.order["lines"]] == ["130", "20"]
    assert "浦东店、徐汇店" in summed.warnings[0]
    days = ["序号", "物料号", "单位", date(2026, 12, 1), "12/8", "12月15日"]
    (unsummed,) = read(book([days, [1, "A-1001", "个", 100, None, 50], [2, "A-1006", "只", None, 8, None]]))
    assert [line["quantity"] for line in unsummed.order["lines"]] == ["150", "8"]
    assert {"/lines/0/quantity", "/lines/1/quantity"} <= set(to_confirm(unsummed))


def test_IN_06_sums_that_do_not_come_out_prove_no_quantity() -> None:
    table = [["编码", "品名", "浦东店", "徐汇店", "合计"], ["A-1001", "A型接头", 100, 30, 125]]
    assert "/lines/0/quantity" in to_confirm(*read(book(table)))


def test_IN_06_columns_of_words_are_no_shops() -> None:
    (draft,) = read(
        book([["编码", "品名", "产线", "工位"], ["A-1001", "A型接头", "二线", 3], ["A-1002", "B型接头", 1, 4]])
    )
    assert {"/lines/0/quantity", "/lines/1/quantity"} <= set(to_confirm(draft))


def test_IN_06_of_a_blanket_order_this_call_counts() -> None:
    table = [["编码", "订单数量", "已发数量", "本次要货", "单价"], ["A-1001", 1000, 400, 200, 12.5]]
    assert goods(*read(book(table)))[0][:2] == ("A-1001", "200")


def test_IN_06_sum_of_a_group_is_no_line() -> None:
    table = [["编码", "名称", "数量"], ["A-1001", "A型接头", 100], ["接头类合计", "", 100], ["A-1006", "压力表", 5]]
    table.append(["过次页", "", 105])
    assert [line[0] for line in goods(*read(book(table)))] == ["A-1001", "A-1006"]


def test_IN_06_column_that_counts_the_rows_is_no_order_number() -> None:
    table = [["No", "商品（规格）", "订货箱数", "单价/个"], [1, "A型接头 DN20", 5, 12.5], [2, "黄铜球阀 DN20", 2, 46]]
    (draft,) = read(book(table))
    assert [line[:3] for line in goods(draft)] == [("A-1001", "1000", "12.50"), ("A-1003", "100", "46.00")]
    (first, second) = read(book([["订单号", *HEAD[1:]], [7, *FORM[5][1:]], [8, *FORM[6][1:]]]))
    assert (first.order["number"], second.order["number"]) == ("7", "8")


def test_IN_06_tables_side_by_side_and_one_below_another_are_one_order() -> None:
    head = ["货号", "品名", "数量(箱)"]
    beside = [[*head, None, *head], ["A-1001", "A型接头", 2, None, "A-1005", "不锈钢弯头", 1]]
    beside.append(["A-1002", "B型接头", 3, None, None, None, None])
    assert [line[:2] for line in goods(*read(book(beside)))] == [
        ("A-1001", "400"),
        ("A-1002", "600"),
        ("A-1005", "100"),
    ]
    below = [["编码", "名称", "数量"], ["A-1001", "A型接头", 10], ["编码", "名称", "单位", "数量"]]
    below.append(["A-1006", "压力表", "只", 5])
    assert [line[:2] for line in goods(*read(book(below)))] == [("A-1001", "10"), ("A-1006", "5")]


def test_IN_06_labels_above_the_titles_are_no_titles_and_days_may_be_serial_numbers() -> None:
    above = [["供应商：", "广州联达", None, "交货日期：", 46361], ["收货人：王工", None, None, "电话：13900139000"]]
    (draft,) = read(book([*above, ["编码", "名称", "数量", "交期"], ["A-1001", "A型接头", 10, 46366]]))
    assert draft.order["requested_date"] == "2026-12-05"
    assert draft.order["lines"][0]["requested_date"] == "2026-12-10"
    assert draft.order["ship_to"]["contact"]["phone"] == "13900139000"
