"""The normal form: one rule's condition → variants, each a conjunction that the engine can join.

A *unit* of a variant is a condition on one fact (with the heads), a comparison of two facts (a join), or a ``none``.
``any`` over one fact stays a unit (a Python atom); ``any`` over several facts becomes several variants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.tree import All, Any, Condition, Fixed, Never, Not, Tally, aliases, leaf_terms, leaves, nevers

if TYPE_CHECKING:
    from rules.policy import Rule
    from rules.vocabulary import Vocabulary

MAX_VARIANTS = 32
Variant = tuple[Condition, ...]


def negated_inward(condition: Condition, negate: bool = False) -> Condition:
    """Push ``not`` down to the leaves (De Morgan); a leaf's ``not`` stays, for it also holds on missing values."""
    match condition:
        case All():
            parts = tuple(negated_inward(part, negate) for part in condition.parts)
            return Any(parts) if negate else All(parts)
        case Any():
            parts = tuple(negated_inward(part, negate) for part in condition.parts)
            return All(parts) if negate else Any(parts)
        case Not():
            return negated_inward(condition.part, not negate)
        case Fixed():
            return Fixed(condition.value is not negate, condition.text)
        case Never():
            return Never(condition.alias, condition.fact, negated_inward(condition.part), condition.text)
        case _:
            return Not(condition) if negate else condition


def rows_of(condition: Condition, vocabulary: Vocabulary, inside_never: bool = False) -> dict[str, str]:
    """Return the row variables that a condition looks at."""
    found = aliases(condition, inside_never)
    return {alias: fact for alias, fact in found.items() if not vocabulary[fact].head}


def has_heads(condition: Condition, vocabulary: Vocabulary) -> bool:
    """Say whether the condition looks at a fact that exists once, or counts facts."""
    counts = any(isinstance(term, Tally) for leaf in leaves(condition) for term in leaf_terms(leaf))
    return counts or any(vocabulary[fact].head for fact in aliases(condition).values())


def is_unit(condition: Condition, vocabulary: Vocabulary) -> bool:
    """Say whether one atom can stand for the condition: one row fact at most; heads not beside a derived one."""
    if next(nevers(condition), None) is not None:
        return False
    rows = rows_of(condition, vocabulary)
    if len(rows) > 1:
        return False
    derived = any(vocabulary[fact].derived for fact in rows.values())
    return not (derived and has_heads(condition, vocabulary))


def variants(rule: Rule, condition: Condition, vocabulary: Vocabulary) -> list[Variant]:
    """Return the variants of a condition in negation normal form. Raises RuleAuthorError when there are too many."""
    found = _expand(condition, vocabulary)
    if len(found) > MAX_VARIANTS:
        rule.place.refuse(
            f"{rule.id} has too many alternatives over several facts; split it into rules",
            f"{rule.id} 跨事实的“或”过多，请拆成多条规则",
        )
    return found


def _expand(condition: Condition, vocabulary: Vocabulary) -> list[Variant]:
    if is_unit(condition, vocabulary):
        return [(condition,)]
    match condition:
        case All():
            found: list[Variant] = [()]
            for part in condition.parts:
                more = _expand(part, vocabulary)
                found = [(*one, *other) for one in found for other in more][: 4 * MAX_VARIANTS]
            return found
        case Any():
            return [one for part in condition.parts for one in _expand(part, vocabulary)][: 4 * MAX_VARIANTS]
        case _:
            return [(condition,)]


def check_alternatives(rule: Rule, condition: Condition, vocabulary: Vocabulary) -> None:
    """Refuse an ``any`` whose branch looks at a fact that may not exist and that nothing outside it looks at.

    Otherwise the rule would silently need that fact even for the other branches.
    """
    if isinstance(condition, Any):
        everywhere = set.intersection(*(set(rows_of(part, vocabulary)) for part in condition.parts))
        for part in condition.parts:
            for alias, fact in rows_of(part, vocabulary).items():
                if alias not in everywhere and fact != "line" and alias not in _required(rule.condition, vocabulary):
                    rule.place.refuse(
                        f"{rule.id}: one branch of any looks at {alias}, the others do not; write two rules",
                        f"{rule.id}：any 的某一分支引用了 {alias} 而其他分支没有，请拆成两条规则",
                    )
    if isinstance(condition, All | Any):
        for part in condition.parts:
            check_alternatives(rule, part, vocabulary)


def _required(condition: Condition, vocabulary: Vocabulary) -> set[str]:
    """Return the row variables that every way of making the condition true looks at."""
    match condition:
        case All():
            return set().union(*(_required(part, vocabulary) for part in condition.parts))
        case Any():
            return set.intersection(*(_required(part, vocabulary) for part in condition.parts))
        case Never():
            return set()
        case Not():
            return _required(condition.part, vocabulary)
        case _:
            return set(rows_of(condition, vocabulary))
