"""The sealed part of a customer: name, identifiers, contacts, addresses.

Place in the order's way: read for the catalogue, the context and the master-data screens.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from server.db.store import Store


def person_of(conn: Connection, store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    """Unseal name, ids, contacts and addresses. Raises Erased."""
    person: dict[str, Any] = json.loads(store.vault.unseal(conn, row["sealed"]))
    return person
