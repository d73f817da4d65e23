"""Atoms of made facts and join keys: generated functions, for facts that come into being while an order is judged.

A *slot* is the place of a derived type's bits: positive patterns and patterns under ``none`` have slots of their own,
for the negated facts are told to the engine as shadows, ahead of everything else. Base facts: `rules/build/scan.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.build.emit import Names, emit, linear
from rules.build.patterns import CASE
from rules.tree import All, Field

if TYPE_CHECKING:
    from rules.build.patterns import Pattern, Side
    from rules.vocabulary import Vocabulary

Slot = tuple[str, bool]
HEADER = """from datetime import date as _date

def _day(text):
    return None if text is None else _date.fromisoformat(text).toordinal() * 86400
"""


class AtomSource:
    """Collects the atoms of made facts and all join keys, and writes the source of the functions that compute them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.slots: list[Slot] = []
        self.bits: list[dict[str, int]] = []
        self.rows: dict[str, Names] = {}
        self.keys: dict[tuple[str, str], str] = {}

    @property
    def derived(self) -> list[str]:
        """The derived types that some rule reads."""
        return list(dict.fromkeys(fact for fact, _ in self.slots))

    def slot(self, fact: str, negated: bool) -> int:
        """Return the number of a slot."""
        if (fact, negated) not in self.slots:
            self.slots.append((fact, negated))
            self.bits.append({})
        return self.slots.index((fact, negated))

    def atom(self, pattern: Pattern) -> tuple[int, int]:
        """Return slot and bit of a pattern's atom, the bit as its value; equal atoms share it."""
        names = self.rows.setdefault(pattern.fact, Names(self.vocabulary, {}, "r"))
        names.rows[pattern.variable] = "r"
        source = emit(All(tuple(pattern.atom)), names)
        slot = self.slot(pattern.fact, pattern.negated)
        bits = self.bits[slot]
        return slot, 1 << bits.setdefault(source, len(bits))

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
        parts = [HEADER, *(self._derived(fact) for fact in self.derived)]
        parts += [f"def {name}(r, F, H, P, A, T):\n    {source}\n" for (_, source), name in self.keys.items()]
        return "\n".join(parts)

    def _derived(self, fact: str) -> str:
        lines = [f"def scan_{fact}(r):", *(f"    {line}" for line in self.rows[fact].lines)]
        lines.append("    found = {}")
        for slot, kind in enumerate(self.slots):
            if kind[0] == fact:
                lines += [*self._slot_bits(slot), "    if m:", f"        found[{slot}] = m"]
        return "\n".join([*lines, "    return found", ""])

    def _slot_bits(self, slot: int) -> list[str]:
        lines = ["    m = 0"]
        for source, bit in self.bits[slot].items():
            if source == "True":
                lines.append(f"    m |= {1 << bit}")
            else:
                lines += [f"    if {source}:", f"        m |= {1 << bit}"]
        return lines


def _all_rows(side: Side, fact: str) -> dict[str, str]:
    terms = (side,) if isinstance(side, Field) else tuple(term for _, term in side.terms)
    return {term.alias: "r" for term in terms if isinstance(term, Field)} if fact != CASE else {}
