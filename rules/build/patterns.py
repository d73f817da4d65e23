"""Patterns: a variant → what the engine matches: per fact one atom bit, joins between facts, and the negated facts.

The heads together are one fact, ``case``. Head conditions fold into the atom of the first base fact of the rule, so
that no cross product arises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NoReturn

from rules.build.normal import Variant, has_heads, is_unit, rows_of, variants
from rules.tree import Compare, Condition, Field, Linear, Never, Not, Same, Tally

if TYPE_CHECKING:
    from rules.policy import Rule
    from rules.vocabulary import Vocabulary

CASE = "case"
Side = Linear | Field


@dataclass(frozen=True, slots=True)
class Join:
    """``own op other``: a key of this pattern's fact against a key of an earlier pattern's fact."""

    op: str
    own: Side
    alias: str
    other: Side


@dataclass(slots=True)
class Pattern:
    """One fact that must exist (or, negated, must not): its variable, type, atom and joins."""

    alias: str
    fact: str
    negated: bool = False
    atom: list[Condition] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)

    @property
    def variable(self) -> str:
        """The variable's name in the rule (a negated pattern's alias carries a number)."""
        return self.alias.rpartition("_")[0] if self.negated else self.alias


@dataclass(frozen=True, slots=True)
class Matcher:
    """One variant of one rule, ready for the engine. ``rule`` is the rule's index in the program."""

    rule: int
    patterns: tuple[Pattern, ...]

    @property
    def positive(self) -> tuple[Pattern, ...]:
        """The facts that must exist."""
        return tuple(pattern for pattern in self.patterns if not pattern.negated)


class MatcherBuilder:
    """Builds the matchers of one rule."""

    def __init__(self, index: int, rule: Rule, condition: Condition, vocabulary: Vocabulary) -> None:
        self.index = index
        self.rule = rule
        self.condition = condition
        self.vocabulary = vocabulary
        self.rows = rows_of(condition, vocabulary)
        self.facts = rows_of(condition, vocabulary, inside_never=True)

    def matchers(self) -> list[Matcher]:
        """Return one matcher per variant."""
        return [self._matcher(variant) for variant in variants(self.rule, self.condition, self.vocabulary)]

    def _matcher(self, variant: Variant) -> Matcher:
        patterns = {alias: Pattern(alias, fact) for alias, fact in self.rows.items()}
        home = next((alias for alias, fact in self.rows.items() if not self.vocabulary[fact].derived), CASE)
        if home == CASE and self._needs_case(variant):
            patterns = {CASE: Pattern(CASE, CASE), **patterns}
        negated: list[Pattern] = []
        for unit in variant:
            if isinstance(unit, Never):
                negated += self._negated(unit, patterns)
            elif is_unit(unit, self.vocabulary):
                own = next(iter(rows_of(unit, self.vocabulary)), None) or home
                patterns[own].atom.append(unit)
            else:
                self._join(unit, patterns)
        return Matcher(self.index, (*_ordered(patterns), *negated))

    def _needs_case(self, variant: Variant) -> bool:
        return not self.rows or any(has_heads(unit, self.vocabulary) for unit in variant)

    def _case(self, patterns: dict[str, Pattern]) -> str:
        patterns.setdefault(CASE, Pattern(CASE, CASE))
        return CASE

    def _negated(self, never: Never, patterns: dict[str, Pattern]) -> list[Pattern]:
        found = []
        for number, variant in enumerate(variants(self.rule, never.part, self.vocabulary)):
            pattern = Pattern(f"{never.alias}_{number}", never.fact, negated=True)
            for unit in variant:
                self._negated_unit(unit, never, pattern, patterns)
            found.append(pattern)
        return found

    def _negated_unit(self, unit: Condition, never: Never, pattern: Pattern, patterns: dict[str, Pattern]) -> None:
        rows = rows_of(unit, self.vocabulary)
        derived = self.vocabulary[never.fact].derived
        if isinstance(unit, Never) or set(rows) - {never.alias} - set(self.rows):
            self._refuse(
                "none may look at one kind of fact that stands nowhere else", "none 只能引用一种未在别处出现的事实"
            )
        if is_unit(unit, self.vocabulary) and set(rows) <= {never.alias} and not (derived and not rows):
            pattern.atom.append(unit)
        elif never.alias in rows:
            if has_heads(unit, self.vocabulary) and derived:
                self._case(patterns)
            own, other_alias, other, op = self._sides(unit, never.alias)
            pattern.joins.append(Join(op, own, other_alias, other))
        else:
            self._refuse(
                "inside none every condition must look at the fact that none is about",
                "none 内的每个条件都须涉及该事实",
            )

    def _join(self, unit: Condition, patterns: dict[str, Pattern]) -> None:
        rows = list(rows_of(unit, self.vocabulary))
        if len(rows) == 1:
            self._case(patterns)
            later = rows[0]
        else:
            order = list(patterns)
            later = max(rows, key=order.index)
        own, other_alias, other, op = self._sides(unit, later)
        patterns[later].joins.append(Join(op, own, other_alias, other))

    def _sides(self, unit: Condition, own: str) -> tuple[Side, str, Side, str]:
        rows = rows_of(unit, self.vocabulary)
        others = [alias for alias in rows if alias != own]
        if isinstance(unit, Not) or not isinstance(unit, Compare | Same):
            self._refuse(
                "not around a comparison of two facts; write the opposite sign",
                "两个事实的比较前不能加 not，请改用相反的比较符",
            )
        if len(others) > 1:
            self._refuse("one comparison may look at two facts, not three", "一个比较最多涉及两种事实")
        other = others[0] if others else CASE
        if isinstance(unit, Same):
            left, right = unit.left, unit.right
            assert isinstance(right, Field)  # noqa: S101 - a join has a field on both sides
            mine, theirs = (left, right) if left.alias == own else (right, left)
            return mine, other, theirs, "!=" if unit.negated else "="
        return self._linear_sides(unit, own, other)

    def _linear_sides(self, unit: Compare, own: str, other: str) -> tuple[Side, str, Side, str]:
        """Bring the own fact's terms to the left and all else to the right; heads go to a base fact."""
        terms = [*unit.left.terms, *((-factor, term) for factor, term in unit.right.terms)]
        heads_to_own = other != CASE and not self._base(other)
        if heads_to_own and not self._base(own) and any(self._is_head(term) for _, term in terms):
            self._refuse(
                "a comparison of two derived facts cannot use the order's own values",
                "两种推导事实的比较不能引用订单字段",
            )
        mine: list[tuple[Fraction, Field | Tally]] = []
        theirs: list[tuple[Fraction, Field | Tally]] = []
        for factor, term in terms:
            to_own = heads_to_own if self._is_head(term) else isinstance(term, Field) and term.alias == own
            (mine if to_own else theirs).append((factor, term))
        constant = unit.right.constant - unit.left.constant
        scale = _denominator([factor for factor, _ in terms] + [constant])
        kind = unit.left.kind
        left = Linear(tuple((factor * scale, term) for factor, term in mine), Fraction(0), kind)
        right = Linear(tuple((-factor * scale, term) for factor, term in theirs), constant * scale, kind)
        return left, other, right, unit.op

    def _base(self, alias: str) -> bool:
        return alias == CASE or not self.vocabulary[self.facts[alias]].derived

    def _is_head(self, term: Field | Tally) -> bool:
        return isinstance(term, Tally) or self.vocabulary[term.word.fact].head

    def _refuse(self, en: str, zh: str) -> NoReturn:
        self.rule.place.refuse(f"{self.rule.id}: {en}", f"{self.rule.id}：{zh}")


def _ordered(patterns: dict[str, Pattern]) -> list[Pattern]:
    """Put ``case`` first, so that every join looks back."""
    return sorted(patterns.values(), key=lambda pattern: pattern.alias != CASE)


def _denominator(values: list[Fraction]) -> int:
    return lcm(*(value.denominator for value in values))
