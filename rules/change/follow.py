"""Examples that follow a threshold: when a parameter moves, the examples that stand at its edge move with it.

Place in the order's way: before it; the workbench's form for parameters. A limit of 500.00 has examples at 500.00 and
500.01; at 800.00 they belong at 800.00 and 800.01, names included. Only amounts and counts follow; what a percentage or
a list needs is proposed by the mutants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from rules.change.edit import ListedOrText, applied, param_values, section, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.change.edit import Edit
    from rules.text.source import Value

_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)\s*元?\Z")
_COMPARED = r"(?<![-+*/] )\b([a-z_]+(?:\.[a-z_]+)+)\s*(?:<=|>=|<|>|!=|=)\s*\${name}\b"


@dataclass(frozen=True, slots=True)
class Moved:
    """An example that followed: what it was called, and what it is called now."""

    before: str
    after: str


def follow(file: str, text: str, changes: dict[str, ListedOrText]) -> tuple[str, list[Moved]]:
    """Return the file with its examples moved for these new parameter values, and which moved.

    ``text`` still has the old values. Raises RuleAuthorError when it is no YAML of ours.
    """
    edits: dict[int, Edit] = {}
    moved: list[Moved] = []
    old = param_values(file, text)
    for name, wanted in changes.items():
        step = _step(old.get(name), wanted)
        rules, fields = _users(file, text, name) if step else (set[str](), set[str]())
        for example in _examples(file, text):
            found = list(_moves(example, rules, fields, step)) if step else []
            edits.update({edit[0]: edit for edit in found})
            moved += [Moved(example["name"].text(), edit[2]) for edit in found if edit[0] == span(example["name"])[0]]
    return applied(text, edits.values()), moved


def _step(old: ListedOrText | None, new: ListedOrText) -> Decimal:
    """Return by how much a parameter moves; 0 where it is no amount or count."""
    before, after = _amount(old), _amount(new)
    return Decimal(0) if before is None or after is None else after - before


def _amount(value: ListedOrText | None) -> Decimal | None:
    found = _AMOUNT.match(value) if isinstance(value, str) else None
    return Decimal(found[1]) if found else None


def _users(file: str, text: str, name: str) -> tuple[set[str], set[str]]:
    """Return the rules that compare something with the parameter, and what they compare."""
    compared = re.compile(_COMPARED.replace("{name}", re.escape(name)))
    rules, fields = set(), set()
    for rule in _items(section(file, text, "rules")):
        found = {field for line in _texts(rule.get("when")) for field in compared.findall(line)}
        if found:
            rules.add(str(rule["id"]))
            fields |= found
    return rules, fields


def _items(value: Value | None) -> list[dict[str, Any]]:
    return [] if value is None else value.plain()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _examples(file: str, text: str) -> Iterator[dict[str, Value]]:
    examples = section(file, text, "examples")
    for item in () if examples is None else examples.items():
        yield {key.text(): value for key, value in item.pairs()}


def _moves(example: dict[str, Value], rules: set[str], fields: set[str], step: Decimal) -> Iterator[Edit]:
    """Yield the edits of one example: the values that are compared, and its name where it says them."""
    named = {rule for key in ("fires", "silent") if key in example for rule in example[key].plain()}
    if not named & rules or "given" not in example:
        return
    name = example["name"].text()
    for value in _given(example["given"], fields):
        try:
            before = Decimal(value.text())
        except InvalidOperation:
            continue
        after = before + step
        yield (*span(value), str(after))
        name = _renamed(name, before, after)
    if name != example["name"].text():
        yield (*span(example["name"]), name)


def _given(given: Value, fields: set[str]) -> Iterator[Value]:
    for key, value in given.pairs():
        if value.is_text and key.text() in fields:
            yield value
        for row in value.items() if value.is_list else ():
            for word, cell in row.pairs() if row.is_map else ():
                if cell.is_text and f"{key.text()}.{word.text()}" in fields:
                    yield cell


def _renamed(name: str, before: Decimal, after: Decimal) -> str:
    """Write the new number where the name says the old one, with or without its cents."""
    whole = before == before.to_integral_value()
    for old, new in ((f"{before}", f"{after}"), (f"{before:.0f}" if whole else "", f"{after:f}".removesuffix(".00"))):
        pattern = rf"(?<![\d.]){re.escape(old)}(?!\.?\d)"
        if old and re.search(pattern, name):
            return re.sub(pattern, new, name)
    return name
