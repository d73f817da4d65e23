"""ANSI X12 850 → orders (read, the second step). Source: ASC X12 004010–005010, transaction set 850.

One file may carry several interchanges, groups and orders; other transaction sets in it are passed over by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from intake.readers.standards.markup import refused
from intake.readers.standards.segment import Segment, x12_segments, x12_text
from intake.readers.standards.taken import Taken
from intake.readers.standards.tally import Tally
from intake.readers.standards.word import NOTHING, Word, first, number, plain
from intake.readers.standards.x12_line import read_line
from intake.readers.standards.x12_party import read_parties
from intake.readers.standards.x12_value import allowed, when_of

if TYPE_CHECKING:
    from decimal import Decimal

_ORDER = "850"
_PURPOSES = {"01": "cancel", "03": "cancel", "04": "change", "05": "change"}
_WANTED = ("002", "106", "067", "069", "074", "077", "010", "038", "118", "017", "071", "064", "037", "996")
"""DTM qualifiers of the wanted day, the most telling first. Source: X12 data element 374."""
_WINDOW = {"064": "deliver_not_before", "063": "deliver_not_after", "037": "ship_not_before", "038": "ship_not_after"}
_REFERENCES = {
    "CT": "contract",
    "IA": "vendor_number",
    "DP": "department",
    "CO": "customer_order",
    "PD": "promotion_deal",
}
_REFERENCES |= {
    "VR": "vendor_id",
    "CR": "customer_reference",
    "QJ": "quotation",
    "IL": "internal_order",
    "BO": "blanket_order",
}
_RUSH = frozenset({"RO", "RU", "EO"})


@dataclass
class _Set:
    """One transaction set between ST and SE, with what its envelopes say."""

    head: Segment
    isa: Segment | None
    gs: Segment | None
    segments: list[Segment] = field(default_factory=list)
    tail: Segment | None = None


@dataclass
class _Envelope:
    """The interchanges' own counts: (what, stated, found)."""

    sets: list[_Set] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)


def read_x12(data: bytes, zone: str) -> list[Taken]:
    """Read every 850 of a file. Raises UnreadableDocument when there is none."""
    envelope = _opened(x12_text(data))
    orders = [one for one in envelope.sets if one.head.text(1) == _ORDER]
    others = list(dict.fromkeys(one.head.text(1) for one in envelope.sets if one.head.text(1) != _ORDER))
    if not orders:
        named = "、".join(others) or "?"
        raise refused("not_an_order", f"X12 报文 {named} 不是订单（只收 850）", f"X12 {named} is not an order (850)")
    found = [_order(one, zone) for one in orders]
    for taken in found:
        for code, stated, ours in envelope.faults:
            taken.differ(code, stated, ours)
        if others:
            taken.warn(f"同一文件里的 {'、'.join(others)} 不是订单，未读")
    return found


def _opened(text: str) -> _Envelope:
    envelope = _Envelope()
    isa: Segment | None = None
    gs: Segment | None = None
    in_group = groups = 0
    counts: dict[str, int] = {}
    for segment in x12_segments(text):
        match segment.tag:
            case "ISA":
                isa, gs, groups = replace(segment, place="ISA"), None, 0
            case "GS":
                gs, in_group, groups = replace(segment, place="GS"), 0, groups + 1
            case "ST":
                counts, in_group = {}, in_group + 1
                place = f"ST[{len(envelope.sets) + 1}]"
                envelope.sets.append(_Set(replace(segment, place=place), isa, gs))
            case "GE":
                _check(envelope, "message_count", segment, in_group, gs.text(6) if gs else None)
            case "IEA":
                _check(envelope, "message_count", segment, groups, isa.text(13) if isa else None)
            case _ if envelope.sets:
                _into(envelope.sets[-1], segment, counts, len(envelope.sets))
    return envelope


def _check(envelope: _Envelope, code: str, segment: Segment, found: int, reference: str | None) -> None:
    if number(segment.text(1)) not in (None, found):
        envelope.faults.append((code, f"{segment.tag} {segment.text(1)}", str(found)))
    if reference is not None and segment.text(2).lstrip("0") != reference.lstrip("0"):
        envelope.faults.append(("control_number", f"{segment.tag} {segment.text(2)}", reference))


def _into(one: _Set, segment: Segment, counts: dict[str, int], index: int) -> None:
    if one.tail is not None:
        return
    if segment.tag == "SE":
        one.tail = replace(segment, place=f"ST[{index}]/SE")
        return
    counts[segment.tag] = counts.get(segment.tag, 0) + 1
    one.segments.append(replace(segment, place=f"ST[{index}]/{segment.tag}[{counts[segment.tag]}]"))


def _order(one: _Set, zone: str) -> Taken:
    taken = Taken("x12", zone)
    head, lines, tail = _sections(one.segments)
    tally = Tally()
    _header(taken, head)
    read_parties(taken, head, one.isa)
    tally.lines = [read_line(taken, group) for group in lines]
    if "/currency" not in taken.fields:
        taken.currency(*(segment.word(2) for segment in one.segments if segment.tag == "CUR"))
    _sums(tally, head, tail)
    tally.write(taken)
    _envelope(taken, one)
    return taken


def _sections(segments: list[Segment]) -> tuple[list[Segment], list[list[Segment]], list[Segment]]:
    head: list[Segment] = []
    lines: list[list[Segment]] = []
    tail: list[Segment] = []
    place = head
    for segment in segments:
        if segment.tag == "PO1":
            lines.append([])
            place = lines[-1]
        elif segment.tag == "CTT" or (segment.tag == "AMT" and segment.text(1) in ("TT", "GV", "BD") and lines):
            place = tail
        place.append(segment)
    return head, lines, tail


def _header(taken: Taken, head: list[Segment]) -> None:
    for segment in head:
        match segment.tag:
            case "BEG":
                _begin(taken, segment)
            case "CUR":
                taken.currency(segment.word(2))
            case "REF":
                _reference(taken, segment)
            case "ITD":
                _terms(taken, segment)
            case "FOB":
                taken.attribute("incoterm", first(segment.word(5), segment.word(3)))
            case "TD5":
                taken.attribute("carrier_routing", first(segment.word(5), segment.word(3)))
    _per_cents(taken, head)
    taken.note(_note(segment) for segment in head)
    _dates(taken, {segment.text(1): segment for segment in reversed(head) if segment.tag == "DTM"})


def _per_cents(taken: Taken, head: list[Segment]) -> None:
    """Keep allowances of the whole order that are told in per cent alone: what they are worth only the sender knows."""
    for segment in head:
        name = {"A": "discount_percent", "C": "charge_percent"}.get(segment.text(1))
        if segment.tag == "SAC" and name and allowed(segment, None) is None:
            taken.attribute(name, segment.word(7))


def _note(segment: Segment) -> Word:
    place = {"MSG": 1, "NTE": 2, "MTX": 2, "N9": 3}.get(segment.tag)
    return segment.word(place) if place else NOTHING


def _dates(taken: Taken, dates: dict[str, Segment]) -> None:
    wanted = next((dates[code] for code in _WANTED if code in dates), None)
    if wanted is not None:
        taken.day("/requested_date", wanted.word(2), when_of(wanted.text(2), "", taken.zone))
    for code, name in _WINDOW.items():
        edge = when_of(dates[code].text(2), "", taken.zone) if code in dates else None
        if edge is not None:
            taken.attribute(name, Word(edge.day.isoformat(), dates[code].place))
    if "001" in dates:
        taken.attribute("cancel_after", dates["001"].word(2))
    if "/issued_at" not in taken.fields and "004" in dates:
        taken.issued(dates["004"].word(2), when_of(dates["004"].text(2), dates["004"].text(3), taken.zone))


def _begin(taken: Taken, segment: Segment) -> None:
    taken.code("/number", segment.word(3))
    taken.attribute("release_number", segment.word(4))
    taken.attribute("contract", segment.word(6))
    taken.attribute("order_type_code", segment.word(2))
    purpose = segment.text(1)
    taken.put("/doc_type", _PURPOSES.get(purpose, "order"), purpose, why=f"{segment.place}-01")
    if purpose in ("06", "07"):
        taken.warn("报文标明是确认或重发（BEG01 06/07）")
    if segment.text(2) in _RUSH:
        taken.put("/urgent", value=True, raw=segment.text(2), why=f"{segment.place}-02")
    taken.issued(segment.word(5), when_of(segment.text(5), "", taken.zone))


def _reference(taken: Taken, segment: Segment) -> None:
    code = segment.text(1).lower()
    name = _REFERENCES.get(code.upper()) or (f"ref_{code}" if code.isalnum() and code.isascii() else "")
    if name:
        taken.attribute(name, first(segment.word(2), segment.word(3)))


def _terms(taken: Taken, segment: Segment) -> None:
    if "/payment_terms" in taken.fields:
        return
    days = segment.word(7)
    if segment.word(12):
        taken.text("/payment_terms", segment.word(12))
    elif number(days.text) is not None:
        taken.text("/payment_terms", Word(f"net{days.text.lstrip('0') or '0'}", days.at))


def _sums(tally: Tally, head: list[Segment], tail: list[Segment]) -> None:
    for segment in tail:
        if segment.tag == "CTT":
            tally.line_count, tally.quantity_total = segment.word(1), segment.word(2)
        elif segment.tag == "AMT" and segment.text(1) in ("TT", "GV"):
            tally.payable = first(tally.payable, segment.word(2))
    tally.net = tally.payable
    tally.discount, tally.charge = (_charges(head, kind) for kind in ("A", "C"))
    taxes = [value for part in (*head, *tail) if part.tag == "TXI" and (value := number(part.text(2))) is not None]
    tally.tax = Word(plain(sum(taxes[1:], taxes[0])), "TXI") if taxes else NOTHING


def _charges(head: list[Segment], kind: str) -> Word:
    parts = [part for part in head if part.tag == "SAC" and part.text(1) == kind]
    amounts: list[Decimal] = [value for part in parts if (value := allowed(part, None)) is not None]
    return Word(plain(sum(amounts[1:], amounts[0])), f"{parts[0].place}-05") if amounts else NOTHING


def _envelope(taken: Taken, one: _Set) -> None:
    if one.isa is not None:
        _reply(taken, one.isa, one.gs)
    if one.tail is None:
        taken.differ("segment_count", "SE", "没有 SE 段")
        return
    stated, found = number(one.tail.text(1)), len(one.segments) + 2
    if stated is not None and stated != found:
        taken.differ("segment_count", one.tail.text(1), str(found))
    if one.tail.text(2).lstrip("0") != one.head.text(2).lstrip("0"):
        taken.differ("control_number", one.tail.text(2), one.head.text(2))


def _reply(taken: Taken, isa: Segment, gs: Segment | None) -> None:
    """Keep what our 855 says back: who sends the interchange and the group to whom, and whether as a test."""
    for element, name in ((5, "sender"), (7, "receiver")):
        taken.attribute(f"{name}_qualifier", isa.word(element))
        taken.attribute(f"{name}_id", isa.word(element + 1))
    if gs is not None:
        taken.attribute("group_sender", gs.word(2))
        taken.attribute("group_receiver", gs.word(3))
    taken.attribute("interchange_ref", isa.word(13))
    if isa.text(15) == "T":
        taken.attribute("test_indicator", isa.word(15))
