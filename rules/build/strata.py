"""Stratification: in which order rules run, proven so that ``none`` only looks at finished facts.

Symbols are what rules make and read: ``flag:CODE``, ``hold:CODE``, ``route``, a derived name. Rules are ordered by
stage and, inside a stage, along the components of who reads whose facts; then cut into strata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.effects import produced
from rules.policy import STAGES
from rules.text.source import nearest
from rules.tree import Among, Condition, Same, aliases, leaves, nevers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.policy import Rule
    from rules.vocabulary import Vocabulary


def makes(rule: Rule) -> set[str]:
    """Return the symbols that a rule's effects make."""
    return {symbol for effect in rule.effects if (symbol := produced(effect)) is not None}


def reads(condition: Condition, vocabulary: Vocabulary, rule: Rule) -> set[str]:
    """Return the symbols of the derived facts that a condition looks at (``none`` left out)."""
    found: set[str] = set()
    for alias, fact in aliases(condition).items():
        if not vocabulary[fact].derived:
            continue
        if fact in ("flag", "hold"):
            found |= {f"{fact}:{code}" for code in _codes(condition, alias, rule)}
        else:
            found.add(fact)
    return found


def _codes(condition: Condition, alias: str, rule: Rule) -> set[str]:
    codes: set[str] = set()
    for leaf in leaves(condition):
        if isinstance(leaf, Same) and leaf.left.alias == alias and leaf.left.word.name == "code":
            if isinstance(leaf.right, str) and not leaf.negated:
                codes.add(leaf.right)
        elif isinstance(leaf, Among) and leaf.field.alias == alias and not leaf.negated:
            codes |= {str(value) for value in leaf.values}
    if not codes:
        rule.place.refuse(
            f"{rule.id}: name the code, such as {alias} is CODE", f"{rule.id}：请写明代码，例如 {alias} is CODE"
        )
    return codes


def negates(condition: Condition, vocabulary: Vocabulary, rule: Rule) -> set[str]:
    """Return the symbols that ``none`` looks at."""
    found: set[str] = set()
    for never in nevers(condition):
        found |= reads(never.part, vocabulary, rule) if vocabulary[never.fact].derived else set()
    return found


class Strata:
    """The dependency graph of all rules. ``conditions`` are parallel to ``rules``."""

    def __init__(
        self, rules: list[Rule], conditions: list[Condition], vocabulary: Vocabulary, paused: Iterable[Rule] = ()
    ) -> None:
        self.rules = rules
        self.paused = {symbol for rule in paused for symbol in makes(rule)}
        pairs = list(zip(rules, conditions, strict=True))
        self.makes = [makes(rule) for rule in rules]
        self.negates = [negates(condition, vocabulary, rule) for rule, condition in pairs]
        self.reads = [
            reads(condition, vocabulary, rule) - negated
            for (rule, condition), negated in zip(pairs, self.negates, strict=True)
        ]
        self.read = set().union(*self.reads, *self.negates)
        self.makers: dict[str, list[int]] = {}
        for index, symbols in enumerate(self.makes):
            for symbol in symbols:
                self.makers.setdefault(symbol, []).append(index)

    def check(self) -> None:
        """Prove that what is read is made in time, and what is negated is finished before. Raises RuleAuthorError."""
        for index, rule in enumerate(self.rules):
            for symbol in sorted(self.reads[index]):
                self._check_read(rule, symbol)
            for symbol in sorted(self.negates[index]):
                self._check_negated(rule, symbol)

    def _made_in(self, rule: Rule, symbol: str) -> list[int]:
        makers = self.makers.get(symbol, [])
        if not makers and symbol not in self.paused:
            name = symbol.rpartition(":")[2]
            hint = nearest(symbol, self.makers).rpartition(":")[2]
            rule.place.refuse(f"{rule.id}: no rule makes {name}", f"{rule.id}：没有规则产生 {name}", hint)
        return [self.rules[maker].stage for maker in makers]

    def _check_read(self, rule: Rule, symbol: str) -> None:
        stages = self._made_in(rule, symbol)
        if stages and min(stages) > rule.stage:
            rule.place.refuse(
                f"{rule.id} reads {symbol}, which is only made in the later stage {STAGES[min(stages)]}",
                f"{rule.id} 引用的 {symbol} 在更晚的阶段 {STAGES[min(stages)]} 才产生",
            )

    def _check_negated(self, rule: Rule, symbol: str) -> None:
        latest = max(self._made_in(rule, symbol), default=-1)
        if latest >= rule.stage:
            rule.place.refuse(
                f"{rule.id}: none looks only at earlier stages, but {symbol} is made in {STAGES[latest]}",
                f"{rule.id}：none 只能引用更早阶段的结果，而 {symbol} 在 {STAGES[latest]} 阶段产生",
            )

    def components(self) -> list[list[int]]:
        """Return the rules in running order: by stage, then strongly connected components, makers first."""
        return [part for stage in range(len(STAGES)) for part in self._stage_components(stage)]

    def _stage_components(self, stage: int) -> list[list[int]]:
        members = [index for index, rule in enumerate(self.rules) if rule.stage == stage]
        needs = {index: self._needs(index, set(members)) for index in members}
        return _ordered(needs)

    def _needs(self, index: int, members: set[int]) -> list[int]:
        found = {maker for symbol in self.reads[index] for maker in self.makers.get(symbol, ())}
        return sorted(found & members)

    def sets(self) -> list[list[int]]:
        """Cut the running order into strata, each run to its fixed point before the next.

        A cut stands where one is needed: a rule negates what the stratum makes, or would see facts of a later stage.
        """
        found: list[list[int]] = []
        current: list[int] = []
        for part in self.components():
            if current and not self._fits(current, part):
                found.append(current)
                current = []
            current = [*current, *part]
        return [*found, current] if current else found

    def _fits(self, current: list[int], part: list[int]) -> bool:
        made = self._symbols(self.makes, (*current, *part))
        if self._symbols(self.negates, (*current, *part)) & made:
            return False
        later = self._symbols(self.makes, part)
        stage = self.rules[part[0]].stage
        earlier = [index for index in current if self.rules[index].stage < stage]
        return not self._symbols(self.reads, earlier) & later

    @staticmethod
    def _symbols(table: list[set[str]], indexes: Iterable[int]) -> set[str]:
        found: set[str] = set()
        for index in indexes:
            found |= table[index]
        return found


def _ordered(needs: dict[int, list[int]]) -> list[list[int]]:
    """Return the strongly connected components, each after those it needs.

    With ``reach`` closed over needs, a component reaches strictly more rules than any that it needs.
    """
    reach = {node: 1 << node for node in needs}
    for node, others in needs.items():
        for other in others:
            reach[node] |= 1 << other
    for middle in needs:
        for node in needs:
            if reach[node] >> middle & 1:
                reach[node] |= reach[middle]
    found: dict[int, list[int]] = {}
    for node in sorted(needs, key=lambda node: (reach[node].bit_count(), node)):
        found.setdefault(reach[node], []).append(node)
    return list(found.values())
