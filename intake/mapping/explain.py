"""A template's preview: for each field of one stored record, which path spoke, what stood there, what became of it.

The slow twin of `engine.py`, for the screens; both read by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from intake.mapping.engine import Plan, lines_of, run
from intake.mapping.form import encrypted
from intake.mapping.number import Unfit
from intake.mapping.paths import first_said
from intake.mapping.rule import getters_of

if TYPE_CHECKING:
    from intake.mapping.rule import Rule
    from intake.mapping.template import NeedsMapping


@dataclass(frozen=True, slots=True)
class Explained:
    """One field of a preview. ``source`` is the path that spoke, ``raw`` what stood there, ``error`` why not."""

    target: str
    source: str
    raw: str
    result: str | None
    error: str = ""


def explain(plan: Plan, record: Any) -> list[Explained]:
    """Say for every field of one order where it came from and what became of it."""
    mapped = run(plan, record)
    told = [(Explained("currency", "", "（默认）", plan.template.currency), "/currency")]
    told = ([] if "currency" in plan.template.fields else told) + _explained(plan, plan.head, (record, record), "")
    for index, line in enumerate(lines_of(plan, record)):
        told += _explained(plan, plan.lines, (line, record), f"lines.{index}.")
    errors = dict(mapped.needs)
    return [_with_error(item, errors.get(place), place) for item, place in told]


def _with_error(item: Explained, need: NeedsMapping | None, place: str) -> Explained:
    return item if need is None else replace(item, error=need.problem(place).message_zh)


def _explained(
    plan: Plan, rules: tuple[Rule, ...], source: tuple[Any, Any], prefix: str
) -> list[tuple[Explained, str]]:
    told: list[tuple[Explained, str]] = []
    for rule in rules:
        name = prefix + rule.target.removeprefix("lines.") if prefix else rule.target
        spoke, raw, result = _spoken(plan, rule, source)
        place = "/" + (prefix.replace(".", "/") + "/".join((*rule.parent, rule.key)))
        told.append((Explained(name, spoke, raw, result), place))
    return told


def _spoken(plan: Plan, rule: Rule, source: tuple[Any, Any]) -> tuple[str, str, str | None]:
    """Return the path that spoke, what it said, and what became of it."""
    value = rule.read(*source)
    if rule.one.form == "const":
        return "", "", str(value)
    if value is None:
        return " | ".join(rule.one.source), "", None
    spoke = " + ".join(rule.one.source) if rule.one.form == "join" else _speaker(plan, rule, source)
    if rule.withheld and encrypted(value):
        return spoke, "（密文）", None
    try:
        return spoke, str(value), str(rule.shape(value))
    except Unfit:
        return spoke, str(value), None


def _speaker(plan: Plan, rule: Rule, source: tuple[Any, Any]) -> str:
    for path, get in zip(rule.one.source, getters_of(rule), strict=True):
        if first_said((get,), plan.empty, *source) is not None:
            return path
    return ""
