"""Which product a line means, and how much of it in the product's own unit (normalize; MAP-09, MAP-12).

Answers with values: the product or the `Problem` that names the field and the nearest candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from intake import complaint
from intake.known.match import Index, key, named_sku, nearest_skus, sku_of_code
from intake.values.clean import clean
from intake.values.packing import metric_pack
from intake.values.unit import same_unit
from orders.money import MICRO, Micro

if TYPE_CHECKING:
    from intake.canonical import RawLine
    from orders.catalogue import CustomerEntry, SkuEntry
    from orders.errors import Problem

LARGEST = 10**15 - 1


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity and its prices in the product's own unit."""

    quantity: Micro
    unit: str
    unit_price: Micro | None
    list_price: Micro | None


def identify(raw: RawLine, at: str, customer: CustomerEntry | None, index: Index) -> SkuEntry | Problem:
    """Find the product by SKU (code, alias or name), GTIN or the customer's own number; all that speak must agree.

    An unknown one is named without candidates: `suggested` looks for them.
    """
    found: SkuEntry | None = None
    for field, text in (("sku", raw.sku), ("gtin", raw.gtin), ("buyer_sku", raw.buyer_sku)):
        entry = _by(field, text, raw, customer, index)
        if entry is None and field == "sku" and key(text):
            return complaint.named(f"{at}/sku", "unknown_sku", value=raw.sku)
        if entry is not None and found is not None and entry.sku != found.sku:
            return complaint.named(f"{at}/{field}", "sku_conflict", (found.sku, entry.sku))
        found = found or entry
    return found or _unknown(raw, at)


def _by(field: str, text: str | None, raw: RawLine, customer: CustomerEntry | None, index: Index) -> SkuEntry | None:
    if not key(text):
        return None
    match field:
        case "sku":
            return sku_of_code(text or "", index) or named_sku(text or "", raw.spec, index)
        case "gtin":
            code = index.sku_by_gtin.get(key(text))
        case _:
            own = {key(theirs): ours for theirs, ours in customer.buyer_skus.items()} if customer else {}
            code = own.get(key(text))
    return index.catalogue.skus.get(code) if code else None


def _unknown(raw: RawLine, at: str) -> Problem:
    field, value = ("buyer_sku", raw.buyer_sku) if raw.buyer_sku else ("gtin", raw.gtin)
    return complaint.named(f"{at}/{field}", "unknown_sku", value=value or "")


def suggested(problem: Problem, raw: RawLine, index: Index) -> Problem:
    """Add the nearest products to an unknown one's problem; the search takes 40 ms over 50,000 products."""
    if problem.code != "unknown_sku":
        return problem
    words = (raw.sku,) if raw.sku else (raw.buyer_sku or raw.gtin, raw.name, raw.spec)
    return replace(problem, candidates=nearest_skus(" ".join(filter(None, words)), index))


def known_price(entry: SkuEntry, customer: CustomerEntry | None) -> Micro | None:
    """Return what the customer pays for one: the contract's price, else the list's, else None."""
    contract = customer.contract_prices.get(entry.sku) if customer else None
    return contract if contract is not None else entry.list_price


def measure(raw: RawLine, entry: SkuEntry, at: str) -> Measured | Problem:
    """Return the line in the product's own unit; a whole pack is converted, another unit is refused."""
    unit = clean(raw.unit)
    if unit is None or same_unit(unit, entry.unit):
        return Measured(raw.quantity, entry.unit, raw.unit_price, raw.list_price)
    if entry.pack_unit and entry.pack_size and same_unit(unit, entry.pack_unit):
        return _unpacked(raw, entry, entry.pack_size, at)
    if (metric := metric_pack(unit, entry.unit)) is not None:
        return _unpacked(raw, entry, metric, at)
    known = tuple(filter(None, (entry.unit, entry.pack_unit if entry.pack_size else None)))
    return complaint.named(f"{at}/unit", "unknown_unit", known, value=unit, unit=entry.unit)


def _unpacked(raw: RawLine, entry: SkuEntry, pack: Micro, at: str) -> Measured | Problem:
    quantity, rest = divmod(raw.quantity * pack, MICRO)
    if rest or not 0 < quantity <= LARGEST:
        return complaint.named(f"{at}/quantity", "quantity_not_exact", unit=entry.unit)
    unit_price, list_price = _each(raw.unit_price, pack), _each(raw.list_price, pack)
    if raw.unit_price is not None and unit_price is None:
        return complaint.named(f"{at}/unit_price", "unit_price_not_exact", unit=entry.unit)
    return Measured(Micro(quantity), entry.unit, unit_price, list_price)


def _each(price: Micro | None, pack: Micro) -> Micro | None:
    """Return the price of one piece, None if it does not come out even."""
    if price is None:
        return None
    each, rest = divmod(price * MICRO, pack)
    return None if rest else Micro(each)
