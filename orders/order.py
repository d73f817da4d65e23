"""The canonical order: the shape that every door produces and every later step reads.

Quantities and unit prices are 10⁻⁶ integers (`Micro`), amounts are fen (`Fen`), times are aware.
The JSON twin is `orders/schema/order.schema.json`; `orders/wire.py` turns one into the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from orders.money import Fen, Micro
from orders.party import Party, ShipTo

if TYPE_CHECKING:
    from datetime import date, datetime

Attribute = str | bool | None
"""A value of the company's own field: text (decimal text for numbers), true/false or unknown."""


class DocType(StrEnum):
    """What the document asks for."""

    ORDER = "order"
    CHANGE = "change"
    CANCEL = "cancel"


class OrderType(StrEnum):
    """现货 / 预售 / 定制. An order's type is the rolled-up one: custom > presale > stock."""

    STOCK = "stock"
    PRESALE = "presale"
    CUSTOM = "custom"


class Fulfilment(StrEnum):
    """How the goods reach the customer."""

    DELIVERY = "delivery"
    PICKUP = "pickup"


class PaymentStatus(StrEnum):
    """Whether money has come in."""

    UNPAID = "unpaid"
    PARTIAL = "partial"
    PAID = "paid"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Payment:
    """The state of the money and, when paid, the instant (aware)."""

    status: PaymentStatus = PaymentStatus.UNPAID
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One order line. ``tax_rate`` is 10⁻⁶ (13 % = 130000)."""

    line_no: int
    sku: str
    quantity: Micro
    buyer_sku: str | None = None
    gtin: str | None = None
    name: str | None = None
    spec: str | None = None
    unit: str | None = None
    unit_price: Micro | None = None
    list_price: Micro | None = None
    promotion: str | None = None
    discount: Fen = Fen(0)
    tax_rate: Micro | None = None
    amount: Fen | None = None
    type: OrderType = OrderType.STOCK
    is_gift: bool = False
    requested_date: date | None = None
    attributes: dict[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Totals:
    """The order's sums in fen, as the sender stated them or, where silent, as we compute them."""

    goods: Fen
    discount: Fen
    shipping: Fen
    tax: Fen
    payable: Fen


@dataclass(frozen=True, slots=True)
class Order:
    """One normalized order. ``issued_at`` is aware; the receiving time where the sender named none."""

    channel: str
    currency: str
    lines: tuple[Line, ...]
    totals: Totals
    issued_at: datetime
    number: str | None = None
    doc_type: DocType = DocType.ORDER
    seller_entity: str | None = None
    type: OrderType = OrderType.STOCK
    urgent: bool = False
    buyer: Party = Party()
    ship_to: ShipTo = ShipTo()
    bill_to: Party | None = None
    fulfilment: Fulfilment = Fulfilment.DELIVERY
    requested_date: date | None = None
    payment_terms: str | None = None
    payment: Payment = Payment()
    note: str = ""
    customs: dict[str, Attribute] | None = None
    attributes: dict[str, Attribute] = field(default_factory=dict)

    @property
    def is_change(self) -> bool:
        """Say whether it is about another order: a change or a cancellation."""
        return self.doc_type is not DocType.ORDER


def rolled_up_type(lines: tuple[Line, ...]) -> OrderType:
    """Return custom if any line is custom, else presale if any is, else stock (VAL-07)."""
    types = {line.type for line in lines}
    for order_type in (OrderType.CUSTOM, OrderType.PRESALE):
        if order_type in types:
            return order_type
    return OrderType.STOCK
