"""All twists of one file: its rules' conditions, effective days and approval lists, and the tables that they join."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rules.effects import ApprovalEffect
from rules.mutants.change import Changer
from rules.mutants.trial import Twist
from rules.show import value_text
from rules.text.amount import DAY
from rules.tree import aliases
from rules.vocabulary import NUMERIC, SCALE, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language import Rulebook
    from rules.policy import Policy, Rule, Table
    from rules.vocabulary import Word

_SIGNS = {">=": "from", "<=": "until"}


def twists(book: Rulebook, policy: Policy) -> list[Twist]:
    """Return every twist of a file's enabled rules and of the tables that they join."""
    rules = [rule for rule in policy.rules if rule.enabled]
    found = [twist for rule in rules for twist in _rule(rule)]
    seen: set[str] = set()
    for rule in rules:
        for fact in aliases(rule.condition, inside_never=True).values():
            if fact in book.tables and fact not in seen:
                seen.add(fact)
                found += _table(rule, book.tables[fact], book.vocabulary[fact].words)
    return found


def _rule(rule: Rule) -> Iterator[Twist]:
    yield Twist(rule.id, gone=True, place=rule.place, zh="整条规则去掉", en="the whole rule: taken away")
    for change in Changer(rule.source.scope).changes(rule.source.when):
        yield Twist(rule.id, when=change.when, place=change.place, zh=change.zh, en=change.en)
    for at, (sign, day) in enumerate(rule.source.period):
        for step in (1, -1):
            moved = (*rule.source.period[:at], (sign, day + step), *rule.source.period[at + 1 :])
            old, new = date.fromordinal(day).isoformat(), date.fromordinal(day + step).isoformat()
            yield Twist(rule.id, period=moved, place=rule.place, zh=f"生效日 {old} 改为 {new}",
                        en=f"effective {_SIGNS[sign]} {old}: becomes {new}")  # fmt: skip
    for at, effect in enumerate(rule.effects):
        if isinstance(effect, ApprovalEffect):
            yield from _steps(rule, at, effect)


def _steps(rule: Rule, at: int, effect: ApprovalEffect) -> Iterator[Twist]:
    for number, step in enumerate(effect.steps):
        fewer = replace(effect, steps=(*effect.steps[:number], *effect.steps[number + 1 :]))
        effects = (*rule.effects[:at], fewer, *rule.effects[at + 1 :])
        name = "skip" if effect.skip else "approval"
        yield Twist(rule.id, effects=effects, place=rule.place, zh=f"{name} 去掉 {step}",
                    en=f"{name}: {step} taken away")  # fmt: skip


def _table(rule: Rule, table: Table, words: dict[str, Word]) -> Iterator[Twist]:
    """Twist a table: each row taken away, each number in it one step up and down."""
    for at, row in enumerate(table.rows):
        before, after = table.rows[:at], table.rows[at + 1 :]
        shown = "、".join(value_text(value, words[name].kind) for name, value in row.items())
        place = table.places[at]
        yield Twist(rule.id, table=replace(table, rows=(*before, *after)), place=place,
                    zh=f"表 {table.name} 去掉一行：{shown}", en=f"table {table.name}: row {shown} taken away")  # fmt: skip # noqa: E501
        for name, value in row.items():
            if words[name].kind not in NUMERIC or words[name].kind is Kind.DATE:
                continue
            for step in (1, -1):
                moved = value + step * step_units(words[name].kind, value)
                new = replace(table, rows=(*before, {**row, name: moved}, *after))
                told = value_text(moved, words[name].kind)
                yield Twist(rule.id, table=new, place=place, zh=f"表 {table.name} 行 {shown}：{name} 改为 {told}",
                            en=f"table {table.name}, row {shown}: {name} becomes {told}")  # fmt: skip


def step_units(kind: Kind, value: int) -> int:
    """Return one step of a value in the facts' integers: 0.01 元, one piece, one second; one day of whole days."""
    if kind is Kind.DURATION:
        return 1 if value % DAY else DAY
    if kind is Kind.PRICE:
        return SCALE[Kind.PRICE] // 100
    return SCALE[kind] if kind is Kind.QUANTITY else 1
