"""X12's N1 loops: who orders, who pays, where the goods go. Source: X12 data elements 98 and 66."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.readers.standards.taken import Who
from intake.readers.standards.word import NOTHING, Word, first

if TYPE_CHECKING:
    from intake.readers.standards.segment import Segment
    from intake.readers.standards.taken import Taken

_SCHEMES = {"1": "duns", "9": "duns", "UL": "gln", "91": "customer_code", "92": "buyer_code", "93": "buyer_code"}
_PLACES = ("ST", "MA", "UC", "CN", "Z7")
_LOOP = frozenset({"N2", "N3", "N4", "PER", "REF", "DTM", "NX2"})
_PER_BUYER = frozenset({"BD", "OC", "BY", "CN", "IC", "PO", "AA", "NT"})


def read_parties(taken: Taken, head: list[Segment], isa: Segment | None) -> None:
    """Read every N1 loop of the header, and the contacts before them."""
    parties: dict[str, Who] = {}
    for group in _loops(head):
        parties.setdefault(group[0].text(1), _party(group))
    buyer = _first(parties, "BY", "BT", "OB", "PO", "SO", "16") or Who()
    _contacts(buyer, head)
    if isa is not None and not buyer.name and not buyer.ids:
        buyer.ids.append(("interchange_id", isa.word(6)))
    taken.party("/buyer", buyer)
    billed = _first(parties, "BT", "PR", "RI")
    if billed is not None:
        taken.party("/bill_to", billed)
    place = _first(parties, *_PLACES) or (buyer if buyer.streets else None)
    if place is not None:
        taken.ship_to(place)
    seller = _first(parties, "SE", "SU", "VN", "SF")
    if seller is not None:
        taken.attribute("seller_name", seller.name)
        taken.attribute("seller_id", seller.ids[0][1] if seller.ids else NOTHING)


def place_of_line(group: list[Segment]) -> Who | None:
    """Return where one PO1 goes, if it names a place of its own."""
    return next((_party(loop) for loop in _loops(group) if loop[0].text(1) in _PLACES), None)


def _loops(head: list[Segment]) -> list[list[Segment]]:
    groups: list[list[Segment]] = []
    inside = False
    for segment in head:
        if segment.tag == "N1":
            groups.append([])
        inside = segment.tag == "N1" or (inside and segment.tag in _LOOP)
        if inside:
            groups[-1].append(segment)
    return groups


def _first(parties: dict[str, Who], *codes: str) -> Who | None:
    return next((parties[code] for code in codes if code in parties), None)


def _party(group: list[Segment]) -> Who:
    start = group[0]
    who = Who(name=start.word(2))
    if start.word(4):
        who.ids.append((_SCHEMES.get(start.text(3), "party_id"), start.word(4)))
    for segment in group[1:]:
        match segment.tag:
            case "N2":
                told = [word for word in (who.name, segment.word(1), segment.word(2)) if word]
                who.name = Word(" ".join(word.text for word in told), told[0].at) if told else NOTHING
            case "N3":
                who.streets += [word for word in (segment.word(1), segment.word(2)) if word]
            case "N4":
                who.city, who.region = segment.word(1), segment.word(2)
                who.postcode, who.country = segment.word(3), segment.word(4)
            case "PER":
                _contact(who, segment)
    return who


def _contacts(buyer: Who, head: list[Segment]) -> None:
    for segment in head:
        if segment.tag == "N1":
            return
        if segment.tag == "PER" and segment.text(1) in _PER_BUYER:
            _contact(buyer, segment)


def _contact(who: Who, segment: Segment) -> None:
    who.contact = first(who.contact, segment.word(2))
    for element in (3, 5, 7):
        kind = segment.text(element)
        if kind in ("TE", "CP", "WP"):
            who.phone = first(who.phone, segment.word(element + 1))
        elif kind == "EM":
            who.email = first(who.email, segment.word(element + 1))
