"""What would release a hold (U4): the smallest changes that clear exactly that hold, each verified by the engine.

The hold's own rule says which conditions must end; for facts that rules made, the makers' conditions are asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import orjson

from orders.actor import ROLE_ZH, Role
from orders.hold import Message
from rules.build.normal import negated_inward
from rules.decide import decide_json
from rules.effects import HoldEffect, produced
from rules.engine import EngineError
from rules.explain.lever import Change, Levers, Pull
from rules.explain.view import View
from rules.probe import Prober
from rules.tree import All, Condition, Field, Fixed, Never, Not, leaf_terms
from rules.tree import Any as AnyOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.bundle import Bundle
    from rules.explain.view import Binding
    from rules.policy import Rule
    from rules.probe import Facts

    Way = tuple[tuple[Condition, Binding], ...]

MAX_WAYS = 60
MAX_TRIED = 600
MAX_OPTIONS = 8
GROUPS = ("customer", "sales", "finance", "stock")
GROUP_ZH = {"customer": "客户", "sales": "销售", "finance": "财务", "stock": "仓储"}

Held = tuple[str, str, int | None]
"""A hold's rule, code and line."""


@dataclass(frozen=True, slots=True)
class Option:
    """Changes that together clear the hold. ``group``: who can make them (customer, sales, finance, stock).

    ``facts`` are the frozen facts after the change, for whoever judges them again; they hold personal text.
    """

    group: str
    changes: tuple[Change, ...]
    message: Message
    facts: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Release:
    """How a hold can end. ``by_data``: some change clears it; ``who``: the roles that may release it in any case."""

    options: tuple[Option, ...]
    who: tuple[str, ...]
    needs_human: bool
    by_data: bool
    message: Message


def release_options(facts: bytes, bundle: Bundle, rule: str, code: str, line_no: int | None = None) -> Release | None:
    """Return what clears the hold of a rule, code and line, and none else; None when there is no such hold."""
    view = View(bundle, facts)
    seeker = _Seeker(view, (rule, code, line_no))
    effect = next((e for r in view.rules if r.id == rule for e in r.effects if _makes(e, code)), None)
    if seeker.target not in seeker.before or not isinstance(effect, HoldEffect):
        return None
    options = seeker.options()
    return Release(options, effect.who, effect.needs_human, bool(options), _message(options, effect))


def _makes(effect: object, code: str) -> bool:
    return isinstance(effect, HoldEffect) and effect.code == code


def _message(options: tuple[Option, ...], effect: HoldEffect) -> Message:
    zh = "、".join(ROLE_ZH[Role(role)] for role in effect.who)
    en = " or ".join(role.replace("_", " ") for role in effect.who)
    if not options:
        return Message(zh=f"改数据不能放行，须由{zh}放行", en=f"cannot be released by data, needs {en}")
    if effect.needs_human:
        return Message(zh=f"更改后仍须{zh}放行", en=f"{en} must still release it after a change")
    return Message(zh=f"以下任一更改即可放行；也可由{zh}放行", en=f"any of these changes releases it; so can {en}")


class _Seeker:
    """Seeks the changes that clear one hold."""

    def __init__(self, view: View, target: Held) -> None:
        self.view = view
        self.target = target
        self.levers = Levers(view.vocabulary)
        self.before = self._holds(view.facts) or frozenset()

    def _holds(self, facts: Facts) -> frozenset[Held] | None:
        try:
            body = decide_json(facts, self.view.bundle)
        except (EngineError, KeyError, TypeError):
            return None
        return frozenset((hold["rule"], hold["code"], hold["line_no"]) for hold in body["holds"])

    def clears(self, facts: Facts) -> bool:
        """Say whether exactly the target is gone, and nothing came."""
        return self._holds(facts) == self.before - {self.target}

    def options(self) -> tuple[Option, ...]:
        """Return the verified options, smallest first, at most some of each group and kind."""
        found: dict[tuple[str, tuple[str, ...]], tuple[tuple[int, float], Option]] = {}
        for pulls in islice(self._tries(), MAX_TRIED):
            if not self.clears(pulls[-1].facts):
                continue
            changes = tuple(pull.change for pull in pulls)
            option = Option(pulls[0].group, changes, _joined(pulls), orjson.dumps(pulls[-1].facts))
            key = (option.group, tuple(f"{change.path}@{change.line_no}" for change in option.changes))
            size = (len(pulls), self._size(pulls[-1].facts))
            if key not in found or size < found[key][0]:
                found[key] = (size, option)
        ranked = sorted(found.values(), key=lambda one: (one[0], GROUPS.index(one[1].group)))
        return tuple(option for _, option in ranked[:MAX_OPTIONS])

    def _size(self, facts: Facts) -> float:
        """Measure a change: the relative distance of all numbers that differ."""
        total = 0.0
        for name, value in facts["head"].items():
            total += _apart(self.view.facts["head"].get(name), value)
        for fact in ("line", "stock", "duplicate"):
            for old, new in zip(self.view.facts[fact], facts[fact], strict=False):
                total += sum(_apart(old.get(name), value) for name, value in new.items())
        return total

    def _tries(self) -> Iterator[tuple[Pull, ...]]:
        rule = next(rule for rule in self.view.rules if rule.id == self.target[0])
        firings = [binding for binding in self.view.fired(rule.id) if self._is_target(rule, binding)]
        for way in islice(self._all_ways(rule, firings, 0), MAX_WAYS):
            yield from self._pull(self.view.facts, way)

    def _is_target(self, rule: Rule, binding: Binding) -> bool:
        about = next((row for alias, row in binding.items() if rule.variables.get(alias, alias) == "line"), {})
        return about.get("line_no") == self.target[2]

    def _all_ways(self, rule: Rule, firings: Iterable[Binding], depth: int) -> Iterator[Way]:
        """Yield the ways in which all of some firings of a rule end."""
        condition = negated_inward(rule.condition)
        for chosen in product(*[list(self._ways(condition, binding, depth)) for binding in firings]):
            yield tuple(target for way in chosen for target in way)

    def _ways(self, condition: Condition, binding: Binding, depth: int) -> Iterator[Way]:
        """Yield the sets of plain conditions that must end for a condition to end."""
        match condition:
            case All():
                for part in condition.parts:
                    yield from self._ways(part, binding, depth)
            case AnyOf():
                true = [part for part in condition.parts if self.view.true(part, binding)]
                for chosen in islice(product(*[list(self._ways(part, binding, depth)) for part in true]), MAX_WAYS):
                    yield tuple(target for way in chosen for target in way)
            case Fixed() | Never():
                return
            case _:
                makers = self._makers(condition) if depth < 2 else None
                if makers is None:
                    yield ((condition, binding),)
                    return
                parts = [list(self._all_ways(rule, self.view.fired(rule.id), depth + 1)) for rule in makers]
                for chosen in islice(product(*parts), MAX_WAYS):
                    yield tuple(target for way in chosen for target in way)

    def _makers(self, condition: Condition) -> list[Rule] | None:
        """Return the rules that fired and made the fact that a condition looks at; None for the order's own facts."""
        facts = {term.word.fact for term in leaf_terms(_leaf(condition)) if isinstance(term, Field)}
        derived = {fact for fact in facts if self.view.vocabulary[fact].derived}
        if not derived:
            return None
        return [
            rule
            for rule in self.view.rules
            if self.view.fired(rule.id) and any((produced(e) or "").partition(":")[0] in derived for e in rule.effects)
        ]

    def _pull(self, facts: Facts, way: Way) -> Iterator[tuple[Pull, ...]]:
        """Yield levers pulled one after another, one for each condition that must end."""
        if not way:
            return
        (condition, binding), rest = way[0], way[1:]
        for pull in self._single(facts, condition, binding):
            if not rest:
                yield (pull,)
                continue
            for more in islice(self._pull(pull.facts, rest), MAX_WAYS):
                if _place_of(pull) not in {_place_of(one) for one in more}:
                    yield (pull, *more)

    def _single(self, facts: Facts, condition: Condition, binding: Binding) -> Iterator[Pull]:
        places = {alias: self._place(row) for alias, row in binding.items()}
        known = {alias: place for alias, place in places.items() if place is not None}
        prober = Prober(self.view.vocabulary, facts, known, self.view.bundle.program.tables)
        seen: set[tuple[Any, ...]] = set()
        for edit in prober.edits(_leaf(condition)):
            if edit.group not in ("head", "personal") and edit.row >= len(facts[edit.group]):
                continue
            for pull in self.levers.pulls(facts, edit):
                key = (pull.group, pull.change)
                if key not in seen:
                    seen.add(key)
                    yield pull

    def _place(self, row: dict[str, Any]) -> tuple[str, int] | None:
        for fact in ("line", "stock", "site", "duplicate"):
            for at, own in enumerate(self.view.facts[fact]):
                if own is row:
                    return fact, at
        return None


def _leaf(condition: Condition) -> Any:
    return condition.part if isinstance(condition, Not) else condition


def _place_of(pull: Pull) -> tuple[str, int | None]:
    return pull.change.path, pull.change.line_no


def _joined(pulls: tuple[Pull, ...]) -> Message:
    words = [pull.message for pull in pulls]
    return Message(zh="，并".join(one.zh for one in words), en=", and ".join(one.en for one in words))


def _apart(old: Any, new: Any) -> float:
    if old == new:
        return 0.0
    if isinstance(old, int) and isinstance(new, int) and not isinstance(old, bool):
        return abs(new - old) / max(abs(old), abs(new), 1)
    return 1.0
