"""The source of a firing: per rule, generated Python that writes its trace and sentence and does its effects.

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
from rules.tree import (
    All,
    Any,
    Condition,
    Field,
    Fixed,
    Leaf,
    Linear,
    Missing,
    Never,
    Not,
    Tally,
    leaf_terms,
    leaves,
)
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from rules.effects import Effect, Part
    from rules.policy import Rule
    from rules.vocabulary import Vocabulary

_KNOWN = {"P": "personal", "A": "atoms", "F": "facts", "T": "tables"}
HEADER = """
from rules.build.act import given as _given, put as _put
from rules.show import duration_text as _duration, money as _money, price as _price, quantity as _quantity
from rules.show import value_text as _value
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
        self.rows = {alias: f"R{number}" for number, alias in enumerate(rows_of(condition, vocabulary))}

    def write(self) -> str:
        """Return ``fire_N``: what made the rule true, its sentences, its effects; ``make_N``: the facts it makes."""
        names = Names(self.vocabulary, self.rows, "t")
        tables = frozenset(name for name, fact in self.vocabulary.items() if fact.table)
        acts = Acts(self.rule, self.index, self.rows, tables, partial(self._say, names))
        entries: dict[str, str] = {repr(name): repr(value) for name, value in self.rule.shown.items()}
        for leaf in _sure(self.condition):
            entries.update(self._entries(leaf, names))
        body: list[str] = [f"d = {{{', '.join(f'{key}: {value}' for key, value in entries.items())}}}"]
        for part in _unsure(self.condition):
            body += self._maybe(part, names)
        if acts.speaks:
            body += self._sentence(names, acts)
        if acts.line_row:
            body.append(f"ln = {acts.line_row}.get('line_no')")
        words = [f"{name} = {source}" for source, name in self.worded.items()]
        step = f"{{'because': d, 'derived': x, 'rule': {self.rule.id!r}, 'version': {self.rule.version!r}}}"
        done = [*acts.lines, *acts.derived(), f"S.trace.append({step})"]
        lines = "\n    ".join([*names.lines, *words, *body, *done])
        known = [f"{name} = S.{attribute}" for name, attribute in _KNOWN.items() if re.search(rf"\b{name}\b", lines)]
        rows = [f"{', '.join(self.rows.values())}, = R"] if self.rows else []
        first = "".join(f"    {line}\n" for line in (*known, *rows))
        fixed = "".join(f"{name} = {source}\n" for source, name in acts.constants.items())
        fire = f"{fixed}def fire_{self.index}(S, H, R):\n{first}    {lines}\n"
        return fire + made_source(self.index, self.made, acts)

    def _sentence(self, names: Names, acts: Acts) -> list[str]:
        zh, en = self._say(names, self.rule.message.zh, True), self._say(names, self.rule.message.en, False)
        why = self._why(names) if None in (*self.rule.message.zh, *self.rule.message.en) else []
        if all(isinstance(part, str) for part in (*self.rule.message.zh, *self.rule.message.en)):
            same = f"{{'en': {en}, 'zh': {zh}}}"
            return [f"zh = {zh}", f"m = {acts.constant(same)}"]
        return [*why, f"zh = {zh}", f"m = {{'en': {en}, 'zh': zh}}"]

    def _say(self, names: Names, parts: tuple[Part, ...], zh: bool) -> str:
        """Return the expression of a sentence: one format, which Python compiles to a single concatenation."""
        if all(isinstance(part, str) for part in parts):
            return repr("".join(part for part in parts if isinstance(part, str)))
        text = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts)
        values = [self._part(part, names, zh) for part in parts if not isinstance(part, str)]
        return f"{text!r} % ({', '.join(values)},)"

    def _maybe(self, part: Leaf | Never, names: Names) -> list[str]:
        if isinstance(part, Never):
            return [f"d[{part.text!r}] = True"]
        entries = self._entries(part, names)
        pairs = ", ".join(f"{key}: {value}" for key, value in entries.items())
        return [f"if {emit_leaf(part, names)}:", f"    d.update({{{pairs}}})"] if entries else []

    def _entries(self, leaf: Leaf, names: Names) -> dict[str, str]:
        if isinstance(leaf, Fixed):
            return {}
        if is_personal(leaf):
            return {repr(leaf.text): "True"}
        return {repr(_label(term)): self._traced(names.term(term), term) for term in leaf_terms(leaf)}

    def _traced(self, value: str, term: Field | Tally) -> str:
        """Return the expression of a value as the trace shows it; what is costly to write is written once."""
        kind = term.word.kind if term.word is not None else Kind.COUNT
        if kind in _SHOW:
            return self._once(f"None if {value} is None else {_SHOW[kind]}({value})")
        if kind is Kind.DATE:
            return self._once(f"None if {value} is None else _date.fromordinal({value} // 86400).isoformat()")
        return value

    def _once(self, source: str) -> str:
        return self.worded.setdefault(source, f"x{len(self.worded)}")

    def _why(self, names: Names) -> list[str]:
        """Collect the labels of the alternatives that were true; without alternatives, of all conditions."""
        chosen = [part for part in _unsure(self.condition) if not isinstance(part, Never)] or list(
            _sure(self.condition)
        )
        lines = ["wz, we = [], []"]
        for leaf in chosen:
            zh, en = _reason(leaf)
            lines += [f"if {emit_leaf(leaf, names)}:", f"    wz.append({zh!r}); we.append({en!r})"]
        return lines

    def _part(self, part: Linear | Field | None, names: Names, zh: bool) -> str:
        if part is None:
            return "'、'.join(wz)" if zh else "', '.join(we)"
        missing = "未知" if zh else "unknown"
        if isinstance(part, Linear):
            return self._total(part, names, zh, missing)
        value = names.term(part)
        if part.word.kind in _SHOW or part.word.kind is Kind.DATE:
            return f"({self._traced(value, part)} or {missing!r})"
        return f"({missing!r} if {value} is None else {_worded(value, part, zh)})"

    def _total(self, side: Linear, names: Names, zh: bool, missing: str) -> str:
        """Return the expression of a sum in a sentence, rounded half up."""
        scale = lcm(side.constant.denominator, *(factor.denominator for factor, _ in side.terms))
        terms = [names.term(term) for _, term in side.terms]
        total = f"(2 * ({linear(side, names, scale)}) + {scale}) // {2 * scale}"
        absent = " or ".join(f"{term} is None" for term in dict.fromkeys(terms))
        if side.kind in _SHOW:
            shown = f"{_SHOW[side.kind]}({total})"
            return f"({self._once(f'None if {absent} else {shown}' if absent else shown)} or {missing!r})"
        return f"({missing!r} if {absent} else _value({total}, _{side.kind.name}, {zh}))"


def _worded(value: str, field: Field, zh: bool) -> str:
    kind = field.word.kind
    if kind is Kind.DURATION:
        return f"_duration({value}, {zh})"
    if kind is Kind.BOOL:
        return f"({'是' if zh else 'yes'!r} if {value} else {'否' if zh else 'no'!r})"
    return value


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
