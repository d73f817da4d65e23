"""EDIFACT's LIN groups: what is ordered. Source: UN/EDIFACT code lists 7143, 6063, 5125, 5025, EANCOM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.readers.standards.edifact_day import when_of
from intake.readers.standards.edifact_party import place_of_line
from intake.readers.standards.tally import LineSum, priced_by
from intake.readers.standards.word import NOTHING, Word, first, number, plain, rounded
from intake.values.unit import same_unit

if TYPE_CHECKING:
    from decimal import Decimal

    from intake.readers.standards.segment import Segment
    from intake.readers.standards.taken import Taken

_GTIN = frozenset({"EN", "EAN", "SRV", "UP", "EU", "GTIN", "UK", "UE"})
_SELLER = frozenset({"SA", "VN", "VP", "GN", "AC"})
_BUYER = frozenset({"IN", "BP", "PC", "BH", "SK"})
_ORDERED = ("21", "1", "47", "113", "131", "12", "46", "11", "3")
_NET = ("AAA", "NTP", "AAE", "INV", "CAL", "AAB", "AAF", "INF", "GRP")
_WANTED = ("2", "69", "358", "63", "10", "200", "64", "76", "17", "11")
_ALLOWANCE = ("8", "23", "204")
_PER_CENT = ("1", "2", "3", "12")
"""PCD qualifiers of an allowance or charge. Source: UN/EDIFACT code list 5245."""
_NAMED_SPEC = frozenset({"35", "38", "98", "SGR", "35E"})


def _allowed(group: list[Segment], gross: Decimal | None) -> list[tuple[str, Decimal]]:
    """Return (A or C, amount) of each ALC: its MOA or, where it has none, its PCD per cent of ``gross``."""
    told: list[tuple[str, Decimal | None, Decimal | None]] = []
    for segment in group:
        if segment.tag == "ALC":
            told.append((segment.text(1), None, None))
        elif told and segment.tag == "MOA" and segment.text(1) in _ALLOWANCE and told[-1][1] is None:
            told[-1] = (told[-1][0], number(segment.text(1, 2)), told[-1][2])
        elif told and segment.tag == "PCD" and segment.text(1) in _PER_CENT:
            told[-1] = (told[-1][0], told[-1][1], number(segment.text(1, 2)))
    worked = [(kind, amount if amount is not None else _share(gross, per_cent)) for kind, amount, per_cent in told]
    return [(kind, amount) for kind, amount in worked if amount is not None]


def _share(gross: Decimal | None, per_cent: Decimal | None) -> Decimal | None:
    return None if gross is None or per_cent is None else rounded(gross * per_cent / 100, 2)


class LineReader:
    """Reads the lines of one order, one after the other."""

    def __init__(self, taken: Taken) -> None:
        """Write into ``taken``."""
        self._taken = taken

    def read(self, group: list[Segment]) -> LineSum:
        """Read one LIN with what belongs to it."""
        at = self._taken.line()
        by_tag: dict[str, list[Segment]] = {}
        for segment in group:
            by_tag.setdefault(segment.tag, []).append(segment)
        self._identify(at, by_tag)
        self._describe(at, by_tag.get("IMD", []))
        found = LineSum(quantity=self._count(at, by_tag.get("QTY", [])))
        money = {segment.text(1): segment.word(1, 2) for segment in reversed(by_tag.get("MOA", []))}
        found.amount = self._taken.amount(
            f"{at}/amount", first(*(money.get(code, NOTHING) for code in ("203", "66", "38", "128")))
        )
        self._price(at, by_tag.get("PRI", []), found)
        self._allow(at, group, found)
        self._rest(at, by_tag)
        place = place_of_line(group)
        if place is not None:
            self._taken.line_ship_to(at, place)
        if not self._taken.same_currency(at, *(segment.word(1, 3) for segment in by_tag.get("MOA", []))):
            found.price = found.amount = None
        return found

    def consists_of(self, at: str, groups: list[list[Segment]]) -> None:
        """Keep what one unit of the line at ``at`` is made up of, as its sub-lines say: code:quantity."""
        told = []
        for group in groups:
            counts = [segment.text(1, 2) for segment in group if segment.tag == "QTY"]
            codes = [group[0].text(3), *(segment.text(2) for segment in group if segment.tag == "PIA")]
            told.append(":".join(filter(None, (next(filter(None, codes), ""), *counts[:1]))))
        self._taken.attribute("components", Word(" ".join(told), groups[0][0].place), at)

    def _identify(self, at: str, by_tag: dict[str, list[Segment]]) -> None:
        taken, line = self._taken, by_tag["LIN"][0]
        taken.attribute("source_line", line.word(1), at)
        if line.text(2) in ("2", "7"):
            taken.attribute("action", line.word(2), at)
        told = [(line.word(3), line.text(3, 2))]
        for segment in by_tag.get("PIA", []):
            told += [(segment.word(part), segment.text(part, 2)) for part in range(2, len(segment.elements) + 1)]
        groups = (("gtin", _GTIN), ("sku", _SELLER), ("buyer_sku", _BUYER))
        for name, kinds in groups:
            taken.code(f"{at}/{name}", first(*(word for word, kind in told if kind in kinds)))
        taken.attribute("manufacturer_part", first(*(word for word, kind in told if kind in ("MF", "MN"))), at)
        plain_number = first(*(word for word, kind in told if not kind))
        if plain_number and f"{at}/gtin" not in taken.fields:
            code = plain_number.text
            taken.code(f"{at}/gtin" if code.isdigit() and len(code) in (8, 12, 13, 14) else f"{at}/sku", plain_number)

    def _describe(self, at: str, segments: list[Segment]) -> None:
        names: list[Word] = []
        specs: list[Word] = []
        for segment in segments:
            words = segment.words(3, 4) or (segment.words(3) if segment.text(1) in ("F", "A", "") else [])
            text = Word(" ".join(word.text for word in words), words[0].at) if words else NOTHING
            kind = segment.text(2)
            (specs if kind in _NAMED_SPEC else names).append(text)
        self._taken.text(f"{at}/name", first(*names))
        told = [word for word in specs if word]
        if told:
            self._taken.text(f"{at}/spec", Word(" / ".join(word.text for word in told), told[0].at))

    def _count(self, at: str, segments: list[Segment]) -> Decimal | None:
        taken = self._taken
        by_code = {segment.text(1): segment for segment in reversed(segments)}
        chosen = next((by_code[code] for code in _ORDERED if code in by_code), None)
        if chosen is None:
            taken.ask(f"{at}/quantity", None, "", "报文没有写订购数量，请填写", confidence=0.2)
            return None
        taken.text(f"{at}/unit", chosen.word(1, 3))
        if "192" in by_code:
            taken.attribute("free_quantity", by_code["192"].word(1, 2), at)
        if "59" in by_code:
            taken.attribute("consumer_units_per_unit", by_code["59"].word(1, 2), at)
        return taken.quantity(f"{at}/quantity", chosen.word(1, 2))

    def _price(self, at: str, segments: list[Segment], found: LineSum) -> None:
        taken = self._taken
        by_code = {segment.text(1): segment for segment in reversed(segments)}
        chosen = next((by_code[code] for code in _NET if code in by_code), None)
        if chosen is None:
            return
        per = number(chosen.text(1, 5))
        found.price = taken.price(f"{at}/unit_price", chosen.word(1, 2), per or None)
        gross = by_code.get("AAB")
        if gross is not None and gross is not chosen:
            taken.price(f"{at}/list_price", gross.word(1, 2), number(gross.text(1, 5)) or None)
        unit, ordered = chosen.text(1, 6), taken.value(f"{at}/unit")
        if unit and ordered and not same_unit(unit, ordered):
            priced_by(taken, at, found, chosen.word(1, 6), chosen.word(1, 2))

    def _allow(self, at: str, group: list[Segment], found: LineSum) -> None:
        """Count the line's own allowances and charges, unless the price is net of them already."""
        if any(segment.tag == "PRI" and segment.text(1) in ("AAA", "NTP") for segment in group):
            return
        gross = None if found.quantity is None or found.price is None else found.quantity * found.price
        for kind, amount in _allowed(group, gross):
            found.discount += amount if kind == "A" else 0
            found.charge += amount if kind == "C" else 0
        if found.discount:
            self._taken.amount(f"{at}/discount", Word(plain(found.discount), group[0].place))

    def _rest(self, at: str, by_tag: dict[str, list[Segment]]) -> None:
        taken = self._taken
        dates = {segment.text(1): segment for segment in reversed(by_tag.get("DTM", []))}
        wanted = next((dates[code] for code in _WANTED if code in dates), None)
        if wanted is not None:
            when = when_of(wanted.text(1, 2), wanted.text(1, 3), taken.zone, last=True)
            taken.day(f"{at}/requested_date", wanted.word(1, 2), when)
        for segment in by_tag.get("TAX", []):
            taken.rate(f"{at}/tax_rate", segment.word(5, 4))
        notes = [Word(" ".join(word.text for word in part.words(4)), part.place) for part in by_tag.get("FTX", [])]
        taken.attribute("note", first(*notes), at)
        for segment in by_tag.get("RFF", []):
            if segment.text(1) in ("ON", "LI", "CT"):
                taken.attribute(f"ref_{segment.text(1).lower()}", segment.word(1, 2), at)
        places = [segment.text(2) for segment in by_tag.get("LOC", []) if segment.text(1) in ("7", "1")]
        counts = [segment.text(1, 2) for segment in by_tag.get("QTY", []) if segment.text(1) == "11"]
        if places and len(places) == len(counts):
            told = " ".join(f"{place}:{count}" for place, count in zip(places, counts, strict=True))
            taken.attribute("split_delivery", Word(told, by_tag["LOC"][0].place), at)
