"""The source of a firing: per rule, generated Python that writes its trace and sentence as JSON and does its effects.

Personal text never appears: a condition on it shows only that it held.
"""

from __future__ import annotations

import re
from functools import partial
from math import lcm
from typing import TYPE_CHECKING

from rules.build.act import AMOUNTS as _SHOW
from rules.build.act import Acts, made_source
from rules.build.emit import Names, emit, emit_leaf, is_personal, linear, personal_key
from rules.build.normal import rows_of
from rules.build.write import Code, amount, computed, constant, inner, keyed, parts, thing, written
from rules.tree import (
    All,
    Among,
    Any,
    Compare,
    Condition,
    Contains,
    Field,
    Fixed,
    Leaf,
    Linear,
    Missing,
    Never,
    Not,
    Same,
    Tally,
    Truth,
    leaf_terms,
    leaves,
)
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from rules.build.write import Pieces
    from rules.effects import Effect, Part
    from rules.policy import Rule
    from rules.vocabulary import Vocabulary

_KNOWN = {"P": "personal", "A": "atoms", "F": "facts", "T": "tables"}
HEADER = """
from rules.build.act import account as _account, put as _put
from rules.show import COUNTS as _counts, PRICES as _prices, QUANTITIES as _quantities, TEXTS as _texts
from rules.show import TRUTHS as _truths, duration_text as _duration, money_bytes as _money, value_text as _value
from rules.vocabulary import Kind as _Kind
_COUNT, _DATE, _DURATION = _Kind.COUNT, _Kind.DATE, _Kind.DURATION
"""


def trace_source(
    rules: list[Rule], conditions: list[Condition], makers: list[tuple[Effect, ...]], vocabulary: Vocabulary
) -> str:
    """Return the functions ``fire_N`` and ``make_N`` of every rule, and ``personal``."""
    parts = [HEADER]
    for index, (rule, condition) in enumerate(zip(rules, conditions, strict=True)):
        parts.append(_Tracer(index, rule, condition, makers[index], vocabulary).write())
    return "\n".join([*parts, _personal(conditions, vocabulary)])


class _Tracer:
    """Writes one rule's function. Its rows come as ``R0``, ``R1``, … in the order of its variables."""

    def __init__(
        self, index: int, rule: Rule, condition: Condition, made: tuple[Effect, ...], vocabulary: Vocabulary
    ) -> None:
        self.index = index
        self.rule = rule
        self.condition = condition
        self.made = made
        self.vocabulary = vocabulary
        self.worded: dict[str, str] = {}
        self.present: set[str] = set()
        self.rows = {alias: f"R{number}" for number, alias in enumerate(rows_of(condition, vocabulary))}

    def write(self) -> str:
        """Return ``fire_N``: what made the rule true, its sentences, its effects; ``make_N``: the facts it makes."""
        names = Names(self.vocabulary, self.rows, "t")
        self.present = {names.term(term) for leaf in _certain(self.condition) for term in leaf_terms(leaf)}
        tables = frozenset(name for name, fact in self.vocabulary.items() if fact.table)
        acts = Acts(self.rule, self.rows, tables, partial(self._say, names))
        because = self._because(names)
        put, derived = acts.derived()
        rule = {"rule": constant(self.rule.id), "version": constant(self.rule.version)}
        step = parts((",", *thing({"because": because, "derived": derived, **rule})))
        lines = [*names.lines, *(f"{name} = {source}" for source, name in self.worded.items())]
        if acts.speaks:
            lines += self._why(names) if None in (*self.rule.message.zh, *self.rule.message.en) else []
            lines += [f"zh = {written(acts.zh)}"] if acts.spoken else []
        if acts.line_row:
            lines += [f"ln = {acts.line_row}.get('line_no')", "lt = _counts[ln]"]
        source = "\n    ".join([*lines, *acts.lines, *put, f"S.trace += {step}"])
        known = [f"{name} = S.{attribute}" for name, attribute in _KNOWN.items() if re.search(rf"\b{name}\b", source)]
        rows = [f"{', '.join(self.rows.values())}, = R"] if self.rows else []
        first = "".join(f"    {line}\n" for line in (*known, *rows))
        return f"def fire_{self.index}(S, H, R):\n{first}    {source}\n" + made_source(self.index, self.made, acts)

    def _because(self, names: Names) -> Pieces:
        """Return the values that made the rule true; of alternatives those that hold."""
        entries: dict[str, Pieces] = {name: constant(value) for name, value in self.rule.shown.items()}
        for leaf in _sure(self.condition):
            entries.update(self._entries(leaf, names))
        maybe: dict[str, tuple[Pieces, list[str]]] = {}
        for part in _unsure(self.condition):
            if isinstance(part, Never):
                entries[part.text] = constant(True)
                continue
            for name, value in self._entries(part, names).items():
                maybe.setdefault(name, (value, []))[1].append(emit_leaf(part, names))
        found: list[tuple[str, str | None, Pieces]] = [(name, None, value) for name, value in entries.items()]
        found += [
            (name, f"({' or '.join(dict.fromkeys(when))})", value)
            for name, (value, when) in maybe.items()
            if name not in entries
        ]
        return keyed(found)

    def _say(self, names: Names, parts: tuple[Part, ...], zh: bool) -> Pieces:
        """Return a sentence as JSON."""
        said = (inner(part) if isinstance(part, str) else Code(self._part(part, names, zh)) for part in parts)
        return ('"', *said, '"')

    def _entries(self, leaf: Leaf, names: Names) -> dict[str, Pieces]:
        if isinstance(leaf, Fixed):
            return {}
        if is_personal(leaf):
            return {leaf.text: constant(True)}
        return {_label(term): self._traced(names.term(term), term) for term in leaf_terms(leaf)}

    def _traced(self, value: str, term: Field | Tally) -> Pieces:
        """Return a value as the trace shows it."""
        shown = self._shown(value, term)
        if shown is not None:
            return amount(shown, value in self.present)
        return computed(value, Kind.COUNT if term.word is None else term.word.kind)

    def _shown(self, value: str, term: Field | Tally) -> str | None:
        """Return the variable that holds an amount or a day in words, written once; None for other kinds."""
        kind = term.word.kind if term.word is not None else Kind.COUNT
        if kind not in _SHOW and kind is not Kind.DATE:
            return None
        day = f"_date.fromordinal({value} // 86400).isoformat().encode()"
        source = _SHOW[kind].format(value) if kind in _SHOW else day
        return self._once(source if value in self.present else f"None if {value} is None else {source}")

    def _once(self, source: str) -> str:
        return self.worded.setdefault(source, f"x{len(self.worded)}")

    def _why(self, names: Names) -> list[str]:
        """Collect the labels of the alternatives that were true; without alternatives, of all conditions."""
        chosen = [part for part in _unsure(self.condition) if not isinstance(part, Never)] or list(
            _sure(self.condition)
        )
        lines = ["wz, we = [], []"]
        for leaf in chosen:
            zh, en = (inner(text) for text in _reason(leaf))
            lines += [f"if {emit_leaf(leaf, names)}:", f"    wz.append({zh.encode()!r}); we.append({en.encode()!r})"]
        return lines

    def _part(self, part: Linear | Field | None, names: Names, zh: bool) -> str:
        if part is None:
            return f"{'、'.encode()!r}.join(wz)" if zh else "b', '.join(we)"
        missing = ("未知" if zh else "unknown").encode()
        if isinstance(part, Linear):
            return self._total(part, names, zh, missing)
        value = names.term(part)
        shown = self._shown(value, part)
        if value in self.present:
            return shown or _worded(value, part, zh)
        return f"({missing!r} if {value} is None else {shown or _worded(value, part, zh)})"

    def _total(self, side: Linear, names: Names, zh: bool, missing: bytes) -> str:
        """Return the expression of a sum in a sentence, rounded half up."""
        scale = lcm(side.constant.denominator, *(factor.denominator for factor, _ in side.terms))
        terms = [names.term(term) for _, term in side.terms]
        total = f"(2 * ({linear(side, names, scale)}) + {scale}) // {2 * scale}"
        absent = " or ".join(f"{term} is None" for term in dict.fromkeys(terms) if term not in self.present)
        if side.kind in _SHOW:
            shown = _SHOW[side.kind].format(total)
            return f"({self._once(f'None if {absent} else {shown}')} or {missing!r})" if absent else self._once(shown)
        said = f"_value({total}, _{side.kind.name}, {zh}).encode()"
        return f"({missing!r} if {absent} else {said})" if absent else said


def _worded(value: str, field: Field, zh: bool) -> str:
    match field.word.kind:
        case Kind.DURATION:
            return f"_duration({value}, {zh}).encode()"
        case Kind.BOOL:
            yes, no = ("是", "否") if zh else ("yes", "no")
            return f"({yes.encode()!r} if {value} else {no.encode()!r})"
        case Kind.COUNT:
            return f"_counts[{value}]"
        case _:
            return f"_texts[{value}][1:-1]"


def _label(term: Field | Tally) -> str:
    return term.full if isinstance(term, Field) else term.text


def _sure(condition: Condition) -> list[Leaf]:
    """Return the leaves that are true whenever the condition is."""
    match condition:
        case All():
            return [leaf for part in condition.parts for leaf in _sure(part)]
        case Any() | Never():
            return []
        case Not():
            return list(leaves(condition.part))
        case _:
            return [condition]


def _certain(condition: Condition) -> list[Leaf]:
    """Return the leaves that say, whenever the condition holds, that what they look at is there."""
    match condition:
        case All():
            return [leaf for part in condition.parts for leaf in _certain(part)]
        case Compare() | Same() | Truth() | Contains() | Among():
            return [condition]
        case Missing():
            return [condition] if condition.present else []
        case _:
            return []


def _unsure(condition: Condition) -> list[Leaf | Never]:
    """Return the leaves under ``any``, of which some may be false, and every ``none`` at the top."""
    match condition:
        case All():
            return [leaf for part in condition.parts for leaf in _unsure(part)]
        case Any():
            return [
                leaf
                for part in condition.parts
                for leaf in (*_sure(part), *_unsure(part))
                if not isinstance(leaf, Never)
            ]
        case Never():
            return [condition]
        case _:
            return []


def _reason(leaf: Leaf) -> tuple[str, str]:
    field = getattr(leaf, "field", None)
    if isinstance(leaf, Missing) and isinstance(field, Field):
        missing = ("已填", "given") if leaf.present else ("缺失", "missing")
        return f"{field.word.zh}{missing[0]}", f"{field.full} {missing[1]}"
    return leaf.text, leaf.text


def _personal(conditions: list[Condition], vocabulary: Vocabulary) -> str:
    """Return the function that keeps the truths of all conditions on personal text, for the time after an erasure."""
    names = Names(vocabulary, {}, "q")
    entries: dict[str, str] = {}
    for condition in conditions:
        for leaf in leaves(condition, inside_never=True):
            if is_personal(leaf):
                entries[personal_key(leaf)] = emit(leaf, names)
    pairs = ", ".join(f"{key!r}: bool({value})" for key, value in entries.items())
    lines = "\n    ".join([*names.lines, f"return {{{pairs}}}"])
    return f"def personal(P, H=None, A=None):\n    {lines}\n"
