"""What the entry form offers while somebody types: customers, products, the price that was agreed, what is available.

Place in the order's way: before it. People of the customer file are shown masked: the form names them by their place.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from intake.known.initials import initials
from orders.errors import NotFound
from orders.money import MICRO, Micro, parse_micro, price_text, quantity_text
from server.db import master
from server.db.mask import mask_name, mask_phone, mask_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orders.catalogue import Catalogue, CustomerEntry, SkuEntry
    from server.deps import Deps

Json = dict[str, Any]
Entry = TypeVar("Entry", "CustomerEntry", "SkuEntry")
MOST = 8


def customers(deps: Deps, typed: str) -> list[Json]:
    """Return the customers that ``typed`` may mean, by name, code or contact, the best first."""
    known = deps.catalogue().customers.values()
    ranked = _ranked(typed, ((entry, (entry.name, entry.code, *entry.also_named, *entry.contacts)) for entry in known))
    return [_customer(entry) for entry in ranked]


def customer(deps: Deps, code: str) -> Json:
    """Return one customer as the form shows it. Raises NotFound."""
    entry = deps.catalogue().customers.get(code)
    if entry is None:
        raise NotFound(f"there is no customer {code}", f"没有客户 {code}")
    return _customer(entry)


def _customer(entry: CustomerEntry) -> Json:
    phones: tuple[str | None, ...] = entry.phones if len(entry.phones) == len(entry.contacts) else ()
    people = zip(entry.contacts, (*phones, *([None] * len(entry.contacts))), strict=False)
    return {
        "code": entry.code,
        "name": entry.name,
        "terms": entry.payment_terms,
        "contacts": [" ".join(filter(None, (mask_name(name), mask_phone(phone)))) for name, phone in people],
        "places": [" · ".join(filter(None, (label, mask_text(text)))) for label, text in entry.addresses],
    }


def products(deps: Deps, typed: str, customer_code: str | None = None) -> list[Json]:
    """Return the products that ``typed`` may mean, the customer's own numbers and words included, the best first."""
    found = _ranked(typed, _named(deps.catalogue(), customer_code))
    return [{"sku": entry.sku, "name": entry.name, "spec": entry.spec} for entry in found]


def _named(catalogue: Catalogue, customer_code: str | None) -> list[tuple[SkuEntry, tuple[str, ...]]]:
    """Return each product with the words that it is called by."""
    buyer = catalogue.customers.get(customer_code or "")
    theirs: dict[str, list[str]] = {}
    for said, sku in ({**buyer.sku_names, **buyer.buyer_skus} if buyer else {}).items():
        theirs.setdefault(sku, []).append(said)
    return [
        (entry, (code, entry.name, *entry.aliases, *theirs.get(code, ()), entry.gtin or "", entry.spec or ""))
        for code, entry in catalogue.skus.items()
    ]


def product(deps: Deps, typed: str, customer_code: str | None = None) -> Json | None:
    """Return the one product whose code, or else whose name, ``typed`` is; None if none or several are.

    With its units, the price of each, and what is available, in its own unit.
    """
    catalogue = deps.catalogue()
    entry = _the_one(catalogue, typed, customer_code)
    if entry is None:
        return None
    buyer = catalogue.customers.get(customer_code or "")
    contract = buyer.contract_prices.get(entry.sku) if buyer else None
    least = entry.min_quantity
    return {
        "sku": entry.sku,
        "name": entry.name,
        "spec": entry.spec,
        "units": _units(entry, contract if contract is not None else entry.list_price),
        "agreed": "contract" if contract is not None else "list",
        "least": quantity_text(least) if least else None,
        "available": _available(deps, entry.sku),
    }


def _the_one(catalogue: Catalogue, typed: str, customer_code: str | None) -> SkuEntry | None:
    wanted = _plain(typed)
    exact = catalogue.skus.get(typed.strip())
    called = [] if exact or not wanted else _named(catalogue, customer_code)
    found = [entry for entry, words in called if wanted in map(_plain, words)]
    return exact or (found[0] if len(found) == 1 else None)


def _units(entry: SkuEntry, each: Micro | None) -> list[Json]:
    packs = [(entry.unit, Micro(MICRO))]
    if entry.pack_unit and entry.pack_size:
        packs.append((entry.pack_unit, entry.pack_size))
    return [
        {
            "unit": unit,
            "holds": quantity_text(size),
            "price": price_text(Micro(each * size // MICRO)) if each is not None else None,
        }
        for unit, size in packs
    ]


def _available(deps: Deps, sku: str) -> str:
    with deps.store.db.read() as conn:
        found = master.list_page(conn, deps.store, "stock", limit=100, q=sku).rows
    levels = (parse_micro(row["available"]) for row in found if row["sku"] == sku)
    return quantity_text(Micro(sum(max(level, 0) for level in levels)))


def _ranked(typed: str, named: Iterable[tuple[Entry, tuple[str, ...]]]) -> list[Entry]:
    wanted = _plain(typed)
    ranked = ((_rank(wanted, words), entry) for entry, words in named)
    fits = [(rank, entry) for rank, entry in ranked if rank is not None]
    return [entry for _, entry in sorted(fits, key=itemgetter(0))[:MOST]]


def _plain(word: str) -> str:
    return "".join(word.casefold().split())


def _rank(wanted: str, words: tuple[str, ...]) -> int | None:
    """Return how well one of ``words`` fits: 0 is the word itself, 3 the first letters of its sound; None: not."""
    if not wanted:
        return 0
    plain = [_plain(word) for word in words]
    if wanted in plain:
        return 0
    if any(word.startswith(wanted) for word in plain):
        return 1
    if any(wanted in word for word in plain):
        return 2
    return 3 if wanted.isascii() and any(wanted in initials(word) for word in words) else None
