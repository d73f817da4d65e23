"""Atoms: one generated function computes, for every fact, which patterns of all rules it satisfies, as bits.

A *slot* is the place of a fact type's bits: positive patterns and patterns under ``none`` have slots of their own, for
the negated facts are told to the engine as shadows, ahead of everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.emit import Names, emit, linear
from rules.patterns import CASE
from rules.tree import All, Field

if TYPE_CHECKING:
    from rules.patterns import Pattern, Side
    from rules.vocabulary import Vocabulary

Slot = tuple[str, bool]
HEADER = """from datetime import date as _date

def _day(text):
    return None if text is None else _date.fromisoformat(text).toordinal() * 86400
"""


class AtomSource:
    """Collects the atoms and join keys of all patterns and writes the source of the functions that compute them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.slots: list[Slot] = []
        self.bits: list[dict[str, int]] = []
        self.heads = Names(vocabulary, {}, "h")
        self.rows: dict[str, Names] = {}
        self.keys: dict[tuple[str, str], str] = {}

    def names(self, fact: str) -> Names:
        """Return the local variables of a fact type's loop."""
        if fact == CASE:
            return self.heads
        if fact not in self.rows:
            heads = None if self.vocabulary[fact].derived else self.heads
            self.rows[fact] = Names(self.vocabulary, {}, "r", heads)
        return self.rows[fact]

    def slot(self, fact: str, negated: bool) -> int:
        """Return the number of a slot."""
        if (fact, negated) not in self.slots:
            self.slots.append((fact, negated))
            self.bits.append({})
        return self.slots.index((fact, negated))

    def atom(self, pattern: Pattern) -> tuple[int, int]:
        """Return slot and bit of a pattern's atom; equal atoms share a bit."""
        names = self.names(pattern.fact)
        names.rows[pattern.variable] = "r"
        source = emit(All(tuple(pattern.atom)), names)
        slot = self.slot(pattern.fact, pattern.negated)
        bits = self.bits[slot]
        return slot, bits.setdefault(source, len(bits))

    def key(self, fact: str, side: Side) -> str:
        """Return the name of a join key: an integer, or a text that is interned per decision."""
        names = Names(self.vocabulary, _all_rows(side, fact), "v")
        heads = Names(self.vocabulary, {}, "h")
        names.heads = heads if fact != CASE else None
        if isinstance(side, Field):
            value = names.term(side)
            body = [*heads.lines, *names.lines, f"return {value}"]
        else:
            value = linear(side, names)
            fields = [*names.known.values(), *heads.known.values()]
            guard = " and ".join(f"{name} is not None" for name in fields) or "True"
            body = [*heads.lines, *names.lines, f"return ({value}) if {guard} else None"]
        source = "\n    ".join(body)
        return self.keys.setdefault((fact, source), f"k{len(self.keys)}")

    def write(self) -> str:
        """Return the module's source."""
        parts = [HEADER, self._scan()]
        parts += [self._derived(fact) for fact in self._facts() if fact != CASE and self.vocabulary[fact].derived]
        parts += [f"def {name}(r, F, H, P, A, T):\n    {source}\n" for (_, source), name in self.keys.items()]
        return "\n".join(parts)

    def _facts(self) -> list[str]:
        return list(dict.fromkeys(fact for fact, _ in self.slots))

    def _scan(self) -> str:
        loops: list[str] = []
        results: dict[int, str] = {}
        for fact in self._facts():
            if fact == CASE or self.vocabulary[fact].derived:
                continue
            loops += self._loop(fact, results)
        case = self._bits(CASE, "    ", results)
        lines = ["def scan(F, T):", "    H = F['head']", "    P = F.get('personal')", "    A = F.get('personal_atoms')"]
        lines += ["    P = P or {}"]
        lines += [f"    {line}" for line in self.heads.lines]
        found = "".join(f"{results.get(slot, '()')}, " for slot in range(len(self.slots)))
        unions = ", ".join(f"u{slot}" if slot in results else "0" for slot in range(len(self.slots)))
        return "\n".join([*lines, *case, *loops, f"    return ({found}), [{unions}]", ""])

    def _loop(self, fact: str, results: dict[int, str]) -> list[str]:
        names = self.names(fact)
        mine = [(slot, kind) for slot, kind in enumerate(self.slots) if kind[0] == fact]
        lines = [line for slot, _ in mine for line in (f"    s{slot} = []", f"    u{slot} = 0")]
        lines.append(f"    for r in {names.source(fact)}:")
        lines += [f"        {line}" for line in names.lines]
        for slot, _ in mine:
            results[slot] = f"s{slot}"
            lines += [*self._slot_bits(slot, "        "), f"        s{slot}.append(m)", f"        u{slot} |= m"]
        return lines

    def _bits(self, fact: str, indent: str, results: dict[int, str]) -> list[str]:
        lines: list[str] = []
        for slot, kind in enumerate(self.slots):
            if kind[0] == fact:
                lines += [*self._slot_bits(slot, indent), f"{indent}s{slot} = (m,)", f"{indent}u{slot} = m"]
                results[slot] = f"s{slot}"
        return lines

    def _slot_bits(self, slot: int, indent: str) -> list[str]:
        lines = [f"{indent}m = 0"]
        for source, bit in self.bits[slot].items():
            if source == "True":
                lines.append(f"{indent}m |= {1 << bit}")
            else:
                lines += [f"{indent}if {source}:", f"{indent}    m |= {1 << bit}"]
        return lines

    def _derived(self, fact: str) -> str:
        names = self.names(fact)
        lines = [f"def scan_{fact}(r):", *(f"    {line}" for line in names.lines)]
        found = []
        for slot, kind in enumerate(self.slots):
            if kind[0] == fact:
                lines += [*self._slot_bits(slot, "    "), f"    s{slot} = m"]
                found.append(f"({slot}, s{slot})")
        return "\n".join([*lines, f"    return ({', '.join(found)},)", ""])


def _all_rows(side: Side, fact: str) -> dict[str, str]:
    terms = (side,) if isinstance(side, Field) else tuple(term for _, term in side.terms)
    return {term.alias: "r" for term in terms if isinstance(term, Field)} if fact != CASE else {}
