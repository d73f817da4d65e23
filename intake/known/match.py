"""Matching against the catalogue: which SKU and which customer a document means (MAP-09, MAP-11).

Only certain matches are taken; everything else gets the nearest candidates, best first. The index is built once for
each catalogue that the database hands in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from intake.known.company import short_names
from intake.known.site import site_key
from intake.values.clean import clean_code, clean_email, clean_phone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orders.catalogue import Catalogue, CustomerEntry, SkuEntry

MAX_CANDIDATES = 5
_NEAR = 45.0
_LIKELY = 100
_SEARCHED_CHARS = 80


def key(text: str | None) -> str:
    """Return what two spellings of one name share: half-width, small letters, no white space."""
    return (clean_code(text) or "").casefold()


def letters(code: str) -> str:
    """Return a code without its hyphens and points: a1001 for A-1001."""
    return "".join(letter for letter in key(code) if letter.isalnum())


@dataclass(frozen=True, slots=True)
class Index:
    """Lookups of one catalogue; values are SKU codes or customer codes."""

    catalogue: Catalogue
    sku_by_key: dict[str, str]
    sku_by_letters: dict[str, str]
    skus_by_name: dict[str, tuple[str, ...]]
    sku_by_gtin: dict[str, str]
    customers_by_key: dict[str, tuple[str, ...]]
    searched: dict[str, str]
    words: tuple[str, ...]
    name_lengths: dict[str, tuple[int, ...]]
    specs: dict[str, str | None]
    told: str
    told_sku: tuple[tuple[int, str], ...]
    short_names: dict[str, tuple[str, ...]]
    sites: dict[str, tuple[str, ...]]
    site_heads: frozenset[str]

    def names_hold(self, part: str) -> bool:
        """Say whether some product's name, alias or specification holds the letters; ``part`` in small letters."""
        return part in self.told

    def short_of(self, code: str) -> tuple[str, ...]:
        """Return the short names of one customer."""
        return tuple(short_names(self.catalogue.customers[code].name))

    def skus_with(self, part: str) -> tuple[str, ...]:
        """Return the products whose names or specification hold the letters, in the catalogue's order."""
        starts = [start for start, _ in self.told_sku]
        found: dict[str, None] = {}
        at = self.told.find(part)
        while at >= 0 and len(found) < _MAX_SHARING:
            found[self.told_sku[bisect_right(starts, at) - 1][1]] = None
            at = self.told.find(part, at + 1)
        return tuple(found)


_latest: list[Index] = []
_building = Lock()
"""Threads that meet a new catalogue at once would each build the same."""
MOST_KEPT = 4
_MAX_SHARING = 200


def index_of(catalogue: Catalogue) -> Index:
    """Return the catalogue's index; the latest are kept: the whole catalogue, and what dealers may know of it."""
    known = _kept(catalogue)
    if known is not None:
        return known
    with _building:
        built = _kept(catalogue) or _build(catalogue)
        _latest[:] = [built, *(other for other in _latest if other is not built)][:MOST_KEPT]
    return built


def _kept(catalogue: Catalogue) -> Index | None:
    return next((known for known in tuple(_latest) if known.catalogue is catalogue), None)


def _build(catalogue: Catalogue) -> Index:
    skus = catalogue.skus.values()
    names: dict[str, list[str]] = defaultdict(list)
    searched: dict[str, str] = {}
    for entry in skus:
        for word in {key(entry.name), key(f"{entry.name}{entry.spec or ''}"), *map(key, entry.aliases)} - {""}:
            names[word].append(entry.sku)
            searched[word] = entry.sku
        searched[key(entry.sku)] = entry.sku
    customers: dict[str, list[str]] = defaultdict(list)
    for customer in catalogue.customers.values():
        for word in _customer_keys(customer):
            customers[word].append(customer.code)
    told, places = _told(skus)
    sites = _sites(catalogue.customers.values())
    return Index(
        catalogue=catalogue,
        sku_by_key=_alone((key(entry.sku), entry.sku) for entry in skus),
        sku_by_letters=_alone((letters(entry.sku), entry.sku) for entry in skus),
        skus_by_name={word: tuple(codes) for word, codes in names.items()},
        sku_by_gtin=_alone((key(entry.gtin), entry.sku) for entry in skus if entry.gtin),
        customers_by_key={word: tuple(codes) for word, codes in customers.items()},
        searched=searched,
        words=tuple(searched),
        name_lengths=_lengths(names),
        specs={entry.sku: entry.spec for entry in skus},
        told=told,
        told_sku=tuple(places),
        short_names=_short_names(catalogue.customers.values()),
        sites={word: tuple(codes) for word, codes in sites.items()},
        site_heads=frozenset(word[:2] for word in sites),
    )


def _told(skus: Iterable[SkuEntry]) -> tuple[str, list[tuple[int, str]]]:
    """Return all names and specifications as one text to search parts in, and where each product's begin."""
    pieces: list[str] = []
    places: list[tuple[int, str]] = []
    at = 0
    for entry in skus:
        text = "\n".join(filter(None, (entry.name, entry.spec, *entry.aliases))).casefold()
        text = text.replace(" ", "") + "\n"
        places.append((at, entry.sku))
        pieces.append(text)
        at += len(text)
    return "".join(pieces), places


def _short_names(customers: Iterable[CustomerEntry]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for customer in customers:
        for word in short_names(customer.name):
            found[word].append(customer.code)
    return {word: tuple(codes) for word, codes in found.items()}


def _sites(customers: Iterable[CustomerEntry]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for customer in customers:
        for label, _ in customer.addresses:
            word = site_key(label)
            if len(word) >= 2 and customer.code not in found[word]:
                found[word].append(customer.code)
    return found


def _lengths(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return, by the first two characters, how long the words are, longest first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for word in words:
        if len(word) >= 2:
            lengths[word[:2]].add(len(word))
    return {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}


def _alone(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs whose key nobody else has."""
    codes: dict[str, set[str]] = defaultdict(set)
    for word, code in pairs:
        codes[word].add(code)
    return {word: one.pop() for word, one in codes.items() if len(one) == 1}


def _customer_keys(customer: CustomerEntry) -> set[str]:
    words = {f"code:{key(customer.code)}", f"name:{key(customer.name)}"}
    words |= {f"{scheme}:{key(value)}" for scheme, value in customer.ids}
    words |= {f"phone:{clean_phone(phone)}" for phone in customer.phones}
    words |= {f"email:{clean_email(email)}" for email in customer.emails}
    return words


def sku_of_code(code: str, index: Index) -> SkuEntry | None:
    """Return the SKU with this code, written in any width and case."""
    found = index.catalogue.skus.get(code)
    return found or index.catalogue.skus.get(index.sku_by_key.get(key(code), ""))


def named_sku(name: str, spec: str | None, index: Index) -> SkuEntry | None:
    """Return the one SKU with exactly this name or alias, if the specification, where given, is its own."""
    codes = index.skus_by_name.get(key(name), ())
    entries = [index.catalogue.skus[code] for code in codes]
    fitting = [entry for entry in entries if not key(spec) or key(spec) == key(entry.spec)]
    return fitting[0] if len(fitting) == 1 else None


def nearest_skus(text: str, index: Index, limit: int = MAX_CANDIDATES) -> tuple[str, ...]:
    """Return the codes of the SKUs whose code, name or alias looks most like ``text``, best first."""
    word = key(text)[:_SEARCHED_CHARS]
    likely = process.extract(word, index.words, scorer=fuzz.ratio, limit=_LIKELY)  # 20 times as fast, but coarse
    found = process.extract(word, [hit[0] for hit in likely], scorer=fuzz.WRatio, limit=4 * limit, score_cutoff=_NEAR)
    codes = [*index.skus_by_name.get(word, ()), *(index.searched[hit[0]] for hit in found)]
    return tuple(dict.fromkeys(codes))[:limit]


def nearest_customers(text: str, index: Index, limit: int = MAX_CANDIDATES) -> tuple[str, ...]:
    """Return the names of the customers that look most like ``text``, best first."""
    names = [customer.name for customer in index.catalogue.customers.values()]
    found = process.extract(text, names, scorer=fuzz.WRatio, limit=limit, score_cutoff=60.0)
    return tuple(name for name, _, _ in found)


def customer_of(words: Iterable[str], index: Index) -> CustomerEntry | None:
    """Return the customer that the first telling word names alone; words are ``scheme:value`` by `customer_words`."""
    for word in words:
        codes = index.customers_by_key.get(word, ())
        if len(codes) == 1:
            return index.catalogue.customers[codes[0]]
    return None


def customer_words(
    ids: Iterable[tuple[str, str]], name: str | None, phone: str | None, email: str | None
) -> tuple[str, ...]:
    """Return the words to recognise a buyer by, the most reliable first."""
    schemes = tuple(f"{'code' if scheme == 'customer_code' else scheme}:{key(value)}" for scheme, value in ids)
    return (*schemes, f"name:{key(name)}", f"phone:{clean_phone(phone)}", f"email:{clean_email(email)}")
