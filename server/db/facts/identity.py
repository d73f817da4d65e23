"""What an order is recognised by: keyed hashes of the people on it, its natural key, its local day.

Place in the order's way: computed for the context and again, the same, for the commit.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.decision import canonical_bytes, sha256_hex
from orders.order import DocType
from orders.wire import content_hash_of, content_of, order_to_json
from server.db.canonical import fast_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orders.order import Order
    from server.db.store import Store

ACCOUNT_SCHEMES = ("real_name", "account", "platform")
"""Schemes of a buyer's real-name account, in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class Identity:
    """``id_hash`` is the strongest of ID card, real-name account and phone (1.26 C), ``id_basis`` says which.

    ``body`` is the order's canonical JSON, what is sealed of it.
    """

    phone_hash: str | None
    id_hash: str | None
    id_basis: str
    local_day: str
    content_hash: str
    body: bytes


class _Last(threading.local):
    """The order that this thread recognised last: the context asks first, then the commit asks the same again."""

    order: Order | None = None
    store: Store | None = None
    identity: Identity | None = None


_last = _Last()


def identity_of(store: Store, order: Order) -> Identity:
    """Return what ``order`` is recognised by. The phone is the buyer's, else the recipient's."""
    if _last.order is order and _last.store is store and _last.identity is not None:
        return _last.identity
    identity = _recognise(store, order)
    _last.order, _last.store, _last.identity = order, store, identity
    return identity


def _recognise(store: Store, order: Order) -> Identity:
    phone = phone_of(order)
    phone_hash = store.vault.hash("phone", phone) if phone else None
    id_hash, id_basis = _counted(store, order, phone_hash)
    value = order_to_json(order)
    if order.customs or order.attributes or any(line.attributes for line in order.lines):
        body, hashed = canonical_bytes(value), content_hash_of(value)
    else:
        body, hashed = fast_bytes(value), sha256_hex(fast_bytes(content_of(value)))
    return Identity(phone_hash, id_hash, id_basis, store.local_day(order.issued_at), hashed, body)


def phone_of(order: Order) -> str | None:
    """Return the customer's phone: the buyer's, else the recipient's."""
    return order.buyer.contact.phone or order.ship_to.contact.phone


def _counted(store: Store, order: Order, phone_hash: str | None) -> tuple[str | None, str]:
    card = order.buyer.id_value("id_card")
    if card:
        return store.vault.hash("id_card", card), "id_card"
    for scheme in ACCOUNT_SCHEMES:
        account = order.buyer.id_value(scheme)
        if account:
            return store.vault.hash(scheme, account), "account"
    return (phone_hash, "phone") if phone_hash else (None, "none")


def natural_key(store: Store, order: Order, received_at: datetime, hashed: str) -> str:
    """Return what is unique per channel and account: the sender's number, else the content on its day.

    The day keeps a re-order next week a new order, while a call that is repeated stays the same one.
    """
    prefix = "" if order.doc_type is DocType.ORDER else f"{order.doc_type.value}:"
    return prefix + (order.number or f"{hashed}@{store.local_day(received_at)}")


def buyer_hashes(store: Store, order: Order) -> Iterator[tuple[str, str]]:
    """Give (scheme, hash) of everything that may name the buyer, the most reliable first."""
    ids = sorted(order.buyer.ids, key=lambda party_id: party_id.scheme not in ("customer_code", "uscc", "id_card"))
    for party_id in ids:
        yield party_id.scheme, store.vault.hash(party_id.scheme, party_id.value)
    contact = order.buyer.contact
    for scheme, value in (("phone", contact.phone), ("email", contact.email), ("name", order.buyer.name)):
        if value:
            yield scheme, store.vault.hash(scheme, value)
