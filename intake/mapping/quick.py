"""The short way of a field: one call fills it when nothing is wrong with it (read, the second step).

What is missing though required, encrypted, unknown or does not fit is left to `engine.py`, whose way is the whole one
and names it. Both ways give the same order; a test compares them. Knows nothing of orders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from intake.mapping.number import Unfit, text_of

if TYPE_CHECKING:
    from intake.mapping.paths import Getter

Quick: TypeAlias = Callable[[dict[str, Any], Any, dict[str, Any]], bool]
"""(line or order, order, what is written into) → whether the field is done; otherwise nothing was written."""
Shape: TypeAlias = Callable[[Any], Any]


def person(value: Any) -> str:
    """Take a text in which no platform can have encrypted or masked anything (see `form.encrypted`). Raises Unfit."""
    if type(value) is not str or "*" in value or "#" in value or value[:1] in ("$", "~"):
        raise Unfit
    return value.strip()


def apart_from(nothing: frozenset[Any], shape: Shape) -> Shape:
    """Return a shape that makes nothing of the values that say nothing in a template."""
    more = nothing - {""}
    if not more:
        return shape

    def told(value: Any) -> Any:
        result = shape(value)
        return result if result == "" or value not in more else ""

    return told


def at_top(step: str, shape: Shape, key: str, *, optional: bool) -> Quick:
    """Fill a field at the top of the order or line from one that lies at the top of the record."""
    fill = from_anywhere(lambda here, _whole: here.get(step), shape, ((), key, ""), optional=optional)
    if shape is not text_of:
        return fill

    def fill_text(here: dict[str, Any], whole: Any, own: dict[str, Any]) -> bool:
        value = here.get(step)
        if type(value) is str and (result := value.strip()):
            own[key] = result
            return True
        return fill(here, whole, own)

    return fill_text


def from_anywhere(read: Getter, shape: Shape, where: tuple[tuple[str, ...], str, str], *, optional: bool) -> Quick:
    """Fill a field at ``where``: the names of what it lies in, its own, and the scheme where it is a list of ids."""
    parents, key, scheme = where

    def fill(here: dict[str, Any], whole: Any, own: dict[str, Any]) -> bool:
        value = read(here, whole)
        if value is None or value == "":
            return optional
        try:
            result = shape(value)
        except Unfit:
            return False
        if result == "":
            return optional
        node = own
        for name in parents:
            inner = node.get(name)
            if inner is None:
                inner = node[name] = {}
            node = inner
        if scheme:
            node.setdefault(key, []).append({"scheme": scheme, "value": result})
        else:
            node[key] = result
        return True

    return fill
