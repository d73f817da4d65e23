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
from intake.scalar import amount, attribute, attribute_names, currency, day, instant, positive, price, rate
from orders.errors import InvalidOrder
from orders.money import Fen, Micro
from orders.order import DocType, Fulfilment, OrderType, PaymentStatus

MAX_LINES = 500
MAX_NOTE_CHARS = 4000

Code = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=200)]
Note = Annotated[str, Field(max_length=MAX_NOTE_CHARS)]
Amount = Annotated[Fen, PlainValidator(amount)]
Price = Annotated[Micro, PlainValidator(price)]
Quantity = Annotated[Micro, PlainValidator(positive)]
Rate = Annotated[Micro, PlainValidator(rate)]
Day = Annotated[date, PlainValidator(day)]
Instant = Annotated[datetime, PlainValidator(instant)]
Currency = Annotated[str, PlainValidator(currency)]
Attributes = Annotated[
    dict[str, Annotated[str | bool | None, PlainValidator(attribute)]],
    Field(max_length=50),
    attribute_names,
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RawContact(_Strict):
    """A person as written."""

    name: Name | None = None
    phone: Code | None = None
    email: Annotated[str, Field(max_length=254)] | None = None


class RawPartyId(_Strict):
    """An identifier under a scheme."""

    scheme: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
    value: Annotated[str, Field(min_length=1, max_length=64)]


class RawParty(_Strict):
    """A buyer or payer as written."""

    name: Name | None = None
    ids: Annotated[tuple[RawPartyId, ...], Field(max_length=20, strict=False)] | None = None
    contact: RawContact | None = None


class RawAddress(_Strict):
    """An address as written; parts that are already there win over parsing."""

    text: Annotated[str, Field(max_length=500)] | None = None
    province: Code | None = None
    city: Code | None = None
    district: Code | None = None
    detail: Annotated[str, Field(max_length=300)] | None = None
    adcode: Annotated[str, Field(pattern=r"^[1-9]\d{5}$")] | None = None


class RawShipTo(_Strict):
    """Where to, and who takes it."""

    contact: RawContact | None = None
    address: RawAddress | None = None


class RawPayment(_Strict):
    """The state of the money."""

    status: Annotated[PaymentStatus, Field(strict=False)] | None = None
    paid_at: Instant | None = None


class RawLine(_Strict):
    """One line: a product by one of three names, and a quantity."""

    line_no: Annotated[int, Field(ge=1, le=999_999)] | None = None
    sku: Code | None = None
    buyer_sku: Code | None = None
    gtin: Annotated[str, Field(pattern=r"^\d{8}(\d{4,6})?$")] | None = None
    name: Name | None = None
    spec: Name | None = None
    quantity: Quantity
    unit: Annotated[str, Field(max_length=20)] | None = None
    unit_price: Price | None = None
    list_price: Price | None = None
    promotion: Code | None = None
    discount: Amount | None = None
    tax_rate: Rate | None = None
    amount: Amount | None = None
    type: Annotated[OrderType, Field(strict=False)] | None = None
    is_gift: bool | None = None
    requested_date: Day | None = None
    attributes: Attributes | None = None


class RawTotals(_Strict):
    """The sums as far as the sender stated them."""

    goods: Amount | None = None
    discount: Amount | None = None
    shipping: Amount | None = None
    tax: Amount | None = None
    payable: Amount | None = None


class RawOrder(_Strict):
    """One order as it came in: sound in shape, not yet matched with anything."""

    number: Code | None = None
    doc_type: Annotated[DocType, Field(strict=False)] | None = None
    channel: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$")] | None = None
    seller_entity: Code | None = None
    issued_at: Instant | None = None
    currency: Currency
    type: Annotated[OrderType, Field(strict=False)] | None = None
    urgent: bool | None = None
    buyer: RawParty | None = None
    ship_to: RawShipTo | None = None
    bill_to: RawParty | None = None
    fulfilment: Annotated[Fulfilment, Field(strict=False)] | None = None
    requested_date: Day | None = None
    payment_terms: Code | None = None
    payment: RawPayment | None = None
    note: Note | None = None
    lines: Annotated[tuple[RawLine, ...], Field(min_length=1, max_length=MAX_LINES, strict=False)]
    totals: RawTotals | None = None
    customs: Attributes | None = None
    attributes: Attributes | None = None


def parse_order(value: Any) -> RawOrder:
    """Check the shape of one canonical order.

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
        if not (_said(line.sku) or _said(line.buyer_sku) or line.gtin)
    )
    if nameless:
        raise complaint.invalid(nameless)
    return order


def _said(text: str | None) -> bool:
    return bool(text and text.strip())


__all__ = ["MAX_LINES", "InvalidOrder", "RawAddress", "RawLine", "RawOrder", "RawParty", "RawTotals", "parse_order"]
