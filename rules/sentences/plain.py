"""A raw condition → the one line of text that the policy files use; `rules/text/syntax.py` reads it back the same."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from rules.text import raw
from rules.text.clauses import plain_number


def condition_text(node: raw.Condition, inside: bool = False) -> str:
    """Write a condition; groups inside others stand in brackets."""
    match node:
        case raw.Group():
            word = " and " if node.how == "all" else " or "
            text = word.join(condition_text(part, inside=True) for part in node.parts)
            return f"({text})" if inside and len(node.parts) > 1 else text
        case raw.Negation():
            return f"{node.how} {condition_text(node.part, inside=True)}"
        case raw.Between():
            return f"{operand_text(node.value)} between {operand_text(node.low)} and {operand_text(node.high)}"
        case raw.Comparison():
            return _comparison(node)
        case _:
            assert_never(node)


def _comparison(node: raw.Comparison) -> str:
    left = operand_text(node.left)
    if node.op == "holds":
        return left
    if node.op in ("missing", "present"):
        return f"{left} is {node.op}"
    assert node.right is not None  # noqa: S101 - the grammar gives one
    return f"{left} {node.op} {operand_text(node.right)}"


def operand_text(operand: raw.Operand, inside: bool = False) -> str:
    """Write a value; sums inside others stand in brackets."""
    match operand:
        case raw.Listing():
            return "[" + ", ".join(operand_text(item) for item in operand.items) + "]"
        case raw.Arithmetic(minus=raw.Number() as number):
            return f"-{number_text(number)}"
        case raw.Arithmetic():
            text = f"{operand_text(operand.left, inside=True)} {operand.op} {operand_text(operand.right, inside=True)}"
            return f"({text})" if inside else text
        case raw.Aggregate():
            where = "" if operand.where is None else f" where {condition_text(operand.where, inside=True)}"
            return f"{operand.function}({operand_text(operand.what)}{where})"
        case _:
            return _atom(operand)


def _atom(operand: raw.Name | raw.Number | raw.Text | raw.Day | raw.Param) -> str:
    match operand:
        case raw.Name():
            return operand.path
        case raw.Number():
            return number_text(operand)
        case raw.Text():
            return quoted(operand.value)
        case raw.Day():
            return date.fromordinal(operand.ordinal).isoformat()
        case raw.Param():
            return f"${operand.name}"
        case _:
            assert_never(operand)


def number_text(number: raw.Number) -> str:
    """Write a number with its unit: ``500.00元``, ``15%``, ``5 min``."""
    text = plain_number(number.value)
    return f"{text} {number.unit}" if number.unit.isascii() and number.unit not in ("", "%") else text + number.unit


def quoted(text: str) -> str:
    """Write text in quotes, as the conditions' grammar reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
