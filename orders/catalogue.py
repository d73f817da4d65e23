"""The catalogue: a frozen view of master data that reading and normalizing match against.

`server/db/facts/catalogue.py` hands it in; `intake` never asks a database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orders.order import OrderType

if TYPE_CHECKING:
    from orders.money import Micro
    from orders.own_field import OwnField


@dataclass(frozen=True, slots=True)
class SkuEntry:
    """One SKU as sold. ``aliases`` are other names and old codes; ``min_quantity``: less is not sold at once.

    ``covered``: whether the list that prescriptions are checked with has it; None where nobody said.
    """

    sku: str
    name: str
    unit: str
    spec: str | None = None
    gtin: str | None = None
    type: OrderType = OrderType.STOCK
    list_price: Micro | None = None
    pack_size: Micro | None = None
    pack_unit: str | None = None
    aliases: tuple[str, ...] = ()
    min_quantity: Micro | None = None
    covered: bool | None = None


@dataclass(frozen=True, slots=True)
class CustomerEntry:
    """One customer as known. ``buyer_skus`` maps the customer's part numbers to our SKUs.

    What confirmed drafts taught: ``also_named`` are other ways in which the customer is written, ``sku_names`` the
    customer's own words for our SKUs, ``titles`` his own labels and column titles for ours. Part numbers that were
    learnt lie among ``buyer_skus``, where the master's own stand before them.
    """

    code: str
    name: str
    ids: tuple[tuple[str, str], ...] = ()
    contacts: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    buyer_skus: dict[str, str] = field(default_factory=dict)
    contract_prices: dict[str, Micro] = field(default_factory=dict)
    payment_terms: str | None = None
    also_named: tuple[str, ...] = ()
    sku_names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """SKUs by code, customers by code, sites by code → name; ``sources``: channel → its kind of source.

    ``fields`` are the company's own fields of orders and lines.
    """

    skus: dict[str, SkuEntry]
    customers: dict[str, CustomerEntry]
    sites: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    fields: tuple[OwnField, ...] = ()
