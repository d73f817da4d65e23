"""Why not (U5): the rules that almost fired and by how much; of any rule, which conditions failed on what value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.hold import Message
from rules.build.normal import negated_inward
from rules.explain.view import View
from rules.explain.words import Gap, gap, missed
from rules.tree import All, Compare, Condition, Fixed, Never
from rules.tree import Any as AnyOf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.bundle import Bundle
    from rules.explain.view import Binding
    from rules.policy import Rule

NEAR = 0.2
"""How far from its threshold a value may be, relative to it, to count as near."""
NEAR_STEPS = 1
MAX_CASES = 5
MAX_FAILED = 2


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that did not fire, and all that it lacked. ``line_no``: the order line that came nearest, if any."""

    rule: str
    title: Message
    line_no: int | None
    gaps: tuple[Gap, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a rule on one case; ``depth`` counts the all/any around it."""

    condition: str
    holds: bool
    message: Message
    depth: int


@dataclass(frozen=True, slots=True)
class Case:
    """The rows that the rule's variables stood for, and every condition on them."""

    facts: str
    line_no: int | None
    holds: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule fired, and on which conditions it failed; the cases that came nearest first."""

    rule: str
    title: Message
    fired: bool
    enabled: bool
    cases: tuple[Case, ...]


def near_misses(facts: bytes, bundle: Bundle, limit: int = 10) -> tuple[NearMiss, ...]:
    """Return the rules that almost fired, nearest first. Raises EngineError."""
    view = View(bundle, facts)
    found = []
    for rule in view.rules:
        nearest = None if view.fired(rule.id) else _nearest(view, rule)
        if nearest is not None:
            found.append((*nearest[:2], _told(view, rule, *nearest[2:])))
    found.sort(key=lambda one: (one[0], one[1], one[2].rule))
    return tuple(miss for _, _, miss in found[:limit])


def conditions(facts: bytes, bundle: Bundle, rule_id: str) -> Verdict | None:
    """Say of one rule which conditions held and which failed, with their values; None when there is no such rule."""
    view = View(bundle, facts)
    rule = view.rule(rule_id)
    if rule is None:
        return None
    condition = negated_inward(rule.condition)
    ranked = sorted(
        ((_rank(view, condition, binding), number, binding) for number, binding in enumerate(view.bindings(condition))),
        key=lambda one: one[:2],
    )
    fired = view.fired(rule.id)
    cases = tuple(_case(view, rule, condition, binding) for _, _, binding in ranked[:MAX_CASES])
    return Verdict(rule.id, rule.title, bool(fired), rule.enabled, cases)


def _nearest(view: View, rule: Rule) -> tuple[int, float, Binding, list[Condition]] | None:
    """Return how many conditions the nearest case lacks, how far they are, the case and the conditions."""
    condition = negated_inward(rule.condition)
    best: tuple[int, float, Binding, list[Condition]] | None = None
    for binding in view.bindings(condition):
        failed = _failed(view, condition, binding)
        share = _share(view, failed, binding)
        if share is None or not _worth_telling(failed, condition):
            continue
        if best is None or (len(failed), share) < best[:2]:
            best = (len(failed), share, binding, failed)
    return best


def _failed(view: View, condition: Condition, binding: Binding) -> list[Condition]:
    """Return the fewest conditions that would have to hold as well; [] when all do."""
    match condition:
        case All():
            return [one for part in condition.parts for one in _failed(view, part, binding)]
        case AnyOf():
            options = [_failed(view, part, binding) for part in condition.parts]
            return min(options, key=lambda failed: (len(failed), _distance(view, failed, binding)))
        case _:
            return [] if view.true(condition, binding) else [condition]


def _distance(view: View, failed: list[Condition], binding: Binding) -> float:
    shares = [away.share if (away := _away(view, one, binding)) else 1.0 for one in failed]
    return max(shares, default=0.0)


def _away(view: View, condition: Condition, binding: Binding) -> Any:
    return missed(view, condition, binding) if isinstance(condition, Compare) else None


def _share(view: View, failed: list[Condition], binding: Binding) -> float | None:
    """Return the greatest relative distance; None when some condition is not near."""
    if not failed or len(failed) > MAX_FAILED:
        return None
    worst = 0.0
    for condition in failed:
        away = _away(view, condition, binding)
        if away is None:
            if isinstance(condition, Fixed | Never | Compare) or len(failed) > 1:
                return None
            worst = max(worst, NEAR)
        elif away.share <= NEAR or (_counted(condition) and away.amount <= NEAR_STEPS):
            worst = max(worst, away.share)
        else:
            return None
    return worst


def _counted(condition: Condition) -> bool:
    return isinstance(condition, Compare) and condition.left.kind.value == "count"


def _worth_telling(failed: list[Condition], condition: Condition) -> bool:
    """Leave out rules that lack a plain fact and have no threshold at all: nothing was near there."""
    if any(isinstance(one, Compare) for one in failed):
        return True
    return any(isinstance(leaf, Compare) and not leaf.right.terms for leaf in _sure(condition))


def _sure(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _sure(part)
    else:
        yield condition


def _told(view: View, rule: Rule, binding: Binding, failed: list[Condition]) -> NearMiss:
    gaps = tuple(gap(view, condition, binding) for condition in failed)
    words = Message(zh="；".join(one.message.zh for one in gaps), en="; ".join(one.message.en for one in gaps))
    return NearMiss(rule.id, rule.title, _line(rule, binding), gaps, words)


def _line(rule: Rule, binding: Binding) -> int | None:
    for alias, row in binding.items():
        if rule.variables.get(alias, alias) == "line":
            number = row.get("line_no")
            return None if number is None else int(number)
    return None


def _rank(view: View, condition: Condition, binding: Binding) -> tuple[int, float]:
    failed = _failed(view, condition, binding)
    return len(failed), _distance(view, failed, binding)


def _case(view: View, rule: Rule, condition: Condition, binding: Binding) -> Case:
    line_no = _line(rule, binding)
    names = [
        " ".join(str(row[key]) for key in ("sku", "site", "code", "order_id", "name", "province") if key in row)
        for row in binding.values()
    ]
    shown = "，".join([*([f"第 {line_no} 行"] if line_no is not None else []), *dict.fromkeys(filter(None, names))])
    return Case(shown, line_no, view.true(condition, binding), tuple(_checks(view, condition, binding, 0)))


def _checks(view: View, condition: Condition, binding: Binding, depth: int, inside: bool = False) -> Iterator[Check]:
    """Yield every condition with its verdict; ``inside`` an ``any`` a group of conditions is named as one."""
    match condition:
        case All() if not inside:
            for part in condition.parts:
                yield from _checks(view, part, binding, depth)
        case All() | AnyOf():
            name = "all" if isinstance(condition, All) else "any"
            words = Message(zh="以下全部" if name == "all" else "以下任一", en=f"{name} of these")
            yield Check(name, view.true(condition, binding), words, depth)
            for part in condition.parts:
                yield from _checks(view, part, binding, depth + 1, inside=isinstance(condition, AnyOf))
        case _:
            one = gap(view, condition, binding)
            yield Check(one.condition, view.true(condition, binding), one.message, depth)
