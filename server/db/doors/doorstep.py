"""Who calls at a channel's door: all that a delivery is checked against.

Place in the order's way: received, before anything is stored. A process keeps what it unsealed; the inbox takes a call
only while the channel's row says the same (`server/db/inbox.py`), so that a key that was taken back and a channel that
is off are noticed at once, in every process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.db import inbox
from server.db.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from server.db.store import Store
    from server.db.vault import SubjectKey

_AT = Statement(
    "SELECT platform, account, secrets, owner_id, org_id FROM channels WHERE code = :code AND state = 'enabled'"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """An enabled channel at its door, its secrets in the clear and ``sealed``; ``key`` seals what it sends."""

    code: str
    platform: str
    account: str
    owner_id: str
    org_id: str
    secrets: Mapping[str, Any]
    sealed: bytes | None
    key: SubjectKey


def caller(store: Store, code: str, now: datetime) -> Caller | None:
    """Return who calls at the door of a channel; None if nobody has set it up or it is off."""
    with store.db.read() as conn:
        found = _AT.first(conn, {"code": code})
        if found is None:
            return None
        sealed = None if found.secrets is None else bytes(found.secrets)
        own = json.loads(store.vault.unseal(conn, sealed)) if sealed else {}
        key = store.vault.subject_key(conn, inbox.SUBJECT, now)
    if key.fresh:  # the first call of all
        with store.db.write() as conn:
            key = store.vault.system_key(conn, inbox.SUBJECT, now)
    return Caller(code, found.platform, found.account, found.owner_id, found.org_id, own, sealed, key)
