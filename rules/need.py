"""Needs: what one variant of a rule needs from the facts, place by place, and which variants could fire at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.effects import produced
from rules.shape import Link, Shape

if TYPE_CHECKING:
    from rules.atoms import AtomSource
    from rules.patterns import Join, Matcher, Pattern
    from rules.policy import Rule


@dataclass(frozen=True, slots=True)
class Tie:
    """One side of a link: the keys that must be equal, then those of the further joins. ``at`` numbers the link."""

    at: int
    equal: tuple[str, ...]
    more: tuple[tuple[int, str, bool], ...]
    negated: bool


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
    """One variant, numbered within the program. ``makes`` are the kinds of facts that its rule makes.

    ``absent``: bits that no fact may have; a ``none`` that is joined with nothing needs no engine.
    """

    number: int
    rule: int
    shape: Shape
    aliases: tuple[str, ...]
    spots: tuple[Spot, ...]
    absent: tuple[tuple[int, int], ...]
    makes: tuple[str, ...]


class NeedBuilder:
    """Numbers the variants of all rules and gives their patterns atoms and keys."""

    def __init__(self, atoms: AtomSource, rules: list[Rule]) -> None:
        self.atoms = atoms
        self.rules = rules
        self.count = 0

    def need(self, matcher: Matcher) -> Need:
        """Return one variant's need."""
        patterns = [pattern for pattern in matcher.patterns if pattern.joins or not pattern.negated]
        places = {pattern.alias: number for number, pattern in enumerate(patterns)}
        links = [self._link(number, pattern, places, patterns) for number, pattern in enumerate(patterns)]
        spots = tuple(self._spot(number, pattern, links) for number, pattern in enumerate(patterns))
        free = [self.atoms.atom(pattern) for pattern in matcher.patterns if pattern not in patterns]
        effects = self.rules[matcher.rule].effects
        self.count += 1
        return Need(
            number=self.count,
            rule=matcher.rule,
            shape=Shape(tuple(link for link, _, _ in links[1:])),
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
        )

    def _spot(self, number: int, pattern: Pattern, links: list[tuple[Link, Tie, dict[int, Tie]]]) -> Spot:
        slot, bit = self.atoms.atom(pattern)
        given = []
        for later, (link, _, others) in enumerate(links):
            if later > number and number in others:
                tie = others[number]
                given.append(tie if link.anchor == number else Tie(-later, tie.equal, tie.more, tie.negated))
        own = links[number][1] if number else None
        return Spot(number, pattern.fact, slot, 1 << bit, pattern.negated, own, tuple(given))


class NeedSet:
    """The variants of one stratum; finds those that could fire from the bits that the facts have."""

    def __init__(self, needs: list[Need], derived: set[str]) -> None:
        self.needs = needs
        self.by_bit: dict[int, dict[int, list[Need]]] = {}
        self.by_fact: dict[str, list[Need]] = {}
        self.derived = derived
        for need in needs:
            self._register(need)

    def _register(self, need: Need) -> None:
        """File a variant under its first base pattern, or under the derived facts that it waits for."""
        positive = [spot for spot in need.spots if not spot.negated]
        base = [spot for spot in positive if spot.fact not in self.derived]
        waiting = [spot for spot in positive if spot.fact in self.derived]
        for spot in base[:1] or waiting:
            self.by_bit.setdefault(spot.slot, {}).setdefault(spot.bit, []).append(need)
        for spot in waiting:
            self.by_fact.setdefault(spot.fact, []).append(need)

    def candidates(self, union: list[int]) -> list[Need]:
        """Return the variants that could fire: each pattern has a fact with its bit, or one that a candidate makes."""
        makes: set[str] = set()
        chosen: dict[int, Need] = {}
        waiting = self._triggered(union)
        while waiting:
            following: list[Need] = []
            for need in waiting:
                if need.number not in chosen and _possible(need, union, makes):
                    chosen[need.number] = need
                    for fact in need.makes:
                        if fact not in makes:
                            makes.add(fact)
                            following += self.by_fact.get(fact, ())
            waiting = following
        return list(chosen.values())

    def _triggered(self, union: list[int]) -> list[Need]:
        found: list[Need] = []
        for slot, rows in self.by_bit.items():
            bits = union[slot]
            if bits:
                for bit, needs in rows.items():
                    if bits & bit:
                        found += needs
        return found


def _possible(need: Need, union: list[int], makes: set[str]) -> bool:
    for spot in need.spots:
        if not (union[spot.slot] & spot.bit or spot.negated or spot.fact in makes):
            return False
    return not (need.absent and any(union[slot] & bit for slot, bit in need.absent))
