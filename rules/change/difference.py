"""What changed between two sets of policy files, in words: for the second person who approves, and for the history.

Place in the order's way: before it. Looks at the files as written, so that it also says what changed in a broken draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.errors import RuleAuthorError
from rules.text.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTS = ("params", "tables", "rules", "examples")
WHOLE = {"params": "param", "tables": "table", "rules": "rule", "examples": "example", "file": "file", "head": "head"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed. ``what``: param, table, rule, example, head or file; ``how``: added, removed, changed.

    ``before`` and ``after`` are values of a parameter or rows of a table, else empty; ``added`` and ``removed`` are
    what a list or a table gained and lost; ``parts`` are a rule's keys that changed.
    """

    what: str
    how: str
    file: str
    name: str
    zh: str = ""
    en: str = ""
    before: str = ""
    after: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """Return what changed, in the order of the files; parameters first, then rules, then examples."""
    found: list[Difference] = []
    for file in sorted({*old, *new}):
        if old.get(file) != new.get(file):
            found += _of_file(file, old.get(file), new.get(file))
    return found


def _of_file(file: str, old: str | None, new: str | None) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference("file", "added" if old is None else "removed", file, file)
        return
    try:
        before, after = read_yaml(file, old).plain(), read_yaml(file, new).plain()
    except RuleAuthorError:
        yield Difference("file", "changed", file, file)
        return
    found = [difference for part in PARTS for difference in _of_part(file, part, before.get(part), after.get(part))]
    head = tuple(key for key in {**before, **after} if key not in PARTS and before.get(key) != after.get(key))
    if head:
        found.append(Difference("head", "changed", file, file, parts=head))
    yield from found or [Difference("file", "changed", file, file)]  # comments or layout alone


def _of_part(file: str, part: str, old: Any, new: Any) -> Iterator[Difference]:
    before, after = _named(part, old), _named(part, new)
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield _one(part, file, name, before.get(name), after.get(name))


def _named(part: str, value: Any) -> dict[str, Any]:
    """Return a part's things by their names."""
    if isinstance(value, dict):
        return value
    key = "id" if part == "rules" else "name"
    return {str(item.get(key, number)): item for number, item in enumerate(value or ()) if isinstance(item, dict)}


def _one(part: str, file: str, name: str, old: Any, new: Any) -> Difference:
    how = "added" if old is None else "removed" if new is None else "changed"
    zh, en = _title(part, new if new is not None else old, name)
    read = {"params": _value, "tables": _rows}.get(part, lambda _: "")
    before, after = read(old), read(new)
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    if isinstance(before, list) or isinstance(after, list):
        left, right = _list(before), _list(after)
        added = tuple(item for item in right if item not in left)
        removed = tuple(item for item in left if item not in right)
        before, after = "、".join(left), "、".join(right)
    parts = _changed_keys(old, new) if part in ("rules", "examples") and how == "changed" else ()
    return Difference(WHOLE[part], how, file, name, zh, en, str(before), str(after), added, removed, parts)


def _title(part: str, value: Any, name: str) -> tuple[str, str]:
    told = value.get("title", value) if isinstance(value, dict) else {}
    if part == "examples" or not isinstance(told, dict):
        return name, name
    return str(told.get("zh", name)), str(told.get("en", told.get("zh", name)))


def _value(param: Any) -> str | list[str]:
    inner = param.get("value", "") if isinstance(param, dict) else param
    return [str(item) for item in inner] if isinstance(inner, list) else str(inner if inner is not None else "")


def _rows(table: Any) -> list[str]:
    """Return the rows of a table, each on one line."""
    rows = table.get("rows") if isinstance(table, dict) else None
    return [" · ".join(map(_cell, row)) for row in rows or () if isinstance(row, list)]


def _cell(cell: str) -> str:
    return "—" if cell in ("", "null", "~") else str(cell)


def _list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _changed_keys(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    return tuple(key for key in {**old, **new} if old.get(key) != new.get(key))
