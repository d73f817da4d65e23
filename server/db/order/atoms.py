"""What stays of a decision's facts when its person is forgotten: everything but the personal text, and its truths.

Place in the order's way: part of an erasure, in its transaction. The new facts' hash goes into the order's chain, so
that a replay can trust them although they are no longer those that the decision was stored with.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from orders.decision import sha256_hex
from orders.errors import NotFound, RuleAuthorError
from rules.bundle import load_bundle
from rules.engine import EngineError
from rules.forget import without_person
from server.db import audit
from server.db.rulework import bundles
from server.db.tables import decisions
from server.db.vault import Erased

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from rules.bundle import Bundle
    from server.db.store import Store

SUBJECT = "system:atoms"
"""Whose key seals facts that tell of nobody: it is never destroyed."""
ACTION = "facts_kept_as_atoms"


def keep(conn: Connection, store: Store, subject: str, actor: str, now: datetime) -> None:
    """Replace the facts of a subject's decisions by what tells of nobody; call before the keys are destroyed.

    Facts that no longer open, or whose rules are not kept, stay sealed and are lost with the key.
    """
    rows = conn.execute(
        select(decisions.c.id, decisions.c.order_id, decisions.c.bundle, decisions.c.facts)
        .where(decisions.c.subject == subject)
        .order_by(decisions.c.order_id, decisions.c.seq)
    ).all()
    if not rows:
        return
    key = store.vault.subject_key(conn, SUBJECT, now)
    store.vault.keep(conn, key)
    compiled: dict[str, Bundle | None] = {}
    kept: dict[str, dict[str, str]] = {}
    for row in rows:
        bundle = compiled[row.bundle] if row.bundle in compiled else compiled.setdefault(row.bundle, _rules(conn, row))
        if bundle is None:
            continue
        try:
            facts = without_person(store.vault.unseal(conn, row.facts), bundle)
        except (Erased, EngineError):
            continue
        values = {"facts": store.vault.seal(key, facts), "subject": SUBJECT}
        conn.execute(update(decisions).where(decisions.c.id == row.id).values(**values))
        kept.setdefault(row.order_id, {})[row.id] = sha256_hex(facts)
    for order_id, hashes in kept.items():
        audit.record(conn, order_id, audit.Entry(ACTION, actor, {"decisions": hashes}), now)


def _rules(conn: Connection, row: object) -> Bundle | None:
    try:
        return load_bundle(bundles.files(conn, row.bundle))  # type: ignore[attr-defined]
    except (NotFound, RuleAuthorError):
        return None


def hashes(conn: Connection, order_id: str) -> dict[str, str]:
    """Return the hash of each decision's facts as its chain says they were left."""
    return hashes_in(audit.of(conn, order_id))


def hashes_in(trail: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the same of a chain's entries that were read already."""
    found: dict[str, str] = {}
    for entry in trail:
        if entry["action"] == ACTION:
            found |= json.loads(entry["detail"])["decisions"]
    return found
