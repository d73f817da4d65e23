"""YAML → nodes with places, read by libyaml: a twentieth of the time that the pure reader takes.

Place in the order's way: before it, under `rules/text/source.py`. Built from events: composing in C recurses, and a
file of brackets would end the process. What is unusual (a fault, an alias) is left to the pure reader, which says where
and why; what is nested too deep is not, it would take seconds for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 60
_ODD = re.compile("[\t\x85\u2028\u2029\ufeff]")
"""On these, and on where a value that is not there would stand, the two readers differ."""
_STARTS = {yaml.MappingStartEvent: "mapping", yaml.SequenceStartEvent: "sequence"}


class Mark(Protocol):
    """A place in a text; all three count from 0, in characters."""

    index: int
    line: int
    column: int


@dataclass(slots=True)
class Node:
    """One value. ``id``: scalar (text), mapping (pairs) or sequence (a list); ``style``: the quote around a scalar."""

    id: str
    value: Any
    start_mark: Mark
    end_mark: Mark
    style: str | None = None
    flow_style: bool = False
    anchor: str | None = None


class Unusual(Exception):
    """Raised for a text that the fast reader does not take."""


class TooDeep(Exception):
    """Raised for values inside values beyond `MAX_DEPTH`; ``line`` and ``column`` count from 0."""

    def __init__(self, mark: Mark) -> None:
        super().__init__(f"nested deeper than {MAX_DEPTH}")
        self.line, self.column = mark.line, mark.column


def compose(text: str) -> Node:
    """Read the one document of a text. Raises Unusual, TooDeep."""
    if _ODD.search(text):
        raise Unusual
    try:
        events = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        next(events), next(events)  # the stream and its first document begin
        found = _node(next(events), events, 0)
        next(events)
        if not isinstance(next(events), yaml.StreamEndEvent):
            raise Unusual
    except (yaml.YAMLError, ValueError, StopIteration) as error:
        raise Unusual from error
    return found


def _node(event: Any, events: Iterator[Any], depth: int) -> Node:
    if isinstance(event, yaml.ScalarEvent) and (event.value or event.style):
        return Node("scalar", event.value, event.start_mark, event.end_mark, event.style or None, anchor=event.anchor)
    kind = _STARTS.get(type(event))
    if kind is None:
        raise Unusual
    if depth > MAX_DEPTH:
        raise TooDeep(event.start_mark)
    parts: list[Node] = []
    while not isinstance(inner := next(events), yaml.CollectionEndEvent):
        parts.append(_node(inner, events, depth + 1))
    value: Any = list(zip(parts[::2], parts[1::2], strict=True)) if kind == "mapping" else parts
    return Node(kind, value, event.start_mark, inner.end_mark, None, bool(event.flow_style), event.anchor)
