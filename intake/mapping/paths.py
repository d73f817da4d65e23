"""Following a template's paths through a platform's record: one, the first that speaks, all joined, all added up.

Place in the order's way: below `engine.py`. Knows nothing of orders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, TypeAlias

Step: TypeAlias = str | int
NESTS = (dict, list)
_INNER = json.JSONDecoder(parse_float=str)
Getter: TypeAlias = Callable[[Any, Any], Any]
"""What follows one path: (the line or order, the order) → what stands there, or None."""
Each: TypeAlias = Callable[[Any, Any], Iterable[Any]]
"""The same for a path of a sum, which may lead to many."""


def steps_of(path: str | None) -> tuple[Step, ...]:
    """Return a path's steps; places in a list are numbers."""
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in path.split(".")) if path else ()


def getter_of(path: tuple[Step, ...], *, of_order: bool = False) -> Getter:
    """Return what follows one path in (the line or order, the order)."""
    if of_order:
        get = getter_of(path)
        return lambda _here, whole: get(whole, whole)
    for place, step in enumerate(path):
        if type(step) is str and step.endswith("{}"):
            return _through(getter_of((*path[:place], step[:-2])), getter_of(path[place + 1 :]))
    if len(path) == 3 and [type(step) for step in path] == [str, int, str]:
        return _of_member(*path)
    if not path or any(type(step) is int for step in path):
        return lambda here, _whole: walk(here, path)
    return _SHORT_WAYS[len(path)](*path) if len(path) in _SHORT_WAYS else partial(_deep, path)


def _one(only: Step) -> Getter:
    return lambda here, _whole: here.get(only) if type(here) is dict else None


def _two(outer: Step, inner: Step) -> Getter:
    def get(here: Any, _whole: Any) -> Any:
        if type(here) is not dict:
            return None
        found = here.get(outer)
        return found.get(inner) if type(found) is dict else None

    return get


def _of_member(outer: Step, place: Any, inner: Step) -> Getter:
    """Lead into a member of a list."""

    def get(here: Any, _whole: Any) -> Any:
        found = here.get(outer) if type(here) is dict else None
        if type(found) is not list:
            return walk(found, (place, inner))
        member = found[place] if place < len(found) else None
        return member.get(inner) if type(member) is dict else walk(member, (inner,))

    return get


def _through(outside: Getter, inside: Getter) -> Getter:
    """Lead through JSON inside a text."""

    def get(here: Any, whole: Any) -> Any:
        found = inner_of(outside(here, whole))
        return None if found is None else inside(found, found)

    return get


def _deep(path: tuple[Step, ...], here: Any, _whole: Any) -> Any:
    for step in path:
        if type(here) is not dict:
            return None
        here = here.get(step)
    return here


_SHORT_WAYS: dict[int, Callable[..., Getter]] = {1: _one, 2: _two}


def first_said(steps: tuple[Getter, ...], empty: frozenset[Any], here: Any, whole: Any) -> Any:
    """Return what the first path says that says something."""
    for get in steps:
        value = get(here, whole)
        if value is not None and type(value) not in NESTS and value not in empty:
            return value
    return None


def joined(steps: tuple[Getter, ...], joiner: str, empty: frozenset[Any], here: Any, whole: Any) -> str | None:
    """Return what all the paths say, one behind the other."""
    parts = []
    for get in steps:
        value = get(here, whole)
        if value is not None and type(value) not in NESTS and value not in empty:
            parts.append(str(value).strip())
    return joiner.join(filter(None, parts)) or None


def summed(each: tuple[Each, ...], empty: frozenset[Any], here: Any, whole: Any) -> Any:
    """Return what all the paths say, added up; a value that is no number as it is, for its form to refuse."""
    total: Decimal | None = None
    for values in each:
        for value in values(here, whole):
            if value is None or type(value) in NESTS or value in empty:
                continue
            try:
                total = (total or Decimal(0)) + Decimal(str(value))
            except ArithmeticError:
                return value
    return total


def each_of(path: tuple[Step, ...], *, of_order: bool) -> Each:
    """Return what gives all that a path leads to in (the line or order, the order); ``*`` is each member of a list."""
    if "*" not in path:
        get = getter_of(path, of_order=of_order)
        return lambda here, whole: (get(here, whole),)
    at = path.index("*")
    outer, inner = getter_of(path[:at], of_order=of_order), each_of(path[at + 1 :], of_order=False)

    def each(here: Any, whole: Any) -> Iterable[Any]:
        members = outer(here, whole)
        return chain.from_iterable(inner(member, member) for member in members) if type(members) is list else ()

    return each


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
            return find(inner_of(walk(value, (*steps[:place], step[:-2]))), steps[place + 1 :])
    return walk(value, steps)


def inner_of(text: Any) -> Any:
    """Return the JSON that stands in a text; None where it is none; what is no text as it is."""
    if not isinstance(text, str):
        return text
    try:
        value, end = _INNER.raw_decode(text)
    except (ValueError, RecursionError):
        end, value = -1, None
    return value if end == len(text) else _inner_in_blanks(text)


def _inner_in_blanks(text: str) -> Any:
    try:
        return _INNER.decode(text)
    except (ValueError, RecursionError):
        return None
