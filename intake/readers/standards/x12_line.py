"""X12's PO1 loops: what is ordered. Source: X12 data elements 235, 236, 639, 355."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from intake.readers.standards.tally import LineSum
from intake.readers.standards.word import NOTHING, Word, first, number, plain
from intake.readers.standards.x12_party import place_of_line
from intake.readers.standards.x12_value import allowed, price_basis, when_of

if TYPE_CHECKING:
    from intake.readers.standards.segment import Segment
    from intake.readers.standards.taken import Taken

_SELLER = ("VN", "VP", "VC", "VA", "VS", "ST")
_BUYER = ("IN", "BP", "PI", "SK", "CB", "PN", "IT", "CT")
_GTIN = ("UK", "EN", "UP", "UI", "UA", "EO", "UE", "UD", "UN")
_MAKER = ("MG", "MF", "MN")
_FIRST_ID, _LAST_ID = 6, 24
_WANTED = ("002", "106", "067", "069", "074", "077", "010", "038", "118", "017", "071", "064", "037")


def read_line(taken: Taken, group: list[Segment]) -> LineSum:
    """Read one PO1 with what belongs to it."""
    at = taken.line()
    start = group[0]
    taken.attribute("source_line", start.word(1), at)
    _identify(taken, at, group)
    found = LineSum(quantity=taken.quantity(f"{at}/quantity", start.word(2)))
    taken.text(f"{at}/unit", start.word(3))
    _price(taken, at, group, found)
    _describe(taken, at, group)
    amounts = [segment.word(2) for segment in group if segment.tag == "AMT" and segment.text(1) in ("1", "LI", "TP")]
    found.amount = taken.amount(f"{at}/amount", first(*amounts))
    _allow(taken, at, group, found)
    _deliver(taken, at, group)
    place = place_of_line(group)
    if place is not None:
        taken.line_ship_to(at, place)
    return found


def _identify(taken: Taken, at: str, group: list[Segment]) -> None:
    told: list[tuple[str, Word]] = []
    for segment in group:
        if segment.tag == "PO1":
            told += [(segment.text(place), segment.word(place + 1)) for place in range(_FIRST_ID, _LAST_ID + 1, 2)]
        elif segment.tag == "LIN":
            told += [(segment.text(place), segment.word(place + 1)) for place in range(2, 31, 2)]
    for name, kinds in (("sku", _SELLER), ("buyer_sku", _BUYER), ("gtin", _GTIN)):
        taken.code(f"{at}/{name}", first(*(word for kind in kinds for own, word in told if own == kind)))
    taken.attribute("manufacturer_part", first(*(word for kind, word in told if kind in _MAKER)), at)
    taken.text(f"{at}/name", first(*(word for kind, word in told if kind == "PD")))
    for kind, name in (("BO", "colour"), ("IZ", "size"), ("SZ", "size")):
        taken.attribute(name, first(*(word for own, word in told if own == kind)), at)


def _price(taken: Taken, at: str, group: list[Segment], found: LineSum) -> None:
    start = group[0]
    price, per = start.word(4), price_basis(start.text(5))
    for segment in group:
        if segment.tag == "CTP" and not price and segment.text(2) in ("", "UCP", "CON", "NET", "CAT", "DIS", "PRO"):
            price = segment.word(3)
    if price and start.text(5) != "NC":
        found.price = taken.price(f"{at}/unit_price", price, per)
    elif start.text(5) == "NC":  # no charge
        taken.put(f"{at}/unit_price", "0.00", "NC", why=f"{start.place}-05")
        found.price = Decimal(0)
    for segment in group:
        if segment.tag == "CTP" and segment.text(2) in ("RES", "MSR", "RTL"):
            taken.attribute("retail_price", segment.word(3), at)


def _describe(taken: Taken, at: str, group: list[Segment]) -> None:
    names: list[Word] = []
    specs: list[Word] = []
    for segment in group:
        if segment.tag == "PID" and segment.word(5):
            special = segment.text(2) in ("73", "74", "75", "91", "35", "98")
            (specs if special else names).append(segment.word(5))
    if f"{at}/name" not in taken.fields:
        taken.text(f"{at}/name", first(*names))
    if specs:
        taken.text(f"{at}/spec", Word(" / ".join(word.text for word in specs), specs[0].at))
    notes = [segment.word(1) for segment in group if segment.tag == "MSG"]
    taken.attribute("note", first(*notes), at)
    for segment in group:
        if segment.tag == "PO4":
            taken.attribute("pack", segment.word(1), at)


def _allow(taken: Taken, at: str, group: list[Segment], found: LineSum) -> None:
    for segment in group:
        gross = None if found.quantity is None or found.price is None else found.quantity * found.price
        amount = allowed(segment, gross) if segment.tag == "SAC" else None
        if amount is None:
            continue
        if segment.text(1) == "A":
            found.discount += amount
        elif segment.text(1) == "C":
            found.charge += amount
    if found.discount:
        taken.amount(f"{at}/discount", Word(plain(found.discount), f"{group[0].place}/SAC"))


def _deliver(taken: Taken, at: str, group: list[Segment]) -> None:
    """Read the wanted day, the schedule, and the stores that one line is for."""
    dates = {segment.text(1): segment.word(2) for segment in reversed(group) if segment.tag == "DTM"}
    schedule = [segment for segment in group if segment.tag == "SCH"]
    dates |= {segment.text(5): segment.word(6) for segment in reversed(schedule)}
    wanted = next((dates[code] for code in _WANTED if code in dates), NOTHING)
    taken.day(f"{at}/requested_date", wanted, when_of(wanted.text, "", taken.zone))
    if len(schedule) > 1:
        told = " ".join(f"{segment.text(6)}:{segment.text(1)}" for segment in schedule)
        taken.attribute("schedule", Word(told, schedule[0].place), at)
    stores = [segment for segment in group if segment.tag == "SDQ"]
    pairs = [
        (segment.text(place), segment.text(place + 1))
        for segment in stores
        for place in range(3, len(segment.elements), 2)
        if segment.word(place)
    ]
    if not pairs:
        return
    taken.attribute("split_delivery", Word(" ".join(f"{store}:{count}" for store, count in pairs), stores[0].place), at)
    counts = [number(count) for _, count in pairs]
    ours = sum((count for count in counts if count is not None), Decimal(0))
    stated = number(group[0].text(2))
    if stated is not None and ours != stated:
        taken.differ("quantity_total", group[0].text(2), plain(ours))
