"""Own fields as conditions see them: the order carries canonical text, the vocabulary says what it is.

Place in the order's way: the first thing that happens to opened facts. A value that is not of its word's kind counts as
missing, so that no order can make a rule fail by what it carries.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from orders.money import parse_fen, parse_micro
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rules.vocabulary import Vocabulary

PREFIX = "attributes."
Own = tuple[tuple[str, Kind], ...]


def own_words(vocabulary: Vocabulary) -> tuple[Own, Own]:
    """Return the own fields of orders and of lines, as the frozen facts name them, with their kinds."""
    order, line = (
        [word for word in vocabulary[fact].words.values() if word.name.startswith(PREFIX)] for fact in ("order", "line")
    )
    return tuple((word.full, word.kind) for word in order), tuple((word.name, word.kind) for word in line)


def type_own(facts: dict[str, Any], own: tuple[Own, Own]) -> None:
    """Give own fields the type of their words, in place. Typed ones stay as they are."""
    _type([facts["head"]], own[0])
    _type(facts["line"], own[1])


def _type(rows: Iterable[dict[str, Any]], own: Own) -> None:
    for row in rows:
        for name, kind in own:
            if name in row:
                value = _typed(row.pop(name), kind)
                if value is not None:
                    row[name] = value


def _typed(value: Any, kind: Kind) -> Any:
    if kind is Kind.BOOL:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if kind in _READERS:
        return value if isinstance(value, int) else _read(value, _READERS[kind])
    return value if isinstance(value, str) and (kind is not Kind.DATE or _read(value, date.fromisoformat)) else None


def _read(value: Any, read: Callable[[str], Any]) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError):
        return None


_READERS: dict[Kind, Callable[[str], int]] = {
    Kind.MONEY: parse_fen,
    Kind.PRICE: parse_micro,
    Kind.QUANTITY: parse_micro,
    Kind.COUNT: int,
    Kind.DURATION: int,
}
