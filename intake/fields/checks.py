"""The order's own equations: what they prove, what they contradict, and which single repair would satisfy them (U7)."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from intake.fields import repair, words
from orders.money import fen_text, parse_fen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intake.fields.found import Found, LineFound, OrderFound

_TOTAL = "/totals/payable"
_POWER_OF_TEN = re.compile(r"10*(?:\.0*)?")
"""One, ten, a hundred: price and amount are the same digits, and where one is poorly printed so is the other."""
_LINE_VALUES = frozenset({"sku", "name", "spec", "quantity", "unit", "unit_price", "amount", "requested_date"})


def check(order: OrderFound, prices: Sequence[frozenset[str]] | None = None) -> None:
    """Add proofs and doubts to the values of an order. ``prices``: what the master data know for each line."""
    for line in order.lines:
        _check_line(line)
    _check_sum(order)
    repair.suggest(order, prices if prices is not None else [frozenset()] * len(order.lines))
    _check_capitals(order)
    _check_numbers(order)
    _check_whole(order)


def _check_line(line: LineFound) -> None:
    row = repair.three(line)
    if row is None or any(words.COMPUTED in found.doubts for found in row):  # what was computed proves nothing
        return
    free = not float(row[1].value or 0)  # a price of nothing comes out with any quantity
    same = _POWER_OF_TEN.fullmatch(row[0].value or "") is not None
    for found in row:
        if repair.holds(line):
            if not (free and found is row[0]):
                found.prove(words.SAME_DIGITS if same and found is not row[0] else words.ARITHMETIC)
        else:
            found.doubt(words.NO_ARITHMETIC)


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


_FEW = 3
"""One line in so many may be misread and explain a sum that does not come out."""
_FIRST = frozenset({1, 10, 100})
_EXTRA = ("/totals/tax", "/totals/shipping")


def _check_computed(order: OrderFound, total: Found) -> None:
    """Compare the total with quantity × price where amounts are not printed."""
    rows = [(line.get("quantity"), line.get("unit_price")) for line in order.lines]
    products = [
        parse_fen(repair.product(quantity.value, price.value))
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


def _check_whole(order: OrderFound) -> None:
    """Doubt every line when lines that come out one by one do not add up: one was lost, or misread consistently."""
    total = order.header.get(_TOTAL)
    unexplained = (
        total is not None
        and total.value is not None
        and words.SUM not in total.proofs
        and words.CAPITALS not in _capitals_of_lines(order)
        and _broken(order) not in range(1, 1 + max(1, len(order.lines) // _FEW))
    )
    if not unexplained and _broken(order) > max(1, len(order.lines) // _FEW):
        unexplained = total is None or words.SUM not in total.proofs
    complete = total is not None and words.SUM in total.proofs  # a line that was lost would be missing in the sum
    if unexplained or (words.GAP_IN_NUMBERS in order.warnings and not complete):
        for line in order.lines:
            for name, found in line.items():
                if name in _LINE_VALUES:
                    found.doubt(words.NO_SUM if unexplained else words.GAP_IN_NUMBERS)


def _broken(order: OrderFound) -> int:
    """Count the lines that do not come out or lack a number that others have: many of them are rows mixed up."""
    return (
        sum(
            repair.three(line) is None or any(words.NO_ARITHMETIC in found.doubts for found in line.values())
            for line in order.lines
            if any(name in line for name in repair.FACTORS)
        )
        if _priced(order)
        else 0
    )


def _priced(order: OrderFound) -> bool:
    return any(repair.three(line) is not None for line in order.lines)


def _capitals_of_lines(order: OrderFound) -> frozenset[str]:
    """Say whether the amount in words is the lines' sum: then only the figures of the total were misread."""
    amounts = [line["amount"].value or "0" for line in order.lines if "amount" in line]
    added = fen_text(sum(map(parse_fen, amounts)))
    return frozenset({words.CAPITALS} if any(found.value == added for found in order.capitals) else set())


def _check_numbers(order: OrderFound) -> None:
    """Line numbers 1, 2, 4 tell that a line was lost; 10, 20, 30 don't."""
    numbers = [
        int(line["no"].value or 0) for line in order.lines if "no" in line and (line["no"].value or "").isdigit()
    ]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) == len(order.lines) and (len(steps) > 1 or steps & {0} or (numbers and numbers[0] not in _FIRST)):
        order.warnings.append(words.GAP_IN_NUMBERS)
