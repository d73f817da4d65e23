"""Money and quantity: exact at every boundary."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.money import (
    LIMIT,
    MICRO,
    fen_text,
    line_amount_fen,
    parse_fen,
    parse_micro,
    price_text,
    quantity_text,
)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12500.00", 1_250_000), ("0", 0), ("0.01", 1), ("-3.5", -350), ("1.10", 110), ("7.000000", 700)],
)
def test_amount_text_becomes_fen(text, fen):
    assert parse_fen(text) == fen


@pytest.mark.parametrize("text", ["1.001", "1e3", "", ".5", "1.", "+1", "１２", " 1", "1 ", "NaN", "1,000.00", "--1"])
def test_amount_that_is_not_plain_decimal_text_is_refused(text):
    with pytest.raises(ValueError, match=r"plain decimal|decimal places"):
        parse_fen(text)


def test_amount_at_two_to_the_53_is_refused_and_one_below_passes():
    assert parse_fen("90071992547409.91") == LIMIT
    with pytest.raises(ValueError, match="too large"):
        parse_fen("90071992547409.92")


def test_unit_price_of_a_cheap_part_is_exact():
    assert parse_micro("0.0185") == 18_500
    assert price_text(18_500) == "0.0185"
    assert price_text(12_500_000) == "12.50"
    assert quantity_text(1_000 * MICRO) == "1000"
    assert quantity_text(1_500_000) == "1.5"


@given(st.integers(-LIMIT, LIMIT))
def test_fen_survives_text_and_back(amount):
    assert parse_fen(fen_text(amount)) == amount


@given(st.integers(0, LIMIT))
def test_micro_survives_both_texts_and_back(number):
    assert parse_micro(price_text(number)) == number
    assert parse_micro(quantity_text(number)) == number


@given(st.integers(0, 10**12), st.integers(0, 10**10), st.integers(0, 10**6))
def test_line_amount_rounds_half_up_once_like_decimal(quantity, price, discount):
    exact = (Decimal(quantity) / MICRO) * (Decimal(price) / MICRO)
    expected = int((exact * 100).quantize(Decimal(1), ROUND_HALF_UP)) - discount
    assert line_amount_fen(quantity, price, discount) == expected


def test_half_a_fen_rounds_up_and_just_below_does_not():
    assert line_amount_fen(1 * MICRO, 5_000) == 1
    assert line_amount_fen(1 * MICRO, 4_999) == 0
    assert line_amount_fen(-1 * MICRO, 5_000) == -1
