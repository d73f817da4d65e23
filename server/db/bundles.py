"""Rule bundles: kept by their hash for ever, one of them live.

Place in the order's way: before decide; each process asks `live` now and then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from orders.errors import NotFound
from server.db import audit
from server.db.tables import rule_bundles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

CHAIN = "rules"


def put(conn: Connection, bundle_hash: str, files: Mapping[str, str], *, actor: str, now: datetime) -> None:
    """Keep a bundle. The same hash again changes nothing."""
    if conn.execute(select(rule_bundles.c.hash).where(rule_bundles.c.hash == bundle_hash)).first():
        return
    row = {"hash": bundle_hash, "files": dict(files), "state": "tested", "published_by": actor, "created_at": now}
    conn.execute(insert(rule_bundles), row)


def publish(conn: Connection, bundle_hash: str, *, actor: str, now: datetime, reason: str) -> None:
    """Make a kept bundle the live one. Raises NotFound."""
    conn.execute(update(rule_bundles).where(rule_bundles.c.state == "live").values(state="retired"))
    done = conn.execute(
        update(rule_bundles)
        .where(rule_bundles.c.hash == bundle_hash)
        .values(state="live", published_by=actor, published_at=now, reason=reason)
    )
    if done.rowcount != 1:
        raise NotFound(f"There is no bundle {bundle_hash}", f"规则包 {bundle_hash} 不存在")
    entry = audit.Entry("rules_published", actor, {"bundle": bundle_hash, "reason": reason})
    audit.record(conn, CHAIN, entry, now)


def live(conn: Connection) -> str | None:
    """Return the live bundle's hash."""
    found: str | None = conn.execute(select(rule_bundles.c.hash).where(rule_bundles.c.state == "live")).scalar()
    return found


def files(conn: Connection, bundle_hash: str) -> dict[str, str]:
    """Return a bundle's files, name → text. Raises NotFound."""
    found: dict[str, str] | None = conn.execute(
        select(rule_bundles.c.files).where(rule_bundles.c.hash == bundle_hash)
    ).scalar()
    if found is None:
        raise NotFound(f"There is no bundle {bundle_hash}", f"规则包 {bundle_hash} 不存在")
    return found


def history(conn: Connection, limit: int = 50) -> list[dict[str, Any]]:
    """Return the bundles, newest first, without their files."""
    columns = [column for column in rule_bundles.c if column.name != "files"]
    query = select(*columns).order_by(rule_bundles.c.created_at.desc()).limit(limit)
    return [dict(row) for row in conn.execute(query).mappings()]
