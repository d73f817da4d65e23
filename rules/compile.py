"""The compiler: typed policies → needs for the engine and generated Python for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.build.atoms import AtomSource
from rules.build.join import JoinSource, is_plain
from rules.build.need import NeedBuilder, NeedSet
from rules.build.normal import check_alternatives, negated_inward, rows_of
from rules.build.patterns import Matcher, MatcherBuilder
from rules.build.scan import ScanSource
from rules.build.strata import Strata
from rules.build.trace import trace_source
from rules.effects import produced
from rules.own import own_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.judge.match import Made
    from rules.language import Rulebook
    from rules.own import Own
    from rules.policy import Rule
    from rules.tree import Condition


@dataclass(slots=True)
class Program:
    """A compiled bundle. ``scan`` tests one order's base facts; ``slots`` are those of made facts: (type, negated).

    Per rule: ``make`` makes the facts of a firing that some rule reads, ``fire`` writes what the firing does,
    ``aliases`` are its row variables. ``known``: made facts that depend on the bundle alone, once made.
    """

    rules: list[Rule]
    conditions: list[Condition]
    slots: list[tuple[str, bool]]
    tables: dict[str, tuple[dict[str, Any], ...]]
    scan: Callable[..., tuple[Any, ...]]
    derived_scans: dict[str, Callable[[dict[str, Any]], dict[int, int]]]
    keys: dict[str, Callable[..., Any]]
    sets: list[NeedSet]
    make: list[Callable[..., None]]
    fire: list[Callable[..., None]]
    aliases: list[tuple[str, ...]]
    personal: Callable[..., dict[str, bool]]
    own: tuple[Own, Own]
    known: dict[Any, Made]
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
    order = sorted(range(len(rules)), key=lambda index: (rules[index].stage, -rules[index].priority, rules[index].id))
    tables = {name: table.rows for name, table in book.tables.items()}
    scan, atoms = ScanSource(book.vocabulary, tables), AtomSource(book.vocabulary)
    builder = NeedBuilder(book.vocabulary, scan, atoms, makers)
    planned = [
        [
            builder.need(matcher, order.index(index), len(matchers[index]) == 1, stratum)
            for index in chosen
            for matcher in matchers[index]
        ]
        for stratum, chosen in enumerate(strata.sets())
    ]
    variables = [tuple(rows_of(condition, book.vocabulary)) for condition in conditions]
    joining = [need for needs in planned for need in needs if is_plain(need)]
    joins = "\n".join(JoinSource(need).write() for need in joining)
    source = atoms.write() + scan.write(planned) + joins + trace_source(rules, conditions, makers, book.vocabulary)
    space: dict[str, Any] = dict(scan.space)
    exec(compile(source, "<rules>", "exec"), space)  # noqa: S102 - generated here from checked names and literals
    found = {need.number: space[f"join_{need.number}"] for need in joining}
    return Program(
        rules=rules,
        conditions=conditions,
        slots=list(atoms.slots),
        tables=tables,
        scan=space["scan"],
        derived_scans={fact: space[f"scan_{fact}"] for fact in atoms.derived},
        keys={name: space[name] for name in atoms.keys.values()},
        sets=[NeedSet(needs, found) for needs in planned],
        make=[space[f"make_{index}"] for index in range(len(rules))],
        fire=[space[f"fire_{index}"] for index in range(len(rules))],
        aliases=variables,
        personal=space["personal"],
        own=own_words(book.vocabulary),
        known={},
        source=source,
    )
