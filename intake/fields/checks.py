"""The order's own equations: what they prove, what they contradict, and which single repair would satisfy them (U7)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from intake.fields import values, words
from orders.money import fen_text, line_amount_fen, parse_fen, parse_micro

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake.fields.found import Found, LineFound, OrderFound

_CONFUSED = {
    "0": "689", "1": "74", "2": "7", "3": "85", "4": "19", "5": "638", "6": "058", "7": "12", "8": "0369", "9": "0847",
}  # fmt: skip
_TOTAL = "/totals/payable"


def check(order: OrderFound) -> None:
    """Add proofs and doubts to the values of an order."""
    for line in order.lines:
        _check_line(line)
    _check_sum(order)
    _check_capitals(order)
    _check_numbers(order)


def _check_line(line: LineFound) -> None:
    three = [line.get(field) for field in ("quantity", "unit_price", "amount")]
    present = [found for found in three if found is not None]
    if len(present) < 3 or any(found.value is None for found in present):
        return
    quantity, price, amount = present
    if _product(quantity.value, price.value) == amount.value:
        for found in present:
            found.prove(words.ARITHMETIC)
        return
    for found in present:
        found.doubt(words.NO_ARITHMETIC)
    _suggest(quantity, price, amount)


def _product(quantity: str | None, price: str | None) -> str:
    return fen_text(line_amount_fen(parse_micro(quantity or "0"), parse_micro(price or "0")))


def _suggest(quantity: Found, price: Found, amount: Found) -> None:
    """Offer the one single-character repair after which the line is right; two solutions are none."""
    tries = [(quantity, values.quantity), (price, values.price), (amount, values.money)]
    solutions = []
    for place, (found, read) in enumerate(tries):
        for text in _variants(found.value or ""):
            value = read(text)
            value = value[0] if isinstance(value, tuple) else value
            row = [value if place == index else other.value for index, (other, _) in enumerate(tries)]
            if value is not None and _product(row[0], row[1]) == row[2]:
                solutions.append((found, value))
    if len(solutions) == 1:
        found, value = solutions[0]
        found.alternatives.append(value)
        found.doubt(words.suggestion(words.ARITHMETIC))


def _variants(text: str) -> Iterator[str]:
    for index, char in enumerate(text):
        for other in _CONFUSED.get(char, ""):
            yield text[:index] + other + text[index + 1 :]


def _check_sum(order: OrderFound) -> None:
    amounts = [line["amount"] for line in order.lines if "amount" in line]
    total = order.header.get(_TOTAL)
    if total is None or total.value is None or not order.lines:
        return
    if len(amounts) < len(order.lines) or any(found.value is None for found in amounts):
        _check_computed(order, total)
        return
    added = fen_text(sum(parse_fen(found.value or "0") for found in amounts))
    extra = sum(parse_fen(order.header[path].value or "0") for path in _EXTRA if path in order.header)
    if total.value in {added, fen_text(parse_fen(added) + extra)}:
        total.prove(words.SUM)
        for found in amounts:
            found.prove(words.SUM)
    else:
        total.doubt(words.NO_SUM)
        total.alternatives.append(added)
        order.warnings.append(words.NO_SUM)


_FIRST = frozenset({1, 10, 100})
_EXTRA = ("/totals/tax", "/totals/shipping")


def _check_computed(order: OrderFound, total: Found) -> None:
    """Compare the total with quantity × price where amounts are not printed."""
    rows = [(line.get("quantity"), line.get("unit_price")) for line in order.lines]
    products = [
        parse_fen(_product(quantity.value, price.value))
        for quantity, price in rows
        if quantity is not None and price is not None and quantity.value and price.value
    ]
    if len(products) == len(rows) and fen_text(sum(products)) == total.value:
        total.prove(words.SUM)
        for quantity, price in rows:
            if quantity is not None and price is not None:
                quantity.prove(words.SUM)
                price.prove(words.SUM)


def _check_capitals(order: OrderFound) -> None:
    total = order.header.get(_TOTAL)
    for found in order.capitals:
        if total is None:
            order.header[_TOTAL] = total = found
        elif found.value == total.value:
            total.prove(words.CAPITALS)
        elif found.certain or words.SUM not in total.proofs:
            total.doubt(words.NO_CAPITALS)
            total.alternatives.append(found.value or "")


def _check_numbers(order: OrderFound) -> None:
    """Line numbers 1, 2, 4 tell that a line was lost; 10, 20, 30 don't."""
    numbers = [
        int(line["no"].value or 0) for line in order.lines if "no" in line and (line["no"].value or "").isdigit()
    ]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) == len(order.lines) and (len(steps) > 1 or steps & {0} or (numbers and numbers[0] not in _FIRST)):
        order.warnings.append(words.GAP_IN_NUMBERS)
