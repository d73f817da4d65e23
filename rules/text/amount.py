"""Sums with units: operands of numbers, dates and durations → one exact linear form in the facts' integers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from orders.money import LIMIT
from rules.text import raw
from rules.text.lexer import AMOUNTS, COUNTERS, DURATIONS
from rules.text.mistakes import KIND_ZH
from rules.tree import Field, Linear, Tally, aliases
from rules.vocabulary import NUMERIC, SCALE, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.text.resolve import Scope
    from rules.text.source import Place
    from rules.tree import Condition

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum under way. ``kind`` None: a plain number, whose unit the other side will tell."""

    terms: tuple[tuple[Fraction, Field | Tally], ...]
    constant: Fraction
    kind: Kind | None
    money_unit: bool = False
    counted: bool = False


class Amounts:
    """Resolves operands in one rule's scope."""

    def __init__(self, scope: Scope, condition: Callable[[raw.Condition], Condition]) -> None:
        self.scope = scope
        self.condition = condition

    def pair(self, left: raw.Operand, right: raw.Operand) -> tuple[Linear, Linear]:
        """Resolve both sides of a comparison to one kind."""
        one, other = self.operand(left), self.operand(right)
        kind = one.kind or other.kind
        if kind is None:
            kind = Kind.COUNT
        one, other = _in_unit(one, kind, left.place), _in_unit(other, kind, right.place)
        if one.kind is not other.kind:
            said = " 与 ".join(KIND_ZH.get(str(side.kind), "数值") for side in (one, other))
            right.place.refuse(f"cannot compare {one.kind} with {other.kind}", f"{said} 不能比较")
        return Linear(one.terms, one.constant, kind), Linear(other.terms, other.constant, kind)

    def constant(self, operand: raw.Operand, kind: Kind) -> int:
        """Resolve a list's value to an integer of the facts."""
        amount = _in_unit(self.operand(operand), kind, operand.place)
        if amount.terms or amount.kind is not kind:
            operand.place.refuse(f"expected a value of kind {kind}", f"此处应为{KIND_ZH[kind]}")
        return _whole(amount.constant, operand.place)

    def operand(self, written: raw.Operand) -> Amount:
        """Resolve one operand."""
        node = self.scope.param(written)
        match node:
            case raw.Number():
                return _number(node)
            case raw.Day():
                return Amount((), Fraction(node.ordinal * DAY), Kind.DATE)
            case raw.Name():
                return self._field(node)
            case raw.Arithmetic():
                return self._arithmetic(node)
            case raw.Text() | raw.Listing() | raw.Param():
                written.place.refuse("expected a number, a date or a field", "此处应为数字、日期或字段")
        return self._tally(node)

    def _field(self, node: raw.Name) -> Amount:
        field = self.scope.field(node)
        if field.word.kind not in NUMERIC:
            node.place.refuse(f"{field.full} is {field.word.kind}, no number", f"{field.full} 不是数值")
        return Amount(((Fraction(1), field),), Fraction(0), field.word.kind)

    def _arithmetic(self, node: raw.Arithmetic) -> Amount:
        left, right = self.operand(node.left), self.operand(node.right)
        if node.op == "*":
            return _product(left, right, node.place)
        return _total(left, right, -1 if node.op == "-" else 1, node.place)

    def _tally(self, node: raw.Aggregate) -> Amount:
        if not isinstance(node.what, raw.Name):
            node.place.refuse(f"{node.function} needs a fact, such as line", f"{node.function} 需要事实名，例如 line")
        name = node.what.path
        word = None
        if node.function == "sum":
            word = self.scope.field(node.what).word
            if word.kind not in SCALE:
                node.what.place.refuse(f"{name} cannot be summed", f"{name} 不能求和")
        fact_name = word.fact if word else name
        fact = self.scope.vocabulary.get(fact_name)
        if fact is None or fact.head or fact.derived:
            node.what.place.refuse(
                f"{node.function} looks at rows such as line, stock or a table, not at {name}",
                f"{node.function} 只能统计订单行、库存等事实，而不是 {name}",
            )
        where = None if node.where is None else self.condition(node.where)
        others = {} if where is None else aliases(where, inside_never=True)
        strangers = [
            alias for alias, kind in others.items() if alias != fact.name and not self.scope.vocabulary[kind].head
        ]
        if strangers:
            node.place.refuse(
                f"{node.function} may look at {fact.name} and the order itself, not at {strangers[0]}",
                f"{node.function} 内只能引用 {fact.name} 与订单本身",
            )
        tally = Tally(node.function, fact.name, word, where, f"{node.function}({name}{' where …' if where else ''})")
        return Amount(((Fraction(1), tally),), Fraction(0), word.kind if word else Kind.COUNT)


def _number(node: raw.Number) -> Amount:
    if node.unit == "%":
        return Amount((), node.value / 100, None)
    if node.unit in DURATIONS:
        return Amount((), node.value * DURATIONS[node.unit], Kind.DURATION)
    if node.unit in AMOUNTS:
        return Amount((), node.value * AMOUNTS[node.unit], None, money_unit=True)
    if node.unit and node.unit not in COUNTERS:
        node.place.refuse(f"unknown unit {node.unit}", f"未知单位 {node.unit}")
    return Amount((), node.value, None, counted=bool(node.unit))


def _in_unit(amount: Amount, kind: Kind, place: Place) -> Amount:
    """Give a plain number the unit of the other side: 500.00 beside money is 50000 fen."""
    if amount.kind is not None:
        return amount
    if amount.money_unit and kind not in (Kind.MONEY, Kind.PRICE):
        place.refuse(f"an amount in 元 beside {kind}", f"金额（元）不能与{KIND_ZH[kind]}比较")
    if amount.counted and kind in (Kind.MONEY, Kind.PRICE):
        place.refuse(f"a number of pieces beside {kind}", f"个数不能与{KIND_ZH[kind]}比较，金额请写成 500.00元 这样")
    if kind is Kind.DURATION:
        if amount.constant or amount.counted:
            place.refuse("write the unit of the duration, such as 5 min or 3 days",
                         "请写明时长单位，例如 5 min 或 3 days")  # fmt: skip
        return Amount((), Fraction(0), kind)  # nothing needs no unit: -3 days is read as 0 - 3 days
    if kind is Kind.DATE:
        place.refuse("write a date, such as 2026-11-30", "应为日期，例如 2026-11-30")
    constant = amount.constant * SCALE[kind]
    if constant.denominator != 1:
        place.refuse(f"too many decimal places for {kind}", f"{KIND_ZH[kind]}的小数位过多")
    return Amount(amount.terms, Fraction(_whole(constant, place)), kind)


def _whole(value: Fraction, place: Place) -> int:
    if value.denominator != 1:
        place.refuse("too many decimal places", "小数位过多")
    if abs(value.numerator) > LIMIT:
        place.refuse("the number is too large", "数值过大")
    return value.numerator


def _product(left: Amount, right: Amount, place: Place) -> Amount:
    if left.kind is None and not left.terms:
        left, right = right, left
    if right.kind is not None or right.terms:
        place.refuse("only a plain number or a percentage may be multiplied by", "只能乘以数字或百分比")
    terms = tuple((factor * right.constant, term) for factor, term in left.terms)
    return Amount(terms, left.constant * right.constant, left.kind, left.money_unit)


def _total(left: Amount, right: Amount, sign: int, place: Place) -> Amount:
    kind = left.kind or right.kind
    if kind is not None and left.kind is not right.kind:
        if Kind.DATE in (left.kind, right.kind):
            kind = _date_kind(left, right, sign, place)
        else:
            left, right = _in_unit(left, kind, place), _in_unit(right, kind, place)
            if left.kind is not right.kind:
                place.refuse(f"cannot add {left.kind} and {right.kind}", f"{left.kind} 与 {right.kind} 不能相加减")
    elif kind is Kind.DATE:
        if sign > 0:
            place.refuse("dates cannot be added", "日期不能相加")
        kind = Kind.DURATION
    terms = (*left.terms, *((sign * factor, term) for factor, term in right.terms))
    return Amount(terms, left.constant + sign * right.constant, kind, left.money_unit or right.money_unit)


def _date_kind(left: Amount, right: Amount, sign: int, place: Place) -> Kind:
    durations = (left.kind, right.kind) == (Kind.DATE, Kind.DURATION) or (
        sign > 0 and (left.kind, right.kind) == (Kind.DURATION, Kind.DATE)
    )
    if not durations:
        place.refuse("to a date only a duration such as 3 days can be added", "日期只能加减时长，例如 3 days")
    return Kind.DATE
