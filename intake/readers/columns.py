"""Rows under titles → goods: what spreadsheets, CSV and tables pasted into a mail share.

Sum rows are dropped; what stands above and below the table is handed back as lines of text, with a colon between a
label's cell and its value's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from intake.fields import values
from intake.known.find import find_products
from intake.readers.labelled import label_kind
from intake.readers.matrix import spread_sum
from intake.readers.titles import PRODUCT, SUM_ROW, Titles, find_titles, is_table_head
from intake.speech.sentence import item
from intake.values.when import find_days
from intake.values.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intake.known.find import Mention
    from intake.known.match import Index
    from orders.catalogue import CustomerEntry


_MOST_NAMED = 8
_DAY_ZERO = date(1899, 12, 30)
_SERIAL = re.compile(r"[45]\d{4}(?:\.\d+)?")  # 2009 to 2064


def grid_items(
    rows: Sequence[Sequence[str]], index: Index, customer: CustomerEntry | None, today: date | None = None
) -> tuple[list[Words], list[str]]:
    """Return the goods of the table and the lines that are not part of it; ``today`` says which year 12/5 is of."""
    table = find_titles(rows)
    if table is None:
        return [], [as_line(row) for row in rows]
    items: list[Words] = []
    outside = list(rows[: table.row])
    for place, row in enumerate(rows[table.first :], start=table.first):
        if is_table_head(row):  # a further table, with columns of its own
            more, others = grid_items(rows[place:], index, customer, today)
            return items + more, [line for row in outside if (line := as_line(row))] + others
        cells = _cells(row, table)
        if _is_sum(row, cells):
            continue
        if table.spread and "quantity" not in cells and (total := spread_sum(row, table.spread)):
            cells["quantity"] = total
        if _is_goods(cells):
            items.append(_weighed(words_of(cells, index, customer, today), row, table, index))
        else:
            outside.append(row)
    return items, [line for row in outside if (line := as_line(row))]


def as_line(row: Sequence[str]) -> str:
    """Return a row as a line: a label's cell and the cell behind it are joined by a colon, the others by blanks."""
    cells = [cell.strip() for cell in row if cell.strip()]
    parts: list[str] = []
    place = 0
    while place < len(cells):
        if place + 1 < len(cells) and label_kind(cells[place]) and not label_kind(cells[place + 1]):
            parts.append(f"{cells[place].rstrip(':：')}：{_dated(cells[place], cells[place + 1])}")
            place += 2
        else:
            parts.append(cells[place])
            place += 1
    return " ".join(parts)


def _dated(label: str, value: str) -> str:
    """Return the day behind a label that asks for one, where the sheet shows its serial number."""
    return (serial_day(value) or value) if label_kind(label) in {"issued", "requested"} else value


def serial_day(text: str) -> str | None:
    """Return the ISO day that a spreadsheet counts as so many days since 1900; None for other numbers."""
    if not _SERIAL.fullmatch(text.strip()):
        return None
    return (_DAY_ZERO + timedelta(days=int(text.strip().split(".")[0]))).isoformat()


def _cells(row: Sequence[str], table: Titles) -> dict[str, str]:
    return {
        kind: row[column].strip() for column, kind in table.kinds.items() if column < len(row) and row[column].strip()
    }


def _is_goods(cells: dict[str, str]) -> bool:
    return bool(PRODUCT & set(cells)) and bool({"quantity", "unit_price", "amount"} & set(cells))


def is_sum_row(row: Sequence[str]) -> bool:
    """Say whether a row only sums others up: 小计, 合计, Total."""
    return _is_sum(row, {})


def _is_sum(row: Sequence[str], cells: dict[str, str]) -> bool:
    first = next((cell for cell in row if cell.strip()), "")
    named = cells.get("sku", "") or cells.get("name", "")
    return bool(SUM_ROW.match(first) or SUM_ROW.match(named))


def words_of(cells: dict[str, str], index: Index, customer: CustomerEntry | None, today: date | None = None) -> Words:
    """Return what the cells of one row say, product first."""
    written = " ".join(cells[kind] for kind in ("sku", "gtin", "buyer_sku", "name", "spec") if kind in cells)
    found = item(written, find_products(written, index, customer), index)
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
        requested_date=_day(cells.get("date", ""), today),
        doubt=found.doubt,
    )


def _day(text: str, today: date | None) -> str | None:
    """Read a day, one without a year as the next that bears its name."""
    if written := values.day(text) or serial_day(text):
        return written
    days = [found.day for found in find_days(text, today) if found.day and found.sure] if text else []
    return days[0].isoformat() if len(days) == 1 else None


def _weighed(words: Words, row: Sequence[str], table: Titles, index: Index) -> Words:
    """Add what the titles say: the unit, a price without tax, other columns that could be the quantity or the price."""
    words = replace(_with_code(words, row, index), unit=words.unit or table.unit, price_unit=table.price_unit)
    if table.untaxed:
        words = replace(words, price_doubt="写的是不含税价，请核对")
    if table.spread:
        words = _spread(words, table)
    if others := table.rivals.get("quantity"):
        counted = [values.quantity(row[column]) for column in others if column < len(row)]
        among = tuple(dict.fromkeys(filter(None, (words.quantity, *(one[0] for one in counted if one)))))
        doubt = f"表里有几列数量（{_named('quantity', others, table)}），请核对"
        words = replace(words, quantity_doubt=doubt, quantity_among=among)
    if others := table.rivals.get("unit_price"):
        words = replace(words, price_doubt=f"表里有几列单价（{_named('unit_price', others, table)}），请核对")
    return words


def _spread(words: Words, table: Titles) -> Words:
    """Say over which days or shops the quantity is spread; one that the sheet does not sum itself is asked."""
    named = "、".join(table.names[column] for column in table.spread[:_MOST_NAMED])
    named += " 等" if len(table.spread) > _MOST_NAMED else ""
    told = f"数量分在几列（{named}），这里合成一个数，分送的日期和地点请核对"
    doubt = "" if "quantity" in table.kinds.values() else "几列数量之和，请核对"
    return replace(words, doubt=words.doubt or told, quantity_doubt=words.quantity_doubt or doubt)


def _with_code(words: Words, row: Sequence[str], index: Index) -> Words:
    """Take the product from a cell of any column that is nothing but its code, where the known ones name none."""
    if words.skus:
        return words
    codes = {found[0].skus: found[0].written for cell in row if (found := _whole_code(cell, index))}
    if len(codes) != 1:
        return words
    ((skus, written),) = codes.items()
    return replace(words, skus=skus, sure=True, code=words.code or written)


def _whole_code(cell: str, index: Index) -> list[Mention]:
    return [found for found in find_products(cell, index) if found.by_code and found.written == cell.strip()]


def _named(kind: str, others: tuple[int, ...], table: Titles) -> str:
    return "、".join([table.title(kind), *(table.names[column] for column in others)])
