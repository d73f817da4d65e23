"""Layouts drawn by lot: titles, labels, columns, rules, places and ways to write a value vary from seed to seed.

``own`` and ``other`` are two sets of words that were looked at while the reader was developed; layouts in the words of
``held`` are only measured. A layout returns the paths that it does not print.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from bench.pages.company import SELLER
from bench.pages.orders import TERMS, TERMS_EN, SampleLine, SampleOrder, in_capitals
from bench.pages.tongues import WORDS, Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bench.pages.canvas import Pen

LEFT, RIGHT = 38.0, 557.0


@dataclass
class _Sheet:
    """What a layout is drawn with: the pen, the order, the choices already made."""

    pen: Pen
    order: SampleOrder
    words: Words
    rng: random.Random
    english: bool
    size: float
    colon: str
    left: float = LEFT
    right: float = RIGHT
    skipped: set[str] = field(default_factory=set)

    def word(self, kind: str) -> str:
        """Choose a word for a kind."""
        return self.rng.choice(self.words[kind])


def drawn(seed: int, tongue: str = "own") -> Callable[[Pen, SampleOrder], set[str]]:
    """Return the layout of a seed in the words of ``own``, ``other`` or ``held``."""

    def draw(pen: Pen, order: SampleOrder) -> set[str]:
        rng = random.Random(f"{tongue}-{seed}")
        latin = rng.random() < 0.25
        words = WORDS[tongue][latin]
        colon = rng.choice((": ", ":", "  ")) if latin else rng.choice(("：", "：", ":", "： "))
        wide = pen_size(seed)[0] > 700
        sheet = _Sheet(pen, order, words, rng, latin, rng.choice((9.0, 9.5, 10.0)), colon)
        sheet.right = 805.0 if wide else RIGHT
        y = _head(sheet)
        y = _table(sheet, y + 12, wide=wide)
        _foot(sheet, y + 18)
        return sheet.skipped

    return draw


def pen_size(seed: int) -> tuple[float, float]:
    """Return the page's size in points; one layout in five lies on its side."""
    return (842.0, 595.0) if seed % 5 == 4 else (595.0, 842.0)


def _day(sheet: _Sheet, value: date) -> str:
    zh = (
        f"{value:%Y-%m-%d}",
        f"{value:%Y/%m/%d}",
        f"{value:%Y.%m.%d}",
        f"{value.year}年{value.month}月{value.day}日",
        f"{value:%Y年%m月%d日}",
    )
    en = (f"{value:%Y-%m-%d}", f"{value:%d %b %Y}", f"{value:%b %d, %Y}", f"{value:%d-%b-%Y}")
    return sheet.rng.choice(en if sheet.english else zh)


def _items(sheet: _Sheet, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    order = sheet.order
    values = {
        "number": order.number,
        "issued": _day(sheet, order.issued),
        "buyer": order.buyer,
        "seller": SELLER,
        "contact": order.contact,
        "phone": order.phone,
        "requested": _day(sheet, order.requested),
        "terms": (TERMS_EN if sheet.english else TERMS)[order.terms],
        "address": order.address,
        "receiver": order.receiver,
        "receiver_phone": order.receiver_phone,
    }
    return [(sheet.word(key), values[key]) for key in keys]


_TOP = ("number", "issued", "buyer", "seller", "contact", "phone")
_BOTTOM = ("requested", "terms", "address", "receiver", "receiver_phone")


def _head(sheet: _Sheet) -> float:
    pen, rng = sheet.pen, sheet.rng
    middle = (sheet.left + sheet.right) / 2
    if rng.random() < 0.3:
        pen.text(middle, 40, sheet.order.buyer, 14, anchor="c", bold=True)
    x, anchor = rng.choice(((middle, "c"), (sheet.left, "l")))
    pen.text(x, 62, sheet.word("title"), rng.choice((15, 18, 20)), anchor=anchor, bold=True)
    return _placed(sheet, _items(sheet, _TOP), 86, rng.choice(("pairs", "pairs", "grid", "list", "over")))


def _foot(sheet: _Sheet, y: float) -> None:
    y = _placed(sheet, _items(sheet, _BOTTOM), y, sheet.rng.choice(("pairs", "pairs", "grid", "list")))
    if not sheet.english and sheet.rng.random() < 0.6:
        sheet.pen.text(sheet.left, y + 16, "备注：请按期交货，包装完好，随货附合格证。", 9)
    if not sheet.english and sheet.rng.random() < 0.5:
        sheet.pen.text(sheet.left, y + 40, "制表：        审核：        批准：", 9)


def _placed(sheet: _Sheet, items: list[tuple[str, str]], y: float, how: str) -> float:
    place = {"pairs": _pairs, "list": _list, "grid": _boxed, "over": _over}[how]
    return place(sheet, items, y)


def _pairs(sheet: _Sheet, items: list[tuple[str, str]], y: float) -> float:
    """Two labelled values on a line, long ones alone."""
    pitch, half = sheet.size + sheet.rng.choice((6.5, 8.5, 10.0)), (sheet.left + sheet.right) / 2 + 20
    column = 0
    for label, value in items:
        long = sheet.pen.width(label + value, sheet.size) > half - sheet.left - 40
        if long and column:
            y, column = y + pitch, 0
        x = half if column else sheet.left
        width = sheet.pen.text(x, y, label + sheet.colon, sheet.size)
        sheet.pen.text(x + width + (0 if sheet.colon.strip() else 2), y, value, sheet.size)
        column = 0 if long or column else 1
        y += 0 if column else pitch
    return y + (pitch if column else 0) - 4


def _list(sheet: _Sheet, items: list[tuple[str, str]], y: float) -> float:
    """One labelled value on each line, the values below one another."""
    pitch = sheet.size + sheet.rng.choice((5.5, 7.0))
    indent = max(sheet.pen.width(label + "： ", sheet.size) for label, _ in items) + 6
    aligned = sheet.rng.random() < 0.5
    for label, value in items:
        width = sheet.pen.text(sheet.left, y, label + sheet.colon, sheet.size)
        sheet.pen.text(sheet.left + (indent if aligned else width + 1), y, value, sheet.size)
        y += pitch
    return y - 4


def _boxed(sheet: _Sheet, items: list[tuple[str, str]], y: float) -> float:
    """Label cells and value cells in a ruled form."""
    pen, pitch = sheet.pen, sheet.rng.choice((21.0, 24.0, 28.0))
    half = (sheet.left + sheet.right) / 2
    room = max(pen.width(label, sheet.size) for label, _ in items) + 12
    y += 2
    rows: list[list[tuple[str, str]]] = []
    for item in items:
        long = pen.width(item[1], sheet.size) > half - sheet.left - room - 12
        if (
            rows
            and len(rows[-1]) == 1
            and not long
            and not _long(pen, rows[-1][0], half - sheet.left - room - 12, sheet)
        ):
            rows[-1].append(item)
        else:
            rows.append([item])
    for row in rows:
        pen.line(sheet.left, y, sheet.right, y)
        base = y + pitch / 2 + sheet.size * 0.36
        for side, (label, value) in enumerate(row):
            x = half if side else sheet.left
            pen.text(x + room / 2, base, label, sheet.size, anchor="c")
            pen.text(x + room + 6, base, value, sheet.size)
            pen.line(x, y, x, y + pitch)
            pen.line(x + room, y, x + room, y + pitch)
        pen.line(sheet.right, y, sheet.right, y + pitch)
        y += pitch
    pen.line(sheet.left, y, sheet.right, y)
    return y + 4


def _long(pen: Pen, item: tuple[str, str], room: float, sheet: _Sheet) -> bool:
    return pen.width(item[1], sheet.size) > room


def _over(sheet: _Sheet, items: list[tuple[str, str]], y: float) -> float:
    """Labels above their values, three beside one another, without rules."""
    step = (sheet.right - sheet.left) / 3
    for first in range(0, len(items), 3):
        for index, (label, value) in enumerate(items[first : first + 3]):
            sheet.pen.text(sheet.left + index * step, y, label, sheet.size - 1, colour="#555")
            sheet.pen.text(sheet.left + index * step, y + sheet.size + 4, value, sheet.size)
        y += 2 * sheet.size + 14
    return y - 6


@dataclass
class _Column:
    kind: str
    title: str
    texts: list[str]
    anchor: str
    left: float = 0.0
    right: float = 0.0


def _table(sheet: _Sheet, y: float, *, wide: bool) -> float:
    columns = _columns(sheet, wide=wide)
    _spread(sheet, columns)
    style = sheet.rng.choice(("ruled", "ruled", "level", "open", "band"))
    pitch = sheet.size + sheet.rng.choice((9.0, 11.0, 14.0))
    wrap = _wrapping(sheet, columns)
    heights = [pitch + (sheet.size + 2 if index in wrap else 0) for index in range(len(sheet.order.lines))]
    edges = [y, *accumulate([pitch, *heights], initial=y)][1:]
    colour = _band(sheet, y, pitch) if style == "band" else "#111"
    for column in columns:
        _print(sheet, column, y, pitch, column.title, bold=sheet.rng.random() < 0.5, colour=colour)
    for index, (top, bottom) in enumerate(pairwise(edges[1:])):
        for column in columns:
            _print_cell(sheet, column, top, bottom - top, index, wrap)
    return _closed(sheet, columns, edges, style, pitch)


def _band(sheet: _Sheet, y: float, pitch: float) -> str:
    """Lay a band under the titles; return the colour of their type."""
    dark = sheet.rng.random() < 0.6
    sheet.pen.rect(sheet.left, y, sheet.right, y + pitch, "#2b4a6f" if dark else "#dde3ea")
    return "#ffffff" if dark else "#111"


def _print_cell(
    sheet: _Sheet, column: _Column, top: float, height: float, index: int, wrap: dict[int, tuple[str, tuple[str, str]]]
) -> None:
    if index not in wrap or column.kind != wrap[index][0]:
        _print(sheet, column, top, height, column.texts[index])
        return
    first, second = wrap[index][1]
    _print(sheet, column, top, height - sheet.size - 2, first)
    _print(sheet, column, top + sheet.size + 2, height - sheet.size - 2, second)


def _columns(sheet: _Sheet, *, wide: bool) -> list[_Column]:
    rng, lines = sheet.rng, sheet.order.lines
    merged, glued = rng.random() < 0.2, rng.random() < 0.15
    sign = rng.choice(("", "", "", "¥"))
    group = rng.random() < 0.6
    kinds = ["sku", "both"] if merged else ["sku", "name", "spec"]
    counted = ["quantity"] if glued else rng.choice((["unit", "quantity"], ["quantity", "unit"]))
    kinds = [*(["no"] if rng.random() < 0.75 else []), *kinds, *counted, "unit_price"]
    kinds += [*(["tax"] if rng.random() < 0.2 else []), "amount"]
    kinds += ["date"] if wide and rng.random() < 0.5 else []
    kinds += ["remark"] if rng.random() < (0.6 if wide else 0.15) else []
    texts: dict[str, Callable[[int, SampleLine], str]] = {
        "no": lambda index, _: str(index + 1),
        "sku": lambda _, line: line.sku,
        "name": lambda _, line: line.name,
        "spec": lambda _, line: line.spec,
        "both": lambda _, line: f"{line.name} {line.spec}",
        "unit": lambda _, line: line.unit,
        "quantity": lambda _, line: (line.quantity + line.unit) if glued else _thousands(line.quantity, group=group),
        "unit_price": lambda _, line: sign + line.unit_price,
        "amount": lambda _, line: sign + _thousands(line.amount, group=group),
        "tax": lambda *_: "13%",
        "date": lambda *_: sheet.order.requested.isoformat(),
        "remark": lambda index, _: ("", "急用", "", "含税", "")[index % 5],
    }
    text_side, number_side = rng.choice(("l", "c")), rng.choice(("r", "r", "c"))
    sides = {"quantity": number_side, "unit_price": number_side, "amount": number_side}
    sides |= {"name": text_side, "spec": text_side, "both": "l", "sku": text_side}
    return [
        _Column(
            kind, sheet.word(kind), [texts[kind](index, line) for index, line in enumerate(lines)], sides.get(kind, "c")
        )
        for kind in kinds
    ]


def _thousands(text: str, *, group: bool) -> str:
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}" if group else text


def _spread(sheet: _Sheet, columns: list[_Column]) -> None:
    """Give each column room for its widest text and share the rest; shrink the type if there is none."""
    while True:
        needs = [max(sheet.pen.width(text, sheet.size) for text in (c.title, *c.texts)) + 9 for c in columns]
        spare = sheet.right - sheet.left - sum(needs)
        if spare >= 0 or sheet.size <= 7.5:
            break
        sheet.size -= 0.5
    x = sheet.left
    for column, need in zip(columns, needs, strict=True):
        column.left, column.right = x, x + need + spare / len(columns)
        x = column.right


def _wrapping(sheet: _Sheet, columns: list[_Column]) -> dict[int, tuple[str, tuple[str, str]]]:
    """Break long cells of the merged or the specification column in two lines, in some layouts."""
    if sheet.rng.random() > 0.3:
        return {}
    found: dict[int, tuple[str, tuple[str, str]]] = {}
    for column in columns:
        if column.kind in {"both", "spec"}:
            for index, text in enumerate(column.texts):
                head, blank, rest = text.partition(" ")
                if blank and len(rest) > 1:
                    found[index] = (column.kind, (head, rest))
    return found


def _print(  # noqa: PLR0913 - a drawing call
    sheet: _Sheet, column: _Column, top: float, height: float, text: str, *, bold: bool = False, colour: str = "#111"
) -> None:
    x = {"l": column.left + 4, "r": column.right - 4, "c": (column.left + column.right) / 2}[column.anchor]
    base = top + height / 2 + sheet.size * 0.36
    sheet.pen.text(x, base, text, sheet.size, anchor=column.anchor, bold=bold, colour=colour)


def _closed(sheet: _Sheet, columns: list[_Column], edges: list[float], style: str, pitch: float) -> float:
    """Rule the table and write the sum below it or as its last row."""
    inside = sheet.rng.random() < 0.6
    if inside:
        edges.append(edges[-1] + pitch)
    _ruled(sheet, columns, edges, style, inside=inside)
    total = _thousands(sheet.order.total, group=sheet.rng.random() < 0.6)
    capitals = in_capitals(sheet.order.total) if not sheet.english and sheet.rng.random() < 0.6 else ""
    label = sheet.word("total")
    if inside:
        base = edges[-2] + pitch / 2 + sheet.size * 0.36
        amount = next(column for column in columns if column.kind == "amount")
        sheet.pen.text(columns[1].left + 4, base, label, sheet.size)
        _print(sheet, amount, edges[-2], pitch, total)
        sheet.pen.text(columns[2].left + 4, base, capitals, sheet.size)
        return edges[-1]
    base = edges[-1] + pitch
    sign = sheet.rng.choice(("", "¥", "CNY " if sheet.english else "￥"))
    sheet.pen.text(sheet.right - 4, base, f"{label}{sheet.colon}{sign}{total}", sheet.size, anchor="r")
    sheet.pen.text(sheet.left, base, f"大写：{capitals}" if capitals else "", sheet.size)
    return base + 4


def _ruled(sheet: _Sheet, columns: list[_Column], edges: list[float], style: str, *, inside: bool) -> None:
    pen, bottom = sheet.pen, edges[-1]
    if style == "ruled":
        open_sum = inside and sheet.rng.random() < 0.5
        for y in edges:
            pen.line(sheet.left, y, sheet.right, y)
        for x in [column.left for column in columns] + [sheet.right]:
            pen.line(x, edges[0], x, edges[-2] if open_sum else bottom)
        for x in (sheet.left, sheet.right):
            pen.line(x, edges[0], x, bottom)
    else:
        for y in (edges[0], edges[1], bottom) if style == "level" else (bottom,):
            pen.line(sheet.left, y, sheet.right, y, 1.0 if style == "level" else 0.7)
