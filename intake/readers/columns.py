"""Rows under titles → goods: what spreadsheets, CSV and tables pasted into a mail share.

The title row is the first with at least three known titles; sum rows are dropped; what stands above and below is handed
back as lines of text, with a colon between a label's cell and its value's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.fields import values
from intake.fields.columns import titles
from intake.fields.labels import kind_of
from intake.find import find_products
from intake.readers.platform import goods_kind, order_kind
from intake.sentence import item
from intake.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intake.match import Index
    from orders.catalogue import CustomerEntry

MIN_TITLES = 3
_SUM = re.compile(
    r"\s*(?:[合总小累共]\s*计|总金额|总数量?|[合总]计金额|金额[合总]计|价税合计|应付|大写|本页|(?:sub|grand)?\s*-?total\b)",
    re.IGNORECASE,
)
_OF_THE_ORDER = frozenset({"buyer", "ship_contact", "ship_address", "ship_phone"})
_PRODUCT = frozenset({"sku", "name", "buyer_sku", "gtin"})


@dataclass(frozen=True, slots=True)
class Titles:
    """Where the title row stands and what each column holds."""

    row: int
    kinds: dict[int, str]


def find_titles(rows: Sequence[Sequence[str]]) -> Titles | None:
    """Return the first row that names at least three known columns, a quantity and a product among them."""
    for number, row in enumerate(rows):
        kinds: dict[int, str] = {}
        for column, cell in enumerate(row):
            kind = _kind(cell)
            if kind and kind not in kinds.values():
                kinds[column] = kind
        if len(kinds) >= MIN_TITLES and "quantity" in kinds.values() and _PRODUCT & set(kinds.values()):
            return Titles(number, kinds)
    return None


def _kind(title: str) -> str | None:
    """Return what a title names: a platform's, else one that orders between companies use."""
    if not title or order_kind(title) or kind_of(title) in _OF_THE_ORDER:
        return None
    named = titles(title)
    return goods_kind(title) or (named[0][0] if len(named) == 1 else None)


def grid_items(
    rows: Sequence[Sequence[str]], index: Index, customer: CustomerEntry | None
) -> tuple[list[Words], list[str]]:
    """Return the goods of the table and the lines that are not part of it."""
    table = find_titles(rows)
    if table is None:
        return [], [as_line(row) for row in rows]
    items: list[Words] = []
    outside = list(rows[: table.row])
    for row in rows[table.row + 1 :]:
        cells = _cells(row, table)
        if _is_sum(row, cells):
            continue
        if _is_goods(cells):
            items.append(words_of(cells, index, customer))
        else:
            outside.append(row)
    return items, [line for row in outside if (line := as_line(row))]


def as_line(row: Sequence[str]) -> str:
    """Return a row as a line: a label's cell and the cell behind it are joined by a colon, the others by blanks."""
    cells = [cell.strip() for cell in row if cell.strip()]
    parts: list[str] = []
    place = 0
    while place < len(cells):
        if place + 1 < len(cells) and kind_of(cells[place]) and not kind_of(cells[place + 1]):
            parts.append(f"{cells[place].rstrip(':：')}：{cells[place + 1]}")
            place += 2
        else:
            parts.append(cells[place])
            place += 1
    return " ".join(parts)


def _cells(row: Sequence[str], table: Titles) -> dict[str, str]:
    return {
        kind: row[column].strip() for column, kind in table.kinds.items() if column < len(row) and row[column].strip()
    }


def _is_goods(cells: dict[str, str]) -> bool:
    return bool(_PRODUCT & set(cells)) and bool({"quantity", "unit_price", "amount"} & set(cells))


def is_sum_row(row: Sequence[str]) -> bool:
    """Say whether a row only sums others up: 小计, 合计, Total."""
    return _is_sum(row, {})


def _is_sum(row: Sequence[str], cells: dict[str, str]) -> bool:
    first = next((cell for cell in row if cell.strip()), "")
    named = cells.get("sku", "") or cells.get("name", "")
    return bool(_SUM.match(first) or _SUM.match(named))


def words_of(cells: dict[str, str], index: Index, customer: CustomerEntry | None) -> Words:
    """Return what the cells of one row say, product first."""
    written = " ".join(cells[kind] for kind in ("sku", "gtin", "buyer_sku", "name", "spec") if kind in cells)
    found = item(written, find_products(written, index, customer), index.specs)
    counted = values.quantity(cells.get("quantity", ""))
    return Words(
        raw=" ".join(cells.values()),
        skus=found.skus,
        sure=found.sure,
        code=cells.get("sku"),
        buyer_sku=cells.get("buyer_sku"),
        name=cells.get("name"),
        spec=cells.get("spec"),
        quantity=counted[0] if counted else None,
        unit=cells.get("unit") or (counted[1] if counted else None),
        unit_price=values.number(cells.get("unit_price", "").split("/")[0]),
        amount=values.number(cells.get("amount", "")),
        requested_date=values.day(cells.get("date", "")),
        doubt=found.doubt,
    )
