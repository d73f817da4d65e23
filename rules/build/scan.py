"""The scan's source: one generated function tests every condition on one fact, once per order.

A rule that looks at one base fact has fired when its condition holds. For rules that join, the scan keeps the facts
that satisfy each pattern (a *register*); for ``none`` it keeps whether any fact did (a *bar*). Conditions on heads
alone are computed once, outside the loops; tables are entered through an index where a column must equal a head.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rules.build.emit import Names, emit, is_personal
from rules.build.normal import rows_of
from rules.build.patterns import CASE
from rules.tree import All, Condition, Field, Same

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.build.need import Need
    from rules.build.patterns import Pattern
    from rules.vocabulary import Vocabulary

Tables = dict[str, tuple[dict[str, Any], ...]]


@dataclass(slots=True)
class Loop:
    """One loop over facts: its head, the facts' key and fields, and what to do under each condition."""

    head: str
    key: str
    names: Names
    actions: dict[str, list[str]] = field(default_factory=dict)


class ScanSource:
    """Collects the base patterns of all rules and writes ``scan``."""

    def __init__(self, vocabulary: Vocabulary, tables: Tables) -> None:
        self.vocabulary = vocabulary
        self.tables = tables
        self.heads = Names(vocabulary, {}, "h")
        self.loops: dict[str, Loop] = {}
        self.cases: dict[str, list[str]] = {}
        self.parts: dict[str, str] = {}
        self.registers: dict[tuple[str, str], int] = {}
        self.bars: dict[tuple[str, str], int] = {}
        self.lists: list[str] = []
        self.last: list[str] = []
        self.space: dict[str, Any] = {}

    def register(self, pattern: Pattern) -> int:
        """Return the number of the list of facts that satisfy a pattern."""
        where, source = self._place(pattern)
        known = len(self.registers)
        number = self.registers.setdefault((where, source), known)
        if number == known:
            self._list(f"c{number}")
            self._do(where, source, f"c{number}.append(({self._key(where)}, {self._row(where)}))")
        return number

    def bar(self, pattern: Pattern) -> int:
        """Return the number of the flag that says whether any fact satisfies a pattern."""
        where, source = self._place(pattern)
        known = len(self.bars)
        number = self.bars.setdefault((where, source), known)
        if number == known:
            self._do(where, source, f"a{number} = True")
        return number

    def direct(self, need: Need, pattern: Pattern, stratum: int) -> None:
        """Let a rule on one base fact fire where its condition holds and nothing bars it."""
        where, source = self._place(pattern)
        case = where == CASE
        keys, rows = ("()", "()") if case else (f"({self._key(where)},)", "(r,)")
        firing = f"({need.rank}, {keys}, {need.rule}, {rows})"
        bars = " or ".join(f"a{number}" for number in need.bars)
        if case:
            self._do(where, source, *_fired("append", firing, bars, f"m{stratum}" if need.makes else ""))
        elif bars:
            name = f"g{need.number}"
            self._list(name)
            self._do(where, source, f"{name}.append({firing})")
            self.last += [f"if {name}:", *_under(_fired("extend", name, bars, f"m{stratum}" if need.makes else ""))]
        else:
            self._do(where, source, *_fired("append", firing, "", f"m{stratum}" if need.makes else ""))

    def late(self, need: Need, pattern: Pattern) -> None:
        """Keep the facts of a rule on one base fact that a later look decides: other variants, or a made fact's bar."""
        where, source = self._place(pattern)
        keys, rows = ("()", "()") if where == CASE else (f"({self._key(where)},)", "(r,)")
        self._list(f"l{need.number}")
        self._do(where, source, f"l{need.number}.append(({keys}, {rows}))")

    def write(self, strata: list[list[Need]]) -> str:
        """Return the source of ``scan``: firings, registers, bars, then per stratum what makes, is late, may join."""
        body: list[str] = []
        for loop in self.loops.values():
            inner = [*loop.names.lines, *_conditions(loop.actions)]
            body += [loop.head, *_under(inner)]
        body += [*_conditions(self.cases), *self.last]
        lines = ["H = F['head']", "P = F.get('personal') or {}", "A = F.get('personal_atoms')", "out = []"]
        lines += [f"m{number} = []" for number in range(len(strata))]
        lines += [*self.heads.lines, *(f"{name} = {source}" for source, name in self.parts.items())]
        lines += [f"{name} = []" for name in self.lists]
        lines += [f"a{number} = False" for number in self.bars.values()]
        lines += body
        for number, needs in enumerate(strata):
            lines += [
                f"j{number} = []",
                *(line for at, need in enumerate(needs) for line in _may_join(number, at, need)),
            ]
        found = (
            _tuple(f"c{number}" for number in self.registers.values()),
            _tuple(f"a{number}" for number in self.bars.values()),
            _tuple(f"m{number}" for number in range(len(strata))),
            _tuple(_late(needs) for needs in strata),
            _tuple(f"j{number}" for number in range(len(strata))),
        )
        return "\n".join(["def scan(F, T):", *_under(lines), f"    return out, {', '.join(found)}", ""])

    def _list(self, name: str) -> None:
        if name not in self.lists:
            self.lists.append(name)

    def _do(self, where: str, source: str, *actions: str) -> None:
        conditions = self.cases if where == CASE else self.loops[where].actions
        conditions.setdefault(source, []).extend(actions)

    def _key(self, where: str) -> str:
        return repr((CASE, 0)) if where == CASE else self.loops[where].key

    @staticmethod
    def _row(where: str) -> str:
        return "H" if where == CASE else "r"

    def _place(self, pattern: Pattern) -> tuple[str, str]:
        """Return the loop that a pattern's condition stands in, and its source."""
        parts = _flat(pattern.atom)
        if pattern.fact == CASE:
            return CASE, emit(All(tuple(parts)), self.heads)
        where, parts = self._loop(pattern, parts)
        names = self.loops[where].names
        names.rows[pattern.variable] = "r"
        once = [part for part in parts if not rows_of(part, self.vocabulary)]
        each = tuple(part for part in parts if part not in once)
        sources = [self._once(part) for part in once]
        if each or not sources:
            sources.append(emit(All(each), names))
        return where, " and ".join(sources)

    def _once(self, part: Condition) -> str:
        source = emit(part, self.heads)
        return self.parts.setdefault(source, f"p{len(self.parts)}")

    def _loop(self, pattern: Pattern, parts: list[Condition]) -> tuple[str, list[Condition]]:
        fact = pattern.fact
        if not self.vocabulary[fact].table:
            if fact not in self.loops:
                names = Names(self.vocabulary, {}, f"{fact}_", self.heads)
                self.loops[fact] = Loop(f"for i, r in enumerate(F[{fact!r}]):", f"({fact!r}, i)", names)
            return fact, parts
        found = next((at for at, part in enumerate(parts) if self._indexed(part, pattern)), None)
        if found is None:
            return self._table(fact, lambda: self._rows(fact)), parts
        left, right = self._sides(parts[found], pattern)
        value = self.heads.term(right)
        where = f"{fact}.{left.word.name} = {value}"
        rest = [*parts[:found], *parts[found + 1 :]]
        return self._table(where, lambda: f"{self._index(fact, left.word.name)}.get({value}, ())"), rest

    def _table(self, where: str, source: Callable[[], str]) -> str:
        if where not in self.loops:
            names = Names(self.vocabulary, {}, f"t{len(self.loops)}_", self.heads)
            self.loops[where] = Loop(f"for k, r in {source()}:", "k", names)
        return where

    def _indexed(self, part: Condition, pattern: Pattern) -> bool:
        """Say whether the part asks that a column equals a head's value."""
        if not isinstance(part, Same) or part.negated or not isinstance(part.right, Field) or is_personal(part):
            return False
        heads = [self.vocabulary[side.word.fact].head for side in (part.left, part.right)]
        return heads.count(True) == 1 and pattern.variable in (part.left.alias, part.right.alias)

    @staticmethod
    def _sides(part: Condition, pattern: Pattern) -> tuple[Field, Field]:
        assert isinstance(part, Same)  # noqa: S101 - `_indexed` said so
        assert isinstance(part.right, Field)  # noqa: S101 - `_indexed` said so
        mine = part.left.alias == pattern.variable
        return (part.left, part.right) if mine else (part.right, part.left)

    def _rows(self, fact: str) -> str:
        name = f"X{len(self.space)}"
        self.space[name] = tuple(((fact, at), row) for at, row in enumerate(self.tables[fact]))
        return name

    def _index(self, fact: str, column: str) -> str:
        name = f"X{len(self.space)}"
        index: dict[Any, list[Any]] = {}
        for at, row in enumerate(self.tables[fact]):
            if row.get(column) is not None:
                index.setdefault(row[column], []).append(((fact, at), row))
        self.space[name] = index
        return name


def _fired(how: str, firing: str, bars: str, makes: str) -> list[str]:
    lines = [f"x = {firing}", f"out.{how}(x)", f"{makes}.{how}(x)"] if makes else [f"out.{how}({firing})"]
    return [f"if not ({bars}):", *_under(lines)] if bars else lines


def _under(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _conditions(actions: dict[str, list[str]]) -> list[str]:
    lines: list[str] = []
    for source, done in actions.items():
        lines += done if source == "True" else [f"if {source}:", *_under(done)]
    return lines


def _tuple(names: Any) -> str:
    found = list(names)
    return f"({', '.join(found)}{',' if len(found) == 1 else ''})"


def _late(needs: list[Need]) -> str:
    return _tuple(f"({at}, l{need.number})" for at, need in enumerate(needs) if need.late)


def _may_join(stratum: int, at: int, need: Need) -> list[str]:
    """Return the lines that note a joining variant whose base patterns all have facts."""
    if need.single:
        return []
    have = [f"c{spot.register}" for spot in need.spots if spot.register is not None and not spot.negated]
    have += [f"not a{number}" for number in need.bars]
    note = f"j{stratum}.append({at})"
    return [f"if {' and '.join(have)}:", f"    {note}"] if have else [note]


def _flat(parts: list[Condition]) -> list[Condition]:
    found: list[Condition] = []
    for part in parts:
        found += _flat(list(part.parts)) if isinstance(part, All) else [part]
    return found
