"""The compiler: typed policies → a program of rule sets for the engine and generated Python for everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rules.atoms import AtomSource
from rules.effects import produced
from rules.engine import Engine
from rules.normal import check_alternatives, negated_inward
from rules.patterns import CASE, Join, Matcher, MatcherBuilder, Pattern
from rules.strata import Strata
from rules.trace import trace_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.language import Rulebook
    from rules.policy import Rule
    from rules.tree import Condition

_JOIN = {"!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


@dataclass(slots=True)
class Need:
    """What one variant needs: slot → bits that some fact must have, and what it makes."""

    rule: int
    aliases: tuple[str, ...]
    slots: tuple[tuple[int, int, str], ...]
    negated: tuple[tuple[int, int], ...]
    keys: tuple[tuple[int, str], ...]
    makes: tuple[str, ...]


@dataclass(slots=True)
class RuleSet:
    """One engine ruleset and, by engine rule name, what each of its rules needs."""

    engine: Engine
    needs: dict[str, Need]


@dataclass(slots=True)
class Program:
    """A compiled bundle. ``slots``: (fact type, negated); ``scan`` computes every slot's bits for one order."""

    rules: list[Rule]
    conditions: list[Condition]
    slots: list[tuple[str, bool]]
    tables: dict[str, tuple[dict[str, Any], ...]]
    scan: Callable[..., tuple[Any, ...]]
    derived_scans: dict[str, Callable[[dict[str, Any]], tuple[tuple[int, int], ...]]]
    keys: dict[str, Callable[..., Any]]
    sets: list[RuleSet]
    because: list[Callable[..., dict[str, Any]]]
    sentences: list[Callable[..., tuple[str, str]]]
    personal: Callable[..., dict[str, bool]]
    source: str
    suffixes: dict[tuple[int, int], str] = field(default_factory=dict)


def compile_rulebook(book: Rulebook) -> Program:
    """Compile all enabled rules. Raises RuleAuthorError where the engine could not be trusted with a rule."""
    rules = [rule for rule in book.rules if rule.enabled]
    conditions = [negated_inward(rule.condition) for rule in rules]
    matchers: list[list[Matcher]] = []
    for index, (rule, condition) in enumerate(zip(rules, conditions, strict=True)):
        check_alternatives(rule, condition, book.vocabulary)
        matchers.append(MatcherBuilder(index, rule, condition, book.vocabulary).matchers())
    strata = Strata(rules, conditions, book.vocabulary, [rule for rule in book.rules if not rule.enabled])
    strata.check()
    sizes = [sum(len(matcher.patterns) for matcher in group) for group in matchers]
    builder = _SetBuilder(AtomSource(book.vocabulary), rules)
    planned = [
        builder.plan([matcher for index in chosen for matcher in matchers[index]]) for chosen in strata.sets(sizes)
    ]
    source = builder.atoms.write() + trace_source(rules, conditions, book.vocabulary)
    space: dict[str, Any] = {}
    exec(compile(source, "<rules>", "exec"), space)  # noqa: S102 - generated here from checked names and literals
    return Program(
        rules=rules,
        conditions=conditions,
        slots=list(builder.atoms.slots),
        tables={name: table.rows for name, table in book.tables.items()},
        scan=space["scan"],
        derived_scans={
            fact: space[f"scan_{fact}"]
            for fact, _ in builder.atoms.slots
            if fact != CASE and book.vocabulary[fact].derived
        },
        keys={name: space[name] for name in builder.atoms.keys.values()},
        sets=[RuleSet(Engine(engine_rules), needs) for engine_rules, needs in planned],
        because=[space[f"because_{index}"] for index in range(len(rules))],
        sentences=[space[f"sentences_{index}"] for index in range(len(rules))],
        personal=space["personal"],
        source=source,
    )


class _SetBuilder:
    """Turns matchers into the engine's JSON, sharing atoms over all sets."""

    def __init__(self, atoms: AtomSource, rules: list[Rule]) -> None:
        self.atoms = atoms
        self.rules = rules
        self.count = 0

    def plan(self, matchers: list[Matcher]) -> tuple[dict[str, Any], dict[str, Need]]:
        """Return one set's engine rules and needs."""
        engine_rules: dict[str, Any] = {}
        needs: dict[str, Need] = {}
        for matcher in matchers:
            name = f"v{self.count}"
            self.count += 1
            engine_rules[name], needs[name] = self._rule(matcher)
        return engine_rules, needs

    def _rule(self, matcher: Matcher) -> tuple[dict[str, Any], Need]:
        labels = {pattern.alias: f"a{number}" for number, pattern in enumerate(matcher.positive)}
        facts = {pattern.alias: pattern.fact for pattern in matcher.patterns}
        keys: dict[str, set[str]] = {pattern.alias: set() for pattern in matcher.patterns}
        joins = {pattern.alias: self._joins(pattern, facts, labels, keys) for pattern in matcher.patterns}
        patterns: list[dict[str, Any]] = []
        bits: list[tuple[Pattern, int, int]] = []
        for number, pattern in enumerate(matcher.patterns):
            alias = pattern.alias.rpartition("_")[0] if pattern.negated else pattern.alias
            slot, bit = self.atoms.atom(pattern, alias)
            bits.append((pattern, slot, 1 << bit))
            label = f"n{number}$not" if pattern.negated else labels[pattern.alias]
            patterns.append({label: _pattern(f"s{slot}b{bit}", sorted(keys[pattern.alias]), joins[pattern.alias])})
        rule = self.rules[matcher.rule]
        need = Need(
            rule=matcher.rule,
            aliases=tuple(pattern.alias for pattern in matcher.positive),
            slots=tuple((slot, bit, pattern.fact) for pattern, slot, bit in bits if not pattern.negated),
            negated=tuple((slot, bit) for pattern, slot, bit in bits if pattern.negated),
            keys=tuple((slot, key) for pattern, slot, _ in bits for key in sorted(keys[pattern.alias])),
            makes=tuple(sorted({symbol.partition(":")[0] for effect in rule.effects if (symbol := produced(effect))})),
        )
        return {"all": patterns}, need

    def _joins(
        self, pattern: Pattern, facts: dict[str, str], labels: dict[str, str], keys: dict[str, set[str]]
    ) -> list[dict[str, Any]]:
        return [self._join(join, pattern, facts, labels, keys) for join in pattern.joins]

    def _join(
        self, join: Join, pattern: Pattern, facts: dict[str, str], labels: dict[str, str], keys: dict[str, set[str]]
    ) -> dict[str, Any]:
        own, other = self.atoms.key(pattern.fact, join.own), self.atoms.key(facts[join.alias], join.other)
        keys[pattern.alias].add(own)
        keys[join.alias].add(other)
        equal = {own: {labels[join.alias]: other}}
        return equal if join.op == "=" else {_JOIN[join.op]: equal}


def _pattern(atom: str, keys: list[str], joins: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one pattern: atom, both sides' keys exist, joins, and an always-true equality join last."""
    parts: list[dict[str, Any]] = [{atom: 1}, *({"$ex": {key: 1}} for key in keys)]
    if joins:
        last = joins[-1]
        label = next(iter(next(iter(_equal_of(last).values()))))
        parts += [*joins, {"_s": {label: "_s"}}]
    return parts[0] if len(parts) == 1 else {"$and": parts}


def _equal_of(join: dict[str, Any]) -> dict[str, dict[str, str]]:
    name, body = next(iter(join.items()))
    found: dict[str, dict[str, str]] = body if name.startswith("$") else join
    return found
