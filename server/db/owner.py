"""Who looks after a customer: the person to whom what the customer sends belongs.

Place in the order's way: received, at the doors where the sender is no user of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from server.db.tables import customer_identities, customers, users

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.db.vault import Vault


def customer_owner(conn: Connection, vault: Vault, scheme: str, value: str) -> tuple[str, str] | None:
    """Return (user, organisation) of the customer with this identity; None where no one active user is it."""
    query = (
        select(customers.c.owner_id, users.c.org_id)
        .join(customer_identities, customer_identities.c.customer_id == customers.c.id)
        .join(users, users.c.id == customers.c.owner_id)
        .where(customer_identities.c.hash == vault.hash(scheme, value), users.c.state == "active")
        .distinct()
    )
    found = conn.execute(query).all()
    return (found[0][0], found[0][1]) if len(found) == 1 else None
