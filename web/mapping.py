"""A template as a form with one row a field, and back. Empty rows and emptied rows are left out.

Place in the order's way: between the channels' screens and `server/desk/doors/mapping.py`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intake.mapping.template import FORMS, TARGETS

if TYPE_CHECKING:
    from collections.abc import Mapping

SPARE_ROWS = 3
MOST_ROWS = 120
ALL_FORMS = tuple(FORMS)
ALL_TARGETS = tuple(TARGETS)
OPTIONS = ("unit", "format", "zone", "with", "on", "take", "prefix", "suffix", "value", "otherwise")
HEAD = ("platform", "orders", "lines", "group_by", "currency")


@dataclass(frozen=True, slots=True)
class Row:
    """One field as the form shows it. ``more`` is ``name=value; …``: unit, format and the labels of an enum."""

    target: str = ""
    source: str = ""
    form: str = "text"
    required: bool = False
    more: str = ""


def rows_of(body: Mapping[str, Any]) -> list[Row]:
    """Return a template's fields as rows, with some spare ones."""
    found = [_row(target, one) for target, one in body.get("fields", {}).items()]
    return [*found, *(Row() for _ in range(SPARE_ROWS))]


def _row(target: str, one: Mapping[str, Any]) -> Row:
    told = [f"{name}={_quoted(_said(one[name]))}" for name in OPTIONS if one.get(name) not in (None, "")]
    told += ["sum=true"] if one.get("sum") else []
    told += [f"{label}→{_said(word)}" for label, word in one.get("map", {}).items()]
    source = " | ".join(one.get("from", ()))
    return Row(target, source, one.get("as", "text"), bool(one.get("required")), "; ".join(told))


def _quoted(text: str) -> str:
    """Put quotes around what would lose its blanks."""
    return f'"{text}"' if text != text.strip() else text


def _said(word: Any) -> str:
    return {True: "true", False: "false"}.get(word, str(word)) if isinstance(word, bool) else str(word)


def body_of(form: Mapping[str, str], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template that a form says; what the form does not show stays as in ``base``."""
    fields: dict[str, Any] = {}
    for number in range(MOST_ROWS):
        target = form.get(f"target-{number}", "").strip()
        if target:
            fields[target] = _field(form, number)
    currency = form.get("currency", "").strip().upper()
    return {**base, **({"currency": currency} if currency else {}), "fields": fields}


def _field(form: Mapping[str, str], number: int) -> dict[str, Any]:
    one: dict[str, Any] = {"as": form.get(f"as-{number}", "text")}
    source = [path.strip() for path in form.get(f"from-{number}", "").split("|") if path.strip()]
    if source:
        one["from"] = source
    if form.get(f"required-{number}"):
        one["required"] = True
    labels: dict[str, Any] = {}
    for part in form.get(f"more-{number}", "").split(";"):
        _take(part.strip(), one, labels)
    return one | ({"map": labels} if labels else {})


def _take(part: str, one: dict[str, Any], labels: dict[str, Any]) -> None:
    label, arrow, word = part.partition("→")
    if arrow:
        said = word.strip()
        labels[label.strip()] = {"true": True, "false": False}.get(said, said)
        return
    name, equals, value = part.partition("=")
    if equals:
        own = value.strip()
        own = own[1:-1] if len(own) > 1 and own[0] == own[-1] == '"' else own
        one[name.strip()] = _value(name.strip(), own)


def _value(name: str, said: str) -> Any:
    if name == "take" and said.isdigit():
        return int(said)
    flag = name == "sum" or (name in ("otherwise", "value") and said in ("true", "false"))
    return said == "true" if flag else said
