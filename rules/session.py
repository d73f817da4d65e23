"""One stratum's session with the engine: tell it facts, take its firings, tell it the facts that they make.

A fact costs the engine about 5 µs, so only those are told that can still matter: one per fact for all rules on a single
fact, and for joins only the facts whose partners exist (a semi-join over the equalities). The engine joins, compares,
negates and chains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.engine import engine_for
from rules.patterns import CASE
from rules.shape import Shape

if TYPE_CHECKING:
    from rules.match import Key, Match, Row, Values
    from rules.need import Need, NeedSet, SingleSlot, Spot

SINGLE = Shape()
_SINGLES = frozenset({SINGLE})
_TEXTS = tuple(f'{{"id":"{number}","sid":"1","sp0":1}}' for number in range(500))
Told = tuple["Key", "Row", "Values | None", "list[Values]"]
"""A fact that may join: key, row, its own side of its link, and its sides of the links that hang on it."""


class Session:
    """Runs one stratum: rules on single facts first, then those that join what is known now."""

    def __init__(self, match: Match, needs: NeedSet) -> None:
        self.match = match
        self.needs = needs
        self.told: list[tuple[tuple[Need, ...], Key, Row]] = []
        self.waiting: dict[str, list[tuple[Need, Spot]]] = {}
        self.barred: dict[int, tuple[Need, ...]] = {}

    def run(self) -> None:
        """Tell facts, collect firings until nothing new is made; twice, so that joins see what single facts made."""
        union = self.match.union
        facts: list[str] = []
        for single in self.needs.singles:
            if single.guarded:
                self.barred[single.slot] = single.barred(union)
            if union[single.slot] & single.bits:
                self._tell_singles(single, facts)
        if facts:
            engine_for(_SINGLES).run(facts, self._feed, fires=True)
        joining = self.needs.candidates(union)
        if joining:
            self._run_joins(joining)

    def _tell_singles(self, single: SingleSlot, facts: list[str]) -> None:
        """Tell each fact that satisfies a rule by itself once, whatever the number of such rules."""
        match, slot, bits, fact = self.match, single.slot, single.bits, single.fact
        masks = match.masks[slot]
        if masks:
            rows = match.rows(fact)
            for index, mask in enumerate(masks):
                if mask & bits:
                    self._single((fact, index), rows[index], self._satisfied(single, mask & bits), facts)
            return
        for entry in match.made:
            mask = entry.masks.get(slot, 0) & bits
            if mask:
                self._single(entry.key, entry.row, self._satisfied(single, mask), facts)

    def _satisfied(self, single: SingleSlot, mask: int) -> tuple[Need, ...]:
        found = single.satisfied(mask)
        barred = self.barred.get(single.slot)
        return tuple([need for need in found if need not in barred]) if barred else found

    def _single(self, key: Key, row: Row, needs: tuple[Need, ...], facts: list[str]) -> None:
        if needs:
            number = len(self.told)
            facts.append(_TEXTS[number] if number < len(_TEXTS) else f'{{"id":"{number}","sid":"1","sp0":1}}')
            self.told.append((needs, key, row))

    def _run_joins(self, joining: list[Need]) -> None:
        """Tell the negated facts first, then the others."""
        makes = self._makes(joining)
        first: list[str] = []
        facts: list[str] = []
        shapes = {SINGLE} if makes else set()
        sure = False
        for need in joining:
            if self._join(need, makes, first, facts):
                shapes.add(need.shape)
                sure = sure or (need.shape.sure and not any(spot.fact in makes for spot in need.spots))
        if facts or first:
            engine_for(frozenset(shapes)).run(first + facts, self._feed, fires=sure)

    def _makes(self, joining: list[Need]) -> set[str]:
        """Return the kinds of facts that may still come: made by joins, or by single facts that joins make."""
        makes = {fact for need in joining for fact in need.makes}
        grown = bool(makes)
        while grown:
            chained = [single for single in self.needs.singles if single.fact in makes]
            more = {fact for single in chained for need in single.needs for fact in need.makes}
            grown = not more <= makes
            makes |= more
        return makes

    def _join(self, need: Need, makes: set[str], first: list[str], facts: list[str]) -> bool:
        """Tell the facts of a joining variant that have partners; False if some pattern can have none."""
        union = self.match.union
        open_spots = {spot.number for spot in need.spots if spot.fact in makes and not spot.negated} if makes else set()
        for spot in need.spots:
            if not (union[spot.slot] & spot.bit or spot.negated or spot.number in open_spots):
                return False
        columns = [self._column(need, spot) for spot in need.spots]
        _reduce(need, columns, open_spots)
        for spot, column in zip(need.spots, columns, strict=True):
            if not (column or spot.negated or spot.number in open_spots):
                return False
        for spot, column in zip(need.spots, columns, strict=True):
            texts = first if spot.negated else facts
            for told in column:
                texts.append(self._text(need, spot, told))
            if spot.number in open_spots:
                self.waiting.setdefault(spot.fact, []).append((need, spot))
        return True

    def _column(self, need: Need, spot: Spot) -> list[Told]:
        found = []
        for key, row in self._facts(spot):
            told = self._tied(need, spot, key, row)
            if told is not None:
                found.append(told)
        return found

    def _facts(self, spot: Spot) -> list[tuple[Key, Row]]:
        match, slot, bit, fact = self.match, spot.slot, spot.bit, spot.fact
        if not match.union[slot] & bit:
            return []
        masks = match.masks[slot]
        if masks:
            rows = match.rows(fact)
            return [((fact, index), rows[index]) for index, mask in enumerate(masks) if mask & bit]
        return [(entry.key, entry.row) for entry in match.made if entry.masks.get(slot, 0) & bit]

    def _tied(self, need: Need, spot: Spot, key: Key, row: Row) -> Told | None:
        """Return a fact with its sides of the links; None if a missing value keeps it from joining."""
        match, own = self.match, None
        if spot.own is not None:
            own = match.tie(need, spot.own, row)
            if own is None:
                return None
        given: list[Values] = []
        for tie in spot.given:
            values = match.tie(need, tie, row)
            if values is None:
                if not tie.negated:
                    return None
                values = match.unmatched(tie)
            given.append(values)
        return key, row, own, given

    def _text(self, need: Need, spot: Spot, told: Told) -> str:
        key, row, own, given = told
        text = f'{{"id":"{len(self.told)}","sid":"1","_s":1,"{need.name}p{spot.number}":1'
        self.told.append(((need,), key, row))
        if own is not None and spot.own is not None:
            at = spot.own.at
            text += f',"e{at}":{own[0]}'
            for index, value in own[1]:
                text += f',"i{at}_{index}":{value}'
        for tie, values in zip(spot.given, given, strict=True):
            at = abs(tie.at)
            if tie.at > 0:
                text += f',"f{at}":{values[0]}'
            for index, value in values[1]:
                text += f',"h{at}_{index}":{value}'
        return text + "}"

    def _feed(self, fired: list[dict[str, Any]]) -> list[str]:
        match, told = self.match, self.told
        texts: list[str] = []
        for message in fired:
            facts = [told[int(fact["id"])] for fact in message.values()]
            needs = facts[0][0]
            if facts[0][1][0] == CASE:
                del facts[0]
            keys = tuple([key for _, key, _ in facts])
            rows = tuple([row for _, _, row in facts])
            for need in needs:
                if match.fire(need, keys, rows) and need.makes:
                    self._derive(need.rule, rows, texts)
        return texts

    def _derive(self, rule: int, rows: tuple[Row, ...], texts: list[str]) -> None:
        for fact, entry in self.match.derive(rule, rows):
            for single in self.needs.singles:
                if single.fact == fact:
                    mask = entry.masks.get(single.slot, 0) & single.bits
                    if mask:
                        self._single(entry.key, entry.row, self._satisfied(single, mask), texts)
            for need, spot in self.waiting.get(fact, ()):
                if entry.masks.get(spot.slot, 0) & spot.bit:
                    told = self._tied(need, spot, entry.key, entry.row)
                    if told is not None:
                        texts.append(self._text(need, spot, told))


def _reduce(need: Need, columns: list[list[Told]], open_spots: set[int]) -> None:
    """Keep only facts whose partner by equality exists, last pattern to first and back. Open ones may still grow."""
    for number, anchor, side in need.links:
        if number in open_spots or anchor in open_spots:
            continue
        have = {told[3][side][0] for told in columns[anchor]}
        columns[number] = [told for told in columns[number] if told[2] is not None and told[2][0] in have]
        if not need.spots[number].negated:
            wanted = {told[2][0] for told in columns[number] if told[2] is not None}
            columns[anchor] = [told for told in columns[anchor] if told[3][side][0] in wanted]
