"""Which row of a sheet holds the titles, and which column is which, where several could be (read; MAP-05).

Titles may stand on two rows (数量 over 箱, 瓶). Of several quantities, prices and amounts those are taken that come
out, quantity × price = amount, in the most rows; then those that are paid (含税, 折后) and whole (总数量). What neither
decides is asked. 每箱数量 counts nothing that was ordered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product, zip_longest

from intake.fields import values
from intake.fields.columns import titles
from intake.fields.labels import kind_of
from intake.readers.matrix import cell, spread_columns
from intake.readers.platform import goods_kind, order_kind
from intake.values.unit import WORDS
from orders.money import fen_text, line_amount_fen, parse_micro

Row = Sequence[str]
MIN_TITLES = 3
SUM_ROW = re.compile(
    r"\s*(?:[^\s:：]{0,6}(?:合|总|小)\s*计|[累共]\s*计|总金额|总数量?|[合总]计金额|价税合计|应付|大写|本页|(?:sub|grand)?\s*-?total\b"
    r"|(?:carried|brought) (?:forward|over)|承前页|过次页|转下页|接上页)",
    re.IGNORECASE,
)
"""A row that only sums others up: 小计, 仪表类合计, Total."""
PRODUCT = frozenset({"sku", "name", "buyer_sku", "gtin"})
_OF_THE_ORDER = frozenset({"buyer", "ship_contact", "ship_address", "ship_phone"})
_FACTORS = ("quantity", "unit_price", "amount")
_MOST_RIVALS, _SAMPLE = 5, 40
_CONTENT = re.compile(r"[每单][箱盒包件袋桶]|箱规|装箱|入数|装量|包装数|\bper\b|/\s*[箱盒件]", re.IGNORECASE)
_NOT_NOW = re.compile(
    r"库存|结存|已[发到交]|未[发到交]|欠|历史|上[次月期]|累计|可用|\bstock\b|on.?hand|shipped", re.IGNORECASE
)
_NOW = re.compile(r"[本此这]次|[本这]批|本期|实际(?![到收])|\bthis (?:release|order|time)\b|call.?off", re.IGNORECASE)
_ASIDE = re.compile(r"[(（]")
_WHOLE = re.compile(r"总|合计|共|\btotal\b", re.IGNORECASE)
_PAID = re.compile(
    r"(?<!不)(?<!未)含税|价税|折后|优惠后|实[际付收]|成交|结算|\bnet\b(?=.*disc)|incl|discounted", re.IGNORECASE
)
_NOT_PAID = re.compile(
    r"不含税|未税|税前|原价|标准|市场|零售|建议|目录|出厂|参考|挂牌|折前|\blist\b|excl", re.IGNORECASE
)
_UNIT = "|".join(re.escape(word) for word in WORDS)
_COUNTED_IN = re.compile(rf"[(（/]\s*({_UNIT})\s*[)）]?\s*\Z|({_UNIT})\s*数\Z", re.IGNORECASE)
_PRICED_PER = re.compile(rf"/\s*({_UNIT})\s*[)）]?\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Titles:
    """Where the titles stand and what each column holds.

    ``row``: their first row; ``first``: the first row below them; ``names``: the titles, those of two rows joined;
    ``rivals``: kind → other columns that could as well be it; ``spread``: columns of days or shops that hold parts
    of the quantity.
    """

    row: int
    kinds: dict[int, str]
    first: int
    names: tuple[str, ...]
    rivals: dict[str, tuple[int, ...]] = field(default_factory=dict)
    spread: tuple[int, ...] = ()

    def title(self, kind: str) -> str:
        """Return the sheet's own name of the column that holds ``kind``."""
        return next((self.names[column] for column, known in self.kinds.items() if known == kind), "")

    @property
    def unit(self) -> str | None:
        """Return the unit that the quantity's title names: 数量(米), 箱数."""
        match = _COUNTED_IN.search(self.title("quantity").strip())
        return (match[1] or match[2]) if match else None

    @property
    def price_unit(self) -> str | None:
        """Return the unit that the price's title names: 单价(元/米)."""
        match = _PRICED_PER.search(self.title("unit_price").strip())
        return match[1] if match else None

    @property
    def untaxed(self) -> bool:
        """Say whether the price is one without tax by its title."""
        return re.search(r"不含税|未税|税前|excl", self.title("unit_price"), re.IGNORECASE) is not None


def find_titles(rows: Sequence[Row]) -> Titles | None:
    """Return the first row, or two rows, naming at least three known columns, a quantity and a product among them."""
    for number, row in enumerate(rows):
        below = rows[number + 1] if number + 1 < len(rows) else ()
        joined = () if is_table_head(below) else _joined(row, below)
        for names, first in ((joined, number + 2), (tuple(row), number + 1)):
            if is_table_head(names):
                return _chosen(rows, Titles(number, _kinds(names), first, names))
    return _spread(rows)


def is_table_head(row: Row) -> bool:
    """Say whether a row is the whole head of a table: three known columns, a quantity and a product among them."""
    known = set(_kinds(row).values())
    return len(known) >= MIN_TITLES and "quantity" in known and bool(PRODUCT & known)


def _kinds(row: Row) -> dict[int, str]:
    return {column: kind for column, name in enumerate(row) if (kind := title_kind(name))}


def _spread(rows: Sequence[Row]) -> Titles | None:
    """Return the titles of a table that has a column of counts for each day or shop instead of one quantity."""
    for number, row in enumerate(rows[:_SAMPLE]):
        kinds = _kinds(row)
        products = [column for column, kind in kinds.items() if kind in PRODUCT]
        if not products or "quantity" in kinds.values():
            continue
        below = [row for row in rows[number + 1 :] if any(cell(row, column) for column in products)]
        below = [row for row in below if not SUM_ROW.match(next(filter(None, row), ""))]
        columns, sums = spread_columns(row, kinds, below)
        if columns:
            own = {column: kind for column, kind in kinds.items() if column != sums and column not in columns}
            total = {} if sums is None else {sums: "quantity"}
            return _chosen(rows, Titles(number, own | total, number + 1, tuple(row), spread=columns))
    return None


def is_title_row(row: Row) -> bool:
    """Say whether a row looks like titles: three of its cells name a column."""
    return len({kind for cell in row if (kind := title_kind(cell))}) >= MIN_TITLES


def turned(rows: Sequence[Row]) -> tuple[list[Row], list[list[str]]] | None:
    """Return what is no table, and the table turned upright, of a sheet whose titles stand in its first column."""
    named = [row for row in rows if row and title_kind(row[0])]
    table = [list(column) for column in zip_longest(*named, fillvalue="")]
    found = find_titles(table[:1])
    if found is None or len(table) < 2:
        return None
    return [row for row in rows if row not in named], table


def title_kind(title: str) -> str | None:
    """Return what a title names: a platform's, else one that orders between companies use."""
    if not title or order_kind(title) or kind_of(title) in _OF_THE_ORDER:
        return None
    if _CONTENT.search(title) and "价" not in title:
        return None
    named = titles(title)
    ours = named[0][0] if len(named) == 1 else None
    return (ours or goods_kind(title)) if _ASIDE.search(title) else (goods_kind(title) or ours)


def _joined(row: Row, below: Row) -> tuple[str, ...]:
    """Return the titles of two rows as one, an upper one over all columns that have none of their own.

    () if they are not two rows of titles.
    """
    if sum(map(bool, row)) < MIN_TITLES or not any(map(title_kind, row)) or not any(map(title_kind, below)):
        return ()
    if any(values.number(cell) is not None for cell in below):
        return ()
    names, over = [], ""
    for upper, lower in zip_longest(row, below, fillvalue=""):
        over = upper or (over if lower else "")
        together = f"{over} {lower}".strip()
        names.append(together if not lower or title_kind(together) else lower if title_kind(lower) else over)
    return tuple(names)


def _chosen(rows: Sequence[Row], found: Titles) -> Titles:
    """Return the titles with one column of each kind."""
    columns = {kind: [c for c, known in found.kinds.items() if known == kind] for kind in set(found.kinds.values())}
    taken = {kind: places[0] for kind, places in columns.items()}
    rivals: dict[str, tuple[int, ...]] = {}
    several = {kind: columns[kind][:_MOST_RIVALS] for kind in _FACTORS if kind in columns}
    if any(len(places) > 1 for places in several.values()):
        chosen, rivals = _factors(rows[found.first : found.first + _SAMPLE], found, several)
        taken |= chosen
    kinds = {column: kind for column, kind in found.kinds.items() if taken[kind] == column}
    return Titles(found.row, kinds, found.first, found.names, rivals, found.spread)


def _factors(
    rows: Sequence[Row], found: Titles, several: dict[str, list[int]]
) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    """Return the best column of each factor, and those that nothing tells from it."""
    scored = [
        (_right(rows, taken), sum(_rank(found.names[column], kind) for kind, column in taken.items()), taken)
        for places in product(*several.values())
        for taken in [dict(zip(several, places, strict=True))]
    ]
    right, rank, best = max(scored, key=lambda one: one[:2])
    alike = [taken for score, other, taken in scored if (score, other) == (right, rank)]
    rivals = {
        kind: tuple(sorted({taken[kind] for taken in alike} - {best[kind]}))
        for kind in several
        if any(_told(rows, taken[kind]) != _told(rows, best[kind]) for taken in alike)
    }
    return best, rivals


def _told(rows: Sequence[Row], column: int) -> list[str | None]:
    return [values.number(row[column]) if column < len(row) else None for row in rows]


def _right(rows: Sequence[Row], taken: dict[str, int]) -> int:
    """Count the rows in which quantity × price = amount."""
    if len(taken) < len(_FACTORS):
        return 0
    right = 0
    for row in rows:
        texts = [row[taken[kind]] if taken[kind] < len(row) else "" for kind in _FACTORS]
        quantity, price, amount = values.quantity(texts[0]), values.price(texts[1]), values.money(texts[2])
        if quantity is not None and price is not None and amount is not None:
            right += fen_text(line_amount_fen(parse_micro(quantity[0]), parse_micro(price))) == amount
    return right


def _rank(title: str, kind: str) -> int:
    """Return how much a title says that this is the column which counts."""
    if kind == "quantity":
        now = 2 * (_NOW.search(title) is not None) - 2 * (_NOT_NOW.search(title) is not None)
        return now + (_WHOLE.search(title) is not None)
    return (_PAID.search(title) is not None) - (_NOT_PAID.search(title) is not None)
