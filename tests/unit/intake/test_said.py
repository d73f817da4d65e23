"""What people say when they order (tests/golden/said): every phrase gives the draft that a colleague would write."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ruamel.yaml import YAML

from intake.known.company import short_names
from intake.readers.text import MAX_TALK_CHARS, read_text
from intake.values.counted import counted_in
from intake.values.currency import currencies_in
from intake.values.english import in_digits
from intake.values.script import one_script
from intake.values.when import find_days
from orders.draft import DraftField, DraftOrder, FieldStatus
from tests.unit.intake.cast import ROOT, catalogue

SUNDAY = date(2026, 11, 22)
CASES: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "tests/golden/said/utterances.yaml").read_text("utf-8"))


def fields(draft: DraftOrder) -> dict[str, DraftField]:
    return {item.path: item for item in draft.fields}


def check_line(draft: DraftOrder, place: int, expected: str) -> None:
    sku, quantity, *rest = expected.split(" ")
    line = draft.order["lines"][place]
    read = fields(draft)[f"/lines/{place}/sku"]
    if sku.startswith("?"):
        assert read.status is FieldStatus.CONFIRM
        assert set(filter(None, sku[1:].split("|"))) <= {line["sku"], *read.alternatives}
    else:
        assert line["sku"] == sku
    assert line["quantity"] == (None if quantity == "-" else quantity)
    if rest:
        assert line["unit"] == rest[0]
    if rest[1:]:
        assert line["unit_price"] == rest[1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["say"][:40].replace("\n", " "))
def test_NL_01_IN_13_what_people_say_becomes_the_draft_that_is_meant(case: dict[str, Any]) -> None:
    drafts = read_text(case["say"], catalogue(), today=SUNDAY).orders
    assert len(drafts) == len(case["orders"])
    for draft, wanted in zip(drafts, case["orders"], strict=True):
        order = draft.order
        assert len(order["lines"]) == len(wanted["lines"]), order["lines"]
        for place, expected in enumerate(wanted["lines"]):
            check_line(draft, place, expected)
        if "buyer" in wanted:
            assert (order["buyer"]["name"] or "?") == wanted["buyer"]
        if "date" in wanted:
            assert order["requested_date"] == (wanted["date"] and str(wanted["date"]))
        for name, path in (("terms", "payment_terms"), ("urgent", "urgent")):
            assert wanted.get(name, order[path]) == order[path]
        assert wanted.get("tells", "") in " ".join(draft.warnings)
        assert wanted.get("ship", "") in (order["ship_to"]["address"]["text"] or "")
        assert wanted.get("receiver") in (None, order["ship_to"]["contact"]["name"])
        assert wanted.get("receiver_phone") in (None, order["ship_to"]["contact"]["phone"])
        assert wanted.get("number") in (None, order["number"])
        asked = {path for path, item in fields(draft).items() if item.status is FieldStatus.CONFIRM}
        assert set(wanted.get("ask", ())) <= asked


def test_NL_01_message_without_reservations_tells_nothing() -> None:
    (draft,) = read_text(
        "张总要1000个A型接头，月底前送到苏州工厂，谢谢！货送到门口就行", catalogue(), today=SUNDAY
    ).orders
    assert draft.warnings == ()


def test_NL_01_English_number_words_are_digits_where_they_count_something() -> None:
    assert in_digits("the one we had, two dozen and one box") == "the one we had, 2 dozen and 1 box"
    assert in_digits("twelve hundred, a thousand and twenty pcs") == "1200, 1020 pcs"
    assert in_digits("two thousand five hundred meters") == "2500 meters"


def test_NL_01_talk_is_read_up_to_a_limit_and_says_so() -> None:
    line = "A型接头10个，送到苏州工厂"
    fits = MAX_TALK_CHARS // len(line)
    (whole,) = read_text("\n".join([line] * fits), catalogue(), today=SUNDAY).orders
    assert not any("内容太长" in warning for warning in whole.warnings)
    (cut,) = read_text("\n".join([line] * (fits + 1)), catalogue(), today=SUNDAY).orders
    assert any(f"只读了前 {fits} 行" in warning for warning in cut.warnings)


def test_NL_01_there_are_more_than_a_hundred_ways_of_saying_it() -> None:
    assert len(CASES) > 100


def test_NL_01_correction_offers_both_values_as_choices() -> None:
    (draft,) = read_text("要1000个A型接头。不对，改成800个", catalogue(), today=SUNDAY).orders
    asked = fields(draft)["/lines/0/quantity"]
    assert (asked.value, asked.alternatives) == ("800", ("800", "1000"))


def test_NL_01_range_offers_both_ends() -> None:
    (draft,) = read_text("A型接头500到600个", catalogue(), today=SUNDAY).orders
    assert fields(draft)["/lines/0/quantity"].alternatives == ("500", "600")


def test_NL_01_two_boxes_show_how_they_were_counted() -> None:
    (draft,) = read_text("两箱A型接头", catalogue(), today=SUNDAY).orders
    read = fields(draft)["/lines/0/quantity"]
    assert (read.value, read.why) == ("400", ("2箱，每箱 200 个",))


def test_NL_01_price_that_fits_neither_piece_nor_box_is_asked() -> None:
    (draft,) = read_text("两箱A型接头，单价100元", catalogue(), today=SUNDAY).orders
    assert fields(draft)["/lines/0/unit_price"].status is FieldStatus.CONFIRM


def test_NL_01_pick_up_needs_no_address() -> None:
    (draft,) = read_text("密封胶48支，自提", catalogue(), today=SUNDAY).orders
    assert draft.order["fulfilment"] == "pickup"
    assert "/ship_to/address/text" not in fields(draft)


@pytest.mark.parametrize("text", ["[语音转文字]\n要1000个A型接头", "语音消息：要1000个A型接头"])
def test_IN_12_spoken_order_is_marked_and_every_value_is_asked(text: str) -> None:
    result = read_text(text, catalogue(), today=SUNDAY)
    assert result.quality == {"source": "voice"}
    assert {item.status for item in result.orders[0].fields} == {FieldStatus.CONFIRM}


def test_IN_12_transcript_is_told_from_a_written_order() -> None:
    assert read_text("要1000个A型接头", catalogue(), today=SUNDAY).quality == {}
    assert read_text("要1000个A型接头", catalogue(), today=SUNDAY, spoken=True).quality == {"source": "voice"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("元旦前", "2026-12-31"),
        ("元旦", "2027-01-01"),
        ("春节前", "2027-02-05"),
        ("春节后", "2027-02-14"),
        ("除夕前", "2027-02-04"),
        ("中秋节前", "2027-09-14"),
        ("by Nov 30", "2026-11-30"),
        ("5 December 2026", "2026-12-05"),
        ("Dec 5th", "2026-12-05"),
        ("next Friday", "2026-11-27"),
        ("Friday", "2026-11-27"),
        ("tomorrow", "2026-11-23"),
        ("within two weeks", "2026-12-06"),
        ("end of month", "2026-11-30"),
        ("end of next month", "2026-12-31"),
        ("48小时内", "2026-11-24"),
        ("半个月内", "2026-12-07"),
        ("3个月内", "2027-02-22"),
        ("年底", "2026-12-31"),
        ("12.8号前", "2026-12-08"),
        ("下周内", "2026-11-29"),
    ],
)
def test_NL_01_further_ways_to_name_a_day(text: str, expected: str) -> None:
    (found,) = find_days(text, SUNDAY)
    assert str(found.day) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("两箱", ("2", "箱", False)),
        ("半打", ("0.5", "打", False)),
        ("一箱半", ("1.5", "箱", False)),
        ("1.5千个", ("1500", "个", False)),
        ("2k个", ("2000", "个", False)),
        ("五百来个", ("500", "个", True)),
        ("大概500个", ("500", "个", True)),
        ("500个左右", ("500", "个", True)),
        ("几十个", (None, "个", True)),
        ("三五十个", (None, "个", True)),
        ("500到600个", (None, "个", True)),
        ("俩", ("2", None, False)),
    ],
)
def test_NL_01_quantity_and_how_sure_it_is(text: str, expected: tuple[Any, ...]) -> None:
    (found,) = counted_in(text)
    assert (found.quantity, found.unit, bool(found.doubt)) == expected


def test_NL_01_company_is_known_by_its_short_names() -> None:
    assert {"恒力", "苏州恒力", "恒力机电"} <= short_names("苏州恒力机电有限公司")
    assert short_names("ABC Ltd") == frozenset()
    assert "苏州" not in short_names("苏州机电有限公司")


def test_NL_01_traditional_and_spaced_letters_are_one_script() -> None:
    assert one_script("蘇州工廠") == "苏州工厂"
    assert one_script("A 型 接 头") == "A型接头"
    assert one_script("PO 17 A-1001") == "PO 17 A-1001"


def test_NL_01_running_number_of_a_row_is_no_quantity_of_the_unit_behind_the_name() -> None:
    (draft,) = read_text("1\tA-1001\tA型接头\t个\t100\t200", catalogue(), today=SUNDAY).orders
    assert fields(draft)["/lines/0/quantity"].status is FieldStatus.CONFIRM


def test_NL_01_amount_behind_the_price_is_not_the_price() -> None:
    (draft,) = read_text("A型接头 100个 12.5 共1250元", catalogue(), today=SUNDAY).orders
    assert (draft.order["lines"][0]["unit_price"], draft.order["lines"][0]["amount"]) == ("12.50", "1250.00")


def test_NL_01_day_inside_a_number_is_no_day() -> None:
    (draft,) = read_text("PO号HL20261125-01，A-1001 500个", catalogue(), today=SUNDAY).orders
    assert (draft.order["number"], draft.order["requested_date"]) == ("HL20261125-01", None)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("单价(NT$) 55", ("TWD",)),
        ("單價（美元）", ("USD",)),
        ("港幣 5", ("HKD",)),
        ("￥5 US$1", ("USD", "CNY")),
        ("注文いたします ¥250", ("JPY", "CNY")),
        ("Unit price $1.80", ("USD",)),
        ("元器件 3单元", ()),
        ("¥5", ("CNY",)),
        ("5元", ("CNY",)),
    ],
)
def test_MAP_12_currencies_are_told_by_words_and_signs(text: str, codes: tuple[str, ...]) -> None:
    assert currencies_in(text) == codes
