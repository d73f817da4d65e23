"""Spreadsheets and CSV: what Excel damaged is named by its cell, sum rows are no goods, several orders are several."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from intake.readers.sheets.sheet import MAX_ROWS, rows
from intake.readers.sheets.table import read_table
from orders.draft import DraftOrder, FieldStatus, ReadResult
from orders.errors import UnreadableDocument
from tests.unit.intake.cast import catalogue

HEAD = ["序号", "物料编码", "物料名称", "规格", "单位", "数量", "单价", "金额"]
FORM: list[list[Any]] = [
    ["采购订单"],
    ["客户名称", "苏州恒力机电有限公司", "", "订单号", "PO-1"],
    ["联系人", "张总", "电话", 13800138000],
    ["收货地址", "苏州工厂"],
    HEAD,
    [1, "A-1001", "A型接头", "DN20", "个", 1000, 12.5, 12500],
    [2, "A-1002", "B型接头", "DN25", "个", 10, 15.8, 158],
    ["合计", "", "", "", "", "", "", 12658],
    ["备注：请用木箱包装"],
]


def book(table: list[list[Any]], *, at: tuple[int, int] = (1, 1)) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row, values in enumerate(table):
        for column, value in enumerate(values):
            sheet.cell(row + at[0], column + at[1], value)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def read(data: bytes, name: str = "order.xlsx") -> tuple[DraftOrder, ...]:
    return read_table(data, name, catalogue(), today=date(2026, 11, 22)).orders


def goods(draft: DraftOrder) -> list[tuple[Any, ...]]:
    return [(line["sku"], line["quantity"], line["unit_price"], line["amount"]) for line in draft.order["lines"]]


def to_confirm(draft: DraftOrder) -> list[str]:
    return [item.path for item in draft.fields if item.status is FieldStatus.CONFIRM]


def read_all(data: bytes, name: str = "order.xlsx") -> ReadResult:
    return read_table(data, name, catalogue(), today=date(2026, 11, 22))


EXPORT = (
    "订单编号,买家会员名,收货人姓名,收货地址,联系手机,宝贝标题,商家编码,购买数量\n"
    '="4781320682406083640",tb_x,王五,江苏省 苏州市 虎丘区 星湖街328号,\'13900139000,A型接头,A-1001,2\n'
    '="4781320682406083641",tb_y,赵六,浙江省 杭州市 西湖区 文三路478号,\'13900139001,黄铜球阀,A-1003,1\n'
)
NUMBERED = ["订单编号", "商品编码", "商品名称", "数量"]


def test_IN_06_platform_export_gives_one_order_a_number_with_its_receiver() -> None:
    first, second = read(EXPORT.encode("gb18030"), "ExportOrderList.csv")
    assert (first.order["number"], second.order["number"]) == ("4781320682406083640", "4781320682406083641")
    assert first.order["ship_to"]["contact"]["name"] == "王五"
    assert first.order["ship_to"]["contact"]["phone"] == "13900139000"
    assert [line["sku"] for line in (*first.order["lines"], *second.order["lines"])] == ["A-1001", "A-1003"]
    assert first.order["lines"][0]["quantity"] == "2"


def test_MAP_05_own_column_names_are_kept_beside_the_fields_that_they_became() -> None:
    told = {item["title"]: item["field"] for item in read_all(EXPORT.encode(), "x.csv").quality["columns"]}
    assert (told["商家编码"], told["购买数量"], told["买家会员名"]) == ("sku", "quantity", "buyer")
    assert {item["title"]: item["field"] for item in read_all(book(FORM)).quality["columns"]}["序号"] is None


def test_IN_06_row_that_belongs_to_no_order_is_rejected_by_its_number() -> None:
    result = read_all(book([NUMBERED, ["", "A-1001", "A型接头", 2], ["S1", "A-1003", "黄铜球阀", 1]]))
    assert [draft.order["number"] for draft in result.orders] == ["S1"]
    assert [(item["row"], item["code"]) for item in result.quality["rejected"]] == [(2, "no_order_number")]
    assert (result.quality["rows"], result.quality["orders"]) == (2, 1)


def test_IN_06_damaged_id_rejects_its_row_and_the_others_go_on() -> None:
    result = read_all(book([NUMBERED, [4781320682406083640, "A-1001", "A型接头", 2], ["S1", "A-1003", "球阀", 1]]))
    assert [draft.order["number"] for draft in result.orders] == ["S1"]
    assert [(item["row"], item["code"]) for item in result.quality["rejected"]] == [(2, "damaged_number")]


def test_IN_06_table_goes_on_behind_a_note_and_a_subtotal() -> None:
    first, second = ["A-1001", "A型接头", "", "个", 3], ["A-1002", "B型接头", "", "个", 4]
    (draft,) = read(book([HEAD[1:6], first, ["以下为第二批"], ["小计", "", "", "", 3], second]))
    assert [(line["sku"], line["quantity"]) for line in draft.order["lines"]] == [("A-1001", "3"), ("A-1002", "4")]


def test_IN_06_orders_without_numbers_are_told_apart_by_their_customer() -> None:
    table = [
        ["客户名称", *NUMBERED[1:]],
        ["苏州恒力机电有限公司", "A-1001", "A型接头", 3],
        ["", "A-1002", "B型接头", 4],
        ["武汉楚天机械有限公司", "A-1003", "黄铜球阀", 5],
    ]
    found = [(draft.order["buyer"]["name"], len(draft.order["lines"])) for draft in read(book(table))]
    assert found == [("苏州恒力机电有限公司", 2), ("武汉楚天机械有限公司", 1)]


def test_IN_06_cover_sheet_and_second_sheet_are_one_order() -> None:
    workbook = Workbook()
    cover, behind = workbook.active, workbook.create_sheet("明细")
    assert cover is not None
    cover.append(["客户", "苏州恒力机电有限公司"])
    for row in (["编码", "名称", "数量", "单价"], ["A-1001", "A型接头", 3, 12.5]):
        behind.append(row)
    out = io.BytesIO()
    workbook.save(out)
    (draft,) = read(out.getvalue())
    assert (draft.order["buyer"]["name"], draft.order["lines"][0]["quantity"]) == ("苏州恒力机电有限公司", "3")


@pytest.mark.parametrize(
    "data",
    [
        "订单号\t编码\t名称\t数量\n9\tA-1001\tA型接头\t2\n".encode("utf-16"),
        "订单号;编码;名称;数量\n9;A-1001;A型接头;2\n".encode("gb18030"),
        "订单号，编码，名称，数量\n9，A-1001，A型接头，2\n".encode("utf-8-sig"),
        "<table><tr><th>订单号<th>编码<th>名称<th>数量</tr><tr><td>9<td>A-1001<td>A型接头<td>2</tr></table>".encode(),
    ],
)
def test_IN_06_any_encoding_and_delimiter_is_read(data: bytes) -> None:
    (draft,) = read(data, "export.xls")
    assert (draft.order["number"], draft.order["lines"][0]["quantity"]) == ("9", "2")


def test_XLS_01_ten_thousand_rows_become_their_orders_and_a_report() -> None:
    head = "订单编号,客户名称,商品编码,商品名称,数量,单价\n"
    body = "".join(f"B{row // 4},苏州恒力机电有限公司,A-1001,A型接头,{1 + row % 7},12.50\n" for row in range(9_998))
    result = read_all((head + "1.23E+17,x,A-1001,A型接头,1,1\n" + body + "合计,,,,,\n").encode(), "old.csv")
    assert len(result.orders) == 2_500
    assert sum(len(draft.order["lines"]) for draft in result.orders) == 9_998
    assert [item["row"] for item in result.quality["rejected"]] == [2]


def test_bar_code_is_no_phone_number() -> None:
    (draft,) = read(book([["订单号", "条码", "商品名称", "数量"], ["1", 6901234500011, "A型接头", 3]]))
    assert draft.order["buyer"]["contact"]["phone"] is None
    assert draft.order["lines"][0]["sku"] == "A-1001"


def test_IN_07_order_form_is_read_whole() -> None:
    (draft,) = read(book(FORM))
    order = draft.order
    assert (order["number"], order["buyer"]["name"], order["note"]) == ("PO-1", "苏州恒力机电有限公司", "请用木箱包装")
    assert order["buyer"]["contact"]["phone"] == "13800138000"
    assert order["ship_to"]["address"]["text"] == "江苏省苏州市虎丘区星湖街328号"
    assert goods(draft) == [("A-1001", "1000", "12.50", "12500.00"), ("A-1002", "10", "15.80", "158.00")]
    assert to_confirm(draft) == []
    assert draft.warnings == ()


def test_order_form_that_begins_elsewhere_is_read_and_cells_are_named_rightly() -> None:
    table = [*FORM[:5], [1, 4781320682406083640.0, "x", "", "个", 1, 1, 1], *FORM[5:]]
    result = read_table(book(table, at=(5, 3)), "o.xlsx", catalogue())
    assert result.quality["damaged"] == ["Sheet!D10"]
    assert [line[0] for line in goods(result.orders[0])] == ["A-1001", "A-1002"]
    assert any("D10" in warning for warning in result.orders[0].warnings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_usual_encoding_and_delimiter_is_read(encoding: str, delimiter: str) -> None:
    text = "产品编码,产品名称,数量,单价\r\nA-1001,A型接头,10,12.5\r\n".replace(",", delimiter)
    (draft,) = read(text.encode(encoding), "订单.csv")
    assert goods(draft) == [("A-1001", "10", "12.50", None)]


def test_rows_of_several_order_numbers_are_several_drafts_and_merged_cells_count_below() -> None:
    text = (
        "订单号,客户,收货地址,产品编码,数量,单价\n"
        "PO-1,苏州恒力机电有限公司,江苏省苏州市虎丘区星湖街328号,A-1001,10,12.5\n"
        ",,,A-1002,5,15.8\n"
        "PO-2,上海联创贸易有限公司,上海市浦东新区金科路2889号,A-1003,1,46\n"
    )
    first, second = read(text.encode(), "o.csv")
    assert [first.order["number"], second.order["number"]] == ["PO-1", "PO-2"]
    assert [line[0] for line in goods(first)] == ["A-1001", "A-1002"]
    assert second.order["buyer"]["name"] == "上海联创贸易有限公司"
    assert second.order["ship_to"]["address"]["text"] == "上海市浦东新区金科路2889号"


def test_row_whose_order_number_excel_damaged_is_refused_and_the_others_go_on() -> None:
    text = "订单号,产品编码,数量,单价\n4.78E+18,A-1001,10,12.5\nPO-2,A-1003,1,46\n"
    (draft,) = read(text.encode(), "o.csv")
    assert draft.order["number"] == "PO-2"
    assert any("A2" in warning and "文本" in warning for warning in draft.warnings)


@pytest.mark.parametrize(("value", "damaged"), [(999_999_999_999_999.0, False), (1_000_000_000_000_000.0, True)])
def test_number_of_16_digits_is_damaged_and_of_15_is_not(value: float, damaged: bool) -> None:
    assert bool(rows(book([["a", value]])).problems) is damaged


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13800138000.0, "13800138000"),
        (0.1 + 0.2, "0.3"),
        (12.5, "12.5"),
        (1e-7, "0.0000001"),
        (100, "100"),
        (True, "是"),
        (datetime(2026, 11, 30), "2026-11-30"),  # noqa: DTZ001 - a cell has no zone
        ("'=1+1", "=1+1"),
        (" A-1001\t", "A-1001"),
    ],
)
def test_cell_becomes_the_text_that_a_person_sees(value: Any, text: str) -> None:
    assert rows(book([["x", value]])).rows[0][1] == text


def test_cell_that_a_program_guarded_loses_its_guard() -> None:
    assert rows(b'="00123",\'=1+1,A-1001\t', "x.csv").rows == (("00123", "=1+1", "A-1001"),)


def test_html_that_calls_itself_xls_is_read() -> None:
    page = (
        "<html><meta charset=gbk><table><tr><td>产品编码</td><td>数量</td><td>单价</td></tr>"
        "<tr><td>A-1001</td><td>10</td><td>12.5</td></tr></table></html>"
    )
    (draft,) = read(page.encode("gb18030"), "export.xls")
    assert goods(draft) == [("A-1001", "10", "12.50", None)]


def zipped(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"  \n", "empty_file"),
        (b"PK\x03\x04broken", "not_a_sheet"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "not_a_sheet"),
        (zipped(101 * 1024 * 1024), "too_large"),
        (zipped(1000), "not_a_sheet"),
        (b"\x00\x01\x02\x00", "not_a_sheet"),
        (b"\xff\xfe\xfd" * 50, "not_a_sheet"),
        (b"a\n" * (MAX_ROWS + 1), "too_large"),
        (b"x" * (25 * 1024 * 1024 + 1), "too_large"),
        (b'a,"b', "not_a_sheet"),
    ],
)
def test_sheet_that_cannot_be_read_says_why(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        rows(data, "x.csv")
    assert caught.value.code == code
    assert caught.value.message_zh != caught.value.message_en


def test_sheet_that_is_empty_says_so() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        rows(book([[None]]))
    assert caught.value.code == "empty_file"


def test_second_sheet_is_read_when_the_first_is_empty() -> None:
    workbook = Workbook()
    second = workbook.create_sheet("二")
    second.append(["产品编码", "数量", "单价"])
    second.append(["A-1001", 3, 12.5])
    out = io.BytesIO()
    workbook.save(out)
    assert rows(out.getvalue()).name == "二"
    assert goods(read(out.getvalue())[0])[0][:2] == ("A-1001", "3")


def test_table_without_titles_is_read_like_a_message() -> None:
    (draft,) = read("A-1001,3个\n".encode(), "o.csv")
    assert goods(draft)[0][:2] == ("A-1001", "3")


def test_table_without_goods_gives_no_draft() -> None:
    assert read("姓名,年龄\n张三,30\n".encode(), "o.csv") == ()
