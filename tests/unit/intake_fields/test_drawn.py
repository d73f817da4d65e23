"""IN-08, MAP-12: layouts drawn by lot, in words that no list holds, are understood by what words and cells mean."""

from __future__ import annotations

import pytest

from bench.ocr_cases import CATALOGUE, Case, scored
from bench.pages.canvas import Pdf
from bench.pages.drawn import drawn, pen_size
from bench.pages.orders import truth, wide_sample
from intake.fields.columns import titles
from intake.fields.extract import drafts
from intake.fields.labels import kind_of
from ocr.page import Page
from ocr.pdf import pages


def _missed(tongue: str, seed: int) -> tuple[dict[str, object], dict[str, object]]:
    order = wide_sample(300 + seed)
    paper = Pdf(pen_size(seed))
    drawn(seed, tongue)(paper, order)
    read = [page for page in pages(paper.data()) if isinstance(page, Page)]
    score = scored(Case(tongue, "pdf", seed, ""), drafts(read, CATALOGUE)[0], truth(order), 0.0)
    return dict(score.missed), dict(score.silent)


@pytest.mark.parametrize("seed", range(4, 24, 3))
@pytest.mark.parametrize("tongue", ["own", "other"])
def test_IN_08_pdf_in_a_drawn_layout_is_exact(tongue: str, seed: int) -> None:
    assert _missed(tongue, seed) == ({}, {})


@pytest.mark.parametrize("seed", range(0, 8, 2))
def test_IN_08_nothing_wrong_is_called_sure_in_words_never_seen(seed: int) -> None:
    assert _missed("held", seed)[1] == {}


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("采购订单编码", "number"),
        ("签约日期", "issued"),
        ("最晚交货日期", "requested"),
        ("货款支付", "terms"),
        ("采购专员", "buyer_contact"),
        ("接货人", "ship_contact"),
        ("收货人联系电话", "ship_phone"),
        ("供方联系人", "seller_contact"),
        ("定货单位", "buyer"),
        ("订单总价", "total"),
        ("Order Ref.", "number"),
        ("Delivery Required By", "requested"),
        ("Receiving Phone", "ship_phone"),
        ("Purchasing Company", "buyer"),
        ("税务登记号", None),
        ("开户行账号", None),
        ("Date of Order 07", None),
    ],
)
def test_MAP_12_label_that_no_list_holds_is_understood_by_its_words(label: str, kind: str | None) -> None:
    assert kind_of(label) == kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("零件编号", "sku"),
        ("型号及规格", "spec"),
        ("物资名称及规格", "name"),
        ("采购数", "quantity"),
        ("含税价格", "unit_price"),
        ("价税合计(元)", "amount"),
        ("税点", "aside"),
        ("Stock Code", "sku"),
        ("Ext. Amount", "amount"),
        ("Unit Cost", "unit_price"),
        ("Unit of Measure", "unit"),
    ],
)
def test_MAP_12_title_that_no_list_holds_is_understood_by_its_words(title: str, kind: str) -> None:
    assert [found for found, _, _ in titles(title)] == [kind]
