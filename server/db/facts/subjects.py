"""Whose data an order is: the subject that its personal data is sealed under, and who owns the row.

Place in the order's way: asked before the commit's transaction begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.db.statement import Statement

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.facts.identity import Identity
    from server.db.store import Store
    from server.db.vault import SubjectKey

_CUSTOMER = Statement("""
    SELECT c.subject, c.owner_id, c.org_id, k.id, k.wrapped, k.data_key
    FROM customers c LEFT JOIN subject_keys k ON k.live_subject = c.subject WHERE c.id = :id
""")
NOBODY = "system"


@dataclass(frozen=True, slots=True)
class Who:
    """The customer if known, what the order is recognised by, and its id."""

    customer_id: str | None
    identity: Identity
    order_id: str


@dataclass(frozen=True, slots=True)
class Owner:
    """The key to seal under, and who sees the row: the customer's salesperson, else who brought the order."""

    key: SubjectKey
    owner_id: str
    org_id: str


def owner_of(conn: Connection, store: Store, who: Who, actor: Actor, now: datetime) -> Owner:
    """Return key and owner. An unknown buyer is the subject of a phone or other identity, else of this order alone."""
    row = _CUSTOMER.first(conn, {"id": who.customer_id}) if who.customer_id else None
    if row is None:
        named = who.identity.id_hash or who.identity.phone_hash
        subject = f"person:{named}" if named else f"order:{who.order_id}"
        return Owner(store.vault.subject_key(conn, subject, now), actor.id, actor.org_id)
    key = store.vault.key_of(row, row.subject, now)
    if row.owner_id in (NOBODY, ""):
        return Owner(key, actor.id, actor.org_id)
    if actor.is_dealer:  # the salesperson's, and seen by the dealer
        return Owner(key, row.owner_id, actor.org_id)
    return Owner(key, row.owner_id, row.org_id)
