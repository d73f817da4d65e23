"""How a text on paper becomes a value (MAP-12): both sides of every form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.pages.orders import in_capitals
from intake.fields import values
from orders.money import fen_text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1000", "1000"),
        ("１，０００", "1000"),
        ("12,500.00", "12500.00"),
        ("￥3,435.60元", "3435.60"),
        ("RMB 88.6", "88.6"),
        ("3.435.60", "3435.60"),
        ("42,30", "42.30"),
        ("V18488.25", "18488.25"),
        ("1,0000", None),
        ("A-1001", None),
        ("DN20", None),
        ("12.5.6", None),
        ("", None),
    ],
)
def test_MAP_12_numbers_as_printed(text: str, number: str | None) -> None:
    assert values.number(text) == number


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1000", ("1000", None)),
        ("1000个", ("1000", "个")),
        ("1,000 pcs", ("1000", "pcs")),
        ("１２台", ("12", "台")),
        ("1.5吨", ("1.5", "吨")),
        ("0", None),
        ("-5", None),
        ("个", None),
        ("10mm×2m", None),
    ],
)
def test_MAP_12_quantities_with_their_units(text: str, read: tuple[str, str | None] | None) -> None:
    assert values.quantity(text) == read


def test_MAP_12_prices_keep_up_to_six_places_amounts_two() -> None:
    assert values.price("0.0185") == "0.0185"
    assert values.price("12.5元/个") == "12.50"
    assert values.price("0.1234567") is None
    assert values.price("-1.00") is None
    assert values.money("12.345") is None
    assert values.money("-1.00") == "-1.00"


def test_MAP_12_letters_that_look_like_digits_are_offered_never_taken_silently() -> None:
    assert values.number("1O0O") is None
    assert values.mended("1O0O") == "1000"
    assert values.mended("OO") is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026年11月22日",
        "2026/11/22",
        "2026.11.22",
        "２０２６年１１月２２日",
        "二〇二六年十一月二十二日",
        "20261122",
        "22 Nov 2026",
        "Nov 22, 2026",
        "22-Nov-2026",
        "2026年11月22日 14:30",
    ],
)
def test_MAP_12_date_forms_mean_one_day(text: str) -> None:
    assert values.day(text) == "2026-11-22"


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-02-30", "11/12/2026", "11月22日", "1026-11-22", "30天", "PO-2026"]
)
def test_MAP_12_what_is_no_certain_day_stays_open(text: str) -> None:
    assert values.day(text) is None


def test_MAP_12_month_and_day_take_the_year_that_is_handed_in() -> None:
    assert values.day("11月5日", 2026) == "2026-11-05"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("王建国 13057566828", "13057566828"),
        ("020-87654321", "02087654321"),
        ("0512-66668888-801", "051266668888-801"),
        ("12345", None),
        ("1380013800", None),
        ("138001380001", None),
    ],
)
def test_MAP_12_phones_as_digits(text: str, phone: str | None) -> None:
    assert values.phone(text) == phone


def test_MAP_12_name_beside_a_phone() -> None:
    assert values.without_phone("王建国 13057566828") == "王建国"
    assert values.without_phone("王建国（手机：13057566828）").startswith("王建国")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("月结30天", "net30"),
        ("Net 60 days", "net60"),
        ("NET45", "net45"),
        ("货到付款", "cod"),
        ("款到发货", "prepaid"),
        ("月结", "net30"),
        ("预付30%，余款发货前付清", None),
        ("面议", None),
    ],
)
def test_MAP_08_payment_terms_as_a_word(text: str, terms: str | None) -> None:
    assert values.terms(text) == terms


@given(st.integers(min_value=1, max_value=9_999_999_999))
def test_MAP_12_capitals_of_any_amount_read_back(fen: int) -> None:
    amount = fen_text(fen)
    assert values.capitals("合计：" + in_capitals(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("壹万贰仟伍佰元整", "12500.00"),
        ("人民币壹拾万零伍佰圆整", "100500.00"),
        ("叁仟肆佰叁拾伍元陆角", "3435.60"),
        ("拾伍元整", "15.00"),
        ("壹亿元整", "100000000.00"),
        ("没有金额", None),
        ("壹万", None),
    ],
)
def test_MAP_12_capitals_as_written(text: str, amount: str | None) -> None:
    assert values.capitals(text) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("大写：叁仟玖佰叁拾陆元整", "3936.00"),
        ("合计人民币叁仟玖佰叁拾陆元整", "3936.00"),
        ("叁仟玖佰叁拾陆元整", "3936.00"),
        ("¥ 陆元整", "6.00"),
        ("叁仟玖佰叁抬陆元整", None),  # 抬 was 拾: what is left of it is no amount
        ("仟玖佰叁士陆元整", None),
    ],
)
def test_U7_an_amount_in_words_whose_head_is_lost_is_none(text: str, amount: str | None) -> None:
    assert values.capitals(text) == amount


@pytest.mark.parametrize(
    ("text", "following", "goes_on"),
    [
        ("大写：叁仟玖佰叁拾", "陆元整", True),
        ("叁仟玖佰叁拾陆", "元整", True),
        ("叁仟元整", "陆元整", False),
        ("合计", "陆元整", False),
        ("叁仟", "3000.00", False),
        ("", "陆元整", False),
    ],
)
def test_U7_an_amount_in_words_goes_on_behind_the_rule_that_cuts_it(text: str, following: str, goes_on: bool) -> None:
    assert values.amount_goes_on(text, following) is goes_on
