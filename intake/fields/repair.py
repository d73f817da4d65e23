"""Misread digits: the one reading under which the order's own equations hold, offered with its proof (U7).

Candidates come from a table of look-alikes; quantity × price = amount, the sum of the lines and the price list choose.
Only a unique solution is a suggestion, and it stays one: no value is ever changed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from intake.fields import values, words
from intake.fields.found import Found
from ocr.layout.rows import Cell
from orders.money import fen_text, line_amount_fen, parse_fen, parse_micro, price_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from intake.fields.found import LineFound, OrderFound
    from orders.catalogue import CustomerEntry, SkuEntry

CONFUSED = {
    "0": "689", "1": "74", "2": "7", "3": "85", "4": "19", "5": "638", "6": "058", "7": "12", "8": "0369", "9": "0847",
}  # fmt: skip
FACTORS = ("quantity", "unit_price", "amount")
_TOTAL = "/totals/payable"
_EXTRA = ("/totals/tax", "/totals/shipping")
Row = tuple[str, str, str]


@dataclass(frozen=True)
class Solution:
    """A row's three values under which it comes out, how many of them differ from what was read, and what says so."""

    row: Row
    changed: tuple[int, ...]
    proofs: tuple[str, ...]


def product(quantity: str | None, price: str | None) -> str:
    """Return quantity × price as money."""
    return fen_text(line_amount_fen(parse_micro(quantity or "0"), parse_micro(price or "0")))


def three(line: LineFound) -> list[Found] | None:
    """Return a line's quantity, price and amount if all three were understood."""
    present = [line[name] for name in FACTORS if name in line]
    return present if len(present) == 3 and all(found.value is not None for found in present) else None


def holds(line: LineFound) -> bool:
    """Say whether quantity × price = amount on a line that has all three."""
    row = three(line)
    return row is not None and product(row[0].value, row[1].value) == row[2].value


def suggest(order: OrderFound, prices: Sequence[frozenset[str]]) -> None:
    """Offer the unique repair of each line that does not come out. ``prices`` holds each line's known prices."""
    broken = [index for index, line in enumerate(order.lines) if three(line) is not None and not holds(line)]
    for index in broken:
        row = three(order.lines[index])
        if row is None:
            continue
        read: Row = (row[0].value or "", row[1].value or "", row[2].value or "")
        wanted = _left_for(order, index) if len(broken) == 1 else None
        best = choose(read, prices[index], wanted)
        for place in best.changed if best is not None else ():
            if best is not None:
                row[place].alternatives.insert(0, best.row[place])
                row[place].doubt(words.suggestion("；".join(best.proofs)))


def complete(order: OrderFound) -> None:
    """Fill the one value of three that could not be seen on a line, where the column has it on other lines."""
    printed = [name for name in FACTORS if any(name in line for line in order.lines)]
    for line in order.lines:
        missing = [name for name in printed if name not in line or line[name].value is None]
        if len(printed) < 3 or len(missing) != 1:
            continue
        known = {name: line[name].value or "0" for name in FACTORS if name != missing[0]}
        value = _computed(missing[0], known)
        page = next(line[name].page for name in known)
        if value is not None:
            seen = line[missing[0]].cell if missing[0] in line else Cell()
            line[missing[0]] = Found(value, seen, page, doubts=[words.COMPUTED])


def _computed(name: str, known: dict[str, str]) -> str | None:
    """Return the value that makes the line come out exactly; None if there is no round one."""
    if name == "amount":
        return product(known["quantity"], known["unit_price"])
    other = "unit_price" if name == "quantity" else "quantity"
    divisor, amount = Decimal(known[other]), Decimal(known["amount"])
    if not divisor:
        return None
    places = Decimal(1) if name == "quantity" else Decimal("0.0001")
    value = (amount / divisor).quantize(places)
    text = _READ[name](str(value))
    row = {**known, name: text or "0"}
    return text if text and product(row["quantity"], row["unit_price"]) == known["amount"] else None


def _left_for(order: OrderFound, index: int) -> str | None:
    """Return the amount that the total leaves for one line, if all other lines have theirs."""
    total = order.header.get(_TOTAL)
    others = [line.get("amount") for place, line in enumerate(order.lines) if place != index]
    if total is None or total.value is None or any(found is None or found.value is None for found in others):
        return None
    extra = sum(parse_fen(order.header[path].value or "0") for path in _EXTRA if path in order.header)
    rest = parse_fen(total.value) - extra - sum(parse_fen(found.value or "0") for found in others if found is not None)
    return fen_text(rest) if rest >= 0 else None


def choose(read: Row, prices: frozenset[str], wanted: str | None) -> Solution | None:
    """Return the one solution that more speaks for than for any other; of equals none."""
    found = [Solution(row, changed, _proofs(row, prices, wanted)) for row, changed in _solutions(read, prices, wanted)]
    if not found:
        return None
    ranked = sorted(found, key=_rank, reverse=True)
    if len(ranked) > 1 and _rank(ranked[0]) == _rank(ranked[1]):
        return None
    best = ranked[0]
    return best if len(best.changed) == 1 or len(best.proofs) > 1 else None


def _rank(solution: Solution) -> tuple[int, int]:
    return len(solution.proofs), -len(solution.changed)


def _proofs(row: Row, prices: frozenset[str], wanted: str | None) -> tuple[str, ...]:
    listed = (words.PRICE_KNOWN,) if row[1] in prices else ()
    summed = (words.SUM,) if wanted is not None and row[2] == wanted else ()
    return (words.ARITHMETIC, *listed, *summed)


def _solutions(read: Row, prices: frozenset[str], wanted: str | None) -> Iterator[tuple[Row, tuple[int, ...]]]:
    """Yield the rows that come out after one misread value, or after two, each alike to what was read."""
    choices = [_alike(text, place, prices, wanted) for place, text in enumerate(read)]
    seen: set[Row] = set()
    for count in (1, 2):
        for places in combinations(range(3), count):
            for row in _replaced(read, places, choices):
                if row not in seen and product(row[0], row[1]) == row[2]:
                    seen.add(row)
                    yield row, places


def _replaced(read: Row, places: tuple[int, ...], choices: list[tuple[str, ...]]) -> Iterator[Row]:
    head, *rest = places
    for value in choices[head]:
        row = (*read[:head], value, *read[head + 1 :])
        if rest:
            yield from _replaced((row[0], row[1], row[2]), tuple(rest), choices)
        else:
            yield row[0], row[1], row[2]


def _alike(text: str, place: int, prices: frozenset[str], wanted: str | None) -> tuple[str, ...]:
    """Return what may have been read as ``text``; a listed price or what the total leaves may differ in two places."""
    near = {value for value in variants(text, FACTORS[place]) if value != text}
    given = prices if place == 1 else frozenset({wanted} - {None}) if place == 2 else frozenset[str]()
    near |= {value for value in given if value and value != text and _differ(value, text) <= 2}
    return tuple(sorted(near))


def _differ(one: str, other: str) -> int:
    if len(one) != len(other):
        return 9
    return sum(a != b and b not in CONFUSED.get(a, "") for a, b in zip(one, other, strict=True)) * 9 + sum(
        a != b for a, b in zip(one, other, strict=True)
    )


_READ: dict[str, Callable[[str], str | None]] = {
    "quantity": lambda text: (values.quantity(text) or (None,))[0],
    "unit_price": values.price,
    "amount": values.money,
}


@lru_cache(maxsize=4096)
def variants(text: str, factor: str) -> frozenset[str]:
    """Return the values that differ from ``text`` by one look-alike digit."""
    read = _READ[factor]
    texts = (
        text[:index] + other + text[index + 1 :] for index, char in enumerate(text) for other in CONFUSED.get(char, "")
    )
    return frozenset(value for variant in texts if (value := read(variant)) is not None)


def known_prices(entry: SkuEntry | None, customer: CustomerEntry | None) -> frozenset[str]:
    """Return the prices that the master data hold for a product and a customer."""
    if entry is None:
        return frozenset()
    contract = customer.contract_prices.get(entry.sku) if customer else None
    return frozenset(price_text(price) for price in (entry.list_price, contract) if price is not None)
