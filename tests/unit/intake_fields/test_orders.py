"""From words to drafts without any recogniser: pages are set by hand or read from a PDF's own text."""

from __future__ import annotations

import pytest

from bench.pages import company
from bench.pages.make import pdf
from bench.pages.orders import sample
from intake.fields import words
from intake.fields.extract import drafts
from intake.fields.parties import consignee, number, person
from ocr.page import Box, Page, Quality, Word
from ocr.pdf import pages
from orders.draft import DraftField, DraftOrder, FieldStatus

CATALOGUE = company.catalogue()


def word(text: str, x: float, y: float, score: float = 1.0) -> Word:
    step = 10.0
    at = Box(x, y, x + step * len(text), y + 12)
    fractions = Box(at.x0 / 1000, at.y0 / 1000, at.x1 / 1000, at.y1 / 1000)
    return Word(text, at, fractions, (score,) * len(text), tuple(x + step * (n + 0.5) for n in range(len(text))))


def page_of(*placed: tuple[str, float, float], number: int = 1, source: str = "ocr", score: float = 1.0) -> Page:
    matrix = (0.001, 0.0, 0.0, 0.0, 0.001, 0.0, 0.0, 0.0, 1.0)
    return Page(number, 1000.0, 1000.0, matrix, tuple(word(*item, score) for item in placed), source=source)


TITLES = [("物料编码", 0, 200), ("名称", 120, 200), ("数量", 300, 200), ("单价", 420, 200), ("金额", 560, 200)]


def goods(y: float, code: str = "A-1001", name: str = "A型接头", numbers: str = "1000 12.50 12500.00") -> list[tuple]:
    quantity, price, amount = numbers.split()
    return [(code, 0, y), (name, 120, y), (quantity, 300, y), (price, 420, y), (amount, 560, y)]


def fields(draft: DraftOrder) -> dict[str, DraftField]:
    return {field.path: field for field in draft.fields}


def only(*placed: tuple[str, float, float], **options: object) -> DraftOrder:
    (draft,) = drafts([page_of(*placed, **options)], CATALOGUE)
    return draft


HEAD = [("订单编号：PO-1", 0, 20), ("采购方：苏州恒力机电有限公司", 0, 40)]


@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("/lines/0/sku", 0.96),  # a code of the master data leaves half of the doubt
        ("/lines/0/quantity", 0.8),  # a product that comes out leaves a tenth
        ("/lines/0/unit_price", 0.7),  # and is the listed price: as low as is legible
        ("/buyer/name", 0.8),
    ],
)
def test_U7_proofs_make_up_for_unclear_characters_as_far_as_they_reach(path: str, least: float) -> None:
    lines = [*goods(230, numbers="1200 12.50 15000.00"), *goods(260)]
    sure = fields(only(*HEAD, *TITLES, *lines, score=least + 0.001))
    unsure = fields(only(*HEAD, *TITLES, *lines, score=least - 0.001))
    assert sure[path].status is FieldStatus.AUTO
    assert sure[path].confidence >= 0.98
    assert unsure[path].status is FieldStatus.CONFIRM
    assert words.LOW_SCORE in unsure[path].why


def test_illegible_characters_are_never_auto_whatever_proves_them() -> None:
    sure = fields(only(*HEAD, *TITLES, *goods(230), *goods(260), score=0.99))
    unsure = fields(only(*HEAD, *TITLES, *goods(230), *goods(260), score=0.69))
    for path in ("/lines/0/sku", "/lines/0/quantity", "/lines/0/unit_price", "/lines/0/amount", "/buyer/name"):
        assert sure[path].status is FieldStatus.AUTO
        assert unsure[path].status is FieldStatus.CONFIRM
        assert words.LOW_SCORE in unsure[path].why


def test_number_without_any_proof_is_confirmed_from_ocr_and_auto_from_a_text_layer() -> None:
    ocr = fields(only(*HEAD, *TITLES, *goods(230), *goods(260)))["/number"]
    layer = fields(only(*HEAD, *TITLES, *goods(230), *goods(260), source="text"))["/number"]
    assert (ocr.status, ocr.why) == (FieldStatus.CONFIRM, (words.NO_PROOF,))
    assert (layer.status, layer.why) == (FieldStatus.AUTO, (words.TEXT_LAYER,))


def test_text_layer_does_not_prove_whose_an_open_label_is() -> None:
    tail = [("联系人：王五", 0, 400), ("收货人：赵六", 0, 420)]
    got = fields(only(*HEAD, *TITLES, *goods(230), *goods(260), *tail, source="text"))
    assert got["/ship_to/contact/name"].status is FieldStatus.AUTO
    assert got["/buyer/contact/name"].status is FieldStatus.CONFIRM


def test_text_layer_does_not_prove_a_line_whose_product_is_unknown() -> None:
    rows = [*goods(230), *goods(260, "ZZ-9", "无此商品")]
    got = fields(only(*HEAD, *TITLES, *rows, source="text"))
    assert got["/lines/0/name"].status is FieldStatus.AUTO
    assert got["/lines/1/name"].status is FieldStatus.CONFIRM
    assert got["/lines/1/sku"].value is None


def test_price_without_amount_or_price_list_is_confirmed() -> None:
    rows = [item for y in (230, 260) for item in goods(y, numbers="7 11.11 77.77")[:-1]]
    got = fields(only(*HEAD, *TITLES[:-1], *rows))
    assert got["/lines/0/unit_price"].status is FieldStatus.CONFIRM
    listed = [item for y in (230, 260) for item in goods(y)[:-1]]
    assert fields(only(*HEAD, *TITLES[:-1], *listed))["/lines/0/unit_price"].why == (words.PRICE_KNOWN,)


def test_U7_an_amount_in_words_that_a_column_rule_cuts_is_read_whole() -> None:
    cut = [("合计", 0, 290), ("大写：贰万伍", 80, 290), ("仟元整", 200, 290), ("25000.00", 560, 290)]
    total = fields(only(*HEAD, *TITLES, *goods(230), *goods(260), *cut))["/totals/payable"]
    assert total.status is FieldStatus.AUTO
    assert words.CAPITALS in total.why
    other = [*cut[:1], ("大写：贰万陆", 80, 290), *cut[2:]]
    total = fields(only(*HEAD, *TITLES, *goods(230), *goods(260), *other))["/totals/payable"]
    assert words.NO_CAPITALS in total.why


def test_poor_page_makes_every_field_confirm_and_warns() -> None:
    page = page_of(*HEAD, *TITLES, *goods(230), *goods(260))
    poor = Page(1, 1000.0, 1000.0, page.matrix, page.words, quality=Quality(score=0.8, code="too_blurred"))
    (draft,) = drafts([poor], CATALOGUE)
    read = [field for field in draft.fields if field.path != "/currency"]
    assert all(field.status is FieldStatus.CONFIRM for field in read)
    assert words.POOR_PAGE in draft.warnings


def test_untitled_column_that_makes_the_rows_come_out_is_the_price() -> None:
    titles = [*TITLES[:3], ("结算用", 420, 200), TITLES[4]]
    got = only(*HEAD, *titles, *goods(230), *goods(260, "A-1003", "黄铜球阀", "2 36.00 72.00"))
    assert [line["unit_price"] for line in got.order["lines"]] == ["12.50", "36.00"]


def test_untitled_column_that_does_not_come_out_is_not_guessed() -> None:
    titles = [*TITLES[:3], ("重量", 420, 200), TITLES[4]]
    got = only(*HEAD, *titles, *goods(230, numbers="1000 3.70 12500.00"), *goods(260, numbers="2 0.10 25.00"))
    assert [line["unit_price"] for line in got.order["lines"]] == [None, None]


def test_page_without_a_number_continues_the_order_before() -> None:
    first = page_of(*HEAD, *TITLES, *goods(230), *goods(260))
    second = page_of(*TITLES, *goods(230, "A-1003", "黄铜球阀", "2 36.00 72.00"), number=2)
    (draft,) = drafts([first, second], CATALOGUE)
    assert [line["sku"] for line in draft.order["lines"]] == ["A-1001", "A-1001", "A-1003"]
    assert fields(draft)["/lines/2/quantity"].page == 2


def test_page_with_another_number_is_another_order() -> None:
    second = page_of(("订单编号：PO-2", 0, 20), *TITLES, *goods(230), number=2)
    found = drafts([page_of(*HEAD, *TITLES, *goods(230)), second], CATALOGUE)
    assert [draft.order["number"] for draft in found] == ["PO-1", "PO-2"]


def test_page_that_repeats_the_number_is_the_same_order() -> None:
    second = page_of(("订单编号：PO-1", 0, 20), *TITLES, *goods(230), number=2)
    assert len(drafts([page_of(*HEAD, *TITLES, *goods(230)), second], CATALOGUE)) == 1


def test_two_orders_above_each_other_on_one_page_are_two_drafts() -> None:
    lower = [
        (text, x, y + 400) for text, x, y in (("订单编号：PO-2", 0, 20), *TITLES, *goods(230, "A-1003", "黄铜球阀"))
    ]
    found = drafts([page_of(*HEAD, *TITLES, *goods(230), *lower)], CATALOGUE)
    assert [(draft.order["number"], len(draft.order["lines"])) for draft in found] == [("PO-1", 1), ("PO-2", 1)]
    assert found[1].order["lines"][0]["sku"] == "A-1003"


def test_same_labels_side_by_side_belong_to_their_own_party() -> None:
    sides = [
        ("需方：苏州恒力机电有限公司", 0, 500),
        ("供方：广州联达机电有限公司", 500, 500),
        ("联系人：张伟", 0, 520),
        ("联系人：黄海", 500, 520),
        ("电话：13800138000", 0, 540),
        ("电话：13912345678", 500, 540),
    ]
    buyer = only(*TITLES, *goods(230), *sides).order["buyer"]
    assert buyer == {
        "name": "苏州恒力机电有限公司",
        "ids": [],
        "contact": {"name": "张伟", "phone": "13800138000", "email": None},
    }


def test_sellers_name_is_never_the_buyer() -> None:
    draft = only(("订单编号：PO-1", 0, 20), ("供应商：苏州恒力机电有限公司", 0, 40), *TITLES, *goods(230))
    assert draft.order["buyer"]["name"] is None


def test_similar_customer_is_offered_not_put_in() -> None:
    field = fields(only(("采购方：苏州恒力机电有限公目", 0, 40), *TITLES, *goods(230)))["/buyer/name"]
    assert (field.value, field.alternatives) == ("苏州恒力机电有限公目", ("苏州恒力机电有限公司",))
    assert field.status is FieldStatus.CONFIRM


def test_issue_day_gets_local_midnight() -> None:
    draft = only(("订单日期：2026年11月22日", 0, 20), *HEAD[1:], *TITLES, *goods(230))
    assert draft.order["issued_at"] == "2026-11-22T00:00:00+08:00"


def test_number_with_a_zero_for_o_is_shown_with_both_ways() -> None:
    field = fields(only(("订单编号：P0-2026-7", 0, 20), *TITLES, *goods(230)))["/number"]
    assert (field.value, field.alternatives, field.why) == ("PO-2026-7", ("P0-2026-7",), (words.LOOKALIKE,))


def test_currency_comes_from_the_page_or_is_said_to_be_assumed() -> None:
    stated = fields(only(("单价单位：人民币元", 0, 20), *TITLES, *goods(230)))["/currency"]
    silent = fields(only(*HEAD, *TITLES, *goods(230)))["/currency"]
    dollars = fields(only(("All prices in USD", 0, 20), *TITLES, *goods(230)))["/currency"]
    assert (stated.value, stated.status) == ("CNY", FieldStatus.AUTO)
    assert (silent.value, silent.status) == ("CNY", FieldStatus.CONFIRM)
    assert (dollars.value, dollars.status) == ("USD", FieldStatus.AUTO)


def test_change_document_is_warned_of() -> None:
    assert words.CHANGE_DOCUMENT in only(("采购订单变更单", 0, 0), *HEAD, *TITLES, *goods(230)).warnings


def test_text_without_an_order_gives_no_draft() -> None:
    assert drafts([page_of(("天气很好", 0, 0), ("我们去公园", 0, 30))], CATALOGUE) == ()


def test_order_without_readable_lines_is_a_draft_that_says_so() -> None:
    assert words.NO_LINES in only(*HEAD).warnings


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "江苏省苏州市虎丘区星湖街328号，王工，13900139000",
            {"ship_address": "江苏省苏州市虎丘区星湖街328号", "ship_contact": "王工", "ship_phone": "13900139000"},
        ),
        ("王建国 13057566828", {"ship_contact": "王建国", "ship_phone": "13057566828"}),
        ("江苏省苏州市虎丘区星湖街328号", {"ship_address": "江苏省苏州市虎丘区星湖街328号"}),
        ("江苏省苏州市 星湖街328号 王工", {}),
        ("自提", {"ship_contact": "自提"}),
    ],
)
def test_delivery_line_is_taken_apart_only_when_every_part_is_clear(text: str, parts: dict[str, str]) -> None:
    assert consignee(text) == parts


def test_numbers_and_people() -> None:
    assert number("PO - 2026 - 1") == "PO-2026-1"
    assert number("以下空白") is None
    assert person("王工 13900139000") == "王工"
    assert person("13900139000") is None


@pytest.mark.parametrize("seed", range(3))
def test_IN_08_pdf_lines_carry_boxes_on_the_page(seed: int) -> None:
    (draft,) = drafts(list(pages(pdf("ruled_zh", sample(seed)))), CATALOGUE)  # type: ignore[arg-type]
    got = fields(draft)
    tops = [got[f"/lines/{index}/quantity"].box[1] for index in range(5)]
    assert tops == sorted(tops)
    assert all(0.55 < got[f"/lines/{index}/quantity"].box[0] < 0.69 for index in range(5))


def row(y: float, *cells: tuple[float, str]) -> list[tuple[str, float, float]]:
    return [(text, x, y) for x, text in cells]


def values_of(draft: DraftOrder, *names: str) -> list[tuple[object, ...]]:
    return [tuple(line[name] for name in names) for line in draft.order["lines"]]


def test_IN_08_quantity_may_stand_beside_the_number_of_boxes() -> None:
    titles = row(200, (0, "物料编码"), (120, "名称"), (250, "箱数"), (330, "瓶/袋数"), (450, "单价"), (560, "金额"))
    goods_ = row(230, (0, "A-1001"), (120, "A型接头"), (250, "10"), (330, "200"), (450, "12.50"), (560, "2500.00"))
    assert values_of(only(*HEAD, *titles, *goods_), "sku", "quantity") == [("A-1001", "200")]


def test_IN_08_sum_row_that_adds_quantities_first_is_understood() -> None:
    sums = row(260, (0, "合计"), (300, "1000"), (560, "12500.00"))
    draft = only(*HEAD, *TITLES, *goods(230), *sums)
    assert draft.order["totals"]["payable"] == "12500.00"
    assert draft.warnings == ()


def test_IN_08_nothing_times_any_quantity_proves_no_quantity() -> None:
    draft = only(*HEAD, *TITLES, *goods(230, numbers="7 0.00 0.00"))
    assert words.ARITHMETIC not in fields(draft)["/lines/0/quantity"].why


def test_IN_08_title_over_three_columns_means_their_sum() -> None:
    over = row(186, (330, "数量"))
    titles = row(200, (0, "物料编码"), (120, "名称"), (460, "单价"), (560, "金额"))
    under = row(214, (270, "行政"), (330, "生产"), (390, "合计"))
    line = row(
        250, (0, "A-1001"), (120, "A型接头"), (270, "10"), (330, "14"), (390, "24"), (460, "12.50"), (560, "300.00")
    )
    assert values_of(only(*HEAD, *over, *titles, *under, *line), "sku", "quantity") == [("A-1001", "24")]


def test_IN_08_titles_that_begin_above_the_row_are_read_with_what_is_below_them() -> None:
    above = row(190, (420, "Unit"), (560, "Ext."))
    titles = row(200, (0, "Item No"), (120, "Description"), (300, "Qty"))
    below = row(210, (420, "Price"), (560, "Price"))
    line = row(240, (0, "A-1001"), (120, "Joint"), (300, "1000"), (420, "12.50"), (560, "12500.00"))
    got = values_of(only(*HEAD, *above, *titles, *below, *line), "quantity", "unit_price", "amount")
    assert got == [("1000", "12.50", "12500.00")]


def test_IN_08_table_on_its_side_gives_a_line_for_each_column() -> None:
    table = [
        *row(200, (0, "商品编码"), (150, "A-1001"), (300, "A-1003")),
        *row(220, (0, "商品名称"), (150, "A型接头"), (300, "黄铜球阀")),
        *row(240, (0, "数量"), (150, "40"), (300, "120")),
        *row(260, (0, "单价"), (150, "12.50"), (300, "36.00")),
    ]
    got = values_of(only(*HEAD, *table), "sku", "quantity", "unit_price")
    assert got == [("A-1001", "40", "12.50"), ("A-1003", "120", "36.00")]


def test_IN_08_buyer_who_has_a_phone_is_a_person() -> None:
    draft = only(("Buyer: 林志豪 13823450022", 0, 20), *TITLES, *goods(230))
    assert draft.order["buyer"]["contact"] == {"name": "林志豪", "phone": "13823450022", "email": None}
    assert draft.order["buyer"]["name"] is None


def test_IN_08_address_ends_where_the_sentence_speaks_of_something_else() -> None:
    said = "送货地址：江苏省苏州市虎丘区星湖街328号，运费由供方承担，月结30天"
    draft = only(*HEAD, (said, 0, 60), *TITLES, *goods(230))
    assert draft.order["ship_to"]["address"]["text"] == "江苏省苏州市虎丘区星湖街328号"
