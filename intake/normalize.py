"""Normalize: a canonical order as it came in → the `Order` that rules, stock and people speak of.

The third step of an order's way. Takes a frozen catalogue, never a database. What the sender stated stays; what he left
out is filled from the catalogue or computed; what cannot be an order is refused by pointer, with the nearest ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from intake import complaint
from intake.canonical import RawAddress, RawContact, RawLine, RawOrder, RawParty, RawTotals, parse_order
from intake.known.address import complete
from intake.known.match import Index, customer_of, customer_words, index_of
from intake.own import with_own_fields
from intake.product import Measured, identify, known_price, measure, suggested
from intake.values.clean import clean, clean_code, clean_email, clean_note, clean_phone
from orders.errors import Problem
from orders.money import Fen, line_amount_fen
from orders.order import Line, Order, OrderType, Payment, Totals, rolled_up_type
from orders.party import Address, Contact, Party, PartyId, ShipTo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from orders.catalogue import Catalogue, CustomerEntry

MAX_FEN = 10**15 - 1
MAX_SUGGESTIONS = 10
OWN_CURRENCY = "CNY"
"""What the catalogue's prices are in: they stand in for a silent price of an order in the same currency only."""

_RANK = (OrderType.STOCK, OrderType.PRESALE, OrderType.CUSTOM)


@dataclass(frozen=True, slots=True)
class _Known:
    """What every line of one order shares."""

    index: Index
    customer: CustomerEntry | None
    order_type: OrderType
    currency: str


def normalize(
    raw: Mapping[str, Any] | RawOrder,
    catalogue: Catalogue,
    *,
    channel: str,
    received_at: datetime,
    timezone: str = "Asia/Shanghai",
) -> Order:
    """Turn one canonical order, as JSON or checked by `parse_order` already, into an `Order`.

    ``channel`` is the door's, used where the order names none; ``received_at`` (aware), shown in ``timezone`` (IANA),
    stands for an unstated time of issue.

    Raises:
        InvalidOrder: with a `Problem` for each field at fault; an unknown SKU has the nearest ones as candidates.

    """
    stated = raw if isinstance(raw, RawOrder) else parse_order(raw)
    index = index_of(catalogue)
    lines = _lines(stated, _Known(index, _customer(stated.buyer, index), stated.type, stated.currency))
    issued_at = stated.issued_at if stated.states("issued_at") else _whole_seconds(received_at, timezone)
    order = Order(
        channel=stated.channel or channel,
        currency=stated.currency,
        lines=lines,
        totals=_totals(stated.totals, lines),
        issued_at=issued_at,
        number=clean(stated.number),
        doc_type=stated.doc_type,
        seller_entity=clean(stated.seller_entity),
        type=rolled_up_type(lines),
        urgent=stated.urgent,
        buyer=_party(stated.buyer),
        ship_to=ShipTo(_contact(stated.ship_to.contact), _address(stated.ship_to.address)),
        bill_to=None if stated.bill_to is None else _party(stated.bill_to),
        fulfilment=stated.fulfilment,
        requested_date=stated.requested_date,
        payment_terms=clean(stated.payment_terms),
        payment=Payment(stated.payment.status, stated.payment.paid_at),
        note=clean_note(stated.note),
        customs=stated.customs,
        attributes=stated.attributes,
    )
    return with_own_fields(order, catalogue.fields)


def _whole_seconds(at: datetime, timezone: str) -> datetime:
    return at.astimezone(ZoneInfo(timezone)).replace(microsecond=0)


def _contact(raw: RawContact) -> Contact:
    return Contact(clean(raw.name), clean_phone(raw.phone), clean_email(raw.email))


def _party(raw: RawParty) -> Party:
    ids = tuple(PartyId(party_id.scheme, clean_code(party_id.value) or "") for party_id in raw.ids)
    return Party(clean(raw.name), tuple(party_id for party_id in ids if party_id.value), _contact(raw.contact))


def _address(raw: RawAddress) -> Address:
    return complete(
        Address(
            text=clean(raw.text),
            province=clean(raw.province),
            city=clean(raw.city),
            district=clean(raw.district),
            detail=clean(raw.detail),
            adcode=raw.adcode,
        )
    )


def _customer(buyer: RawParty, index: Index) -> CustomerEntry | None:
    ids = ((party_id.scheme, party_id.value) for party_id in buyer.ids)
    return customer_of(customer_words(ids, buyer.name, buyer.contact.phone, buyer.contact.email), index)


def _lines(stated: RawOrder, known: _Known) -> tuple[Line, ...]:
    numbers = _numbers(stated.lines)
    found = [_line(raw, numbers[position], f"/lines/{position}", known) for position, raw in enumerate(stated.lines)]
    faults = [(line, stated.lines[position]) for position, line in enumerate(found) if isinstance(line, Problem)]
    if faults:
        near = (suggested(problem, raw, known.index) for problem, raw in faults[:MAX_SUGGESTIONS])
        raise complaint.invalid((*near, *(problem for problem, _ in faults[MAX_SUGGESTIONS:])))
    return tuple(line for line in found if isinstance(line, Line))


def _numbers(lines: list[RawLine]) -> list[int]:
    """Keep stated line numbers, refuse one that comes twice, give the others the next free ones."""
    stated = [line.line_no for line in lines if line.line_no]
    if len(set(stated)) != len(stated):
        twice = next(place for place, line in enumerate(lines) if stated.count(line.line_no) > 1)
        raise complaint.invalid((complaint.named(f"/lines/{twice}/line_no", "line_no_twice"),))
    free = iter(sorted(set(range(1, len(lines) + 1)) - set(stated)))
    return [line.line_no or next(free) for line in lines]


def _line(raw: RawLine, line_no: int, at: str, known: _Known) -> Line | Problem:
    entry = identify(raw, at, known.customer, known.index)
    if isinstance(entry, Problem):
        return entry
    measured = measure(raw, entry, at)
    if isinstance(measured, Problem):
        return measured
    if measured.unit_price is None and not raw.is_gift and known.currency == OWN_CURRENCY:
        measured = replace(measured, unit_price=known_price(entry, known.customer))
    amount = _amount(raw, measured)
    if amount is not None and abs(amount) > MAX_FEN:
        return complaint.named(f"{at}/quantity", "amount_too_large")
    return Line(
        line_no=line_no,
        sku=entry.sku,
        quantity=measured.quantity,
        buyer_sku=clean_code(raw.buyer_sku),
        gtin=clean_code(raw.gtin) or entry.gtin,
        name=clean(raw.name) or entry.name,
        spec=clean(raw.spec) or entry.spec,
        unit=measured.unit,
        unit_price=measured.unit_price,
        list_price=measured.list_price,
        promotion=clean(raw.promotion),
        discount=raw.discount,
        tax_rate=raw.tax_rate,
        amount=amount,
        type=raw.type if raw.states("type") else max(known.order_type, entry.type, key=_RANK.index),
        is_gift=raw.is_gift,
        requested_date=raw.requested_date,
        attributes=raw.attributes,
    )


def _amount(raw: RawLine, measured: Measured) -> Fen | None:
    """Return the stated amount; else quantity × price − discount; a gift without a price costs nothing."""
    if raw.amount is not None:
        return raw.amount
    if measured.unit_price is not None:
        return line_amount_fen(measured.quantity, measured.unit_price, raw.discount)
    return Fen(0) if raw.is_gift else None


def _totals(stated: RawTotals, lines: tuple[Line, ...]) -> Totals:
    """Keep the stated sums; goods = Σ line amounts, payable = goods − discount + shipping + tax."""
    summed = sum(line.amount for line in lines if line.amount is not None)
    goods = stated.goods if stated.states("goods") else Fen(summed)
    payable = Fen(goods - stated.discount + stated.shipping + stated.tax)
    if stated.states("payable"):
        payable = stated.payable
    if max(abs(goods), abs(payable)) > MAX_FEN:
        raise complaint.invalid((complaint.named("/totals", "amount_too_large"),))
    return Totals(goods=goods, discount=stated.discount, shipping=stated.shipping, tax=stated.tax, payable=payable)
