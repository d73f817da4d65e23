"""U7: the order's own equations prove, contradict and suggest; they never change a value."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bench.pages.orders import in_capitals, sample
from intake.fields import values, words
from intake.fields.assemble import assemble
from intake.fields.checks import check
from intake.fields.found import CERTAIN, Found, OrderFound
from ocr.layout.rows import Cell
from orders.draft import FieldStatus
from tests.unit.intake_fields.cast import found, line

TOTAL = "/totals/payable"


def _order(*rows: tuple[str, str, str], total: str | None = None, capitals: str | None = None) -> OrderFound:
    order = OrderFound(lines=[line(quantity=q, unit_price=p, amount=a) for q, p, a in rows])
    if total is not None:
        order.header[TOTAL] = found(total)
    if capitals is not None:
        order.capitals.append(found(values.capitals(capitals)))
    check(order)
    return order


def test_U7_quantity_times_price_proves_all_three() -> None:
    (row,) = _order(("1200", "12.50", "15000.00")).lines
    assert all(row[name].proofs == [words.ARITHMETIC] and not row[name].doubts for name in row)


@pytest.mark.parametrize("quantity", ["1", "10", "1000", "100.0"])
def test_U7_price_and_amount_in_the_same_digits_prove_each_other_less(quantity: str) -> None:
    (row,) = _order((quantity, "12.60", f"{12.6 * float(quantity):.2f}")).lines
    assert row["quantity"].proofs == [words.ARITHMETIC]
    assert row["unit_price"].proofs == row["amount"].proofs == [words.SAME_DIGITS]
    unclear = Found("12.60", Cell((replace(row["amount"].cell.words[0], scores=(0.96,)),)), 1)
    assert unclear.confidence([words.SAME_DIGITS]) < CERTAIN < unclear.confidence([words.ARITHMETIC])


def test_U7_product_is_rounded_half_up_to_the_fen() -> None:
    assert _order(("3", "0.005", "0.02")).lines[0]["amount"].proofs == [words.ARITHMETIC]
    assert _order(("3", "0.005", "0.01")).lines[0]["amount"].proofs == []


def test_U7_contradiction_doubts_all_three_and_changes_none() -> None:
    (row,) = _order(("1000", "12.50", "12600.00")).lines
    assert all(words.NO_ARITHMETIC in row[name].doubts and not row[name].proofs for name in row)
    assert row["amount"].value == "12600.00"


def test_U7_one_possible_repair_is_suggested_with_its_proof() -> None:
    (row,) = _order(("1060", "12.50", "12500.00")).lines
    assert row["quantity"].alternatives == ["1000"]
    assert words.suggestion(words.ARITHMETIC) in row["quantity"].doubts
    assert row["quantity"].value == "1060"


def test_U7_two_possible_repairs_are_none() -> None:
    (row,) = _order(("1000", "72.50", "12500.00")).lines  # 12.50 or 72500.00
    assert not any(row[name].alternatives for name in row)


def test_U7_sum_and_capitals_prove_the_total() -> None:
    order = _order(("2", "5.00", "10.00"), ("1", "2.50", "2.50"), total="12.50", capitals="壹拾贰元伍角整")
    assert order.header[TOTAL].proofs == [words.SUM, words.CAPITALS]
    assert order.warnings == []


def test_U7_wrong_sum_is_doubted_and_warned_of() -> None:
    order = _order(("2", "5.00", "10.00"), total="12.50", capitals="壹拾元整")
    assert order.header[TOTAL].doubts == [words.NO_SUM, words.NO_CAPITALS]
    assert order.header[TOTAL].alternatives[0] == "10.00"
    assert order.warnings == [words.NO_SUM]


def test_U7_unclear_capitals_do_not_shake_a_total_that_the_lines_prove() -> None:
    for score, doubted in ((0.979, False), (0.98, True)):
        order = OrderFound(lines=[line(quantity="2", unit_price="5.00", amount="10.00")])
        order.header[TOTAL] = found("10.00")
        order.capitals.append(found("70.00", raw="柒拾元整", score=score))
        check(order)
        assert (words.NO_CAPITALS in order.header[TOTAL].doubts) is doubted


def test_U7_total_of_capitals_alone_is_taken() -> None:
    assert _order(("2", "5.00", "10.00"), capitals=in_capitals("10.00")).header[TOTAL].value == "10.00"


@pytest.mark.parametrize(
    ("numbers", "warned"),
    [
        (("1", "2", "3"), False),
        (("10", "20", "30"), False),
        (("1", "2", "4"), True),
        (("2", "3"), True),
        (("1", "1"), True),
    ],
)
def test_U7_gap_in_the_line_numbers_warns_of_a_lost_line(numbers: tuple[str, ...], warned: bool) -> None:
    order = OrderFound(lines=[line(no=number, quantity="1") for number in numbers])
    check(order)
    assert (words.GAP_IN_NUMBERS in order.warnings) is warned


@pytest.mark.parametrize(("total", "doubted"), [("45.00", False), ("60.00", True), (None, True)])
def test_U7_gap_in_the_line_numbers_doubts_no_line_where_all_add_up_to_the_total(total, doubted) -> None:
    order = OrderFound(lines=[line(no=no, quantity="2", unit_price="7.50", amount="15.00") for no in ("1", "2", "4")])
    if total is not None:
        order.header[TOTAL] = found(total)
    check(order)
    assert words.GAP_IN_NUMBERS in order.warnings
    assert bool(order.lines[0]["quantity"].doubts) is doubted


CONFUSED = {"0": "68", "1": "7", "3": "8", "5": "6", "6": "08", "7": "1", "8": "03", "9": "4"}


def test_U7_corrupted_characters_are_never_accepted_automatically() -> None:
    """Misread one to three digits of an order (with full scores): nothing wrong may be marked auto."""
    rng = random.Random(7)
    accepted, wrong, repaired, corrupted = 0, [], 0, 0
    for seed in range(150):
        order = sample(seed)
        cells = [[row.quantity, row.unit_price, row.amount] for row in order.lines]
        truth = [list(row) for row in cells]
        for _ in range(rng.randint(1, 3)):
            row, column = rng.randrange(len(cells)), rng.randrange(3)
            text = cells[row][column]
            places = [index for index, char in enumerate(text) if char in CONFUSED]
            if places:
                place = rng.choice(places)
                cells[row][column] = text[:place] + rng.choice(CONFUSED[text[place]]) + text[place + 1 :]
        draft = assemble(_order(*(tuple(row) for row in cells), total=order.total), "Asia/Shanghai")
        for field in draft.fields:
            parts = field.path.split("/")
            if len(parts) == 4:
                row, column = int(parts[2]), ("quantity", "unit_price", "amount").index(parts[3])
                right = field.value == truth[row][column]
                accepted += field.status is FieldStatus.AUTO
                corrupted += not right
                repaired += not right and truth[row][column] in field.alternatives
                if field.status is FieldStatus.AUTO and not right:
                    wrong.append((seed, field.path, field.value))
    assert wrong == []
    assert accepted > 1000
    assert repaired > 0.5 * corrupted
