"""Which customer buys: by name, else by phone; what is only similar becomes a candidate, never a silent change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from intake.fields import words
from intake.fields.found import Found, OrderFound
from intake.known.match import Index, customer_of, customer_words, key
from intake.values.clean import clean_phone
from ocr.layout.rows import Cell

if TYPE_CHECKING:
    from intake.fields.view import View
    from orders.catalogue import CustomerEntry

_NEAR, _MARGIN = 84.0, 6.0
_NAME, _PHONE, _CONTACT = "/buyer/name", "/buyer/contact/phone", "/buyer/contact/name"
_ADDRESS, _TERMS = "/ship_to/address/text", "/payment_terms"


def recognise(order: OrderFound, views: list[View], index: Index) -> CustomerEntry | None:
    """Find the customer and compare the header with the customer's file."""
    if _NAME not in order.header:
        _from_letterhead(order, views, index)
    name, phone = order.header.get(_NAME), order.header.get(_PHONE)
    customer = customer_of(customer_words((), name.value if name else None, None, None), index)
    if customer is not None and name is not None:
        name.prove(words.CUSTOMER_KNOWN)
        if key(name.value) == key(customer.name):
            name.value = customer.name
    elif name is not None:
        _nearest(name, index)
    by_phone = customer_of(customer_words((), None, phone.value if phone else None, None), index) if phone else None
    if customer is None and by_phone is not None and name is not None and by_phone.name not in name.alternatives:
        name.alternatives.insert(0, by_phone.name)
    customer = customer or by_phone
    if customer is not None:
        _compare(order, customer)
    return customer


def _from_letterhead(order: OrderFound, views: list[View], index: Index) -> None:
    """Take a known customer's name from anywhere on the first page when no label names the buyer."""
    known = {key(customer.name): customer for customer in index.catalogue.customers.values()}
    theirs = {
        (round(part.at.y0), part.text)
        for label in views[0].labels
        if label.kind.startswith("seller")
        for part in (label.label, *label.value.words)
    }
    for row in views[0].rows:
        for word in row.words:
            if any(round(word.at.y0) == y and text in word.text for y, text in theirs):
                continue
            said = key(word.text)
            names = [name for name in known if name in said]
            if len(names) == 1:
                found = Found(known[names[0]].name, Cell((word,)), views[0].page.number)
                if names[0] != said:
                    found.doubt(words.GUESSED_PLACE)
                order.header[_NAME] = found
                return


def _nearest(name: Found, index: Index) -> None:
    known = {code: key(customer.name) for code, customer in index.catalogue.customers.items()}
    hits = process.extract(key(name.value), known, scorer=fuzz.ratio, limit=2)
    clear = hits and hits[0][1] >= _NEAR and (len(hits) < 2 or hits[0][1] - hits[1][1] >= _MARGIN)
    if clear:
        name.alternatives.append(index.catalogue.customers[hits[0][2]].name)
        name.doubt(words.NEAR_CUSTOMER)
    else:
        name.doubt(words.UNKNOWN_CUSTOMER)


def _compare(order: OrderFound, customer: CustomerEntry) -> None:
    """Prove header values that the customer's file holds too."""
    phones = frozenset(filter(None, map(clean_phone, customer.phones)))
    contacts = frozenset(customer.contacts)
    known: dict[str, frozenset[str]] = {
        _PHONE: phones,
        _CONTACT: contacts,
        _ADDRESS: frozenset(key(text) for _, text in customer.addresses),
        _TERMS: frozenset(filter(None, (customer.payment_terms,))),
        "/ship_to/contact/phone": phones,
        "/ship_to/contact/name": contacts,
    }
    for path, values in known.items():
        found = order.header.get(path)
        if found is None or found.value is None:
            continue
        if (key(found.value) if path == _ADDRESS else found.value) in values:
            found.prove(words.CUSTOMER_DATA)
