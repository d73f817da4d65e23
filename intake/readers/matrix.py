"""Tables that spread one product's quantity over several columns: one for each day or each shop (read).

A plan of deliveries has days for titles, an order of several shops their names. The quantity of a row is the sum of
those columns; a column of sums proves it where the sheet has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from intake.fields import values

Row = Sequence[str]
_LEAST = 2
_SAMPLE = 200
_SUM_TITLE = re.compile(r"(?:合|总|共|小)\s*计|总\s*数|汇总|\btotal\b|\bsum\b", re.IGNORECASE)
_NOTHING = frozenset({"", "-", "—", "/", "0"})
_DAY = re.compile(
    r"(?:20\d\d[-/.年])?\d{1,2}(?:[-/.月]\d{1,2}[日号]?|月份?|[日号])(?:\s*[(（]?(?:周|星期).[)）]?)?"
    r"|(?:下|本)?(?:周|星期|礼拜)[一二三四五六日天]|第?[一二三四五\d]{1,2}周|(?:W|wk|week)\s?\d{1,2}|[上中下]旬",
    re.IGNORECASE,
)


def spread_columns(titles: Row, kinds: dict[int, str], rows: Sequence[Row]) -> tuple[tuple[int, ...], int | None]:
    """Return the columns that a quantity is spread over, and the one of their sums; ((), None) where there are none.

    ``kinds``: the columns whose titles are known; ``rows``: what stands below the titles, of products alone.
    """
    free = [column for column, title in enumerate(titles) if title.strip() and _is_free(column, title, kinds)]
    days = [column for column in free if _DAY.fullmatch(titles[column].strip())]
    shops = free if len(kinds) >= _LEAST else []
    spread = tuple(column for column in days or shops if _counts(column, rows))
    if len(spread) < _LEAST or not all(_is_count(cell(row, column)) for row in rows for column in spread):
        return (), None
    sums = [c for c, title in enumerate(titles) if _SUM_TITLE.search(title) and _are_sums(c, spread, rows)]
    return spread, sums[0] if sums else None


def cell(row: Row, column: int) -> str:
    """Return a cell's text, "" beyond the row's end."""
    return row[column].strip() if column < len(row) else ""


def spread_sum(row: Row, spread: Sequence[int]) -> str | None:
    """Return how much a row's columns come to, as decimal text; None where they hold nothing."""
    told = [Decimal(number) for column in spread if (number := values.number(cell(row, column))) is not None]
    return f"{sum(told):f}" if any(told) else None


def _is_free(column: int, title: str, kinds: dict[int, str]) -> bool:
    return column not in kinds and not _SUM_TITLE.search(title)


def _counts(column: int, rows: Sequence[Row]) -> bool:
    return any(cell(row, column) not in _NOTHING for row in rows[:_SAMPLE])


def _is_count(text: str) -> bool:
    return text in _NOTHING or values.number(text) is not None


def _are_sums(column: int, spread: Sequence[int], rows: Sequence[Row]) -> bool:
    """Say whether a column holds what each row's columns come to."""
    told = [(values.number(cell(row, column)), spread_sum(row, spread)) for row in rows]
    both = [(Decimal(said), Decimal(ours)) for said, ours in told if said is not None and ours is not None]
    return bool(both) and all(said == ours for said, ours in both)


def one_below_another(rows: Sequence[tuple[int, Row]], is_head: Callable[[Row], bool]) -> list[tuple[int, Row]]:
    """Return numbered rows with tables that stand side by side, under the same titles, one below another."""
    for place, (_, row) in enumerate(rows):
        width = _repeats(row, is_head)
        if width:
            head, below = [(number, row[:width]) for number, row in rows[place:]], []
            for first in range(width, len(row), width):
                part = [(number, row[first : first + width]) for number, row in rows[place + 1 :]]
                below += [(number, row) for number, row in part if any(cell.strip() for cell in row)]
            return [*rows[:place], *head, *below]
    return list(rows)


def _repeats(row: Row, is_head: Callable[[Row], bool]) -> int:
    """Return after how many columns the titles of a row begin again; 0 if they do not."""
    names = [name.strip() for name in row]
    while names and not names[-1]:
        names.pop()
    for width in range(3, len(names) // 2 + 2):
        blocks = [names[at : at + width] for at in range(0, len(names), width)]
        padded = [block + [""] * (width - len(block)) for block in blocks]
        if len(blocks) > 1 and all(block == padded[0] for block in padded) and is_head(padded[0]):
            return width
    return 0
