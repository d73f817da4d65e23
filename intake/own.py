"""The company's own fields on the way in: each defined one is brought into its one form, or refused by name (MAP-10).

Place in the order's way: part of normalize. What nobody has defined passes as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orders.errors import InvalidOrder, Problem
from orders.own_field import FieldOf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orders.order import Attribute, Order
    from orders.own_field import OwnField

Attributes = dict[str, "Attribute"]


def with_own_fields(order: Order, fields: Iterable[OwnField]) -> Order:
    """Return the order with its own fields in the form in which they are stored.

    Raises:
        InvalidOrder: with a `Problem` for each value that is not of its field's kind.

    """
    known = [field for field in fields if not field.retired]
    if not known:
        return order
    problems: list[Problem] = []
    own = _fitted(order.attributes, FieldOf.ORDER, "/attributes", known, problems)
    lines = tuple(
        replace(line, attributes=_fitted(line.attributes, FieldOf.LINE, f"/lines/{at}/attributes", known, problems))
        for at, line in enumerate(order.lines)
    )
    if problems:
        first = problems[0]
        raise InvalidOrder(
            f"{first.pointer}: {first.message_en}",
            f"{first.pointer}：{first.message_zh}",
            problems=tuple(problems),
        )
    return replace(order, attributes=own, lines=lines)


def _fitted(own: Attributes, of: FieldOf, at: str, known: list[OwnField], problems: list[Problem]) -> Attributes:
    found = dict(own)
    for field in known:
        if field.of is not of or field.name not in found:
            continue
        value = found.pop(field.name)
        if value is None or value == "":
            continue
        try:
            found[field.name] = field.fitted(value)
        except ValueError:
            zh, en = (f"「{str(value)[:60]}」不是{field.zh}的值", f"“{str(value)[:60]}” is no value of {field.en}")
            problems.append(Problem(f"{at}/{field.name}", "own_field", zh, en, field.choices))
    return found
