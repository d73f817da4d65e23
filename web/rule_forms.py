"""Parameters, named lists and tables of the rules as forms: what is shown, and what a filled-in form changes.

Place in the order's way: beside decide, before a change is published. Looks at the files as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from unicodedata import normalize

from orders.errors import RuleAuthorError
from rules.change.edit import param_values
from rules.change.rows import tables
from rules.text.source import read_yaml
from server.desk.rulework.rules_draft import Edits, with_edits
from web.i18n import say, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rules.change.edit import ListedOrText
    from rules.change.rows import Row, Table

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
UNIT = re.compile(r"-?\d+(?:\.\d+)?(\s*[^\d\s.,].*)")
TRUTHS = ("true", "false")
Choices = tuple[tuple[str, str], ...]
"""Values that a field may have, each with its label."""


class Form(Protocol):
    """What werkzeug's form can: one value of a name, or all of them."""

    def get(self, key: str) -> str | None: ...  # noqa: D102
    def getlist(self, key: str) -> list[str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter in a form. ``value`` is one line; a list has an item a line. ``typed`` is what was just sent."""

    file: str
    name: str
    label: str
    value: str
    is_list: bool
    choices: Choices = ()
    typed: str = ""

    @property
    def field(self) -> str:
        """The form's name of it."""
        return f"{self.file}:{self.name}"

    @property
    def shown(self) -> str:
        """The value with its label, where it has one."""
        return dict(self.choices).get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Head:
    """A column of a table in a form."""

    label: str
    field: str
    choices: Choices
    is_number: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in a form: its columns and the rows as shown."""

    file: str
    name: str
    label: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    was: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The parameters and tables of one file, under its title."""

    file: str
    title: str
    params: tuple[Param, ...]
    grids: tuple[Grid, ...] = ()


def sheets(files: Mapping[str, str], form: Form | None = None) -> list[Sheet]:
    """Return the parameters, lists and tables of every file that has some; with what a form sent in their place."""
    found = []
    for name, text in files.items():
        top = read_yaml(name, text).plain()
        labels = top.get("params") or {}
        params = tuple(_param(name, key, labels[key], value, form) for key, value in param_values(name, text).items())
        grids = tuple(_grid(name, table, form) for table in tables(name, text))
        if params or grids:
            found.append(Sheet(name, say(top.get("title")) or name, params, grids))
    return found


def _param(file: str, name: str, told: Any, value: ListedOrText, form: Form | None) -> Param:
    told = told if isinstance(told, dict) else {}
    text = "\n".join(value) if isinstance(value, list) else value
    sent = form.get(f"{file}:{name}") if form is not None else None
    choices = _choices(told.get("choices")) or (_truths() if text in TRUTHS else ())
    return Param(file, name, say(told) or name, text, isinstance(value, list), choices, text if sent is None else sent)


def _choices(told: Any) -> Choices:
    """Return declared choices with their labels; plain names are their own labels."""
    if isinstance(told, dict):
        return tuple((name, say(meant) or name) for name, meant in told.items())
    return tuple((name, name) for name in told or ())


def _truths() -> Choices:
    return (("true", translate("是")), ("false", translate("否")))


def _grid(file: str, table: Table, form: Form | None) -> Grid:
    heads = tuple(
        Head(
            say({"zh": column.zh, "en": column.en or column.zh}),
            f"t:{file}:{table.name}:{column.name}",
            _truths() if column.kind == "bool" else tuple((item, item) for item in column.choices),
            column.kind in ("money", "price", "quantity", "count"),
        )
        for column in table.columns
    )
    rows = table.rows if form is None else _sent(heads, form) or table.rows
    label = say({"zh": table.zh, "en": table.en or table.zh})
    return Grid(file, table.name, label, heads, tuple(rows), len(table.rows))


def _sent(heads: Sequence[Head], form: Form) -> list[Row]:
    """Return the rows that a form sent; a row without any cell filled in is none."""
    columns = [form.getlist(head.field) for head in heads]
    return [row for cells in zip(*columns, strict=False) if any(row := tuple(cell.strip() for cell in cells))]


def one_changed(field: str, typed: str, files: Mapping[str, str]) -> Edits | None:
    """Return what another value of one parameter changes; a list is typed with commas between, a choice by its name."""
    param = next((param for sheet in sheets(files) for param in sheet.params if param.field == field), None)
    if param is None:
        return None
    names = {label: value for value, label in param.choices}
    parts = re.split(r"[,，、\n]", typed) if param.is_list else [names.get(typed.strip(), typed)]
    return changed(_One({field: "\n".join(parts)}), files, follow=False)


class _One(dict[str, str]):
    """A form with single values."""

    def getlist(self, key: str) -> list[str]:
        return [self[key]] if key in self else []


def changed(form: Form, files: Mapping[str, str], *, follow: bool) -> Edits | None:
    """Return what a filled-in form changes; None when nothing."""
    params: dict[str, dict[str, ListedOrText]] = {}
    grids: dict[str, dict[str, list[Row]]] = {}
    for sheet in sheets(files):
        for param in sheet.params:
            if (value := _typed(form, param)) is not None:
                params.setdefault(sheet.file, {})[param.name] = value
        for grid in sheet.grids:
            rows = _sent(grid.heads, form)
            if form.getlist(grid.heads[0].field) and rows != list(grid.rows):
                grids.setdefault(sheet.file, {})[grid.name] = rows
    return Edits(params=params, tables=grids, follow=follow) if params or grids else None


def _typed(form: Form, param: Param) -> ListedOrText | None:
    """Return what was typed for a parameter; None where nothing was, or what it is already."""
    typed = form.get(param.field)
    if typed is None:
        return None
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if param.is_list:
        return None if lines == param.value.split("\n") else lines
    value = " ".join(lines)
    return None if param.value in (value, full := _with_unit(value, param.value)) else full


def _with_unit(typed: str, was: str) -> str:
    """Return what was typed with the unit of the old value, where only a number was typed: 800 → 800元."""
    unit, plain = UNIT.fullmatch(was), normalize("NFKC", typed)
    if unit and NUMBER.fullmatch(plain):
        return plain + unit[1]
    return plain if UNIT.fullmatch(plain) else typed


def title_of(edits: Edits, files: Mapping[str, str]) -> str:
    """Return a title for a change: which parameters go from what to what, which lists and tables change."""
    told = []
    for sheet in sheets(files):
        params, grids = edits.params.get(sheet.file, {}), edits.tables.get(sheet.file, {})
        told += [_moved(param, params[param.name]) for param in sheet.params if param.name in params]
        told += [grid.label for grid in sheet.grids if grid.name in grids]
    return "；".join(told)[:200]


def wrong_params(
    edits: Edits, files: Mapping[str, str], check: Callable[[Mapping[str, str]], object]
) -> dict[str, str]:
    """Return the first field whose value alone is refused, and why: in its own name, not by a line of the file."""
    for sheet in sheets(files):
        for param in sheet.params:
            value = edits.params.get(sheet.file, {}).get(param.name)
            if value is not None and (
                refused := _refused(Edits(params={sheet.file: {param.name: value}}), files, check)
            ):
                return {param.field: f"{param.label}：{_why(refused, value, param)}"}
    return {}


def _why(refused: RuleAuthorError, value: ListedOrText, param: Param) -> str:
    """Say what is wrong with a value; where the reason does not speak of it, what one looks like."""
    why = say({"zh": refused.plain_zh, "en": refused.plain_en})
    if isinstance(value, list) or (value and value in why) or refused.suggestion:
        return why
    return translate("应写成 {now} 这样的值", now=param.shown)


def _refused(
    edits: Edits, files: Mapping[str, str], check: Callable[[Mapping[str, str]], object]
) -> RuleAuthorError | None:
    try:
        check(with_edits(files, edits))
    except RuleAuthorError as error:
        return error
    return None


def _moved(param: Param, value: ListedOrText) -> str:
    if isinstance(value, list):
        return param.label
    return f"{param.label} {param.shown} → {dict(param.choices).get(value, value)}"
