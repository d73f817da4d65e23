"""What the rules know besides the order: read once by `server/db/facts/context.py`, then frozen.

Rules never touch a database: whatever they may look at is here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orders.credit import CreditView
from orders.money import Fen, Micro
from orders.order import OrderType

if TYPE_CHECKING:
    from datetime import datetime

    from orders.stock import StockLevel


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The customer that the buyer was recognised as. Lifetime figures leave this order out."""

    id: str
    code: str
    name: str
    level: str = "normal"
    lifetime_spend_fen: Fen = Fen(0)
    purchase_count: int = 0
    payment_terms: str | None = None


@dataclass(frozen=True, slots=True)
class SkuView:
    """Master data of one SKU on the order. Prices in 10⁻⁶ currency units. ``covered``: None where nobody said."""

    sku: str
    name: str
    unit: str
    type: OrderType = OrderType.STOCK
    cost: Micro | None = None
    list_price: Micro | None = None
    contract_price: Micro | None = None
    approved_promo_price: Micro | None = None
    supplier_delayed: bool = False
    covered: bool | None = None


@dataclass(frozen=True, slots=True)
class DuplicateCandidate:
    """Another order that may be the same one: what agrees, how far apart (whole seconds, never negative)."""

    order_id: str
    number: str | None
    channel: str
    same_phone: bool
    same_customer: bool
    shared_skus: tuple[str, ...]
    seconds_apart: int
    same_content: bool = False
    same_number: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Counters of the local calendar day, this order included; ``id_basis`` says which key was counted (1.26 C).

    Cancelled orders are counted apart, so that a parameter may add them (RSK-01).
    """

    same_id_orders_today: int = 1
    id_basis: str = "none"
    duplicates: tuple[DuplicateCandidate, ...] = ()
    same_id_cancelled_today: int = 0


@dataclass(frozen=True, slots=True)
class ReleasedHold:
    """A hold that a person lifted: the same rule does not raise it again for the same order."""

    rule: str
    code: str
    line_no: int | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """What this customer is exempt from: ``scope`` is a rule's id, or ``stage:fraud`` for the allowlist.

    It is over from ``until`` on.
    """

    id: str
    scope: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Context:
    """Everything beside the order. ``decided_at`` is aware UTC, ``timezone`` an IANA name for "today"."""

    decided_at: datetime
    timezone: str = "Asia/Shanghai"
    customer: CustomerView | None = None
    credit: CreditView = CreditView()
    skus: tuple[SkuView, ...] = ()
    stock: tuple[StockLevel, ...] = ()
    history: History = History()
    released: tuple[ReleasedHold, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    peak_mode: bool = False
    source_type: str = ""
    settings: dict[str, str] = field(default_factory=dict)
