"""Hypothesis strategies: any `Order` value, and any input that the frozen schema allows."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from orders.money import LIMIT, Fen, Micro
from orders.order import DocType, Fulfilment, Line, Order, OrderType, Payment, PaymentStatus, Totals
from orders.party import Address, Contact, Party, PartyId, ShipTo

AMOUNT_LIMIT = 10**15 - 1
PRICE_LIMIT = 10**15 - 1
assert max(AMOUNT_LIMIT, PRICE_LIMIT) <= LIMIT

text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
name = st.none() | text
code = st.none() | st.text("ABCDEF0123456789", min_size=1, max_size=12)
adcode = st.none() | st.from_regex(r"\A[1-9][0-9]{5}\Z")
amounts = st.integers(-AMOUNT_LIMIT, AMOUNT_LIMIT).map(Fen)
prices = st.integers(0, PRICE_LIMIT).map(Micro)
quantities = st.integers(1, PRICE_LIMIT).map(Micro)
days = st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))
offsets = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=offsets)  # noqa: DTZ001
attributes = st.dictionaries(st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z"), st.none() | st.booleans() | text, max_size=3)

contacts = st.builds(Contact, name=name, phone=code, email=name)
ids = st.builds(
    PartyId, st.sampled_from(["uscc", "id_card", "gln", "platform"]), st.text("0123456789X", min_size=1, max_size=18)
)
parties = st.builds(Party, name=name, ids=st.lists(ids, max_size=2).map(tuple), contact=contacts)
addresses = st.builds(Address, text=name, province=name, city=name, district=name, detail=name, adcode=adcode)
ship_tos = st.builds(ShipTo, contact=contacts, address=addresses)
lines = st.builds(
    Line,
    line_no=st.integers(1, 99_999),
    sku=st.text("ABC0123456789", min_size=1, max_size=12),
    quantity=quantities,
    buyer_sku=code,
    gtin=st.none() | st.from_regex(r"\A[0-9]{8}([0-9]{4,6})?\Z"),
    name=name,
    spec=name,
    unit=name,
    unit_price=st.none() | prices,
    list_price=st.none() | prices,
    promotion=code,
    discount=amounts,
    tax_rate=st.none() | st.integers(0, 999_999).map(Micro),
    amount=st.none() | amounts,
    type=st.sampled_from(OrderType),
    is_gift=st.booleans(),
    requested_date=days,
    attributes=attributes,
)
orders = st.builds(
    Order,
    channel=st.sampled_from(["erp", "mini_program", "mail"]),
    currency=st.sampled_from(["CNY", "EUR", "USD"]),
    lines=st.lists(lines, min_size=1, max_size=3).map(tuple),
    totals=st.builds(Totals, amounts, amounts, amounts, amounts, amounts),
    issued_at=times,
    number=code,
    doc_type=st.sampled_from(DocType),
    seller_entity=code,
    type=st.sampled_from(OrderType),
    urgent=st.booleans(),
    buyer=parties,
    ship_to=ship_tos,
    bill_to=st.none() | parties,
    fulfilment=st.sampled_from(Fulfilment),
    requested_date=days,
    payment_terms=code,
    payment=st.builds(Payment, st.sampled_from(PaymentStatus), st.none() | times),
    note=text,
    customs=st.none() | attributes,
    attributes=attributes,
)


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a canonical order with any of its optional keys left out."""
    from orders.wire import order_to_json

    value = order_to_json(draw(orders))
    return _thinned(draw, value, {"currency", "lines"})


def _thinned(draw: st.DrawFn, value: dict[str, Any], required: set[str]) -> dict[str, Any]:
    kept = draw(st.sets(st.sampled_from(sorted(value)))) if value else set()
    thin = {key: part for key, part in value.items() if key in kept | required}
    if "lines" in thin:
        thin["lines"] = [_thinned(draw, line, {"sku", "quantity"}) for line in thin["lines"]]
    for key in ("payment", "totals", "ship_to"):
        if key in thin:
            thin[key] = _thinned(draw, thin[key], set())
    return thin
