"""Who calls at a channel's door: all that a delivery is checked against, in one question to the database.

Place in the order's way: received, before anything is stored. A process keeps what it unsealed for as long as the row
says the same: every call asks, so that a key that was taken back and a channel that is off are noticed at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.db.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from server.db.store import Store

_AT = Statement("""
    SELECT c.state, c.platform, c.account, c.secrets, c.owner_id, c.org_id,
           (SELECT id FROM documents WHERE message_id = :message_id) AS known,
           (SELECT state FROM channel_pulls WHERE channel = :code) AS pull_state
    FROM channels c WHERE c.code = :code""")
_NOBODY = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """An enabled channel at its door, its secrets in the clear; ``row`` is what the database said of it."""

    code: str
    platform: str
    account: str
    owner_id: str
    org_id: str
    secrets: Mapping[str, Any]
    row: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What the database says now. ``known``: the document that this delivery is already; ``pulled``: by us, too."""

    row: tuple[Any, ...] | None
    known: str | None
    pulled: bool


def at(conn: Connection, code: str, message_id: str = _NOBODY) -> Step:
    """Look up a channel and a delivery of it."""
    found = _AT.first(conn, {"code": code, "message_id": message_id})
    if found is None:
        return Step(None, None, pulled=False)
    sealed = None if found.secrets is None else bytes(found.secrets)
    row = (found.state, found.platform, found.account, sealed, found.owner_id, found.org_id)
    return Step(row, found.known, found.pull_state == "on")


def caller(conn: Connection, store: Store, code: str) -> Caller | None:
    """Return who calls at the door of a channel; None if nobody has set it up or it is off."""
    row = at(conn, code).row
    if row is None or row[0] != "enabled":
        return None
    _, platform, account, sealed, owner_id, org_id = row
    own = json.loads(store.vault.unseal(conn, sealed)) if sealed else {}
    return Caller(code, platform, account, owner_id, org_id, own, row)
