"""Canonical order ↔ JSON: decimal text for money and quantity, RFC 3339 for times.

`order_from_json` trusts its input (stored by us, or validated by `intake/canonical.py`); strict checks live there.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from orders.decision import canonical_bytes, sha256_hex
from orders.money import Fen, Micro, fen_text, parse_fen, parse_micro, price_text, quantity_text
from orders.order import DocType, Fulfilment, Line, Order, OrderType, Payment, PaymentStatus, Totals
from orders.party import Address, Contact, Party, PartyId, ShipTo

Json = dict[str, Any]


def _contact(contact: Contact) -> Json:
    return {"name": contact.name, "phone": contact.phone, "email": contact.email}


def _party(party: Party) -> Json:
    return {
        "name": party.name,
        "ids": [{"scheme": party_id.scheme, "value": party_id.value} for party_id in party.ids],
        "contact": _contact(party.contact),
    }


def _address(address: Address) -> Json:
    return {
        "text": address.text,
        "province": address.province,
        "city": address.city,
        "district": address.district,
        "detail": address.detail,
        "adcode": address.adcode,
    }


def _ship_to(ship_to: ShipTo) -> Json:
    return {"contact": _contact(ship_to.contact), "address": _address(ship_to.address)}


def _line(line: Line) -> Json:
    return {
        "line_no": line.line_no,
        "sku": line.sku,
        "buyer_sku": line.buyer_sku,
        "gtin": line.gtin,
        "name": line.name,
        "spec": line.spec,
        "quantity": quantity_text(line.quantity),
        "unit": line.unit,
        "unit_price": None if line.unit_price is None else price_text(line.unit_price),
        "list_price": None if line.list_price is None else price_text(line.list_price),
        "promotion": line.promotion,
        "discount": fen_text(line.discount),
        "tax_rate": None if line.tax_rate is None else quantity_text(line.tax_rate),
        "amount": None if line.amount is None else fen_text(line.amount),
        "type": line.type.value,
        "is_gift": line.is_gift,
        "requested_date": _day(line.requested_date),
        "attributes": line.attributes,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def totals_to_json(totals: Totals) -> Json:
    """Return the sums as decimal text."""
    return {
        "goods": fen_text(totals.goods),
        "discount": fen_text(totals.discount),
        "shipping": fen_text(totals.shipping),
        "tax": fen_text(totals.tax),
        "payable": fen_text(totals.payable),
    }


def order_to_json(order: Order) -> Json:
    """Return the canonical JSON of `orders/schema/order.schema.json`."""
    paid_at = order.payment.paid_at
    return {
        "number": order.number,
        "doc_type": order.doc_type.value,
        "channel": order.channel,
        "seller_entity": order.seller_entity,
        "issued_at": order.issued_at.isoformat(),
        "currency": order.currency,
        "type": order.type.value,
        "urgent": order.urgent,
        "buyer": _party(order.buyer),
        "ship_to": _ship_to(order.ship_to),
        "bill_to": None if order.bill_to is None else _party(order.bill_to),
        "fulfilment": order.fulfilment.value,
        "requested_date": _day(order.requested_date),
        "payment_terms": order.payment_terms,
        "payment": {"status": order.payment.status.value, "paid_at": None if paid_at is None else paid_at.isoformat()},
        "note": order.note,
        "lines": [_line(line) for line in order.lines],
        "totals": totals_to_json(order.totals),
        "customs": order.customs,
        "attributes": order.attributes,
    }


def content_hash(order: Order) -> str:
    """Hash what was ordered: without channel, time of issue and provenance, so that any door gives the same."""
    return content_hash_of(order_to_json(order))


def content_hash_of(value: Json) -> str:
    """Hash the canonical JSON of an order as `content_hash` does."""
    return sha256_hex(canonical_bytes(content_of(value)))


def content_of(value: Json) -> Json:
    """Return what the content hash is of."""
    return {name: part for name, part in value.items() if name not in ("channel", "issued_at")}


def _fen(text: str | None) -> Fen | None:
    return None if text is None else parse_fen(text)


def _micro(text: str | None) -> Micro | None:
    return None if text is None else parse_micro(text)


def _to_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _to_contact(value: Json) -> Contact:
    return Contact(name=value["name"], phone=value["phone"], email=value["email"])


def _to_party(value: Json) -> Party:
    ids = tuple(PartyId(item["scheme"], item["value"]) for item in value["ids"])
    return Party(name=value["name"], ids=ids, contact=_to_contact(value["contact"]))


def _to_line(value: Json) -> Line:
    return Line(
        line_no=value["line_no"],
        sku=value["sku"],
        quantity=parse_micro(value["quantity"]),
        buyer_sku=value["buyer_sku"],
        gtin=value["gtin"],
        name=value["name"],
        spec=value["spec"],
        unit=value["unit"],
        unit_price=_micro(value["unit_price"]),
        list_price=_micro(value["list_price"]),
        promotion=value["promotion"],
        discount=parse_fen(value["discount"]),
        tax_rate=_micro(value["tax_rate"]),
        amount=_fen(value["amount"]),
        type=OrderType(value["type"]),
        is_gift=value["is_gift"],
        requested_date=_to_day(value["requested_date"]),
        attributes=value["attributes"],
    )


def order_from_json(value: Json) -> Order:
    """Rebuild an order from its full canonical JSON (every key present)."""
    payment = value["payment"]
    return Order(
        number=value["number"],
        doc_type=DocType(value["doc_type"]),
        channel=value["channel"],
        seller_entity=value["seller_entity"],
        issued_at=datetime.fromisoformat(value["issued_at"]),
        currency=value["currency"],
        type=OrderType(value["type"]),
        urgent=value["urgent"],
        buyer=_to_party(value["buyer"]),
        ship_to=ShipTo(_to_contact(value["ship_to"]["contact"]), Address(**value["ship_to"]["address"])),
        bill_to=None if value["bill_to"] is None else _to_party(value["bill_to"]),
        fulfilment=Fulfilment(value["fulfilment"]),
        requested_date=_to_day(value["requested_date"]),
        payment_terms=value["payment_terms"],
        payment=Payment(
            PaymentStatus(payment["status"]),
            None if payment["paid_at"] is None else datetime.fromisoformat(payment["paid_at"]),
        ),
        note=value["note"],
        lines=tuple(_to_line(line) for line in value["lines"]),
        totals=Totals(**{name: parse_fen(text) for name, text in value["totals"].items()}),
        customs=value["customs"],
        attributes=value["attributes"],
    )
