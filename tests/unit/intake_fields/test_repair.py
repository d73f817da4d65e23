"""U7: the unique reading under which the order's equations hold is suggested with its proof, and nothing is changed."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache

import pytest

from bench.ocr_cases import CATALOGUE, value_at
from bench.pages.make import pdf
from bench.pages.orders import truth, wide_sample
from intake.fields import words
from intake.fields.checks import check
from intake.fields.extract import drafts
from intake.fields.found import OrderFound
from intake.fields.repair import CONFUSED, choose, complete
from ocr.page import Page
from ocr.pdf import pages
from orders.draft import FieldStatus
from tests.unit.intake_fields.cast import found, line

NONE: frozenset[str] = frozenset()


def test_U7_price_list_chooses_between_two_repairs() -> None:
    read = ("1000", "72.50", "12500.00")
    assert choose(read, NONE, None) is None
    best = choose(read, frozenset({"12.50"}), None)
    assert best is not None
    assert (best.row, best.proofs) == (("1000", "12.50", "12500.00"), (words.ARITHMETIC, words.PRICE_KNOWN))


def test_U7_total_chooses_between_two_repairs() -> None:
    best = choose(("1000", "72.50", "12500.00"), NONE, "72500.00")
    assert best is not None
    assert (best.row, best.proofs) == (("1000", "72.50", "72500.00"), (words.ARITHMETIC, words.SUM))


def test_U7_two_misread_values_are_repaired_only_with_a_second_proof() -> None:
    read = ("1006", "72.50", "12500.00")
    assert choose(read, NONE, None) is None
    best = choose(read, frozenset({"12.50"}), None)
    assert best is not None
    assert best.row == ("1000", "12.50", "12500.00")


def test_U7_listed_price_that_looks_nothing_like_it_is_no_repair() -> None:
    assert choose(("1000", "99.99", "12500.00"), frozenset({"12.50"}), None) is None


@pytest.mark.parametrize(("total", "doubted"), [("30.00", False), ("31.00", True)])
def test_U7_lines_that_come_out_but_do_not_add_up_are_all_doubted(total: str, doubted: bool) -> None:
    rows = [
        line(quantity="2", unit_price="5.00", amount="10.00"),
        line(quantity="4", unit_price="5.00", amount="20.00"),
    ]
    order = OrderFound(lines=rows, header={"/totals/payable": found(total)})
    check(order)
    assert all((words.NO_SUM in value.doubts) is doubted for row in rows for value in row.values())


def test_U7_total_alone_is_misread_when_the_words_say_what_the_lines_add_up_to() -> None:
    rows = [line(quantity="2", unit_price="5.00", amount="10.00")]
    order = OrderFound(lines=rows, header={"/totals/payable": found("70.00")}, capitals=[found("10.00", "壹拾元整")])
    check(order)
    assert not any(value.doubts for value in rows[0].values())
    assert order.header["/totals/payable"].alternatives[0] == "10.00"


@pytest.mark.parametrize(("missing", "value"), [("quantity", "4"), ("unit_price", "5.00"), ("amount", "20.00")])
def test_U7_value_that_was_not_seen_is_computed_and_proves_nothing(missing: str, value: str) -> None:
    whole = line(quantity="2", unit_price="5.00", amount="10.00")
    torn = {
        name: cell for name, cell in line(quantity="4", unit_price="5.00", amount="20.00").items() if name != missing
    }
    order = OrderFound(lines=[whole, torn])
    complete(order)
    check(order)
    assert torn[missing].value == value
    assert torn[missing].doubts == [words.COMPUTED]
    assert not any(words.ARITHMETIC in cell.proofs for cell in torn.values())


def test_U7_quantity_that_is_not_whole_is_not_computed() -> None:
    torn = line(unit_price="3.00", amount="10.00")
    order = OrderFound(lines=[line(quantity="2", unit_price="5.00", amount="10.00"), torn])
    complete(order)
    assert "quantity" not in torn


@lru_cache(maxsize=8)
def _golden(seed: int) -> tuple[Page, dict[str, str]]:
    order = wide_sample(seed)
    layout = ("ruled_zh", "borderless_zh", "contract_zh", "bilingual")[seed % 4]
    (page,) = (page for page in pages(pdf(layout, order)) if isinstance(page, Page))
    return replace(page, source="ocr"), truth(order)


def _corrupted(page: Page, count: int, rng: random.Random) -> Page:
    """Misread ``count`` digits of the page, wherever they stand, with full scores: the worst that an engine can do."""
    words_read = list(page.words)
    for _ in range(count):
        index = rng.choice([at for at, word in enumerate(words_read) if any(char in CONFUSED for char in word.text)])
        word = words_read[index]
        place = rng.choice([at for at, char in enumerate(word.text) if char in CONFUSED])
        text = word.text[:place] + rng.choice(CONFUSED[word.text[place]]) + word.text[place + 1 :]
        words_read[index] = replace(word, text=text)
    return replace(page, words=tuple(words_read))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_U7_corrupted_golden_documents_give_no_wrong_auto_field(count: int) -> None:
    """Repair rate over the misread quantities, prices and amounts; zero wrong values may be marked auto."""
    rng = random.Random(count)
    wrong, repaired, missed, accepted = [], 0, 0, 0
    for seed in range(24):
        page, expected = _golden(seed % 8)
        (draft,) = drafts([_corrupted(page, count, rng)], CATALOGUE)
        for field in draft.fields:
            if field.path not in expected:
                continue
            right = value_at(draft.order, field.path) == expected[field.path]
            accepted += field.status is FieldStatus.AUTO
            if field.status is FieldStatus.AUTO and not right:
                wrong.append((seed, field.path, field.value, expected[field.path]))
            if not right and field.path.endswith(("quantity", "unit_price", "amount", "payable")):
                missed += 1
                repaired += expected[field.path] in field.alternatives
    assert wrong == []
    assert accepted > 300
    assert repaired >= 0.75 * missed
