"""Other papers are not orders: told by title and fields; an order that speaks of them is never refused."""

from __future__ import annotations

import pytest

from bench.pages.papers import ORDER, papers
from intake.read import read
from intake.values.paper import LOOKS_LIKE, NOT_AN_ORDER, kinds, other_paper
from orders.errors import UnreadableDocument
from tests.unit.intake.cast import catalogue
from tests.unit.intake.test_prescription import Photo

OTHERS = [paper for paper in papers() if paper.kind != ORDER]
ORDERS = [paper for paper in papers() if paper.kind == ORDER]


def read_text(text: str, *, insist: bool = False):
    return read(text.encode(), "a.txt", "text/plain", catalogue(), Photo(), insist=insist)


def verdict_of(paper):
    verdict = other_paper([paper.text().splitlines()])
    return (verdict.kind.code, verdict.sure) if verdict else None


def test_another_paper_is_told_by_what_it_says() -> None:
    assert {paper.name: verdict_of(paper) for paper in OTHERS} == {paper.name: (paper.kind, True) for paper in OTHERS}


def test_an_order_that_speaks_of_other_papers_is_never_refused() -> None:
    told = {paper.name: verdict_of(paper) for paper in ORDERS}
    assert {name: verdict for name, verdict in told.items() if verdict} == {"quote_accepted": ("quotation", False)}


def test_there_are_enough_of_both_and_every_kind_is_among_them() -> None:
    assert min(len(OTHERS), len(ORDERS)) >= 30
    assert {paper.kind for paper in OTHERS} == {kind.code for kind in kinds()}


def paper_called(name: str):
    return next(paper for paper in papers() if paper.name == name)


def test_the_refusal_says_what_it_is_and_what_to_do_in_both_languages() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_text(paper_called("vat_digital").text())
    error = caught.value
    assert error.code == NOT_AN_ORDER
    assert "这是发票，不是订单" in error.message_zh
    assert "按订单读取" in error.message_zh
    assert "an invoice, not an order: hand it to accounting" in error.message_en


def test_whoever_insists_has_it_read_as_an_order() -> None:
    found = read_text(paper_called("plain_zh").text(), insist=True)
    assert found.orders[0].order["lines"][0]["sku"] == "A-1001"


@pytest.mark.parametrize(
    ("rows", "sure"),
    [
        (("送货单", "收货人签字：", "A-1001\t5"), False),
        (("送货单", "收货人签字：\t送货日期：2026-11-05", "A-1001\t5"), True),
        (("送货单", "A-1001\t5"), None),
        (("送货单类型\t送货单", "收货人签字：\t送货日期：2026-11-05"), None),
        (("A-1001\t5", *[f"第{n}行" for n in range(8)], "送货单", "收货人签字：\t送货日期：2026-11-05"), None),
        (("采购订单", "送货单", "收货人签字：\t送货日期：2026-11-05"), None),
        (("报价单", "报价日期：11月1日\t有效期30天", "同意以上报价，请安排"), False),
        (("发票代码 1 发票号码 2", "开票日期 3 A-1001"), None),
        (("发票代码 1 发票号码 2", "开票日期 3 开票人 4 A-1001"), True),
        (("支付成功", "收款方 甲\t付款方式 卡\t流水号 1"), True),
        (("支付成功", "收款方 甲\t付款方式 卡\t流水号 1", "收货地址：苏州"), False),
        (("价目表", "A-1001\t单价 12.50"), True),
        (("价目表", "A-1001\t单价 12.50\t数量 3"), False),
    ],
)
def test_title_and_fields_must_agree_and_nothing_speak_for_an_order(rows, sure) -> None:
    verdict = other_paper([rows])
    assert (verdict and verdict.sure) == sure


def test_a_later_page_that_is_an_order_saves_the_document() -> None:
    note = paper_called("plain_zh").text().splitlines()
    assert other_paper([note, ["采购订单", "A-1001\t5"]]) is None


@pytest.mark.parametrize("form", ["text", "csv", "photo"])
def test_in_doubt_it_is_read_and_says_so(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("送货单", "收货人签字：", "A-1001 A型接头 5个")
    if form == "photo":
        monkeypatch.setattr("tests.unit.intake.test_prescription.LINES", lines)
        found = read(b"\xff\xd8\xff\xe0" + b"x" * 64, "a.jpg", "image/jpeg", catalogue(), Photo())
    elif form == "csv":
        rows = "送货单,,\n收货人签字：,,\n货号,名称,数量\nA-1001,A型接头,5\n"
        found = read(rows.encode(), "a.csv", "text/csv", catalogue(), Photo())
    else:
        found = read_text("\n".join(lines))
    assert found.orders[0].warnings[0].startswith(LOOKS_LIKE)


@pytest.mark.parametrize("form", ["csv", "photo", "pdf_without_lines"])
def test_sheets_and_pictures_are_refused_too(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("送货单", "收货人签字： 送货日期：2026-11-05", "A-1001 A型接头 5个")
    name, data = "a.csv", "送货单,,\n收货人签字：,送货日期：,\n货号,名称,数量\nA-1001,A型接头,5\n".encode()
    if form != "csv":
        lines = lines if form == "photo" else ("居民身份证", "签发机关 苏州市公安局")
        monkeypatch.setattr("tests.unit.intake.test_prescription.LINES", lines)
        name, data = "a.jpg", b"\xff\xd8\xff\xe0" + b"x" * 64
    with pytest.raises(UnreadableDocument) as caught:
        read(data, name, "", catalogue(), Photo())
    assert caught.value.code == NOT_AN_ORDER
