"""The oracle: a small, slow, independent evaluator. It walks the typed trees and shares no atom, key or engine code.

Used by the differential tests and, on a sample, in production: a difference holds the order and alarms.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from orders.errors import InternalError
from rules.effects import DeriveEffect, FlagEffect, HoldEffect, RouteEffect
from rules.policy import STAGES
from rules.tree import (
    All,
    Among,
    Compare,
    Condition,
    Contains,
    Field,
    Fixed,
    Linear,
    Missing,
    Never,
    Not,
    Same,
    Tally,
    Truth,
    aliases,
)
from rules.tree import Any as AnyOf
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from rules.bundle import Bundle
    from rules.judge.match import Firing
    from rules.policy import Rule

Row = dict[str, Any]
Binding = dict[str, Row]
Seen = tuple[str, tuple[tuple[str, str], ...]]


class Disagreement(InternalError):
    """Engine and oracle came to different firings."""

    code = "oracle_differs"


class Oracle:
    """Judges one order's facts by brute force."""

    def __init__(self, bundle: Bundle, facts: dict[str, Any]) -> None:
        self.rules = [rule for rule in bundle.book.rules if rule.enabled]
        self.vocabulary = bundle.book.vocabulary
        self.facts = facts
        self.rows: dict[str, list[Row]] = {}
        for name, fact in self.vocabulary.items():
            if not fact.head and not fact.derived:
                table = bundle.book.tables.get(name)
                self.rows[name] = list(facts[name] if table is None else table.rows)
        self.firings: list[tuple[Rule, Binding]] = []
        self.marks: set[tuple[Any, ...]] = set()

    def run(self) -> list[tuple[Rule, Binding]]:
        """Run every stage to its fixed point; return all firings."""
        for stage in range(len(STAGES)):
            rules = [rule for rule in self.rules if rule.stage == stage]
            frozen = {name: list(rows) for name, rows in self.rows.items()}
            grown = True
            while grown:
                grown = any(self._fire(rule, frozen) for rule in rules)
        return self.firings

    def _fire(self, rule: Rule, earlier: dict[str, list[Row]]) -> bool:
        """Fire a rule for every binding; say whether a new fact was made. ``none`` looks at ``earlier`` facts."""
        variables = {a: f for a, f in aliases(rule.condition).items() if not self.vocabulary[f].head}
        pools = [self.rows.get(fact, []) for fact in variables.values()]
        grown = False
        for chosen in product(*[list(pool) for pool in pools]):
            binding = dict(zip(variables, chosen, strict=True))
            mark = (rule.id, *(id(row) for row in chosen))
            if mark not in self.marks and self.holds(rule.condition, binding, earlier):
                self.marks.add(mark)
                self.firings.append((rule, binding))
                grown = self._make(rule, binding) or grown
        return grown

    def _make(self, rule: Rule, binding: Binding) -> bool:
        grown = False
        for effect in rule.effects:
            made = self._made(effect, rule, binding)
            if made is not None and made[1] not in self.rows.setdefault(made[0], []):
                self.rows[made[0]].append(made[1])
                grown = True
        return grown

    def _made(self, effect: object, rule: Rule, binding: Binding) -> tuple[str, Row] | None:
        about = next((row for alias, row in binding.items() if rule.variables.get(alias, alias) == "line"), {})
        line = {"line_no": about["line_no"]} if "line_no" in about else {}
        if isinstance(effect, FlagEffect | HoldEffect):
            return ("flag" if isinstance(effect, FlagEffect) else "hold"), {"code": effect.code, **line}
        if isinstance(effect, RouteEffect):
            site = self._dynamic(effect.site, binding)
            return None if site is None else ("route", {"site": site, **line})
        if isinstance(effect, DeriveEffect):
            values = {name: self._dynamic(value, binding) for name, value in effect.values}
            return effect.fact, {name: value for name, value in values.items() if value is not None}
        return None

    def _dynamic(self, value: Any, binding: Binding) -> Any:
        return self._raw(value, binding) if isinstance(value, Field) else value

    def holds(self, condition: Condition, binding: Binding, earlier: dict[str, list[Row]]) -> bool:
        """Say whether a condition holds for a binding."""
        if isinstance(condition, All):
            return all(self.holds(part, binding, earlier) for part in condition.parts)
        if isinstance(condition, AnyOf):
            return any(self.holds(part, binding, earlier) for part in condition.parts)
        if isinstance(condition, Not):
            return not self.holds(condition.part, binding, earlier)
        if isinstance(condition, Never):
            rows = earlier.get(condition.fact, [])
            return not any(self.holds(condition.part, binding | {condition.alias: row}, earlier) for row in rows)
        return self._leaf(condition, binding, earlier)

    def _leaf(self, leaf: Condition, binding: Binding, earlier: dict[str, list[Row]]) -> bool:
        if isinstance(leaf, Fixed):
            return leaf.value
        if isinstance(leaf, Compare):
            return self._compare(leaf, binding, earlier)
        if isinstance(leaf, Same):
            left = self._raw(leaf.left, binding)
            right = leaf.right if isinstance(leaf.right, str) else self._raw(leaf.right, binding)
            return left is not None and right is not None and (left == right) is not leaf.negated
        if isinstance(leaf, Contains | Among | Missing | Truth):
            return self._unary(leaf, self._raw(leaf.field, binding))
        raise TypeError(f"unknown condition {leaf}")

    @staticmethod
    def _unary(leaf: Contains | Among | Missing | Truth, value: Any) -> bool:
        if isinstance(leaf, Missing):
            return (value is not None) is leaf.present
        if value is None:
            return False
        if isinstance(leaf, Truth):
            return bool(value) is leaf.wanted
        if isinstance(leaf, Among):
            number = _number(value, leaf.field.word.kind) if leaf.field.word.kind is Kind.DATE else value
            return any(number == wanted for wanted in leaf.values) is not leaf.negated
        found = [value.find(word) for word in leaf.words]
        return any(at == 0 for at in found) if leaf.at_start else any(at >= 0 for at in found)

    def _compare(self, leaf: Compare, binding: Binding, earlier: dict[str, list[Row]]) -> bool:
        left, right = self._sum(leaf.left, binding, earlier), self._sum(leaf.right, binding, earlier)
        if left is None or right is None:
            return False
        order = (left > right) - (left < right)
        wanted = {"=": (0,), "!=": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}
        return order in wanted[leaf.op]

    def _sum(self, side: Linear, binding: Binding, earlier: dict[str, list[Row]]) -> Fraction | None:
        total = side.constant
        for factor, term in side.terms:
            if isinstance(term, Tally):
                value: Fraction | None = self._tally(term, binding, earlier)
            else:
                value = _number(self._raw(term, binding), term.word.kind)
            if value is None:
                return None
            total += factor * value
        return total

    def _tally(self, tally: Tally, binding: Binding, earlier: dict[str, list[Row]]) -> Fraction:
        total = Fraction(0)
        for row in self.rows.get(tally.fact, []):
            if tally.where is None or self.holds(tally.where, binding | {tally.fact: row}, earlier):
                total += 1 if tally.word is None else Fraction(row.get(tally.word.name) or 0)
        return total

    def _raw(self, field: Field, binding: Binding) -> Any:
        if field.alias in binding:
            return binding[field.alias].get(field.word.name)
        group = "personal" if field.word.personal else "head"
        return self.facts[group].get(field.word.full)


def _number(value: Any, kind: Kind) -> Fraction | None:
    if value is None:
        return None
    return Fraction(date.fromisoformat(value).toordinal() * 86_400) if kind is Kind.DATE else Fraction(value)


def seen(rule_id: str, binding: Binding) -> Seen:
    """Return a firing in a form that both sides can write."""
    return rule_id, tuple(
        sorted((alias, repr(sorted(row.items()))) for alias, row in binding.items() if alias != "case")
    )


def compare(bundle: Bundle, facts: dict[str, Any], firings: list[Firing]) -> None:
    """Judge the facts again by brute force. Raises Disagreement when the firings differ."""
    if facts.get("personal_atoms") is not None:
        return
    theirs = Counter(seen(rule.id, binding) for rule, binding in Oracle(bundle, facts).run())
    program = bundle.program
    ours = Counter(
        seen(program.rules[rule].id, dict(zip(program.aliases[rule], rows, strict=True)))
        for _, _, rule, rows in firings
    )
    if ours != theirs:
        names = sorted({rule for rule, _ in (ours - theirs) + (theirs - ours)})
        raise Disagreement(f"engine and oracle differ on {', '.join(names)}")
