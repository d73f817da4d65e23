"""A line said in packs or dozens → in the product's own unit, price included: 两箱 of 200 are 400 个 (NL-01, MAP-12).

Only what comes out even is converted; a price whose unit is not said is taken for the one that the known prices fit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from intake.values.unit import metric_factor, same_unit
from orders.money import MICRO, Micro, parse_micro, price_text, quantity_text

if TYPE_CHECKING:
    from intake.values.words import Words
    from orders.catalogue import CustomerEntry, SkuEntry

_COUNTABLE = frozenset("个只枚颗粒支根条片张块件套台把副")
_BOX = frozenset({"box", "boxes", "case", "cases", "carton", "cartons", "ctn"})
_DOZEN = Micro(12 * MICRO)
_NEAR = 0.5


def in_own_unit(words: Words, entry: SkuEntry, customer: CustomerEntry | None) -> Words:
    """Return the line in the product's own unit where that is certain, else as it was."""
    pack = pack_of(words.unit, entry)
    if pack is None:
        return _priced_per_pack(words, entry)
    quantity = _micro(words.quantity)
    among = tuple(filter(None, (_converted(one, pack) for one in words.quantity_among)))
    converted = _converted(words.quantity, pack)
    if quantity is None and not words.quantity_among and not words.quantity_doubt:
        return words
    if quantity is not None and converted is None:
        return words
    said = f"{words.quantity}{words.unit}" if words.quantity else (words.unit or "")
    packed = replace(
        words,
        quantity=converted,
        quantity_among=among,
        unit=entry.unit,
        quantity_why=f"{said}，每{words.unit} {quantity_text(pack)} {entry.unit}",
    )
    return _each_price(packed, words, entry, customer, pack)


def pack_of(unit: str | None, entry: SkuEntry) -> Micro | None:
    """Return how many of the product's own unit are in ``unit``; None if it is no pack of it."""
    if not unit or same_unit(unit, entry.unit):
        return None
    if entry.pack_size and same_unit(unit, entry.pack_unit or ""):
        return entry.pack_size
    if entry.pack_size and unit.casefold() in _BOX and entry.pack_unit in {"箱", "盒"}:
        return entry.pack_size
    if same_unit(unit, "打") and entry.unit in _COUNTABLE:
        return _DOZEN
    return metric_pack(unit, entry.unit)


def metric_pack(unit: str, own: str) -> Micro | None:
    """Return how many of ``own`` make one ``unit`` of the same kind: 1,000 千克 are one 吨."""
    factor = metric_factor(unit, own)
    return Micro(MICRO * factor[0] // factor[1]) if factor else None


def _each_price(packed: Words, words: Words, entry: SkuEntry, customer: CustomerEntry | None, pack: Micro) -> Words:
    price = _micro(words.unit_price)
    if price is None:
        return packed
    if words.price_unit and same_unit(words.price_unit, entry.unit):
        return packed
    each, rest = divmod(price * MICRO, pack)
    if words.price_unit and same_unit(words.price_unit, words.unit or ""):
        return _per_piece(packed, Micro(each), price, pack, entry, even=not rest)
    known = _known(entry, customer)
    if known and _near(price, known):
        return packed
    if known and _near(each, known):
        return _per_piece(packed, Micro(each), price, pack, entry, even=not rest)
    return replace(packed, price_doubt=f"没有写是每{entry.unit}还是每{words.unit}的价，请核对")


def _per_piece(packed: Words, each: Micro, price: Micro, pack: Micro, entry: SkuEntry, *, even: bool) -> Words:
    doubt = "" if even else f"每{entry.unit}的价除不尽，请核对"
    why = f"{price_text(price)} ÷ {quantity_text(pack)} {entry.unit}"
    return replace(packed, unit_price=price_text(each), price_doubt=doubt, price_why=why)


def _priced_per_pack(words: Words, entry: SkuEntry) -> Words:
    """Turn a price for a pack into one for a piece, where the quantity is in pieces: 400个，2500元/箱."""
    pack = pack_of(words.price_unit, entry)
    price = _micro(words.unit_price)
    if pack is None or price is None:
        return words
    each, rest = divmod(price * MICRO, pack)
    return _per_piece(words, Micro(each), price, pack, entry, even=not rest)


def _known(entry: SkuEntry, customer: CustomerEntry | None) -> Micro | None:
    contract = customer.contract_prices.get(entry.sku) if customer else None
    return contract if contract is not None else entry.list_price


def _near(price: int, known: int) -> bool:
    return known * (1 - _NEAR) <= price <= known / (1 - _NEAR)


def _converted(quantity: str | None, pack: Micro) -> str | None:
    counted = _micro(quantity)
    if counted is None:
        return None
    whole, rest = divmod(counted * pack, MICRO)
    return None if rest or not 0 < whole < 10**15 else quantity_text(Micro(whole))


def _micro(text: str | None) -> Micro | None:
    try:
        return parse_micro(text or "")
    except ValueError:
        return None
