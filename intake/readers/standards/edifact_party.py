"""EDIFACT's NAD groups: who orders, who pays, where the goods go. Source: UN/EDIFACT code lists 3035, 3055, 3155."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.readers.standards.taken import Who
from intake.readers.standards.word import NOTHING, Word, first

if TYPE_CHECKING:
    from intake.readers.standards.segment import Segment
    from intake.readers.standards.taken import Taken

_AGENCIES = {"9": "gln", "16": "duns", "91": "customer_code", "92": "buyer_code", "10": "odette", "86": "party_id"}
_TAX = frozenset({"VA", "FC", "GN", "AHP"})
_PLACES = ("DP", "ST", "CN", "UC", "WH")
_GROUP_TAGS = frozenset({"NAD", "LOC", "FII", "RFF", "DTM", "DOC", "CTA", "COM"})


class PartyReader:
    """Reads the parties of an order's header into the order."""

    def __init__(self, taken: Taken) -> None:
        """Write into ``taken``."""
        self._taken = taken

    def read(self, head: list[Segment]) -> None:
        """Read every NAD group of the header."""
        parties: dict[str, Who] = {}
        for group in _groups(head):
            parties.setdefault(group[0].text(1), party_of(group))
        taken = self._taken
        buyer = _first(parties, "BY", "OB", "BT", "IV", "MS", "CN")
        if buyer is not None:
            taken.party("/buyer", buyer)
        billed = _first(parties, "IV", "PR", "BT", "PE")
        if billed is not None:
            taken.party("/bill_to", billed)
        place = _first(parties, *_PLACES) or buyer
        if place is not None:
            taken.ship_to(place)
        seller = _first(parties, "SU", "SE", "VN", "SR")
        if seller is not None:
            taken.attribute("seller_name", seller.name)
            scheme, number = seller.ids[0] if seller.ids else ("", NOTHING)
            taken.attribute("seller_id", number)
            taken.attribute("seller_scheme", Word(scheme, number.at))


def place_of_line(group: list[Segment]) -> Who | None:
    """Return where one LIN goes, if it names a place of its own."""
    return next((party_of(one) for one in _groups(group) if one[0].text(1) in _PLACES), None)


def _groups(head: list[Segment]) -> list[list[Segment]]:
    groups: list[list[Segment]] = []
    inside = False
    for segment in head:
        if segment.tag == "NAD":
            groups.append([])
        inside = segment.tag == "NAD" or (inside and segment.tag in _GROUP_TAGS)
        if inside:
            groups[-1].append(segment)
    return groups


def _first(parties: dict[str, Who], *codes: str) -> Who | None:
    return next((parties[code] for code in codes if code in parties), None)


def party_of(group: list[Segment]) -> Who:
    """Read one NAD with what belongs to it."""
    nad = group[0]
    who = Who()
    if nad.word(2):
        who.ids.append((_AGENCIES.get(nad.text(2, 3), "party_id"), nad.word(2)))
    names, free = nad.words(4), nad.words(3)
    who.name = Word(" ".join(word.text for word in names), names[0].at) if names else first(*free)
    who.streets = nad.words(5) or (free if names else free[1:])
    who.city, who.region = nad.word(6), first(nad.word(7, 4), nad.word(7))
    who.postcode, who.country = nad.word(8), nad.word(9)
    for segment in group[1:]:
        _detail(who, segment)
    return who


def _detail(who: Who, segment: Segment) -> None:
    match segment.tag:
        case "RFF" if segment.text(1) in _TAX:
            who.ids.append(("vat", segment.word(1, 2)))
        case "RFF" if segment.text(1) in ("IT", "AVC", "API", "ADE"):
            who.ids.append(("customer_code", segment.word(1, 2)))
        case "CTA":
            who.contact = first(who.contact, segment.word(2, 2), segment.word(2))
        case "COM":
            for element in range(1, len(segment.elements) + 1):
                if segment.text(element, 2) in ("TE", "AL", "MA"):
                    who.phone = first(who.phone, segment.word(element))
                elif segment.text(element, 2) == "EM":
                    who.email = first(who.email, segment.word(element))
