"""One written value of a known kind → the integer, text or truth of the facts. Used by tables, examples and effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.amount import DAY, Amounts
from rules.resolve import Scope
from rules.source import nearest
from rules.syntax import parse_operand
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from rules import raw
    from rules.source import Value
    from rules.vocabulary import Word

_EMPTY = Scope({}, {}, {})


def _no_condition(node: raw.Condition) -> Any:
    node.place.refuse("a value is expected here", "此处应为值")


def literal(value: Value, word: Word) -> Any:
    """Read a value for a word: money as fen, dates as ISO days. Raises RuleAuthorError."""
    text = value.text()
    match word.kind:
        case Kind.BOOL:
            return value.boolean()
        case Kind.TEXT | Kind.CODE:
            if word.choices and text not in word.choices:
                value.place.refuse(
                    f"{word.full} is one of {', '.join(word.choices)}",
                    f"{word.full} 只能是 {'、'.join(word.choices)}",
                    nearest(text, word.choices),
                )
            return text
        case _:
            return number(value, word.kind)


def number(value: Value, kind: Kind) -> Any:
    """Read a number, duration or date of a kind; a date stays an ISO day."""
    amounts = Amounts(_EMPTY, _no_condition)
    operand = parse_operand(value.text(), value.text_place)
    found = amounts.constant(operand, kind)
    return value.text() if kind is Kind.DATE and found % DAY == 0 else found
