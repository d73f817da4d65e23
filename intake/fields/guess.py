"""What a column without a known title holds: codes of the catalogue, or the number that makes the rows come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.fields import values
from orders.money import fen_text, line_amount_fen, parse_micro

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocr.layout.tables import Table

_MOST = 0.6
_FACTORS = ("quantity", "unit_price", "amount")


def guessed_kinds(table: Table, fits: Callable[[str], float]) -> tuple[str, ...]:
    """Return the column kinds, those of untitled columns guessed from what stands in them."""
    kinds = list(table.kinds)
    for index, kind in enumerate(table.kinds):
        if kind != "other":
            continue
        missing = [factor for factor in _FACTORS if factor not in kinds]
        if len(missing) == 1 and _comes_out(table, kinds, index, missing[0]):
            kinds[index] = missing[0]
        elif "sku" not in kinds and _share(table, index, lambda text: fits(text) >= 1.0):
            kinds[index] = "sku"
    return tuple(kinds)


def _share(table: Table, index: int, holds: Callable[[str], bool]) -> bool:
    cells = [item[index].text for item in table.items if index in item]
    return bool(cells) and sum(map(holds, cells)) >= _MOST * len(table.items)


def _comes_out(table: Table, kinds: list[str], index: int, factor: str) -> bool:
    """Say whether quantity × price = amount in most rows when the column is taken as ``factor``."""
    columns = {**{kind: kinds.index(kind) for kind in _FACTORS if kind in kinds}, factor: index}
    right = 0
    for item in table.items:
        texts = [item[columns[kind]].text if columns[kind] in item else "" for kind in _FACTORS]
        quantity, price, amount = values.quantity(texts[0]), values.price(texts[1]), values.money(texts[2])
        if quantity is not None and price is not None and amount is not None:
            right += fen_text(line_amount_fen(parse_micro(quantity[0]), parse_micro(price))) == amount
    return right >= max(1.0, _MOST * len(table.items))
