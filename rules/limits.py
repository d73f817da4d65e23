"""What compiles and yet makes no sense: limits that no order reaches, names that nobody has, more than can be read.

Place in the order's way: before it, while authors write. A bundle that is live already decides on with them: only what
is written anew is refused (`rules.bundle.authored`). Mutants may have such limits, too: they are steps, not rules.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, assert_never

from rules.effects import CarrierEffect, RouteEffect
from rules.show import duration_text
from rules.text import raw
from rules.text.amount import Amounts
from rules.text.clauses import money_text, plain_number
from rules.text.resolve import Resolver, Scope
from rules.text.source import nearest, read_yaml
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from rules.language import Rulebook
    from rules.policy import Rule
    from rules.text.source import Place
    from rules.vocabulary import Word

NUMBERS = (Kind.MONEY, Kind.PRICE, Kind.QUANTITY, Kind.COUNT)
SIGNED = {
    "order.lines_total", "order.expected_payable", "order.expected_payable_taxed", "credit.exposure",
    "credit.available", "line.net_price", "line.expected_amount", "line.pool_available", "stock.available",
}  # fmt: skip
"""Differences of the shipped vocabulary: they may well be below zero."""
UNSIGNED = {"duplicate.apart"}
"""Durations that may not."""


MOST_RULES = 2000
"""Of a whole bundle: three times what is measured; compiling more would take the author's patience."""
MESSAGE_CHARS = 1000
"""Of a message, in each language: it is stored with each order that the rule meets."""


def check_size(files: Mapping[str, str]) -> None:
    """Refuse more rules than are compiled in good time. Raises RuleAuthorError at the first one too many."""
    count = 0
    for file in sorted(files):
        keys = {key.text(): value for key, value in read_yaml(file, files[file]).pairs()}
        rules = keys["rules"].items() if "rules" in keys and keys["rules"].is_list else []
        count += len(rules)
        if count > MOST_RULES:
            rules[MOST_RULES - count].place.refuse(
                f"a bundle may have at most {MOST_RULES} rules; put such data into a table",
                f"规则总数不得超过 {MOST_RULES} 条；成片的数据请放进表格（tables）",
            )


def check_limits(book: Rulebook) -> None:
    """Refuse what no order can reach and nobody meant. Raises RuleAuthorError at its place."""
    names = [rule.id for rule in book.rules]
    for rule in book.rules:
        _Limits(rule.source.scope).check(rule.source.when)
        _period(rule)
        _said(rule)
    for policy in book.policies:
        for example in policy.examples:
            for name in (*example.expect.get("fires", ()), *example.expect.get("silent", ())):
                if name not in names:
                    said = (f"there is no rule {name}", f"没有规则 {name}")
                    example.place.refuse(*said, nearest(name, names))


def _period(rule: Rule) -> None:
    days = dict(rule.source.period)
    if days.get(">=", 0) > days.get("<=", date.max.toordinal()):
        rule.place.refuse("the rule ends before it begins: see `effective`", "生效期的止日早于起日，规则永远不会生效")


def _said(rule: Rule) -> None:
    longest = max(
        sum(len(part) for part in side if isinstance(part, str)) for side in (rule.message.zh, rule.message.en)
    )
    if longest > MESSAGE_CHARS:
        rule.place.refuse(f"a message has at most {MESSAGE_CHARS} characters", f"消息不得超过 {MESSAGE_CHARS} 字")
    for effect in rule.effects:
        if (isinstance(effect, RouteEffect) and effect.site == "") or (
            isinstance(effect, CarrierEffect) and effect.carrier == ""
        ):
            rule.place.refuse("the site or carrier is empty", "没有写明分到哪个仓或交给哪家承运商")


class _Limits:
    """Looks through one rule's conditions as written."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.amounts = Amounts(scope, Resolver(scope).condition)

    def check(self, node: raw.Condition) -> None:
        """Look through a condition and those inside it."""
        match node:
            case raw.Group():
                for part in node.parts:
                    self.check(part)
            case raw.Negation():
                self.check(node.part)
            case raw.Between():
                self._side(node.value, node.low)
                self._side(node.value, node.high)
                self._span(node)
            case raw.Comparison():
                self._side(node.left, node.right)
                self._side(node.right, node.left)
            case _:
                assert_never(node)

    def _side(self, one: raw.Operand | None, other: raw.Operand | None) -> None:
        """Refuse a field that is never negative beside a negative number; look into what is counted."""
        if isinstance(one, raw.Aggregate) and one.where is not None:
            self.check(one.where)
        if other is None or not isinstance(one, raw.Name) or not self.scope.is_field(one, subject=True):
            return
        word = self.scope.field(one).word
        if not _is_unsigned(word):
            return
        for item in _items(self.scope.param(other)):
            value = self._constant(item)
            if value is not None and value < 0:
                _refuse(item.place, word, value)

    def _span(self, node: raw.Between) -> None:
        low, high = self._constant(node.low), self._constant(node.high)
        if low is not None and high is not None and low > high:
            node.low.place.refuse("the smaller value goes first: nothing is between these two",
                                  "应先写小的、再写大的：没有值介于这两者之间")  # fmt: skip

    def _constant(self, operand: raw.Operand) -> Fraction | None:
        """Return an operand's number, in written units; None where it has fields, or is no number."""
        found = self.scope.param(operand)
        if not isinstance(found, raw.Number | raw.Day | raw.Arithmetic):
            return None
        amount = self.amounts.operand(found)
        return None if amount.terms else amount.constant


def _is_unsigned(word: Word) -> bool:
    """Say whether a word of the shipped vocabulary is never negative; what files declare themselves may be."""
    if word.source == "rules":
        return False
    return word.full in UNSIGNED or (word.kind in NUMBERS and word.full not in SIGNED)


def _items(operand: raw.Operand) -> Iterator[raw.Operand]:
    if isinstance(operand, raw.Listing):
        yield from operand.items
    else:
        yield operand


def _refuse(place: Place, word: Word, value: Fraction) -> None:
    if word.kind in (Kind.MONEY, Kind.PRICE):
        shown = f"{money_text(value)}元"
        said = (f"{word.full} beside {shown}: no limit is below zero", f"“{word.zh}”的界限不能是负数（{shown}）")
        place.refuse(*said, shown.removeprefix("-"))
    shown = duration_text(int(value)) if word.kind is Kind.DURATION else plain_number(value)
    place.refuse(f"{word.full} is never below zero, {shown} is", f"“{word.zh}”从不为负数，这里却是 {shown}")
