"""What stands in a new order's way: the same call, the same order, a draft that was submitted already.

Place in the order's way: asked by the commit when a unique key was taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db.statement import Statement
from server.db.steps import Guard, Step

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

DRAFT = "draft"
_KEY = Statement(
    "SELECT id, content_hash FROM orders WHERE channel = :channel AND account = :account AND natural_key = :key"
)
_CALL = Statement("SELECT fingerprint, resource_id FROM idempotency WHERE scope = :scope AND idempotency_key = :key")
_DRAFTED = Statement("SELECT order_id FROM drafts WHERE id = :draft")
_DRAFT = Guard(
    DRAFT,
    """
    UPDATE drafts SET state = 'submitted', order_id = :order_id, version = version + 1, last_actor = :actor,
           updated_at = :now
    WHERE id = :draft AND state IN ('open', 'needs_input')
""",
)


def of_key(conn: Connection, channel: str, account: str, natural_key: str) -> Any:
    """Return id and content_hash of the order under a natural key, or None."""
    return _KEY.first(conn, {"channel": channel, "account": account, "key": natural_key})


def of_call(conn: Connection, scope: str, key: str) -> Any:
    """Return fingerprint and resource_id of a call with this idempotency key, or None."""
    return _CALL.first(conn, {"scope": scope, "key": key})


def of_draft(conn: Connection, draft_id: str) -> str | None:
    """Return the order that a draft became."""
    row = _DRAFTED.first(conn, {"draft": draft_id})
    return None if row is None else row.order_id


def draft_step(dialect: str, draft_id: str, order_id: str, actor: str, now: datetime) -> Step:
    """Return what marks a draft submitted; one that was already, or was withdrawn, is missed."""
    params = {"draft": draft_id, "order_id": order_id, "actor": actor, "now": now}
    return _DRAFT.step(dialect, params, expected=1)
