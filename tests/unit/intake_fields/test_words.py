"""What labels and titles mean."""

from __future__ import annotations

import pytest

from intake.fields.columns import ends, titles
from intake.fields.labels import kind_of
from intake.fields.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("订单编号", "number"),
        ("订 单 编 号：", "number"),
        ("PO No.", "number"),
        ("订单号 PO No.", "number"),
        ("二、交货时间", "requested"),
        ("收货地址 Ship To", "ship_address"),
        ("总金额（大写）", "capitals"),
        ("合计人民币（小写）", "total"),
        ("供方（盖章）", "seller"),
        ("需方联系人", "buyer_contact"),
        ("供应商电话", "seller_phone"),
        ("Tota1 (CNY)", "total"),
        ("1、产品编码", "sku"),
        ("A型接头", None),
        ("广州联达机电有限公司", None),
        ("", None),
    ],
)
def test_label_means_its_kind(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


def test_chinese_labels_are_never_guessed_from_similar_ones() -> None:
    assert kind_of("供货地址") != "ship_address"
    assert kind_of("供货电话") != "ship_phone"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("物料编码", ["sku"]),
        ("单价(元)", ["unit_price"]),
        ("含税单价（元/个）", ["unit_price"]),
        ("产品编码 Code", ["sku"]),
        ("Unit Price", ["unit_price"]),
        ("Deacription", ["name"]),
        ("序号物料编码", ["no", "sku"]),
        ("数量单位", ["quantity", "unit"]),
        ("规格型号", ["spec"]),
        ("A型接头", []),
        ("1000", []),
    ],
)
def test_title_means_its_column(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _, _ in titles(text)] == kinds


@pytest.mark.parametrize(
    "text", ["合计 12,500.00", "合 计", "总计：", "Total (CNY)", "Tota1 5", "大写：壹元整", "备注：无"]
)
def test_sum_or_note_ends_a_table(text: str) -> None:
    assert ends(text)


@pytest.mark.parametrize("text", ["1 A-1001 A型接头 1000 个", "2 总成 A-1002"])
def test_goods_do_not_end_a_table(text: str) -> None:
    assert not ends(text)


def test_word_lists_hold_each_word_once() -> None:
    assert len(vocabulary("labels.txt")) > 200
    assert len(vocabulary("titles.txt")) > 80
