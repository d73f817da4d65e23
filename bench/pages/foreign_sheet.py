"""What the foreign layouts are written with: a page of HTML, tables, amounts, days."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Sheet(NamedTuple):
    """A page's HTML and CSS, its size in millimetres, and the paths that it leaves out."""

    body: str
    style: str = ""
    size: tuple[int, int] = (210, 297)
    skipped: frozenset[str] = frozenset()


def money(text: str) -> str:
    """Write an amount with thousands separators."""
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def net(text: str) -> str:
    """Return an amount without 13 % tax, by the fen."""
    return f"{round(float(text) / 1.13, 2):.2f}"


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], foot: str = "", kind: str = "grid") -> str:
    """Write a table; cells are escaped but for what begins with a tag."""
    top = "".join(f"<th>{head}</th>" for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell if cell.startswith('<') else escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f'<table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}{foot}</tbody></table>'


def day_cn(day: date) -> str:
    """Write a day in Chinese without leading zeros."""
    return f"{day:%Y}年{day.month}月{day.day}日"


GRID = "table{border-collapse:collapse;width:100%}.grid td,.grid th{border:1px solid #222;padding:3px 5px}"
