"""The mutants of one condition: the tree as written, changed by one step at one place.

A step is what people count in: 0.01 元, one piece, one day, one second, 0.01 %. Every change says in words what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from orders.errors import RuleAuthorError
from rules.text import raw
from rules.text.clauses import plain_number, shown_value
from rules.text.resolve import Resolver
from rules.tree import Field
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.text.resolve import Scope
    from rules.text.source import Place
    from rules.tree import Linear

LONG_LIST = 10
"""Values up to which each one needs an example; of a longer list one in and one out do."""
OTHER_SIGN = {">": ">=", ">=": ">", "<": "<=", "<=": "<", "=": "!=", "!=": "=", "in": "not in", "not in": "in",
              "missing": "present", "present": "missing"}  # fmt: skip
LISTS = ("in", "contains", "starts with")
_FURTHER = {">": 1, "<": -1, ">=": -1, "<=": 1, "=": 1, "!=": 1}


@dataclass(frozen=True, slots=True)
class Change:
    """One mutated condition: where, and what was done in both languages; ``what`` names it without its place."""

    when: raw.Condition
    place: Place
    zh: str
    en: str

    @property
    def what(self) -> str:
        """The change's name: it stays while the condition's text and values stay."""
        return self.en


Step = tuple[raw.Operand, "Place", str, str]


class Changer:
    """Makes the mutants of conditions in one rule's scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.resolver = Resolver(scope)

    def changes(self, node: raw.Condition) -> Iterator[Change]:
        """Yield every mutant of a condition."""
        match node:
            case raw.Group():
                yield from self._group(node)
            case raw.Negation():
                yield Change(_negated_away(node), node.place, f"去掉 {node.how}：{node.text}", f"{node.text}: {node.how} taken away")  # fmt: skip # noqa: E501
                for inner in self.changes(node.part):
                    yield replace(inner, when=replace(node, part=inner.when))
            case raw.Between():
                yield from self._between(node)
            case raw.Comparison():
                yield from self._comparison(node)
            case _:
                assert_never(node)

    def _group(self, node: raw.Group) -> Iterator[Change]:
        for at, part in enumerate(node.parts):
            before, after = node.parts[:at], node.parts[at + 1 :]
            for inner in self.changes(part):
                yield replace(inner, when=replace(node, parts=(*before, inner.when, *after)))
            if before or after:
                text = text_of(part)
                yield Change(replace(node, parts=(*before, *after)), place_of(part), f"去掉条件 {text}", f"{text}: taken away")  # fmt: skip # noqa: E501
        if len(node.parts) > 1:
            other, text = ("any", "all")[node.how == "any"], "; ".join(text_of(part) for part in node.parts)
            zh = {"all": "“且”改为“或”", "any": "“或”改为“且”"}[node.how]
            yield Change(replace(node, how=other), node.place, f"{zh}：{text}", f"{text}: {node.how} becomes {other}")

    def _between(self, node: raw.Between) -> Iterator[Change]:
        step = self._step(node.value, node.low)
        for name in ("low", "high"):
            for operand, place, zh, en in self._operand(getattr(node, name), step):
                when = replace(node, low=operand) if name == "low" else replace(node, high=operand)
                yield Change(when, place, f"{node.text}：{zh}", f"{node.text}: {en}")

    def _comparison(self, node: raw.Comparison) -> Iterator[Change]:
        yield from self._operator(node)
        if node.right is None:
            return
        for operand, place, zh, en in self._right(node, node.right):
            yield Change(replace(node, right=operand), place, f"{node.text}：{zh}", f"{node.text}: {en}")
        for operand, place, zh, en in self._left(node):
            yield Change(replace(node, left=operand), place, f"{node.text}：{zh}", f"{node.text}: {en}")

    def _operator(self, node: raw.Comparison) -> Iterator[Change]:
        if node.op in LISTS:
            anything = replace(node, op="present", right=None)
            yield Change(anything, node.place, f"{node.text}：任何值都算", f"{node.text}: any value counts")
        if node.op in OTHER_SIGN:
            other = OTHER_SIGN[node.op]
            yield Change(replace(node, op=other), node.place, f"{node.text}：{node.op} 改为 {other}", f"{node.text}: {node.op} becomes {other}")  # fmt: skip # noqa: E501
            return
        opposite = raw.Negation("not", node, f"not {node.text}", node.place)
        yield Change(opposite, node.place, f"{node.text}：取反", f"{node.text}: negated")

    def _right(self, node: raw.Comparison, right: raw.Operand) -> Iterator[Step]:
        value = self.scope.param(right)
        if node.op in ("in", "not in", "contains", "starts with"):
            yield from self._list(value, node.op)
            return
        if not self._numeric(node):
            return
        step = self._step(node.left, right)
        found = list(self._operand(right, step))
        yield from found
        if not _has_number(self.scope, right) and not _has_number(self.scope, node.left):
            yield self._beyond(node.op, right, step)

    def _left(self, node: raw.Comparison) -> Iterator[Step]:
        if node.right is None or not self._numeric(node):
            return
        yield from self._operand(node.left, self._step(node.left, node.right))

    def _beyond(self, op: str, right: raw.Operand, step: raw.Number) -> Step:
        """Move a threshold that is itself a field: the case one step behind it needs an example too."""
        sign = "+" if _FURTHER[op] > 0 else "-"
        shown = shown_step(step)
        operand = raw.Arithmetic(sign, right, step, right.place)
        return operand, right.place, f"门槛 {sign} {shown[0]}", f"the threshold {sign} {shown[1]}"

    def _numeric(self, node: raw.Comparison) -> bool:
        if node.right is None or node.op not in _FURTHER:
            return False
        try:
            self.resolver.amounts.pair(node.left, node.right)
        except RuleAuthorError:
            return False
        return True

    def _step(self, left: raw.Operand, right: raw.Operand) -> raw.Number:
        one, other = self.resolver.amounts.pair(left, right)
        days = any(isinstance(term, Field) and term.word.kind is Kind.DATE for _, term in (*one.terms, *other.terms))
        return step_of(one, other, days, left.place)

    def _operand(self, operand: raw.Operand, step: raw.Number, factor: bool = False) -> Iterator[Step]:
        """Yield an operand with each of its numbers one step up and one down; and each ``+`` as ``-``."""
        match operand:
            case raw.Number() | raw.Day() | raw.Param():
                yield from self._moved(operand, step, factor)
            case raw.Arithmetic():
                yield from self._arithmetic(operand, step)
            case raw.Aggregate() if operand.where is not None:
                for inner in self.changes(operand.where):
                    yield replace(operand, where=inner.when), inner.place, inner.zh, inner.en
                text = text_of(operand.where)
                yield replace(operand, where=None), place_of(operand.where), f"去掉条件 {text}", f"{text}: taken away"
            case _:
                return

    def _arithmetic(self, node: raw.Arithmetic, step: raw.Number) -> Iterator[Step]:
        times = node.op == "*"
        for name, part in (("left", node.left), ("right", node.right)):
            if _is_zero(part):
                continue
            for operand, place, zh, en in self._operand(part, step, times):
                yield (replace(node, left=operand) if name == "left" else replace(node, right=operand)), place, zh, en
        if node.op in ("+", "-") and not _is_zero(node.left):
            other = "-" if node.op == "+" else "+"
            yield replace(node, op=other), node.place, f"{node.op} 改为 {other}", f"{node.op} becomes {other}"

    def _moved(self, operand: raw.Operand, step: raw.Number, factor: bool) -> Iterator[Step]:
        value = self.scope.param(operand)
        if not isinstance(value, raw.Number | raw.Day):
            return
        if isinstance(value, raw.Number) and (factor or value.unit == "%"):
            step = raw.Number(Fraction(1, 100), value.unit, operand.place)
        shown = shown_step(step)
        zh, en = shown_value(value), shown_value(value, zh=False)
        for sign, up, more in (("+", "加", "plus"), ("-", "减", "minus")):
            moved = raw.Arithmetic(sign, operand, step, operand.place)
            yield moved, value.place, f"{zh} {up} {shown[0]}", f"{en} {more} {shown[1]}"

    def _list(self, value: raw.Operand, op: str) -> Iterator[Step]:
        """Yield a list without each of its values (a long one: without any)."""
        if not isinstance(value, raw.Listing):
            return
        if len(value.items) > LONG_LIST or len(value.items) == 1:
            never = (raw.Text("\x00", value.place),)  # no text holds it
            empty = replace(value, items=() if op.endswith("in") else never)
            yield empty, value.place, "列表清空", "the list emptied"
            return
        for at, item in enumerate(value.items):
            zh, en = shown_value(self.scope.param(item)), shown_value(self.scope.param(item), zh=False)
            left = replace(value, items=(*value.items[:at], *value.items[at + 1 :]))
            yield left, item.place, f"列表去掉 {zh}", f"{en} taken off the list"


def step_of(one: Linear, other: Linear, days: bool, place: Place) -> raw.Number:
    """Return one step of a comparison: what its values are counted in."""
    kind = one.kind
    if kind is Kind.DATE or (kind is Kind.DURATION and days):
        return raw.Number(Fraction(1), "days", place)
    if kind is Kind.DURATION:
        return raw.Number(Fraction(1), "s", place)
    if kind in (Kind.COUNT, Kind.QUANTITY):
        return raw.Number(Fraction(1), "", place)
    fine = any(side.constant % 10_000 for side in (one, other)) if kind is Kind.PRICE else False
    return raw.Number(Fraction(1, 10_000 if fine else 100), "元", place)


def shown_step(step: raw.Number) -> tuple[str, str]:
    """Write a step in both languages."""
    if step.unit == "%":
        return f"{plain_number(step.value)}%", f"{plain_number(step.value)}%"
    return shown_value(step), shown_value(step, zh=False)


def _negated_away(node: raw.Negation) -> raw.Condition:
    """Take a negation away: ``not x`` becomes x, ``none x`` always holds."""
    if node.how == "not":
        return node.part
    always = raw.Text("1", node.place)
    return raw.Comparison("=", always, always, node.text, node.place)


def _has_number(scope: Scope, operand: raw.Operand) -> bool:
    """Say whether a threshold is written as a number somewhere in an operand."""
    if isinstance(operand, raw.Arithmetic):
        return not _is_zero(operand) and (_has_number(scope, operand.left) or _has_number(scope, operand.right))
    return isinstance(scope.param(operand), raw.Number | raw.Day)


def _is_zero(operand: raw.Operand) -> bool:
    """Say whether this is the 0 that stands before a minus sign."""
    return isinstance(operand, raw.Number) and not operand.value and not operand.unit


def text_of(node: raw.Condition) -> str:
    """Return a condition as written; a group by its parts."""
    if isinstance(node, raw.Group):
        word = " and " if node.how == "all" else " or "
        return "(" + word.join(text_of(part) for part in node.parts) + ")"
    return node.text


def place_of(node: raw.Condition) -> Place:
    """Return where a condition begins."""
    return node.place
