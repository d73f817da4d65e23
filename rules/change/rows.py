"""The rows of a policy file's tables, edited in their text: rows that stay keep their layout and comments.

Place in the order's way: before it; what the workbench's table forms do to a file. Knows places, not meanings.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from orders.errors import RuleAuthorError
from rules.change.edit import applied, scalar, section, span
from rules.text.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.change.edit import Edit
    from rules.text.source import Value

Row = tuple[str, ...]
"""A row's cells as written, without quotes; an empty cell is null."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, label, type and, where only some values are right, those."""

    name: str
    zh: str
    kind: str
    choices: tuple[str, ...] = ()
    en: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file."""

    name: str
    zh: str
    doc: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    en: str = ""


EMPTY = ("null", "~")
"""What YAML reads as an empty cell: as a text it stands in quotes."""


def tables(file: str, text: str) -> list[Table]:
    """Return the tables of a file as written. Raises RuleAuthorError when the text is no YAML of ours."""
    found = section(file, text, "tables")
    return [] if found is None else [_table(name.text(), value) for name, value in found.pairs()]


def _table(name: str, value: Value) -> Table:
    keys = {key.text(): item for key, item in value.pairs()}
    columns = tuple(_column(column.text(), body) for column, body in keys["columns"].pairs())
    doc, en = (keys[key].text() if key in keys else "" for key in ("doc", "en"))
    return Table(name, keys["zh"].text(), doc, columns, tuple(map(_row, keys["rows"].items())), en)


def _column(name: str, value: Value) -> Column:
    told = value.plain()
    choices = tuple(told.get("choices", ()))
    return Column(name, told.get("zh", name), told.get("type", "text"), choices, told.get("en", ""))


def _row(value: Value) -> Row:
    return tuple("" if cell.is_null() else cell.text() for cell in value.items())


def set_rows(file: str, text: str, changes: Mapping[str, Sequence[Row]]) -> str:
    """Return the file with some tables' rows replaced. Raises RuleAuthorError for a table that it does not have."""
    found = section(file, text, "tables")
    known = {} if found is None else {key.text(): value for key, value in found.pairs()}
    edits: list[Edit] = []
    for name, rows in changes.items():
        if name not in known:
            raise RuleAuthorError(f"there is no table {name}", f"没有表 {name}", file=file)
        pair = next(pair for pair in known[name].pairs() if pair[0].text() == "rows")
        edits += _inline(pair[1], rows) if known[name].node.flow_style else _edits(text, pair, list(rows))
    new = applied(text, edits)
    read_yaml(file, new)
    return new


def _inline(rows: Value, wanted: Sequence[Row]) -> list[Edit]:
    """Return the edit of a table that is written on one line."""
    return [(*span(rows), "[" + ", ".join(_written(row, ()) for row in wanted) + "]")]


def _edits(text: str, pair: tuple[Value, Value], wanted: list[Row]) -> Iterator[Edit]:
    """Yield the edits that turn the rows (under their key) into the wanted ones: equal rows stay as they are."""
    rows = pair[1]
    items = rows.items()
    quoted = [any(cell.quoted for cell in column) for column in zip(*(item.items() for item in items), strict=False)]
    if rows.node.flow_style or not items or not wanted:
        behind_key = text.index(":", span(pair[0])[1]) + 1
        end = span(items[-1])[1] if items and not rows.node.flow_style else span(rows)[1]
        yield behind_key, end, _block(pair[0].place.column - 1, wanted, quoted)
        return
    dash = text.rindex("-", 0, span(items[0])[0])
    indent = dash - text.rfind("\n", 0, dash) - 1
    old = [_row(item) for item in items]
    for how, i, j, k, m in SequenceMatcher(a=old, b=wanted, autojunk=False).get_opcodes():
        if how == "equal":
            continue
        lines = "".join(f"{' ' * indent}- {_written(row, quoted)}\n" for row in wanted[k:m])
        place = _line(text, items[i]) if i < len(items) else _behind(text, items[-1])
        end = _behind(text, items[j - 1]) if j > i else place
        yield place, end, lines if text[:place].endswith("\n") else "\n" + lines


def _line(text: str, row: Value) -> int:
    return text.rfind("\n", 0, span(row)[0]) + 1


def _behind(text: str, row: Value) -> int:
    """Return where the line after a row begins."""
    end = text.find("\n", span(row)[1] - 1)
    return len(text) if end < 0 else end + 1


def _block(column: int, wanted: list[Row], quoted: list[bool]) -> str:
    """Write all rows below their key, which stands at ``column``; none as an empty list."""
    return "".join(f"\n{' ' * (column + 2)}- {_written(row, quoted)}" for row in wanted) or " []"


def _written(row: Row, quoted: Sequence[bool]) -> str:
    marks = [*quoted, *[False] * len(row)]
    cells = zip(row, marks, strict=False)
    return "[" + ", ".join(scalar(cell, mark or cell in EMPTY) if cell else "null" for cell, mark in cells) + "]"
