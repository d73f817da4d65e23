"""Needs: what one variant of a rule needs from the facts, place by place, and which variants could fire at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.build.patterns import CASE
from rules.build.shape import Link, Shape
from rules.effects import produced
from rules.tree import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rules.build.atoms import AtomSource
    from rules.build.patterns import Join, Matcher, Pattern, Side
    from rules.build.scan import ScanSource
    from rules.effects import Effect
    from rules.vocabulary import Vocabulary


MAX_SEEN = 4096
Fact = tuple[tuple[str, Any], dict[str, Any]]
Told = tuple[tuple[str, Any], dict[str, Any], Any, tuple[Any, ...], str]
"""A fact that may join: key, row, its own side of its link, its sides of the links that hang on it, further sides."""
Joiner = Callable[..., bool]
"""A generated join (`rules/build/join.py`)."""


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
    """One pattern's place: where its facts are found, its own side of the link, and its sides of later links.

    ``register``: the scan's list of base facts; None for made facts, which have the bit ``bit`` in ``slot``. ``places``
    number the links of ``given``, ``head`` begins the facts' text.
    """

    number: int
    fact: str
    register: int | None
    slot: int
    bit: int
    negated: bool
    own: Tie | None
    given: tuple[Tie, ...]
    places: tuple[int, ...]
    head: str


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """One variant, numbered within the program. ``makes`` are the kinds of facts that its rule makes and another reads.

    ``alone``: the rule's only variant. ``bars`` and ``absent``: patterns of base and made facts that no fact may
    satisfy; a ``none`` that is joined with nothing needs no engine. ``late``: a base fact satisfies it, but more must
    be known. ``links``: pattern, anchor and the anchor's side of the link, last to first and back.
    """

    number: int
    rule: int
    rank: int
    shape: Shape
    spots: tuple[Spot, ...]
    bars: tuple[int, ...]
    absent: tuple[tuple[int, int], ...]
    makes: tuple[str, ...]
    name: str
    single: bool
    alone: bool
    late: bool
    base: int
    links: tuple[tuple[int, int, int], ...]
    made: tuple[Spot, ...]


class NeedBuilder:
    """Numbers the variants of all rules and gives their patterns places in the scan, atoms and keys."""

    def __init__(
        self, vocabulary: Vocabulary, scan: ScanSource, atoms: AtomSource, makers: list[tuple[Effect, ...]]
    ) -> None:
        self.vocabulary = vocabulary
        self.scan = scan
        self.atoms = atoms
        self.makers = makers
        self.count = 0

    def need(self, matcher: Matcher, rank: int, alone: bool, stratum: int) -> Need:
        """Return one variant's need. ``alone``: its rule has no other."""
        patterns = [pattern for pattern in matcher.patterns if pattern.joins or not pattern.negated]
        free = [pattern for pattern in matcher.patterns if pattern not in patterns]
        single = len(patterns) == 1
        base = single and not self._derived(patterns[0])
        absent = tuple(self.atoms.atom(pattern) for pattern in free if self._derived(pattern))
        links = self._links(patterns)
        shape = Shape(tuple(link for link, _, _ in links[1:]))
        spots = () if base else tuple(self._spot(at, pattern, links, shape.name) for at, pattern in enumerate(patterns))
        effects = self.makers[matcher.rule]
        self.count += 1
        need = Need(
            number=self.count,
            rule=matcher.rule,
            rank=rank,
            shape=shape,
            spots=spots,
            bars=tuple(self.scan.bar(pattern) for pattern in free if not self._derived(pattern)),
            absent=absent,
            makes=tuple(sorted({symbol.partition(":")[0] for effect in effects if (symbol := produced(effect))})),
            name=shape.name,
            single=single,
            alone=alone,
            late=base and bool(absent or not alone),
            base=self.count << 24,
            links=_links(shape, spots),
            made=tuple(spot for spot in spots if spot.register is None and not spot.negated),
        )
        if need.late:
            self.scan.late(need, patterns[0])
        elif base:
            self.scan.direct(need, patterns[0], stratum)
        return need

    def _derived(self, pattern: Pattern) -> bool:
        return pattern.fact != CASE and self.vocabulary[pattern.fact].derived

    def _links(self, patterns: list[Pattern]) -> list[tuple[Link, Tie, dict[int, Tie]]]:
        places = {pattern.alias: number for number, pattern in enumerate(patterns)}
        return [self._link(number, pattern, places, patterns) for number, pattern in enumerate(patterns)]

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

    def _spot(self, number: int, pattern: Pattern, links: list[tuple[Link, Tie, dict[int, Tie]]], name: str) -> Spot:
        derived = self._derived(pattern)
        slot, bit = self.atoms.atom(pattern) if derived else (-1, 0)
        given = []
        for later, (link, _, others) in enumerate(links):
            if later > number and number in others:
                tie = others[number]
                given.append(tie if link.anchor == number else Tie(-later, tie.equal, tie.more, tie.negated, None))
        own = links[number][1] if number else None
        register = None if derived else self.scan.register(pattern)
        places = tuple(tie.at for tie in given)
        head = f'","sid":"1","_s":1,"{name}p{number}":1'
        return Spot(number, pattern.fact, register, slot, bit, pattern.negated, own, tuple(given), places, head)


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
    """All variants on one made fact of one slot: which of them a fact's bits satisfy, remembered per combination."""

    __slots__ = ("bits", "fact", "guarded", "needs", "seen", "slot")

    def __init__(self, slot: int, fact: str) -> None:
        self.slot = slot
        self.fact = fact
        self.bits = 0
        self.needs: list[Need] = []
        self.guarded: list[Need] = []
        self.seen: dict[int, tuple[Need, ...]] = {}

    def add(self, need: Need) -> None:
        """File a variant; one that something may bar is guarded."""
        self.needs.append(need)
        self.bits |= need.spots[0].bit
        if need.absent or need.bars:
            self.guarded.append(need)

    def satisfied(self, mask: int) -> tuple[Need, ...]:
        """Return the variants that a fact with these bits satisfies."""
        found = self.seen.get(mask)
        if found is None:
            if len(self.seen) >= MAX_SEEN:
                self.seen.clear()
            found = self.seen[mask] = tuple(need for need in self.needs if need.spots[0].bit & mask)
        return found


class NeedSet:
    """The variants of one stratum: those that join, and those on one made fact.

    ``joins``: per variant its generated join, if it has one, and the variant as it stands beside told facts. ``grows``:
    whether a variant that the engine fires may make facts for others of the stratum. ``guarded``: whether a ``none``
    may bar a variant on one made fact.
    """

    def __init__(self, needs: list[Need], joins: Mapping[int, Joiner]) -> None:
        self.needs = needs
        self.joins = [(joins.get(need.number), (need,)) for need in needs]
        self.grows = any(need.makes for need in needs if need.spots)
        self.singles: dict[str, SingleSlot] = {}
        for need in needs:
            if need.single and need.spots:
                spot = need.spots[0]
                self.singles.setdefault(spot.fact, SingleSlot(spot.slot, spot.fact)).add(need)
        self.guarded = any(single.guarded for single in self.singles.values())

    def chained(self, makes: set[str]) -> set[str]:
        """Return the kinds of facts that may come from facts of these kinds, these included."""
        found = set(makes)
        grown = bool(found)
        while grown:
            more = {
                fact
                for kind in found
                if kind in self.singles
                for need in self.singles[kind].needs
                for fact in need.makes
            }
            grown = not more <= found
            found |= more
        return found
