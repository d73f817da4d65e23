"""One stratum's session with the engine: tell it facts, take its firings, tell it the facts that they make.

Rules on one base fact have fired in the scan. The engine is told the facts that rules made, for those that read them,
and for joins the facts whose partners exist (a semi-join over the equalities). It joins, compares, negates and chains;
where nothing can join or chain there is no session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.build.patterns import CASE
from rules.build.shape import Shape
from rules.engine import engine_for

if TYPE_CHECKING:
    from rules.build.need import Fact, Need, NeedSet, Spot, Told
    from rules.judge.match import Key, Made, Match, Row, Rows

SINGLE = Shape()
_CLOSED: set[int] = set()
_SINGLES = {SINGLE.name: SINGLE}
_TEXTS = tuple(f'{{"id":"{number}","sid":"1","sp0":1}}' for number in range(500))


class Session:
    """Runs one stratum: what single facts made is known first, then chains and joins run to their fixed point."""

    __slots__ = ("barred", "match", "needs", "number", "told", "waiting")

    def __init__(self, match: Match, needs: NeedSet, number: int) -> None:
        self.match = match
        self.needs = needs
        self.number = number
        self.told: list[tuple[tuple[Need, ...], Key, Row]] = []
        self.waiting: dict[str, list[tuple[Need, Spot]]] = {}
        self.barred: dict[str, tuple[Need, ...]] = {}

    def run(self) -> None:
        """Make what single facts make, then tell the engine what can chain or join, until nothing new is made."""
        self._make()
        match = self.match
        facts: list[str] = []
        if self.needs.singles:
            for entry in match.made:
                self._chain(entry, facts)
        if match.joins[self.number]:
            self._run_joins(facts)
        elif facts:
            engine_for(_SINGLES).run(facts, self._feed)

    def _make(self) -> None:
        """Make what rules on one base fact make."""
        match = self.match
        if self.needs.guarded:
            self._barred()
        head, make = match.head, match.program.make
        for _, _, rule, rows in match.makers[self.number]:
            make[rule](match, head, rows)
        for at, found in match.late[self.number]:
            if found:
                self._late(self.needs.needs[at], found)

    def _barred(self) -> None:
        """Find the guarded variants on made facts whose ``none`` does not hold."""
        for fact, single in self.needs.singles.items():
            if single.guarded:
                self.barred[fact] = tuple([need for need in single.guarded if self._bars(need)])

    def _bars(self, need: Need) -> bool:
        bars, union = self.match.bars, self.match.union
        return any(bars[number] for number in need.bars) or any(union[slot] & bit for slot, bit in need.absent)

    def _late(self, need: Need, found: list[tuple[tuple[Key, ...], Rows]]) -> None:
        if self._bars(need):
            return
        for keys, rows in found:
            if self.match.fire(need, keys, rows) and need.makes:
                self.match.derive(need.rule, rows)

    def _chain(self, entry: Made, facts: list[str]) -> None:
        """Tell a made fact once for all rules that it satisfies by itself."""
        single = self.needs.singles.get(entry.fact)
        if single is None:
            return
        mask = entry.masks.get(single.slot, 0) & single.bits
        if mask:
            needs = single.satisfied(mask)
            barred = self.barred.get(entry.fact)
            if barred:
                needs = tuple([need for need in needs if need not in barred])
            if needs:
                number = len(self.told)
                facts.append(_TEXTS[number] if number < len(_TEXTS) else f'{{"id":"{number}","sid":"1","sp0":1}}')
                self.told.append((needs, entry.key, entry.row))

    def _run_joins(self, chained: list[str]) -> None:
        """Tell the negated facts first, then the others, then those that stand alone."""
        needs, first, facts = self.needs, list[str](), list[str]()
        makes: set[str] = set()
        shapes = dict(_SINGLES) if chained else {}
        may = [at for at in self.match.joins[self.number] if self._possible(needs.needs[at], makes)]
        if needs.grows:
            makes, may = self._growing()
            shapes |= _SINGLES if makes else {}
        for at in may:
            join, mine = needs.joins[at]
            need = mine[0]
            if join is None or makes:
                told = self._join(need, makes, first, facts)
            else:
                told = join(self.match, self.told, first, facts, mine)
            if told:
                shapes[need.name] = need.shape
        if facts or first or chained:
            engine_for(shapes).run(first + facts + chained, self._feed)

    def _growing(self) -> tuple[set[str], list[int]]:
        """Return the kinds of facts that may still come, and the joining variants that could fire."""
        needs, pool = self.needs, self.match.joins[self.number]
        makes = {fact for told, _, _ in self.told for need in told for fact in need.makes}
        while True:
            makes = needs.chained(makes) if makes else makes
            may = [at for at in pool if self._possible(needs.needs[at], makes)]
            more = {fact for at in may for fact in needs.needs[at].makes}
            if more <= makes:
                return makes, may
            makes |= more

    def _possible(self, need: Need, makes: set[str]) -> bool:
        """Say whether every made fact that a variant wants exists or may come, and none that it bars."""
        union = self.match.union
        for spot in need.made:
            if not (union[spot.slot] & spot.bit or spot.fact in makes):
                return False
        return not need.absent or not any(union[slot] & bit for slot, bit in need.absent)

    def _join(self, need: Need, makes: set[str], first: list[str], facts: list[str]) -> bool:
        """Tell the facts of a joining variant that have partners; False if some pattern can have none."""
        spots = need.spots
        open_spots = {spot.number for spot in need.made if spot.fact in makes} if makes else _CLOSED
        columns: list[list[Told]] = []
        for spot in spots:
            column = self._column(spot)
            if not (column or spot.negated or spot.number in open_spots):
                return False
            columns.append(column)
        if not _reduce(need, columns, open_spots):
            return False
        for spot, column in zip(spots, columns, strict=True):
            texts = first if spot.negated else facts
            for told in column:
                texts.append(self._text(need, spot, told))
            if spot.number in open_spots:
                self.waiting.setdefault(spot.fact, []).append((need, spot))
        return True

    def _column(self, spot: Spot) -> list[Told]:
        if spot.register is not None:
            facts: list[Fact] = self.match.registers[spot.register]
        else:
            slot, bit = spot.slot, spot.bit
            facts = [(entry.key, entry.row) for entry in self.match.made if entry.masks.get(slot, 0) & bit]
        return [told for key, row in facts if (told := self._tied(spot, key, row)) is not None]

    def _tied(self, spot: Spot, key: Key, row: Row) -> Told | None:
        """Return a fact with its sides of the links; None if a missing value keeps it from joining."""
        mine, more = None, ""
        if spot.own is not None:
            own = self.match.tie(spot.own, row)
            if own is None:
                return None
            mine = own[0]
            more = "".join([f',"i{spot.own.at}_{index}":{value}' for index, value in own[1]])
        given = []
        for tie in spot.given:
            values = self.match.tie(tie, row)
            if values is None:
                if not tie.negated:
                    return None
                values = object(), tuple([(index, 0) for index, _, _ in tie.more])  # equals nothing: bars nothing
            given.append(values[0])
            more += "".join([f',"h{abs(tie.at)}_{index}":{value}' for index, value in values[1]])
        return key, row, mine, tuple(given), more

    def _text(self, need: Need, spot: Spot, told: Told) -> str:
        key, row, own, given, more = told
        number, base = self.match.number, need.base
        text = f'{{"id":"{len(self.told)}{spot.head}'
        self.told.append(((need,), key, row))
        if own is not None:
            text += f',"e{spot.number}":{base + number(own)}'
        for at, value in zip(spot.places, given, strict=True):
            if at > 0:
                text += f',"f{at}":{base + number(value)}'
        return f"{text}{more}}}"

    def _feed(self, fired: list[list[str]]) -> list[str]:
        match, told = self.match, self.told
        texts: list[str] = []
        for numbers in fired:
            facts = [told[int(number)] for number in numbers]
            needs = facts[0][0]
            if facts[0][1][0] == CASE:
                del facts[0]
            keys = tuple([key for _, key, _ in facts])
            rows = tuple([row for _, _, row in facts])
            for need in needs:
                if match.fire(need, keys, rows) and need.makes:
                    self._derive(need.rule, rows, texts)
        return texts

    def _derive(self, rule: int, rows: Rows, texts: list[str]) -> None:
        for entry in self.match.derive(rule, rows):
            self._chain(entry, texts)
            for need, spot in self.waiting.get(entry.fact, ()):
                if entry.masks.get(spot.slot, 0) & spot.bit:
                    told = self._tied(spot, entry.key, entry.row)
                    if told is not None:
                        texts.append(self._text(need, spot, told))


def _reduce(need: Need, columns: list[list[Told]], open_spots: set[int]) -> bool:
    """Keep only facts whose partner by equality exists, last pattern to first and back. Open ones may still grow.

    False when the variant cannot fire: a pattern has no fact left, or an equality under ``none`` holds everywhere.
    """
    for number, anchor, side in need.links:
        if number in open_spots or anchor in open_spots:
            continue
        left, right = columns[anchor], columns[number]
        have = {told[3][side] for told in left}
        right = columns[number] = [told for told in right if told[2] in have]
        wanted = {told[2] for told in right}
        if need.spots[number].negated:
            own = need.spots[number].own
            if own is not None and not own.more and have <= wanted:
                return False
        else:
            columns[anchor] = [told for told in left if told[3][side] in wanted]
            if not right:
                return False
    return True
