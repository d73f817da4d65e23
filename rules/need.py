"""Needs: what one variant of a rule needs from the facts, place by place, and which variants could fire at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.effects import produced
from rules.patterns import CASE
from rules.shape import Link, Shape
from rules.tree import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.atoms import AtomSource
    from rules.effects import Effect
    from rules.patterns import Join, Matcher, Pattern, Side


@dataclass(frozen=True, slots=True)
class Tie:
    """One side of a link: the keys that must be equal, then those of the further joins. ``at`` numbers the link."""

    at: int
    equal: tuple[str, ...]
    more: tuple[tuple[int, str, bool], ...]
    negated: bool
    column: str | None


@dataclass(frozen=True, slots=True)
class Spot:
    """One pattern's place: the bit that its facts have, its own side of the link, and its sides of later links."""

    number: int
    fact: str
    slot: int
    bit: int
    negated: bool
    own: Tie | None
    given: tuple[Tie, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """One variant, numbered within the program. ``makes`` are the kinds of facts that its rule makes and another reads.

    ``alone``: the rule's only variant. ``absent``: bits that no fact may have; a ``none`` that is joined with nothing
    needs no engine. ``links``: pattern, anchor and the anchor's side of the link, last to first and back.
    """

    number: int
    rule: int
    shape: Shape
    aliases: tuple[str, ...]
    spots: tuple[Spot, ...]
    absent: tuple[tuple[int, int], ...]
    makes: tuple[str, ...]
    name: str
    single: bool
    alone: bool
    base: int
    links: tuple[tuple[int, int, int], ...]


class NeedBuilder:
    """Numbers the variants of all rules and gives their patterns atoms and keys."""

    def __init__(self, atoms: AtomSource, makers: list[tuple[Effect, ...]]) -> None:
        self.atoms = atoms
        self.makers = makers
        self.count = 0

    def need(self, matcher: Matcher, alone: bool) -> Need:
        """Return one variant's need. ``alone``: its rule has no other."""
        patterns = [pattern for pattern in matcher.patterns if pattern.joins or not pattern.negated]
        places = {pattern.alias: number for number, pattern in enumerate(patterns)}
        links = [self._link(number, pattern, places, patterns) for number, pattern in enumerate(patterns)]
        spots = tuple(self._spot(number, pattern, links) for number, pattern in enumerate(patterns))
        free = [self.atoms.atom(pattern) for pattern in matcher.patterns if pattern not in patterns]
        effects = self.makers[matcher.rule]
        self.count += 1
        shape = Shape(tuple(link for link, _, _ in links[1:]))
        return Need(
            number=self.count,
            rule=matcher.rule,
            shape=shape,
            name=shape.name,
            single=not shape.links,
            alone=alone,
            base=self.count << 24,
            links=_links(shape, spots),
            aliases=tuple(pattern.alias for pattern in matcher.positive),
            spots=spots,
            absent=tuple((slot, 1 << bit) for slot, bit in free),
            makes=tuple(sorted({symbol.partition(":")[0] for effect in effects if (symbol := produced(effect))})),
        )

    def _link(
        self, number: int, pattern: Pattern, places: dict[str, int], patterns: list[Pattern]
    ) -> tuple[Link, Tie, dict[int, Tie]]:
        """Return a pattern's link, its own side, and the other side by place."""
        anchor = places[pattern.joins[0].alias] if pattern.joins else 0
        equal = [join for join in pattern.joins if join.op == "=" and places[join.alias] == anchor]
        more = [join for join in pattern.joins if join not in equal]
        link = Link(anchor, pattern.negated, tuple((join.op, places[join.alias]) for join in more))
        own = Tie(
            number,
            tuple(self.atoms.key(pattern.fact, join.own) for join in equal),
            tuple(
                (index, self.atoms.key(pattern.fact, join.own), join.op in ("=", "!="))
                for index, join in enumerate(more)
            ),
            pattern.negated,
            _column(pattern.fact, [join.own for join in equal], more),
        )
        facts = [each.fact for each in patterns]
        others = {}
        for place in {anchor, *(places[join.alias] for join in more)} if number else ():
            here = [join if places[join.alias] == place else None for join in more]
            anchored = equal if place == anchor else []
            others[place] = self._other(pattern, number, facts[place], anchored, here)
        return link, own, others

    def _other(self, pattern: Pattern, number: int, fact: str, equal: list[Join], more: list[Join | None]) -> Tie:
        """Return the side of a link that an earlier fact carries; ``more`` has gaps where another fact is meant."""
        keys = [(index, join) for index, join in enumerate(more) if join is not None]
        return Tie(
            number,
            tuple(self.atoms.key(fact, join.other) for join in equal),
            tuple((index, self.atoms.key(fact, join.other), join.op in ("=", "!=")) for index, join in keys),
            pattern.negated,
            _column(fact, [join.other for join in equal], keys),
        )

    def _spot(self, number: int, pattern: Pattern, links: list[tuple[Link, Tie, dict[int, Tie]]]) -> Spot:
        slot, bit = self.atoms.atom(pattern)
        given = []
        for later, (link, _, others) in enumerate(links):
            if later > number and number in others:
                tie = others[number]
                given.append(tie if link.anchor == number else Tie(-later, tie.equal, tie.more, tie.negated, None))
        own = links[number][1] if number else None
        return Spot(number, pattern.fact, slot, 1 << bit, pattern.negated, own, tuple(given))


def _links(shape: Shape, spots: tuple[Spot, ...]) -> tuple[tuple[int, int, int], ...]:
    found = []
    for number, link in enumerate(shape.links, start=1):
        side = next(index for index, tie in enumerate(spots[link.anchor].given) if tie.at == number)
        found.append((number, link.anchor, side))
    return (*reversed(found), *found[1:])


def _column(fact: str, equal: list[Side], more: Sequence[object]) -> str | None:
    """Return the row's column when a side is one plain text field, which needs no generated function."""
    side = equal[0] if len(equal) == 1 and not more else None
    if not isinstance(side, Field) or side.word.personal:
        return None
    return side.word.full if fact == CASE else side.word.name


class SingleSlot:
    """All single-fact variants of one slot: which of them a fact's bits satisfy, remembered per combination of bits."""

    __slots__ = ("bits", "fact", "guarded", "needs", "seen", "slot")

    def __init__(self, slot: int, fact: str) -> None:
        self.slot = slot
        self.fact = fact
        self.bits = 0
        self.needs: list[Need] = []
        self.guarded: list[Need] = []
        self.seen: dict[int, tuple[Need, ...]] = {}

    def add(self, need: Need) -> None:
        """File a variant; one with ``absent`` bits is guarded."""
        self.needs.append(need)
        self.bits |= need.spots[0].bit
        if need.absent:
            self.guarded.append(need)

    def satisfied(self, mask: int) -> tuple[Need, ...]:
        """Return the variants that a fact with these bits satisfies."""
        found = self.seen.get(mask)
        if found is None:
            found = self.seen[mask] = tuple(need for need in self.needs if need.spots[0].bit & mask)
        return found

    def barred(self, union: list[int]) -> tuple[Need, ...]:
        """Return the guarded variants whose ``none`` does not hold."""
        return tuple([need for need in self.guarded if not _absent(need, union)])


class NeedSet:
    """The variants of one stratum; finds those that could fire from the bits that the facts have."""

    def __init__(self, needs: list[Need], derived: set[str]) -> None:
        self.needs = needs
        self.derived = derived
        self.joining = [need for need in needs if not need.single]
        self.singles: list[SingleSlot] = []
        for need in needs:
            if need.single:
                self._file(need)

    def _file(self, need: Need) -> None:
        spot = need.spots[0]
        found = next((single for single in self.singles if single.slot == spot.slot), None)
        if found is None:
            found = SingleSlot(spot.slot, spot.fact)
            self.singles.append(found)
        found.add(need)

    def candidates(self, union: list[int]) -> list[Need]:
        """Return the joining variants that could fire: each pattern has a fact with its bit, or one that may come."""
        makes: set[str] = set()
        wanted = [need for need in self.joining if _possible(need, union, makes)]
        while wanted:
            known = len(makes)
            makes |= {fact for need in wanted for fact in need.makes}
            makes |= {
                fact for single in self.singles if single.fact in makes for need in single.needs for fact in need.makes
            }
            if len(makes) == known:
                break
            wanted = [need for need in self.joining if _possible(need, union, makes)]
        return wanted


def _absent(need: Need, union: list[int]) -> bool:
    return not any(union[slot] & bit for slot, bit in need.absent)


def _possible(need: Need, union: list[int], makes: set[str]) -> bool:
    for spot in need.spots:
        if not (union[spot.slot] & spot.bit or spot.negated or spot.fact in makes):
            return False
    return not need.absent or _absent(need, union)
