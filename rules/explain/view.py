"""One order as an explanation sees it: every fact, those that rules made included, and what each condition says of it.

The facts that rules made come from the real engine; the conditions are judged by the oracle, value by value.
"""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any

from rules.build.emit import is_personal, personal_key
from rules.decide import open_facts
from rules.judge.match import Match
from rules.oracle import Oracle
from rules.tree import Condition, Field, Linear, Tally, aliases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from rules.bundle import Bundle
    from rules.judge.match import Firing
    from rules.policy import Rule

Row = dict[str, Any]
Binding = dict[str, Row]
MAX_BINDINGS = 20_000


class View(Oracle):
    """An order's facts with everything that the bundle's rules make of them."""

    def __init__(self, bundle: Bundle, facts: bytes | dict[str, Any]) -> None:
        opened = open_facts(facts) if isinstance(facts, bytes) else facts
        super().__init__(bundle, {**opened, "personal": opened.get("personal") or {}})
        self.bundle = bundle
        match = Match(bundle.program, opened)
        self.found: list[Firing] = match.run()
        for entry in match.made:
            self.rows.setdefault(entry.key[0], []).append(entry.row)

    def rule(self, rule_id: str) -> Rule | None:
        """Return a rule of the bundle by its id."""
        return next((rule for rule in self.bundle.book.rules if rule.id == rule_id), None)

    def fired(self, rule_id: str) -> list[Binding]:
        """Return the rows with which a rule fired."""
        program = self.bundle.program
        return [
            dict(zip(program.aliases[index], rows, strict=True))
            for _, _, index, rows in self.found
            if program.rules[index].id == rule_id
        ]

    def bindings(self, condition: Condition) -> Iterator[Binding]:
        """Yield the ways in which a condition's variables can stand for rows; a type without rows stands empty."""
        variables = {a: f for a, f in aliases(condition).items() if not self.vocabulary[f].head}
        pools = [self.rows.get(fact) or [{}] for fact in variables.values()]
        for chosen in islice(product(*pools), MAX_BINDINGS):
            yield dict(zip(variables, chosen, strict=True))

    def true(self, condition: Condition, binding: Binding) -> bool:
        """Say whether a condition holds for these rows."""
        return self.holds(condition, binding, self.rows)

    def total(self, side: Linear, binding: Binding) -> Fraction | None:
        """Return the value of one side of a comparison; None when a part of it is missing."""
        return self._sum(side, binding, self.rows)

    def value(self, term: Field | Tally, binding: Binding) -> Any:
        """Return a field's or a count's value; None when missing."""
        if isinstance(term, Tally):
            return int(self._tally(term, binding, self.rows))
        return self._raw(term, binding)

    def _leaf(self, leaf: Condition, binding: Binding, earlier: dict[str, list[Row]]) -> bool:
        atoms = self.facts.get("personal_atoms")
        if atoms is not None and is_personal(leaf):  # type: ignore[arg-type]
            return bool(atoms.get(personal_key(leaf), False))  # type: ignore[arg-type]
        return super()._leaf(leaf, binding, earlier)
