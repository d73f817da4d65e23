"""Orders in plain words: certain values are taken, everything else is asked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from intake.canonical import parse_order, without_holes
from intake.normalize import normalize
from intake.readers.text import read_text
from orders.catalogue import Catalogue
from orders.draft import DraftField, DraftOrder, FieldStatus
from tests.unit.intake.cast import catalogue
from tests.unit.intake.test_normalize import NOW

SUNDAY = date(2026, 11, 22)
SENTENCE = "客户张总要1000个A型接头，月底前送到苏州工厂"


def read(text: str, master: Catalogue | None = None, **more: Any) -> tuple[DraftOrder, ...]:
    return read_text(text, master or catalogue(), **{"today": SUNDAY, **more}).orders


def one(text: str, **more: Any) -> DraftOrder:
    (draft,) = read(text, **more)
    return draft


def field(draft: DraftOrder, path: str) -> DraftField:
    return next(item for item in draft.fields if item.path == path)


def goods(draft: DraftOrder) -> list[tuple[Any, ...]]:
    return [(line["sku"], line["quantity"], line["unit"], line["unit_price"]) for line in draft.order["lines"]]


def test_NL_01_sentence_gives_customer_product_quantity_day_and_address() -> None:
    draft = one(SENTENCE)
    assert draft.order["buyer"]["name"] == "苏州恒力机电有限公司"
    assert goods(draft)[0][:3] == ("A-1001", "1000", "个")
    assert draft.order["requested_date"] == "2026-11-30"
    assert draft.order["ship_to"]["address"]["text"] == "江苏省苏州市虎丘区星湖街328号"


def test_NL_01_customer_known_by_a_persons_name_alone_is_asked() -> None:
    draft = one(SENTENCE)
    assert field(draft, "/buyer/name").status is FieldStatus.CONFIRM
    assert field(draft, "/ship_to/address/text").status is FieldStatus.CONFIRM


def test_NL_01_person_whom_two_customers_have_is_asked_with_both() -> None:
    master = catalogue()
    twin = replace(master.customers["C-002"], contacts=("张总",))
    two = Catalogue(skus=master.skus, customers={**master.customers, "C-002": twin})
    (draft,) = read(SENTENCE, two)
    asked = field(draft, "/buyer/name")
    assert asked.value is None
    assert asked.alternatives == ("苏州恒力机电有限公司", "成都华川自动化设备有限公司")


def test_NL_01_sender_known_by_mail_makes_the_customer_certain() -> None:
    draft = one("要1000个A型接头", sender="Purchase@hengli.example")
    assert field(draft, "/buyer/name").status is FieldStatus.AUTO
    assert draft.order["buyer"] == {
        "name": "苏州恒力机电有限公司",
        "ids": [],  # a number would outlive a person's correction of the name
        "contact": {"name": "张总", "phone": "13800138000", "email": None},
    }


def test_NL_01_sender_and_person_that_disagree_are_asked() -> None:
    draft = one(SENTENCE, sender="order@huachuan.example")
    assert field(draft, "/buyer/name").status is FieldStatus.CONFIRM


def test_NL_01_two_days_are_asked() -> None:
    asked = field(one("A-1001 3个，25号前送到，最晚月底前送到"), "/requested_date")
    assert (asked.value, asked.alternatives) == (None, ("2026-11-25", "2026-11-30"))


def test_NL_01_words_for_no_certain_day_are_asked() -> None:
    asked = field(one("A-1001 3个，下周送到"), "/requested_date")
    assert (asked.value, asked.status) == (None, FieldStatus.CONFIRM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A-1001 x 100 @12.50", ("A-1001", "100", "个", "12.50")),
        ("a-1001×100", ("A-1001", "100", "个", None)),
        ("A-1003 20个 46元/个", ("A-1003", "20", "个", "46.00")),
        ("PU气管 8mm 100米 ¥2.45", ("A-1008", "100", "米", "2.45")),
        ("两箱A型接头", ("A-1001", "400", "个", None)),
        ("一千二百个黄铜球阀", ("A-1003", "1200", "个", None)),
        ("B型接头三百个", ("A-1002", "300", "个", None)),
        ("1. A型接头 DN20 1,000个 单价12.5元", ("A-1001", "1000", "个", "12.50")),
        ("A-1001，A型接头，100个，单价12.50", ("A-1001", "100", "个", "12.50")),
        ("要100个，A型接头", ("A-1001", "100", "个", None)),
        ("6901234500011 100个", ("A-1001", "100", "个", None)),
        ("型号：A-1001\n数量：1,000个\n单价：12.50元/个", ("A-1001", "1000", "个", "12.50")),
        ("密封胶 300ml 24支", ("A-1009", "24", "支", None)),
        ("压力表 0-1.6MPa 5只 68元", ("A-1006", "5", "只", "68.00")),
    ],
)
def test_line_in_words_is_understood(text: str, expected: tuple[Any, ...]) -> None:
    draft = one(text)
    got = goods(draft)[0]
    assert got[:3] == expected[:3]
    assert field(draft, "/lines/0/sku").status is FieldStatus.AUTO
    assert field(draft, "/lines/0/quantity").status is FieldStatus.AUTO
    if expected[3]:
        assert (got[3], field(draft, "/lines/0/unit_price").status) == (expected[3], FieldStatus.AUTO)
    else:
        assert field(draft, "/lines/0/unit_price").status is FieldStatus.CONFIRM


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("铜弯头50个", "/lines/0/sku"),
        ("球阀手柄20个", "/lines/0/sku"),
        ("A型接头 DN50 100个", "/lines/0/sku"),
        ("A-1001 法兰垫片 100个", "/lines/0/sku"),
        ("A型接头 50", "/lines/0/quantity"),
        ("A型接头 50 60", "/lines/0/quantity"),
        ("A型接头 50个 60个", "/lines/0/quantity"),
        ("A-1001 50公斤", "/lines/0/unit"),
        ("A-1001 10个 单价12.50 金额100", "/lines/0/unit_price"),
    ],
)
def test_MAP_09_line_that_is_doubtful_is_asked(text: str, asked: str) -> None:
    assert field(one(text), asked).status is FieldStatus.CONFIRM


def test_MAP_09_product_that_is_not_in_the_master_never_becomes_one() -> None:
    asked = field(one("A型接头100个，垫子50个"), "/lines/1/sku")
    assert (asked.value, asked.alternatives) == (None, ("A-1004",))


def test_MAP_09_code_and_name_of_two_products_are_asked_with_both() -> None:
    asked = field(one("A-1001 法兰垫片 100个"), "/lines/0/sku")
    assert (asked.value, asked.alternatives) == (None, ("A-1001", "A-1004"))


def test_several_products_of_one_sentence_are_several_lines() -> None:
    draft = one("来两箱A型接头和三百个B型接头，再加50个不锈钢弯头")
    assert [line[:3] for line in goods(draft)] == [
        ("A-1001", "400", "个"),
        ("A-1002", "300", "个"),
        ("A-1005", "50", "个"),
    ]


def test_customers_own_part_number_is_read_when_the_customer_is_known() -> None:
    assert goods(one("客户：苏州恒力机电有限公司\nHL-QF-20 5个"))[0][:2] == ("A-1003", "5")
    assert field(one("HL-QF-20 5个"), "/lines/0/sku").status is FieldStatus.CONFIRM


def test_IN_07_labelled_mail_is_read_whole() -> None:
    draft = one(
        "订单号：HC-20261122-01\n客户：成都华川自动化设备有限公司\n联系人：李经理 13700137002\n"
        "收货地址：四川省成都市双流区西航港大道88号\n收货人：赵工 13811112222\n付款方式：月结60天\n备注：木箱包装\n"
        "请安排以下物料，本月底前送到：\n\nA-1001 A型接头 300个 单价12.50\nA-1004 法兰垫片 500片 单价3.20\n\n谢谢！"
    )
    order = draft.order
    assert (order["number"], order["buyer"]["name"]) == ("HC-20261122-01", "成都华川自动化设备有限公司")
    assert order["buyer"]["contact"] == {"name": "李经理", "phone": "13700137002", "email": None}
    assert order["ship_to"]["contact"] == {"name": "赵工", "phone": "13811112222", "email": None}
    assert order["ship_to"]["address"]["text"] == "四川省成都市双流区西航港大道88号"
    assert (order["payment_terms"], order["requested_date"], order["note"]) == ("net60", "2026-11-30", "木箱包装")
    assert [line[:2] for line in goods(draft)] == [("A-1001", "300"), ("A-1004", "500")]
    assert [item.path for item in draft.fields if item.status is FieldStatus.CONFIRM] == []
    assert draft.warnings == ()
    normalize(without_holes(order), catalogue(), channel="mail", received_at=NOW)


def test_labels_that_share_a_line_are_read_apart() -> None:
    order = one("客户：苏州恒力机电有限公司 订单号：PO-1 电话：13800138000\nA-1001 3个").order
    assert (order["buyer"]["name"], order["number"]) == ("苏州恒力机电有限公司", "PO-1")
    assert order["buyer"]["contact"]["phone"] == "13800138000"


def test_receiver_behind_the_address_is_taken_off_it() -> None:
    order = one("收货地址：江苏省苏州市虎丘区星湖街328号 王工 13900139000\nA-1001 3个").order
    assert order["ship_to"]["address"]["text"] == "江苏省苏州市虎丘区星湖街328号"
    assert (order["ship_to"]["contact"]["name"], order["ship_to"]["contact"]["phone"]) == ("王工", "13900139000")


def test_VAL_03_address_that_is_short_or_ambiguous_is_asked() -> None:
    assert field(one("收货地址：朝阳区建国路88号\nA-1001 3个"), "/ship_to/address/text").alternatives
    assert field(one("收货地址：老地方\nA-1001 3个"), "/ship_to/address/text").status is FieldStatus.CONFIRM


def test_customer_that_is_not_in_the_file_is_asked_with_the_nearest() -> None:
    asked = field(one("客户：苏州恒力机电\nA-1001 3个"), "/buyer/name")
    assert (asked.raw, asked.status) == ("苏州恒力机电", FieldStatus.CONFIRM)
    assert asked.alternatives[0] == "苏州恒力机电有限公司"
    stranger = field(one("客户：无锡太湖泵业有限公司\nA-1001 3个"), "/buyer/name")
    assert (stranger.value, stranger.status) == ("无锡太湖泵业有限公司", FieldStatus.CONFIRM)


def test_several_order_numbers_are_several_drafts() -> None:
    drafts = read("客户：苏州恒力机电有限公司\n订单号：A1\nA-1001 10个\n订单号：A2\nA-1002 20个")
    assert [draft.order["number"] for draft in drafts] == ["A1", "A2"]
    assert [draft.order["buyer"]["name"] for draft in drafts] == ["苏州恒力机电有限公司"] * 2
    assert [len(draft.order["lines"]) for draft in drafts] == [1, 1]


def test_pasted_table_is_read_by_its_titles() -> None:
    draft = one(
        "产品编码\t产品名称\t数量\t单位\t单价\t金额\nA-1001\tA型接头\t100\t个\t12.50\t1250.00\n"
        "A-1002\tB型接头\t10\t个\t15.80\t150.00\n合计\t\t\t\t\t1400.00\n订单号：T-1"
    )
    assert [line[:2] for line in goods(draft)] == [("A-1001", "100"), ("A-1002", "10")]
    assert field(draft, "/lines/0/unit_price").status is FieldStatus.AUTO
    assert field(draft, "/lines/1/unit_price").status is FieldStatus.CONFIRM  # 10 × 15.80 is not 150.00
    assert draft.order["number"] == "T-1"


def test_urgent_words_and_foreign_currency_are_read() -> None:
    draft = one("加急！A-1001 3个 单价 2.10 USD")
    assert (draft.order["urgent"], draft.order["currency"]) == (True, "USD")
    asked = field(one("A-1001 3个 5元，或者 1 USD"), "/currency")
    assert (asked.value, asked.alternatives) == (None, ("USD", "CNY"))


@pytest.mark.parametrize(
    "text",
    ["", "你好，请问什么时候有货？", "给我们一个好价格，2个", "13800138000", "发票请寄到公司", "第3批 2026-11-30"],
)
def test_text_without_goods_gives_no_draft(text: str) -> None:
    assert read(text) == ()


def test_line_with_numbers_that_was_not_understood_is_shown() -> None:
    (warning,) = one("A-1001 3个\n包装用 3×5 的木托盘 7").warnings
    assert "木托盘" in warning


@pytest.mark.parametrize("text", [SENTENCE, "铜弯头50个", "A型接头 50", "A-1001 50公斤\n垫子3个 单价1"])
def test_every_draft_is_a_sound_order_once_its_holes_are_filled(text: str) -> None:
    order = without_holes(one(text).order)
    for line in order["lines"]:
        line.setdefault("sku", "A-1001")
        line.setdefault("quantity", "1")
    assert len(parse_order(order).lines) == len(order["lines"]) > 0


def test_lines_beyond_the_limit_of_an_order_are_told() -> None:
    draft = one("A-1001 3个\n" * 1001)
    assert len(draft.order["lines"]) == 1000
    assert any("1000" in warning for warning in draft.warnings)
    assert one("A-1001 3个\n" * 1000).warnings == ()


def test_text_beyond_the_limit_is_told() -> None:
    assert any("只读了前" in warning for warning in one("A-1001 3个\n" + "谢谢\n" * 5_000).warnings)
    assert any("只读了前" in warning for warning in one("A-1001 3个\n谢谢\n" + "谢" * 200_001 + "\n谢谢").warnings)


def test_value_longer_than_an_order_may_hold_is_cut_and_asked() -> None:
    draft = one(f"客户：{'长' * 201}\n订单号：{'A' * 65}\n收货地址：{'苏' * 501}\nA-1001 3个")
    assert [len(draft.order["buyer"]["name"]), len(draft.order["number"])] == [200, 64]
    assert len(draft.order["ship_to"]["address"]["text"]) == 500
    assert field(draft, "/number").status is FieldStatus.CONFIRM
    parse_order(without_holes(draft.order))


def test_hostile_text_takes_no_time() -> None:
    started = time.process_time()
    for text in ("A型接头" * 2_000, "1" * 20_000, "个" * 20_000, "：" * 20_000, "订单号：1\n" * 2_000, "\t" * 20_000):
        read(text)
    assert time.process_time() - started < 20
