"""The canonical order as it may come in: strict models at the edge between read and normalize.

Money and quantity are decimal text only, unknown keys are refused by name; only currency and lines that name a product
and a quantity are required. The models hold integers and dates already; what they mean is `intake/normalize.py`'s work.
The JSON twin is `orders/schema/order.schema.json`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from intake import complaint
from intake.values.scalar import (
    UNSTATED,
    amount,
    attribute,
    attribute_names,
    currency,
    day,
    instant,
    positive,
    price,
    rate,
)
from orders.money import Fen, Micro
from orders.order import DocType, Fulfilment, OrderType, PaymentStatus

MAX_LINES = 1000
MAX_NOTE_CHARS = 2000

Code = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=500)]
Note = Annotated[str, Field(max_length=MAX_NOTE_CHARS)]
Amount = Annotated[Fen, PlainValidator(amount)]
Price = Annotated[Micro, PlainValidator(price)]
Quantity = Annotated[Micro, PlainValidator(positive)]
Rate = Annotated[Micro, PlainValidator(rate)]
Day = Annotated[date, PlainValidator(day)]
Instant = Annotated[datetime, PlainValidator(instant)]
Currency = Annotated[str, PlainValidator(currency)]
Type = Annotated[OrderType, Field(strict=False)]
Attributes = Annotated[
    dict[str, Annotated[str | bool | None, PlainValidator(attribute)]], Field(max_length=100), attribute_names
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def states(self, name: str) -> bool:
        """Say whether the sender stated the field, whatever its value."""
        return name in self.model_fields_set


class RawContact(_Strict):
    """A person as written."""

    name: Name | None = None
    phone: Code | None = None
    email: Annotated[str, Field(max_length=254)] | None = None


class RawPartyId(_Strict):
    """An identifier under a scheme."""

    scheme: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    value: Annotated[str, Field(min_length=1, max_length=128)]


class RawParty(_Strict):
    """A buyer or payer as written."""

    name: Name | None = None
    ids: Annotated[list[RawPartyId], Field(max_length=20)] = []
    contact: RawContact = RawContact()


class RawAddress(_Strict):
    """An address as written; parts that are already there win over parsing."""

    text: Text | None = None
    province: Code | None = None
    city: Code | None = None
    district: Code | None = None
    detail: Text | None = None
    adcode: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None


class RawShipTo(_Strict):
    """Where to, and who takes it."""

    contact: RawContact = RawContact()
    address: RawAddress = RawAddress()


class RawPayment(_Strict):
    """The state of the money."""

    status: Annotated[PaymentStatus, Field(strict=False)] = PaymentStatus.UNPAID
    paid_at: Instant | None = None


class RawLine(_Strict):
    """One line: a product by one of three names, and a quantity."""

    line_no: Annotated[int, Field(ge=1, le=99_999)] = 0
    sku: Code = ""
    buyer_sku: Code | None = None
    gtin: Code | None = None
    name: Name | None = None
    spec: Name | None = None
    quantity: Quantity
    unit: Annotated[str, Field(max_length=32)] | None = None
    unit_price: Price | None = None
    list_price: Price | None = None
    promotion: Code | None = None
    discount: Amount = Fen(0)
    tax_rate: Rate | None = None
    amount: Amount | None = None
    type: Type = OrderType.STOCK
    is_gift: bool = False
    requested_date: Day | None = None
    attributes: Attributes = {}


class RawTotals(_Strict):
    """The sums as far as the sender stated them (`states` tells)."""

    goods: Amount = Fen(0)
    discount: Amount = Fen(0)
    shipping: Amount = Fen(0)
    tax: Amount = Fen(0)
    payable: Amount = Fen(0)


class RawOrder(_Strict):
    """One order as it came in: sound in shape, not yet matched with anything."""

    number: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    doc_type: Annotated[DocType, Field(strict=False)] = DocType.ORDER
    channel: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")] = ""
    seller_entity: Code | None = None
    issued_at: Instant = UNSTATED
    currency: Currency
    type: Type = OrderType.STOCK
    urgent: bool = False
    buyer: RawParty = RawParty()
    ship_to: RawShipTo = RawShipTo()
    bill_to: RawParty | None = None
    fulfilment: Annotated[Fulfilment, Field(strict=False)] = Fulfilment.DELIVERY
    requested_date: Day | None = None
    payment_terms: Code | None = None
    payment: RawPayment = RawPayment()
    note: Note = ""
    lines: Annotated[list[RawLine], Field(min_length=1, max_length=MAX_LINES)]
    totals: RawTotals = RawTotals()
    customs: Attributes | None = None
    attributes: Attributes = {}


def parse_order(value: Any) -> RawOrder:
    """Check the shape of one canonical order; null is allowed only where the stored order may be null.

    Raises:
        InvalidOrder: with one `Problem` per field, named by its JSON pointer.

    """
    try:
        order = RawOrder.model_validate(value)
    except ValidationError as error:
        raise complaint.invalid(complaint.problems(error, RawOrder)) from None
    nameless = tuple(
        complaint.named(f"/lines/{index}/sku", "required")
        for index, line in enumerate(order.lines)
        if not any(map(_said, (line.sku, line.buyer_sku, line.gtin)))
    )
    if nameless:
        raise complaint.invalid(nameless)
    return order


def _said(text: str | None) -> bool:
    return bool(text and text.strip())


def without_holes(value: Any) -> Any:
    """Drop every null of a draft's order: what could not be read counts as not stated."""
    if isinstance(value, dict):
        return {key: without_holes(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_holes(item) for item in value]
    return value
