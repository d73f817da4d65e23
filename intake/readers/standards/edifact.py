"""UN/EDIFACT ORDERS and ORDCHG, D.93A to D.01B and later → orders (read, the second step).

Source: UN/CEFACT directories D.96A and D.01B, GS1 EANCOM. One interchange may carry several messages; other messages
in it are passed over by name. Counts and references of the trailers are checked, a difference is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from intake.readers.standards.edifact_day import when_of
from intake.readers.standards.edifact_line import LineReader
from intake.readers.standards.edifact_party import PartyReader
from intake.readers.standards.markup import refused
from intake.readers.standards.segment import Segment, edifact_segments, edifact_text
from intake.readers.standards.taken import Taken
from intake.readers.standards.tally import Tally
from intake.readers.standards.word import NOTHING, Word, first, number, plain

if TYPE_CHECKING:
    from decimal import Decimal

_ORDERS = {"ORDERS": "order", "ORDCHG": "change"}
_FUNCTIONS = {"1": "cancel", "3": "cancel", "4": "change", "5": "change"}
_RUSH = "224"
_SUB_LINE = "1"
_WANTED = ("2", "358", "69", "63", "10", "200", "64", "76", "17", "11")
"""DTM qualifiers of the wanted day, the most telling first. Source: UN/EDIFACT code list 2005."""
_WINDOW = {"64": "deliver_not_before", "63": "deliver_not_after"}
_PAYABLE = ("86", "9", "77", "139", "388", "39")
_REFERENCES = {
    "CT": "contract",
    "AAK": "despatch_advice",
    "VN": "sales_order",
    "PL": "price_list",
    "AAN": "delivery_schedule",
}
_REFERENCES |= {
    "AAJ": "delivery_order",
    "PD": "promotion_deal",
    "AAG": "quotation",
    "UC": "end_customer_order",
    "CR": "customer_reference",
}
_REFERENCES |= {"ON": "buyer_order", "BO": "blanket_order", "IT": "internal_customer", "AEP": "project"}


@dataclass
class _Message:
    """One message between UNH and UNT."""

    head: Segment
    segments: list[Segment] = field(default_factory=list)
    tail: Segment | None = None


def read_edifact(data: bytes, zone: str) -> list[Taken]:
    """Read every order of an interchange. Raises UnreadableDocument when there is none."""
    segments = edifact_segments(edifact_text(data))
    messages = list(_messages(segments))
    kinds = [_kind(message.head) for message in messages]
    found = [_order(message, kind, zone) for message, kind in zip(messages, kinds, strict=True) if kind in _ORDERS]
    if not found:
        named = "、".join(dict.fromkeys(kinds)) or "?"
        raise refused(
            "not_an_order", f"EDIFACT 报文 {named} 不是订单（只收 ORDERS、ORDCHG）", f"EDIFACT {named} is not an order"
        )
    _interchange(found, segments, len(messages), [kind for kind in kinds if kind not in _ORDERS])
    return found


def _messages(segments: list[Segment]) -> list[_Message]:
    found: list[_Message] = []
    counts: dict[str, int] = {}
    for segment in segments:
        if segment.tag == "UNH":
            counts = {}
            found.append(_Message(replace(segment, place=f"UNH[{len(found) + 1}]")))
        elif segment.tag == "UNT" and found:
            found[-1].tail = replace(segment, place=f"UNH[{len(found)}]/UNT")
        elif found and found[-1].tail is None:
            counts[segment.tag] = counts.get(segment.tag, 0) + 1
            place = f"UNH[{len(found)}]/{segment.tag}[{counts[segment.tag]}]"
            found[-1].segments.append(replace(segment, place=place))
    return found


def _kind(head: Segment) -> str:
    return head.text(2).upper()


def _order(message: _Message, kind: str, zone: str) -> Taken:
    taken = Taken("edifact", zone)
    taken.put("/doc_type", _ORDERS[kind], kind, why=message.head.place)
    head, lines, tail = _sections(message.segments)
    tally = Tally()
    _header(taken, tally, head)
    PartyReader(taken).read(head)
    reader = LineReader(taken)
    _lines(reader, tally, lines)
    if taken.value("/currency") is None and "/currency" not in taken.fields:
        taken.currency(
            *(segment.word(1, 2) for segment in message.segments if segment.tag == "CUX"), _money_currency(message)
        )
    _summary(tally, tail)
    tally.write(taken)
    _trailer(taken, message)
    return taken


def _lines(reader: LineReader, tally: Tally, groups: list[list[Segment]]) -> None:
    """Read the lines; a sub-line (C829) is no line of the order but what the line above it is made up of."""
    below: dict[int, list[list[Segment]]] = {}
    for group in groups:
        if group[0].text(4) == _SUB_LINE and tally.lines:
            below.setdefault(len(tally.lines) - 1, []).append(group)
        else:
            tally.lines.append(reader.read(group))
    for index, parts in below.items():
        reader.consists_of(f"/lines/{index}", parts)
        tally.sub_lines += len(parts)


def _money_currency(message: _Message) -> Word:
    return first(*(segment.word(1, 3) for segment in message.segments if segment.tag in ("MOA",)))


def _sections(segments: list[Segment]) -> tuple[list[Segment], list[list[Segment]], list[Segment]]:
    """Cut a message into its header, its lines (each from its LIN) and its summary."""
    head: list[Segment] = []
    lines: list[list[Segment]] = []
    tail: list[Segment] = []
    place = head
    for segment in segments:
        if segment.tag == "UNS":
            place = tail
        elif segment.tag in ("LIN", "CNT") and place is not tail:
            lines.append([]) if segment.tag == "LIN" else None
            place = lines[-1] if segment.tag == "LIN" else tail
        place.append(segment)
    return head, lines, tail


def _header(taken: Taken, tally: Tally, head: list[Segment]) -> None:
    for segment in head:
        match segment.tag:
            case "BGM":
                _begin(taken, segment)
            case "CUX" if "/currency" not in taken.fields:
                taken.currency(segment.word(1, 2))
            case "RFF" if segment.text(1) in _REFERENCES:
                taken.attribute(_REFERENCES[segment.text(1)], segment.word(1, 2))
            case "TOD":
                taken.attribute("incoterm", segment.word(3))
            case "PAT" | "PYT":
                _terms(taken, segment)
    _dates(taken, {segment.text(1): segment for segment in reversed(head) if segment.tag == "DTM"})
    _per_cents(taken, head)
    taken.note(Word(" ".join(word.text for word in part.words(4)), part.place) for part in head if part.tag == "FTX")
    tally.discount, tally.charge = _allowances(head)


def _dates(taken: Taken, dates: dict[str, Segment]) -> None:
    issued = dates.get("137") or dates.get("4") or dates.get("97")
    if issued is not None:
        taken.issued(issued.word(1, 2), when_of(issued.text(1, 2), issued.text(1, 3), taken.zone))
    wanted = next((dates[code] for code in _WANTED if code in dates), None)
    if wanted is not None:
        when = when_of(wanted.text(1, 2), wanted.text(1, 3), taken.zone, last=True)
        taken.day("/requested_date", wanted.word(1, 2), when)
    for code, name in _WINDOW.items():
        at = dates.get(code)
        edge = None if at is None else when_of(at.text(1, 2), at.text(1, 3), taken.zone)
        if at is not None and edge is not None:
            taken.attribute(name, Word(edge.day.isoformat(), at.place))


def _per_cents(taken: Taken, head: list[Segment]) -> None:
    """Keep allowances of the whole order that are told in per cent alone: what they are worth only the sender knows."""
    for place, segment in enumerate(head[:-1]):
        own = head[place + 1 : place + 4] if segment.tag == "ALC" else []
        per_cent = next((one for one in own if one.tag == "PCD"), None)
        if per_cent is not None and not any(one.tag == "MOA" for one in own):
            name = "discount_percent" if segment.text(1) == "A" else "charge_percent"
            taken.attribute(name, per_cent.word(1, 2))


def _begin(taken: Taken, segment: Segment) -> None:
    taken.code("/number", segment.word(2), segment.word(1, 5))
    code = segment.text(1)
    taken.attribute("order_type_code", segment.word(1))
    if code == _RUSH:
        taken.put("/urgent", value=True, raw=code, why=segment.place)
    function = segment.text(3)
    if function in _FUNCTIONS:
        taken.put("/doc_type", _FUNCTIONS[function], function, why=f"{segment.place}-03")
    elif function in ("7", "31"):
        taken.warn("报文标明是副本或重发")


def _terms(taken: Taken, segment: Segment) -> None:
    days = first(segment.word(3, 4), segment.word(4, 4))
    unit = first(segment.word(3, 3), segment.word(4, 3)).text
    count = number(days.text)
    if count is not None and unit in ("D", "M", ""):
        told = f"net{plain(count)}" if unit != "M" else f"net{plain(count * 30)}"
        if "/payment_terms" not in taken.fields:
            taken.text("/payment_terms", Word(told, days.at))
    elif segment.words(2, 4) and "/payment_terms" not in taken.fields:
        taken.text("/payment_terms", segment.words(2, 4)[0])


def _allowances(head: list[Segment]) -> tuple[Word, Word]:
    """Add up the order's own allowances and charges (ALC with its MOA)."""
    sums: dict[str, Decimal] = {}
    places: dict[str, str] = {}
    kind = ""
    for segment in head:
        if segment.tag == "ALC":
            kind = segment.text(1)
        elif segment.tag == "MOA" and kind and segment.text(1) in ("8", "23", "204", "131"):
            amount = number(segment.text(1, 2))
            if amount is not None:
                sums[kind] = sums.get(kind, amount * 0) + amount
                places[kind] = segment.place
                kind = ""
        elif segment.tag not in ("PCD", "QTY", "RTE", "TAX", "RNG", "MOA"):
            kind = ""
    allowance, charge = sums.get("A"), sums.get("C")
    return (
        NOTHING if allowance is None else Word(plain(allowance), places["A"]),
        NOTHING if charge is None else Word(plain(charge), places["C"]),
    )


def _summary(tally: Tally, tail: list[Segment]) -> None:
    money = {segment.text(1): segment.word(1, 2) for segment in reversed(tail) if segment.tag == "MOA"}
    counts = {segment.text(1): segment.word(1, 2) for segment in reversed(tail) if segment.tag == "CNT"}
    tally.goods = first(money.get("79", NOTHING), money.get("66", NOTHING))
    tally.discount = first(money.get("260", NOTHING), money.get("131", NOTHING), tally.discount)
    tally.charge = first(money.get("259", NOTHING), tally.charge)
    tally.tax = first(money.get("176", NOTHING), money.get("124", NOTHING))
    tally.prepaid = money.get("113", NOTHING)
    tally.payable = first(*(money.get(code, NOTHING) for code in _PAYABLE))
    tally.net = tally.payable  # senders of orders often total without tax
    if not tally.goods and not tally.payable:
        tally.goods = first(money.get("128", NOTHING), money.get("125", NOTHING))
    tally.line_count, tally.quantity_total = counts.get("2", NOTHING), counts.get("1", NOTHING)


def _trailer(taken: Taken, message: _Message) -> None:
    if message.tail is None:
        taken.differ("segment_count", "UNT", "没有 UNT 段")
        return
    stated, found = number(message.tail.text(1)), len(message.segments) + 2
    if stated is not None and stated != found:
        taken.differ("segment_count", message.tail.text(1), str(found))
    if message.tail.text(2) != message.head.text(1):
        taken.differ("control_number", message.tail.text(2), message.head.text(1))


def _interchange(found: list[Taken], segments: list[Segment], messages: int, passed: list[str]) -> None:
    """Check the interchange's own trailer and say on each order what it shared the file with."""
    start = next((segment for segment in segments if segment.tag == "UNB"), None)
    end = next((segment for segment in reversed(segments) if segment.tag == "UNZ"), None)
    groups = sum(segment.tag == "UNG" for segment in segments)
    for taken in found:
        if start is not None:
            _reply(taken, replace(start, place="UNB"))
        if end is not None and number(end.text(1)) not in (None, messages, groups or messages):
            taken.differ("message_count", end.text(1), str(messages))
        if start is not None and end is not None and end.text(2) != start.text(5):
            taken.differ("control_number", end.text(2), start.text(5))
        if passed:
            taken.warn(f"同一文件里的 {'、'.join(dict.fromkeys(passed))} 不是订单，未读")


def _reply(taken: Taken, start: Segment) -> None:
    """Keep what our ORDRSP says back: who sends the interchange to whom, by which qualifiers, and whether as a test."""
    for element, name in ((2, "sender"), (3, "receiver")):
        taken.attribute(f"{name}_id", start.word(element))
        taken.attribute(f"{name}_qualifier", start.word(element, 2))
    taken.attribute("interchange_ref", start.word(5))
    if start.text(11) == "1":
        taken.attribute("test_indicator", start.word(11))
