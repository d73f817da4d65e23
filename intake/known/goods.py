"""One order line from words: which product, how many, at what price; what is uncertain is asked.

Shared by texts and tables: they hand in the words of each field, this module weighs them against the catalogue.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from intake.known.match import Index, key, nearest_skus
from intake.values.packing import in_own_unit
from intake.values.unit import same_unit
from orders.money import MICRO, Micro, fen_text, line_amount_fen, parse_fen, parse_micro, price_text, quantity_text

if TYPE_CHECKING:
    from intake.values.compose import Composer
    from intake.values.words import Words
    from orders.catalogue import CustomerEntry, SkuEntry

_COUNTABLE = frozenset("只支根条片张块件套台颗粒枚把副瓶")
_WHOLE = _COUNTABLE | {"个", "箱", "盒", "包", "袋", "桶", "卷", "双", "打"}
_SPEC_LIKE = re.compile(r"(?:DN|Φ|φ|M)\s?\d+(?:\.\d+)?|\d+(?:\.\d+)?\s?(?:mm|cm|ml|MPa|V|°)", re.IGNORECASE)


def add_line(composer: Composer, words: Words, index: Index, customer: CustomerEntry | None) -> None:
    """Write one line into the draft."""
    at = composer.add_line()
    entry = _product(composer, at, words, index)
    words = in_own_unit(words, entry, customer) if entry else words
    _quantity(composer, at, words, entry)
    _unit(composer, at, words, entry)
    _price(composer, at, words, entry, customer)
    if words.requested_date:
        composer.put(f"{at}/requested_date", words.requested_date, words.requested_date)
    if words.doubt:
        composer.warn(words.doubt)


def _product(composer: Composer, at: str, words: Words, index: Index) -> SkuEntry | None:
    written = words.code or words.name or words.raw
    if words.buyer_sku:
        composer.put(f"{at}/buyer_sku", words.buyer_sku, words.buyer_sku)
    if len(words.skus) != 1:
        several = len(words.skus) > 1
        why = "这个名称对应几个商品，请选择" if several else "商品目录里没有这个商品，请选择"
        among = words.skus or words.among or nearest_skus(written, index)
        composer.ask(f"{at}/sku", None, written, why, confidence=0.3, among=among)
        if words.name:
            composer.put(f"{at}/name", words.name, words.name, confidence=0.9)
        return None
    entry = index.catalogue.skus[words.skus[0]]
    doubt = _doubt(words, entry)
    if doubt:
        others = tuple(dict.fromkeys((entry.sku, *nearest_skus(written, index))))
        composer.ask(f"{at}/sku", entry.sku, written, doubt, among=others)
    else:
        composer.put(f"{at}/sku", entry.sku, written, why="与商品目录一致")
    composer.put(f"{at}/name", entry.name, words.name or written, why="商品目录")
    if entry.spec:
        composer.put(f"{at}/spec", entry.spec, words.spec or "", why="商品目录")
    return entry


def _doubt(words: Words, entry: SkuEntry) -> str:
    """Say why the product must be looked at; empty if all that the words say about it agrees."""
    if words.sku_doubt:
        return words.sku_doubt
    if not words.sure:
        return "只是一部分字与商品名称相同，请核对"
    if words.spec and entry.spec and key(words.spec) != key(entry.spec):
        return f"规格与商品目录不同（{entry.spec}），请核对"
    stated = {key(found) for found in _SPEC_LIKE.findall(words.raw)}
    known = {key(found) for found in _SPEC_LIKE.findall(f"{entry.spec or ''} {entry.name}")}
    if known and stated - known and not (stated & known):
        return f"写的规格与商品目录不同（{entry.spec}），请核对"
    if words.name and words.code and not _named_alike(words.name, entry):
        return f"名称与编码指的商品不同（{entry.name}），请核对"
    return ""


def _named_alike(name: str, entry: SkuEntry) -> bool:
    word = key(name)
    known = [key(entry.name), *map(key, entry.aliases)]
    return any(word in other or other in word for other in known if other)


def _quantity(composer: Composer, at: str, words: Words, entry: SkuEntry | None) -> None:
    path = f"{at}/quantity"
    quantity = _checked_quantity(words.quantity)
    if words.quantity_doubt:
        among = tuple(filter(None, map(_checked_quantity, words.quantity_among)))
        composer.ask(path, quantity, words.raw, words.quantity_doubt, confidence=0.5, among=among)
    elif quantity is None:
        composer.ask(path, None, words.quantity or words.raw, "没有读到数量，请填写", confidence=0.2)
    elif words.unit and entry and not _fits(words.unit, entry):
        composer.ask(path, quantity, words.raw, f"说的是「{words.unit}」，这个商品按「{entry.unit}」，请核对数量")
    elif "." in quantity and words.unit in _WHOLE:
        composer.ask(path, quantity, words.raw, f"「{words.unit}」没有小数，请核对")
    elif words.bare_quantity:
        composer.ask(path, quantity, words.raw, "只有一个数字，没有写单位，请核对是不是数量")
    else:
        composer.put(path, quantity, words.raw, why=words.quantity_why)


def _fits(unit: str, entry: SkuEntry) -> bool:
    known = [entry.unit, entry.pack_unit or entry.unit]
    return any(same_unit(unit, own) for own in known) or (unit == "个" and entry.unit in _COUNTABLE)


def _checked_quantity(text: str | None) -> str | None:
    try:
        quantity = parse_micro(text or "")
    except ValueError:
        return None
    return quantity_text(quantity) if 0 < quantity < 10**15 else None


def _unit(composer: Composer, at: str, words: Words, entry: SkuEntry | None) -> None:
    path = f"{at}/unit"
    if words.unit is None:
        if entry is not None:
            composer.put(path, entry.unit, "", confidence=0.95, why="没有写单位，按商品目录")
        return
    if entry is None:
        composer.put(path, words.unit, words.unit)
        return
    fits = [unit for unit in (entry.unit, entry.pack_unit) if unit and same_unit(words.unit, unit)]
    if fits:
        composer.put(path, fits[0], words.unit)
    elif words.unit == "个" and entry.unit in _COUNTABLE:
        composer.ask(path, entry.unit, words.unit, f"说的是「个」，按商品单位「{entry.unit}」，请核对")
    else:
        known = tuple(filter(None, (entry.unit, entry.pack_unit)))
        composer.ask(path, words.unit, words.unit, "这个商品没有这个单位，请选择", among=known)


def _price(composer: Composer, at: str, words: Words, entry: SkuEntry | None, customer: CustomerEntry | None) -> None:
    path = f"{at}/unit_price"
    price = _money(words.unit_price)
    amount = _amount(words.amount)
    if price is None:
        _ask_price(composer, path, words, entry, customer)
    elif words.price_doubt:
        composer.ask(path, price, words.unit_price or "", words.price_doubt)
    elif _agrees(words, price, amount):
        composer.put(path, price, words.unit_price or "", why=words.price_why)
    else:
        composer.ask(path, price, words.unit_price or "", "数量 × 单价与写的金额不同，请核对")
    if amount is not None:
        composer.put(f"{at}/amount", amount, words.amount or "")


def _ask_price(
    composer: Composer, path: str, words: Words, entry: SkuEntry | None, customer: CustomerEntry | None
) -> None:
    known = _known_prices(words, entry, customer) if entry else ()
    if known:
        why = "没有写单价，按协议价或目录价，请核对"
        composer.ask(path, known[0], words.unit_price or "", why, among=known)
    else:
        composer.ask(path, None, words.unit_price or "", "没有写单价，请填写", confidence=0.2)


def _known_prices(words: Words, entry: SkuEntry, customer: CustomerEntry | None) -> tuple[str, ...]:
    """Return the contract's and the list's price for one of the unit that is written: a piece, or a whole pack."""
    contract = customer.contract_prices.get(entry.sku) if customer else None
    each = [price for price in (contract, entry.list_price) if price is not None]
    if words.unit and not same_unit(words.unit, entry.unit):
        if not (entry.pack_size and same_unit(words.unit, entry.pack_unit or "")):
            return ()
        each = [Micro(price * entry.pack_size // MICRO) for price in each]
    return tuple(dict.fromkeys(price_text(price) for price in each))


def _money(text: str | None) -> str | None:
    try:
        price = parse_micro(text or "")
    except ValueError:
        return None
    return price_text(price) if 0 <= price < 10**15 else None


def _amount(text: str | None) -> str | None:
    try:
        return fen_text(parse_fen(text or ""))
    except ValueError:
        return None


def _agrees(words: Words, price: str, amount: str | None) -> bool:
    quantity = _checked_quantity(words.quantity)
    if amount is None or quantity is None:
        return True
    return line_amount_fen(parse_micro(quantity), parse_micro(price)) == parse_fen(amount)
