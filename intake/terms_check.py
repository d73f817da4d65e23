"""Where a draft differs from what was agreed with the customer: the contract's price, the list's, the least quantity.

Shown while a person reviews it; rules judge the order itself later. Pure; knows the catalogue only.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from intake.known.match import customer_of, customer_words, index_of
from intake.normalize import OWN_CURRENCY
from intake.values.unit import same_unit
from orders.money import MICRO, Micro, parse_micro, price_text, quantity_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orders.catalogue import Catalogue, CustomerEntry, SkuEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs: its ``code``, what the draft states and what was agreed, in words too."""

    path: str
    code: str
    stated: str
    agreed: str
    zh: str
    en: str


def differences(order: dict[str, Any], catalogue: Catalogue) -> tuple[Difference, ...]:
    """Return what differs in the lines whose product is known; nothing is said of a price in another currency."""
    customer = _customer(order, catalogue)
    found: list[Difference] = []
    for number, line in enumerate(order.get("lines") or ()):
        entry = catalogue.skus.get(str(line.get("sku")))
        if entry is not None:
            pack = _pack(line, entry)
            if order.get("currency") == OWN_CURRENCY:
                found += _price(f"/lines/{number}", line, entry, customer, pack)
            found += _least(f"/lines/{number}", line, entry, pack)
    return tuple(found)


def _customer(order: dict[str, Any], catalogue: Catalogue) -> CustomerEntry | None:
    buyer = order.get("buyer") or {}
    contact = buyer.get("contact") or {}
    ids = [(str(one.get("scheme")), str(one.get("value"))) for one in buyer.get("ids") or ()]
    words = customer_words(ids, buyer.get("name"), contact.get("phone"), contact.get("email"))
    return customer_of(words, index_of(catalogue))


def _pack(line: dict[str, Any], entry: SkuEntry) -> Micro:
    """Return how many of the product's own unit one of the line's unit is."""
    unit = str(line.get("unit") or entry.unit)
    if entry.pack_size and entry.pack_unit and not same_unit(unit, entry.unit) and same_unit(unit, entry.pack_unit):
        return entry.pack_size
    return Micro(MICRO)


def _number(text: Any) -> Micro | None:
    try:
        return parse_micro(str(text))
    except ValueError:
        return None


def _price(
    at: str, line: dict[str, Any], entry: SkuEntry, customer: CustomerEntry | None, pack: Micro
) -> Iterator[Difference]:
    stated = _number(line.get("unit_price"))
    contract = customer.contract_prices.get(entry.sku) if customer else None
    each = contract if contract is not None else entry.list_price
    if stated is None or each is None:
        return
    agreed = Micro(each * pack // MICRO)
    if stated == agreed:
        return
    code, zh, en = (
        ("list_price", "目录价", "list price") if contract is None else ("contract_price", "协议价", "contract price")
    )
    share, higher = _percent(stated, agreed), stated > agreed
    yield Difference(
        f"{at}/unit_price",
        code,
        price_text(stated),
        price_text(agreed),
        f"单价 {price_text(stated)}，{zh} {price_text(agreed)}（{'高' if higher else '低'} {share}）",
        f"unit price {price_text(stated)}, {en} {price_text(agreed)} ({share} {'above' if higher else 'below'})",
    )


def _percent(stated: int, agreed: int) -> str:
    if agreed == 0:
        return "100 %"
    share = (Decimal(abs(stated - agreed)) * 100 / agreed).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{share} %"


def _least(at: str, line: dict[str, Any], entry: SkuEntry, pack: Micro) -> Iterator[Difference]:
    quantity = _number(line.get("quantity"))
    if quantity is None or entry.min_quantity is None:
        return
    own = quantity * pack // MICRO
    if 0 < own < entry.min_quantity:
        stated, least = quantity_text(Micro(own)), quantity_text(entry.min_quantity)
        zh = f"数量 {stated} {entry.unit}，少于起订量 {least} {entry.unit}"
        en = f"quantity {stated} is below the minimum of {least} {entry.unit}"
        yield Difference(f"{at}/quantity", "min_quantity", stated, least, zh, en)
