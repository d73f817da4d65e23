"""Trials: the rules of one file, and whoever makes facts that they read, judged with one thing changed.

A mutant is judged in every setting that some example of the file asks for (its ``params``), in the real engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orders.errors import RuleAuthorError
from rules.bundle import Bundle
from rules.compile import compile_rulebook
from rules.decide import decide_facts
from rules.effects import effect_fields, produced
from rules.engine import EngineError
from rules.examples import wrong
from rules.language import Rulebook, dated, with_values
from rules.text.resolve import Resolver
from rules.tree import All, Any, Condition, Field, Fixed, Missing, Same, aliases, leaf_terms, leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.effects import Effect
    from rules.policy import Example, Policy, Rule, Table
    from rules.text import raw
    from rules.text.source import Place

Setting = tuple[tuple[str, "raw.Operand"], ...]
"""Parameters that have another value, by name."""


@dataclass(frozen=True, slots=True)
class Twist:
    """What a mutant changes: a rule's condition, effective days or effects, or a table. ``gone``: the whole rule."""

    rule: str
    when: raw.Condition | None = None
    period: tuple[tuple[str, int], ...] | None = None
    effects: tuple[Effect, ...] | None = None
    table: Table | None = None
    gone: bool = False
    place: Place | None = None
    zh: str = ""
    en: str = ""


class Trial:
    """Judges the examples of one file."""

    def __init__(self, files: Mapping[str, str], book: Rulebook, policy: Policy) -> None:
        self.files = files
        self.policy = policy
        self.kept = _closure(book, {rule.id for rule in policy.rules})
        self.narrow: dict[tuple[Setting, str], Rulebook] = {}
        self.books: dict[Setting, Rulebook] = {(): self._cut(book)}
        for example in policy.examples:
            setting = setting_of(example)
            if setting not in self.books:
                self.books[setting] = self._cut(with_values(book, policy.file, files[policy.file], dict(setting)))
        plain = self.bundle(())
        if not all(self._right(example, plain) for example in policy.examples if not example.params):
            self.kept = {rule.id for rule in book.rules}  # some example looks at other files' rules
            text = files[policy.file]
            self.books = {s: with_values(book, policy.file, text, dict(s)) if s else book for s in self.books}

    def _cut(self, book: Rulebook) -> Rulebook:
        policies = tuple(
            replace(policy, rules=tuple(rule for rule in policy.rules if rule.id in self.kept))
            for policy in book.policies
        )
        return replace(book, policies=policies)

    def bundle(self, setting: Setting, twist: Twist | None = None) -> Bundle | None:
        """Compile the rules with a twist; None where it changes nothing or makes no rules any more."""
        book: Rulebook | None = self.books[setting]
        if twist is not None and book is not None:
            try:
                book = _twisted(book, twist)
            except RuleAuthorError:
                return None
        if book is None:
            return None
        try:
            return Bundle("", {}, book, compile_rulebook(book))
        except RuleAuthorError:
            return None

    def caught(self, twist: Twist) -> bool | None:
        """Say whether some example notices the twist; None if it cannot be judged in any setting."""
        if any(self._seen_at_once(setting, twist) for setting in self.books):
            return True
        judged = False
        for setting in self.books:
            bundle = self.bundle(setting, twist)
            if bundle is None:
                continue
            judged = True
            if any(not self._right(example, bundle) for example in self._examples(setting, twist.rule)):
                return True
        return False if judged else None

    def _seen_at_once(self, setting: Setting, twist: Twist) -> bool:
        """Judge only the rule and who makes facts for it, by the examples that name it: a tenth of the work.

        Whether a rule fires depends on nothing else, so an example that is wrong here is wrong among all rules.
        """
        named = [one for one in self._examples(setting, twist.rule) if twist.rule in _named(one)]
        if twist.effects is not None or not named:
            return False
        try:
            book = _twisted(self._narrow(setting, twist.rule), twist)
            bundle = None if book is None else Bundle("", {}, book, compile_rulebook(book))
        except RuleAuthorError:
            return False
        return bundle is not None and any(_otherwise(one, twist.rule, bundle) for one in named)

    def _narrow(self, setting: Setting, rule: str) -> Rulebook:
        if (setting, rule) not in self.narrow:
            kept = _closure(self.books[setting], {rule})
            policies = tuple(
                replace(policy, rules=tuple(one for one in policy.rules if one.id in kept))
                for policy in self.books[setting].policies
            )
            self.narrow[setting, rule] = replace(self.books[setting], policies=policies)
        return self.narrow[setting, rule]

    def notices(self, example: Example, twist: Twist) -> bool:
        """Say whether one example notices the twist."""
        setting = setting_of(example)
        bundle = self.bundle(setting, twist)
        return bundle is not None and not self._right(example, bundle)

    def _examples(self, setting: Setting, rule: str) -> list[Example]:
        """Return the setting's examples, those that name the rule first."""
        found = [example for example in self.policy.examples if setting_of(example) == setting]
        return sorted(found, key=lambda one: rule not in _named(one))

    @staticmethod
    def _right(example: Example, bundle: Bundle | None) -> bool:
        if bundle is None:
            return False
        try:
            return next(wrong(example, decide_facts(example.facts, bundle)), None) is None
        except EngineError:
            return False


def _named(example: Example) -> tuple[str, ...]:
    return (*example.expect.get("fires", ()), *example.expect.get("silent", ()))


def _otherwise(example: Example, rule: str, bundle: Bundle) -> bool:
    """Say whether a rule fires where the example says it is silent, or the other way round."""
    try:
        fired = rule in {step.rule for step in decide_facts(example.facts, bundle).trace}
    except EngineError:
        return True
    return fired is not (rule in example.expect.get("fires", ()))


def setting_of(example: Example) -> Setting:
    """Return what the example asks to be set otherwise."""
    return tuple(sorted(example.params.items()))


def rule_of(book: Rulebook, rule_id: str) -> Rule:
    """Return a rule by its id."""
    return next(rule for rule in book.rules if rule.id == rule_id)


def _twisted(book: Rulebook, twist: Twist) -> Rulebook | None:
    """Return the book with the twist; None if that changes nothing. Raises RuleAuthorError."""
    if twist.table is not None:
        return replace(book, tables={**book.tables, twist.table.name: twist.table})
    if twist.gone:
        policies = tuple(replace(one, rules=tuple(r for r in one.rules if r.id != twist.rule)) for one in book.policies)
        return replace(book, policies=policies)
    rule = rule_of(book, twist.rule)
    changed = replace(rule, effects=twist.effects) if twist.effects is not None else _rewritten(rule, twist)
    if twist.effects is None:
        whole = _never_of_lines(book)
        if _plain(changed.condition, whole) == _plain(rule.condition, whole):
            return None
    policies = tuple(
        replace(policy, rules=tuple(changed if one.id == rule.id else one for one in policy.rules))
        for policy in book.policies
    )
    return replace(book, policies=policies)


def _rewritten(rule: Rule, twist: Twist) -> Rule:
    when = rule.source.when if twist.when is None else twist.when
    period = rule.source.period if twist.period is None else twist.period
    changed = replace(rule, condition=dated(Resolver(rule.source.scope).condition(when), period))
    _still_shown(rule, changed)
    return changed


def _still_shown(rule: Rule, changed: Rule) -> None:
    """Refuse a mutant whose condition no longer looks at a fact that the rule's words need."""
    lost = set(aliases(rule.condition)) - set(aliases(changed.condition))
    shown = [*rule.message.fields, *(field for effect in rule.effects for field in effect_fields(effect))]
    if any(field.alias in lost for field in shown):
        rule.place.refuse("its message needs the fact", "消息用到该事实")


def _never_of_lines(book: Rulebook) -> frozenset[str]:
    """Return the facts (flag, hold, route) that no rule of the book makes for a line: their ``line_no`` is missing."""
    lined = {
        made.partition(":")[0]
        for rule in book.rules
        if "line" in aliases(rule.condition).values()
        for effect in rule.effects
        if (made := produced(effect)) is not None
    }
    return frozenset({"flag", "hold", "route"} - lined)


def _plain(condition: Condition, whole: frozenset[str]) -> Condition:
    """Fold what is known without an order, so that a mutant which changes nothing is seen to be the same.

    Known are conditions on parameters alone, and the line of facts that are never of a line (``whole``).
    """
    match condition:
        case All():
            parts = [_plain(part, whole) for part in condition.parts]
            if any(isinstance(part, Fixed) and not part.value for part in parts):
                return Fixed(False, "")
            kept = tuple(part for part in parts if not isinstance(part, Fixed))
            return All(kept) if kept else Fixed(True, "")
        case Any():
            parts = [_plain(part, whole) for part in condition.parts]
            if any(isinstance(part, Fixed) and part.value for part in parts):
                return Fixed(True, "")
            kept = tuple(part for part in parts if not isinstance(part, Fixed))
            return Any(kept) if kept else Fixed(False, "")
        case Fixed():
            return Fixed(condition.value, "")
        case Missing() if condition.field.word.name == "line_no" and condition.field.word.fact in whole:
            return Fixed(not condition.present, "")
        case _:
            return condition


def _closure(book: Rulebook, rules: set[str]) -> set[str]:
    """Return the rules and all that make facts which those read, and so on."""
    kept = set(rules)
    grown = True
    while grown:
        reads = {fact for rule in book.rules if rule.id in kept for fact in _reads(rule)}
        makers = {
            rule.id
            for rule in book.rules
            for effect in rule.effects
            if (made := produced(effect)) is not None and {made, made.partition(":")[0]} & reads
        }
        grown = not makers <= kept
        kept |= makers
    return kept


def _reads(rule: Rule) -> set[str]:
    """Return what a rule looks at: types of facts, and ``flag:CODE`` where it asks for one code."""
    found: set[str] = set()
    for leaf in leaves(rule.condition, inside_never=True):
        coded = isinstance(leaf, Same) and isinstance(leaf.right, str) and leaf.left.word.name == "code"
        for term in leaf_terms(leaf):
            fact = term.word.fact if isinstance(term, Field) else term.fact
            found.add(f"{fact}:{leaf.right}" if coded and isinstance(leaf, Same) else fact)
    return found
