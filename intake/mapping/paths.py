"""Following a template's paths through a platform's record: one, the first that speaks, all joined, all added up.

Place in the order's way: below `engine.py`. Knows nothing of orders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

Step: TypeAlias = str | int
NESTS = (dict, list)
Getters: TypeAlias = tuple[tuple[Callable[[Any], Any], bool], ...]
"""What follows each path, and whether it starts at the order instead of the line."""


def steps_of(path: str | None) -> tuple[Step, ...]:
    """Return a path's steps; places in a list are numbers."""
    return tuple(int(part) if part.isdigit() else part for part in path.split(".")) if path else ()


def getter_of(path: tuple[Step, ...]) -> Callable[[Any], Any]:
    """Return what follows one path."""
    if any(type(step) is int or str(step).endswith("{}") for step in path):
        return lambda value: find(value, path)

    def get(value: Any) -> Any:
        for step in path:
            if type(value) is not dict:
                return None
            value = value.get(step)
        return value

    return get


def first_said(steps: Getters, empty: frozenset[Any], here: Any, whole: Any) -> Any:
    """Return what the first path says that says something."""
    for get, from_order in steps:
        value = get(whole if from_order else here)
        if value is not None and type(value) not in NESTS and value not in empty:
            return value
    return None


def joined(steps: Getters, joiner: str, empty: frozenset[Any], here: Any, whole: Any) -> str | None:
    """Return what all the paths say, one behind the other."""
    parts = []
    for get, from_order in steps:
        value = get(whole if from_order else here)
        if value is not None and type(value) not in NESTS and value not in empty:
            parts.append(str(value).strip())
    return joiner.join(filter(None, parts)) or None


def summed(paths: tuple[tuple[tuple[Step, ...], bool], ...], empty: frozenset[Any], here: Any, whole: Any) -> Any:
    """Return what all the paths say, added up; a value that is no number as it is, for its form to refuse."""
    total: Decimal | None = None
    for path, from_order in paths:
        for value in _each(whole if from_order else here, path):
            if value is None or type(value) in NESTS or value in empty:
                continue
            try:
                total = (total or Decimal(0)) + Decimal(str(value))
            except ArithmeticError:
                return value
    return total


def _each(value: Any, path: tuple[Step, ...]) -> Iterator[Any]:
    """Yield what a path leads to; ``*`` is each member of a list."""
    if "*" not in path:
        yield find(value, path)
        return
    at = path.index("*")
    members = find(value, path[:at])
    for member in members if isinstance(members, list) else ():
        yield from _each(member, path[at + 1 :])


def walk(value: Any, steps: tuple[Step, ...]) -> Any:
    """Follow a path; None where it ends too early."""
    for step in steps:
        if type(value) is dict:
            value = value.get(step) if type(step) is not int else value.get(str(step))
        elif type(value) is list and type(step) is int:
            value = value[step] if step < len(value) else None
        else:
            return None
    return value


def find(value: Any, steps: tuple[Step, ...]) -> Any:
    """Walk a path that may lead through JSON inside a text (``extra{}``)."""
    for place, step in enumerate(steps):
        if type(step) is str and step.endswith("{}"):
            return find(_inner(walk(value, (*steps[:place], step[:-2]))), steps[place + 1 :])
    return walk(value, steps)


def _inner(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        return None
