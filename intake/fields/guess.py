"""What a column without a known title holds: codes of the catalogue, or the number that makes the rows come out."""

from __future__ import annotations

import re
from itertools import permutations, product
from typing import TYPE_CHECKING

from intake.fields import values
from intake.values.unit import WORDS
from orders.money import fen_text, line_amount_fen, parse_micro

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocr.layout.tables import Table

_MOST = 0.6
_CODE_LIKE = 0.6
_LEAST_HAN = 2
_MOST_COUNTED = 4
_HAN = re.compile(r"[\u4e00-\u9fff]")
_FACTORS = ("quantity", "unit_price", "amount")


def guessed_kinds(table: Table, fits: Callable[[str], float]) -> tuple[str, ...]:
    """Return the column kinds, those of untitled columns guessed from what stands in them."""
    kinds = list(table.kinds)
    _guess_factors(table, kinds)
    for kind, holds in (
        ("sku", lambda text: fits(text) >= 1.0),
        ("unit", lambda text: values.half(text).lower() in WORDS),
        ("sku", lambda text: fits(text) >= _CODE_LIKE),
        ("name", lambda text: len(_HAN.findall(text)) >= _LEAST_HAN),
    ):
        for index, known in enumerate(kinds):
            if known == "other" and kind not in kinds and _share(table, index, holds):
                kinds[index] = kind
    for index in range(1, len(kinds)):
        behind = kinds[index - 1] == "name" and kinds[index] == "other"
        if behind and "spec" not in kinds and _share(table, index, lambda text: values.number(text) is None):
            kinds[index] = "spec"
    return tuple(kinds)


def paired_kinds(table: Table, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds with one quantity, one price and one amount: of several those that belong together.

    Of two sets that come out alike in as many rows the larger is taken: what is paid includes the tax. An untitled
    column of numbers is the quantity (瓶/袋数 beside 箱数) only where it makes rows come out that would not.
    """
    several = {name: [i for i, kind in enumerate(kinds) if kind == name] for name in _FACTORS}
    if not all(several.values()):
        return kinds
    best = _best(table, kinds, several)
    if _right(table, list(kinds), best) < _MOST * len(table.items):
        counted = [i for i, kind in enumerate(kinds) if kind == "other" and _share(table, i, _is_count)]
        wider = _best(table, kinds, several | {"quantity": [*several["quantity"], *counted[:_MOST_COUNTED]]})
        if _right(table, list(kinds), wider) > _right(table, list(kinds), best):
            best = wider
    chosen = {index: name for name, index in best.items()}
    return tuple(chosen.get(i, "aside" if kind in _FACTORS else kind) for i, kind in enumerate(kinds))


def _best(table: Table, kinds: tuple[str, ...], several: dict[str, list[int]]) -> dict[str, int]:
    return max(
        (dict(zip(_FACTORS, places, strict=True)) for places in product(*(several[name] for name in _FACTORS))),
        key=lambda taken: (
            _right(table, list(kinds), taken),
            _added(table, taken["amount"]),
            _added(table, taken["unit_price"]),
        ),
    )


def _is_count(text: str) -> bool:
    return values.quantity(text) is not None


def _added(table: Table, index: int) -> float:
    """Return what a column adds up to."""
    return sum(float(values.number(item[index].text) or 0) for item in table.items if index in item)


def _guess_factors(table: Table, kinds: list[str]) -> None:
    """Name the untitled columns that make quantity × price = amount come out in most rows."""
    missing = [factor for factor in _FACTORS if factor not in kinds]
    untitled = [index for index, kind in enumerate(kinds) if kind == "other"]
    if not missing or len(untitled) < len(missing):
        return
    for columns in permutations(untitled, len(missing)):
        taken = dict(zip(missing, columns, strict=True))
        if _comes_out(table, kinds, taken) and not _swapped(table, kinds, taken):
            for factor, index in taken.items():
                kinds[index] = factor
            return


def _swapped(table: Table, kinds: list[str], taken: dict[str, int]) -> bool:
    """Say whether quantity and price would read better the other way round: quantities are whole numbers."""
    places = {factor: taken.get(factor, kinds.index(factor) if factor in kinds else -1) for factor in _FACTORS[:2]}
    if not {"quantity", "unit_price"} <= set(taken):
        return False

    def whole(index: int) -> int:
        return sum("." not in item[index].text for item in table.items if index in item)

    quantity, price = whole(places["quantity"]), whole(places["unit_price"])
    return price > quantity or (price == quantity and places["quantity"] > places["unit_price"])


def _share(table: Table, index: int, holds: Callable[[str], bool]) -> bool:
    cells = [item[index].text for item in table.items if index in item]
    return bool(cells) and sum(map(holds, cells)) >= _MOST * len(table.items)


def _comes_out(table: Table, kinds: list[str], taken: dict[str, int]) -> bool:
    """Say whether quantity × price = amount in most rows when the columns are taken as these factors."""
    return _right(table, kinds, taken) >= max(1.0, _MOST * len(table.items))


def _right(table: Table, kinds: list[str], taken: dict[str, int]) -> int:
    """Count the rows in which quantity × price = amount."""
    columns = {**{kind: kinds.index(kind) for kind in _FACTORS if kind in kinds}, **taken}
    right = 0
    for item in table.items:
        texts = [item[columns[kind]].text if columns[kind] in item else "" for kind in _FACTORS]
        quantity, price, amount = values.quantity(texts[0]), values.price(texts[1]), values.money(texts[2])
        if quantity is not None and price is not None and amount is not None:
            right += fen_text(line_amount_fen(parse_micro(quantity[0]), parse_micro(price))) == amount
    return right
