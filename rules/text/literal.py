"""One written value of a known kind → the integer, text or truth of the facts. Used by tables, examples and effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.text import raw
from rules.text.amount import DAY, Amounts
from rules.text.mistakes import of_item, of_value
from rules.text.resolve import Scope
from rules.text.source import nearest
from rules.text.syntax import parse_operand
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from rules.text.source import Value
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


def param_value(value: Value) -> Value:
    """Return a parameter's value, without its labels; where it has ``choices`` it is one of them, a list some."""
    if not value.is_map:
        return value
    keys = value.fields(("value", "zh", "en", "doc", "choices"), ("value",))
    found = keys["value"]
    if "choices" in keys:
        known = [name.text() for name in _choices(keys["choices"])]
        for item in found.items() if found.is_list else [found]:
            item.choice(known)
    return found


def _choices(value: Value) -> list[Value]:
    """Return the names of a parameter's choices: a list, or names with what they mean."""
    if value.is_list:
        return value.items()
    for _, told in value.pairs():
        told.fields(("zh", "en"), ("zh", "en"))
    return [name for name, _ in value.pairs()]


def param_operand(value: Value) -> raw.Operand:
    """Read a parameter: a number, duration or date where it looks like one, else text; or a list of those."""
    value = param_value(value)
    if value.is_list:
        return raw.Listing(tuple(_item(item) for item in value.items()), value.place)
    text = value.text()
    wrong = None if value.quoted else of_value(value)
    if wrong is not None:
        value.place.refuse(*wrong)
    if not value.quoted and text[:1].isdigit():
        return parse_operand(text, value.text_place)
    if not value.quoted and text[:1] == "-" and text[1:2].isdigit():
        operand = parse_operand(text[1:], value.text_place.shifted(1))
        if isinstance(operand, raw.Number):
            return raw.Number(-operand.value, operand.unit, operand.place)
    return raw.Text(text, value.place)


def _item(value: Value) -> raw.Operand:
    wrong = None if value.quoted or not value.is_text else of_item(value.text())
    if wrong is not None:
        value.place.refuse(*wrong)
    return param_operand(value)
