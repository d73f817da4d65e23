"""The missing example of a surviving mutant: the nearest existing one, moved to where rule and mutant differ.

A proposal is only made when the engine says that the rule answers one way and the mutant the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from rules.decide import decide_facts
from rules.effects import produced
from rules.engine import EngineError
from rules.mutants.trial import Setting, Twist, rule_of, setting_of
from rules.mutants.written import example_line, facts_of, name_of
from rules.policy import Example
from rules.probe import Edit, Facts, Prober
from rules.tree import aliases, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.bundle import Bundle
    from rules.mutants.trial import Trial
    from rules.policy import Rule

MAX_TRIED = 4000
BASES = 4


@dataclass(frozen=True, slots=True)
class Proposed:
    """An example that notices a mutant, and how it is written."""

    example: Example
    name: str
    text: str
    shape: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Pair:
    """The rule as it is and as mutated, both compiled."""

    rule: str
    right: Bundle
    mutant: Bundle

    def differ(self, facts: Facts) -> dict[str, Any] | None:
        """Return what to expect of facts on which rule and mutant answer otherwise; None when they agree."""
        try:
            one, other = decide_facts(facts, self.right), decide_facts(facts, self.mutant)
        except (EngineError, KeyError, TypeError):
            return None
        fired = self.rule in {step.rule for step in one.trace}
        if fired is not (self.rule in {step.rule for step in other.trace}):
            return {"fires" if fired else "silent": [self.rule]}
        steps = [step.step for step in one.approval]
        return {"approval": steps} if steps != [step.step for step in other.approval] else None


def propose(trial: Trial, twist: Twist) -> Proposed | None:
    """Return an example that notices a twist; None when none was found."""
    for setting in trial.books:
        right, mutant = trial.bundle(setting), trial.bundle(setting, twist)
        if right is None or mutant is None:
            continue
        pair = _Pair(twist.rule, right, mutant)
        rule = rule_of(right.book, twist.rule)
        for facts, edits in islice(_candidates(trial, setting, rule, pair), MAX_TRIED):
            expect = pair.differ(facts)
            if expect is not None:
                return _proposed(trial, setting, twist, facts, (edits, expect))
    return None


def _proposed(
    trial: Trial, setting: Setting, twist: Twist, facts: Facts, found: tuple[tuple[Edit, ...], dict[str, Any]]
) -> Proposed:
    edits, expect = found
    vocabulary = trial.books[setting].vocabulary
    name = name_of(twist, edits, expect, {example.name for example in trial.policy.examples}, vocabulary)
    given = facts_of(facts, vocabulary)
    shape: dict[str, Any] = {"name": name, "given": given}
    if setting:
        shape["params"] = _plain_params(trial, setting)
    shape.update(expect)
    assert twist.place is not None  # noqa: S101 - every twist has one
    example = Example(name, facts, expect, twist.place, dict(setting))
    return Proposed(example, name, example_line(shape), shape)


def _plain_params(trial: Trial, setting: Setting) -> dict[str, Any]:
    """Return a setting as some example of the file wrote it."""
    for example in trial.policy.examples:
        if setting_of(example) == setting:
            return {name: value.plain() for name, value in example.written.items()}
    return {}


def _candidates(trial: Trial, setting: Setting, rule: Rule, pair: _Pair) -> Iterator[tuple[Facts, tuple[Edit, ...]]]:
    """Yield facts to try: existing examples, then with one edit, then with two."""
    bases = _bases(trial, setting, rule, pair.right)
    for facts in bases:
        yield facts, ()
    edits = [(facts, list(probes(rule, facts, pair.right))) for facts in bases]
    for facts, found in edits:
        for edit in found:
            yield edit.apply(facts), (edit,)
    for facts, found in edits:
        for one, other in combinations(found, 2):
            if (one.group, one.row, one.name) != (other.group, other.row, other.name):
                yield other.apply(one.apply(facts)), (one, other)


def _bases(trial: Trial, setting: Setting, rule: Rule, bundle: Bundle) -> list[Facts]:
    """Return facts to start from: examples that name the rule, then any; at last an empty order."""
    own = [example for example in trial.policy.examples if setting_of(example) == setting] or list(
        trial.policy.examples
    )
    fire = [one for one in own if rule.id in one.expect.get("fires", ())]
    still = [one for one in own if rule.id in one.expect.get("silent", ())]
    found = [one.facts for one in (*fire[:BASES], *still[:BASES])]
    return found or [satisfied(rule, bundle)]


def probes(rule: Rule, facts: Facts, bundle: Bundle) -> Iterator[Edit]:
    """Yield edits of facts after which a rule, or one that makes facts for it, may answer otherwise."""
    seen: set[Edit] = set()
    for one in (rule, *_makers(rule, bundle)):
        for binding in bindings(one, facts, bundle):
            prober = Prober(bundle.book.vocabulary, facts, binding, bundle.program.tables)
            for leaf in leaves(one.condition, inside_never=True):
                for edit in prober.edits(leaf):
                    if edit not in seen:
                        seen.add(edit)
                        yield edit


def _makers(rule: Rule, bundle: Bundle) -> list[Rule]:
    """Return the rules that make the facts which a rule looks at."""
    wanted = {
        fact for fact in aliases(rule.condition, inside_never=True).values() if bundle.book.vocabulary[fact].derived
    }
    return [
        one
        for one in bundle.book.rules
        if one.id != rule.id and wanted & {(produced(effect) or "").partition(":")[0] for effect in one.effects}
    ]


def bindings(rule: Rule, facts: Facts, bundle: Bundle) -> Iterable[dict[str, tuple[str, int]]]:
    """Return which rows a rule's variables may stand for: each row of each type, the others staying first."""
    rows = {
        alias: fact
        for alias, fact in aliases(rule.condition, inside_never=True).items()
        if not bundle.book.vocabulary[fact].head
    }
    first = {alias: (fact, 0) for alias, fact in rows.items()}
    found = [first]
    for alias, fact in rows.items():
        pool: Any = bundle.program.tables.get(fact) or facts.get(fact, ())
        found += [{**first, alias: (fact, at)} for at in range(1, min(len(pool), BASES))]
    return found


def satisfied(rule: Rule, bundle: Bundle) -> Facts:
    """Return facts built so that the rule may fire: a row of each type it looks at, every leaf made true in turn."""
    facts: Facts = {"layout": 1, "head": {"system.today": "2026-11-22"}, "personal": {}, "released": [],
                    "line": [], "stock": [], "site": [], "duplicate": []}  # fmt: skip
    for fact in aliases(rule.condition).values():
        if fact in facts and isinstance(facts[fact], list) and not facts[fact]:
            facts[fact] = [{"line_no": 1, "quantity": 1_000_000} if fact == "line" else {}]
    (binding, *_) = bindings(rule, facts, bundle)
    for leaf in leaves(rule.condition):
        prober = Prober(bundle.book.vocabulary, facts, binding, bundle.program.tables)
        edit = next(prober.edits(leaf), None)
        facts = edit.apply(facts) if edit is not None else facts
    return facts


def accept(text: str, proposals: Iterable[Any]) -> str:
    """Return a file's text with proposals appended to its examples; comments and layout stay."""
    lines = [f"  - {proposal.text}" for proposal in proposals]
    if not lines:
        return text
    body = text.rstrip("\n")
    if "\nexamples:" not in f"\n{body}":
        body += "\n\nexamples:"
    return "\n".join([body, *lines]) + "\n"
