"""The compiler: typed policies → needs for the engine and generated Python for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.atoms import AtomSource
from rules.effects import produced
from rules.need import NeedBuilder, NeedSet
from rules.normal import check_alternatives, negated_inward, rows_of
from rules.patterns import CASE, Matcher, MatcherBuilder
from rules.strata import Strata
from rules.trace import trace_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.effects import Effect
    from rules.language import Rulebook
    from rules.policy import Rule
    from rules.tree import Condition


@dataclass(slots=True)
class Program:
    """A compiled bundle. ``slots``: (fact type, negated); ``scan`` computes every slot's bits for one order.

    ``ranks`` is each rule's place in the order of trace and choice: stage, priority (high first), id. ``makers`` are
    each rule's effects that make facts which some rule reads; ``aliases`` its row variables, ``line_places`` which of
    them is an order line.
    """

    rules: list[Rule]
    conditions: list[Condition]
    ranks: list[int]
    makers: list[tuple[Effect, ...]]
    slots: list[tuple[str, bool]]
    tables: dict[str, tuple[dict[str, Any], ...]]
    scan: Callable[..., tuple[Any, ...]]
    derived_scans: dict[str, Callable[[dict[str, Any]], tuple[tuple[int, int], ...]]]
    keys: dict[str, Callable[..., Any]]
    sets: list[NeedSet]
    fire: list[Callable[..., None]]
    aliases: list[tuple[str, ...]]
    line_places: list[int | None]
    personal: Callable[..., dict[str, bool]]
    source: str


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
    makers = [tuple(effect for effect in rule.effects if produced(effect) in strata.read) for rule in rules]
    builder = NeedBuilder(AtomSource(book.vocabulary), makers)
    planned = [
        [builder.need(matcher, len(matchers[index]) == 1) for index in chosen for matcher in matchers[index]]
        for chosen in strata.sets()
    ]
    variables = [tuple(rows_of(condition, book.vocabulary)) for condition in conditions]
    source = builder.atoms.write() + trace_source(rules, conditions, book.vocabulary)
    space: dict[str, Any] = {}
    exec(compile(source, "<rules>", "exec"), space)  # noqa: S102 - generated here from checked names and literals
    slots = list(builder.atoms.slots)
    derived = [fact for fact, _ in slots if fact != CASE and book.vocabulary[fact].derived]
    ranks = sorted(range(len(rules)), key=lambda index: (rules[index].stage, -rules[index].priority, rules[index].id))
    return Program(
        rules=rules,
        conditions=conditions,
        ranks=[ranks.index(index) for index in range(len(rules))],
        makers=makers,
        slots=slots,
        tables={name: table.rows for name, table in book.tables.items()},
        scan=space["scan"],
        derived_scans={
            fact: space[f"scan_{fact}"]
            for fact, _ in builder.atoms.slots
            if fact != CASE and book.vocabulary[fact].derived
        },
        keys={name: space[name] for name in builder.atoms.keys.values()},
        sets=[NeedSet(needs, set(derived)) for needs in planned],
        fire=[space[f"fire_{index}"] for index in range(len(rules))],
        aliases=variables,
        line_places=[_line_place(rule, names) for rule, names in zip(rules, variables, strict=True)],
        personal=space["personal"],
        source=source,
    )


def _line_place(rule: Rule, names: tuple[str, ...]) -> int | None:
    """Return the place of the variable that stands for an order line, if the rule has one."""
    return next((at for at, name in enumerate(names) if rule.variables.get(name, name) == "line"), None)
