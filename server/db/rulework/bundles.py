"""Rule bundles: kept by their hash for ever, one of them live.

Place in the order's way: before decide; each process asks `live` now and then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Standing:
    """Which bundles decide now. ``percent``: the canary's share of the orders."""

    live: str | None = None
    canary: str | None = None
    percent: int = 0


def put(conn: Connection, bundle_hash: str, files: Mapping[str, str], *, actor: str, now: datetime) -> None:
    """Keep a bundle. The same hash again changes nothing."""
    if conn.execute(select(rule_bundles.c.hash).where(rule_bundles.c.hash == bundle_hash)).first():
        return
    row = {"hash": bundle_hash, "files": dict(files), "state": "tested", "published_by": actor, "created_at": now}
    conn.execute(insert(rule_bundles), row)


def set_base(conn: Connection, bundle_hash: str, base: str | None) -> None:
    """Note that a bundle is another one with rules paused; None: it is what its authors wrote."""
    conn.execute(update(rule_bundles).where(rule_bundles.c.hash == bundle_hash).values(base=base))


def publish(
    conn: Connection,
    bundle_hash: str,
    *,
    actor: str,
    now: datetime,
    reason: str,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Make a kept bundle the live one; ``more`` goes into the audit entry. Raises NotFound."""
    conn.execute(update(rule_bundles).where(rule_bundles.c.state == "live").values(state="retired"))
    done = conn.execute(
        update(rule_bundles)
        .where(rule_bundles.c.hash == bundle_hash)
        .values(state="live", percent=0, published_by=actor, published_at=now, reason=reason)
    )
    if done.rowcount != 1:
        raise NotFound(f"There is no bundle {bundle_hash}", f"规则包 {bundle_hash} 不存在")
    detail = {"bundle": bundle_hash, "reason": reason, **(more or {})}
    audit.record(conn, CHAIN, audit.Entry("rules_published", actor, detail), now)


def set_canary(conn: Connection, bundle_hash: str | None, percent: int = 0) -> None:
    """Let a kept bundle decide ``percent`` of the orders; None ends the canary."""
    conn.execute(update(rule_bundles).where(rule_bundles.c.state == "canary").values(state="tested", percent=0))
    if bundle_hash is not None:
        wanted = update(rule_bundles).where(rule_bundles.c.hash == bundle_hash, rule_bundles.c.state != "live")
        conn.execute(wanted.values(state="canary", percent=percent))


def standing(conn: Connection) -> Standing:
    """Return which bundles decide now: what every process asks once a second."""
    query = select(rule_bundles.c.hash, rule_bundles.c.state, rule_bundles.c.percent)
    rows = {row.state: row for row in conn.execute(query.where(rule_bundles.c.state.in_(("live", "canary"))))}
    live, canary = rows.get("live"), rows.get("canary")
    return Standing(live and live.hash, canary and canary.hash, canary.percent if canary else 0)


def source(conn: Connection, bundle_hash: str) -> str:
    """Return the hash of a bundle without the pauses in it. Raises NotFound."""
    row = conn.execute(select(rule_bundles.c.base).where(rule_bundles.c.hash == bundle_hash)).first()
    if row is None:
        raise NotFound(f"There is no bundle {bundle_hash}", f"规则包 {bundle_hash} 不存在")
    return str(row.base or bundle_hash)


def live_source(conn: Connection) -> str:
    """Return the hash of what authors start from: the live bundle without its pauses. Raises NotFound before any."""
    found = live(conn)
    if found is None:
        raise NotFound("No rules are live yet", "还没有生效的规则")
    return source(conn, found)


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


def publications(conn: Connection) -> list[dict[str, Any]]:
    """Return every time that the lanes changed, oldest first, from the audit trail; ``detail`` is read.

    Entries that name no bundle (a backtest begun) changed no lane.
    """
    told = [{**entry, "detail": json.loads(entry["detail"])} for entry in audit.of(conn, CHAIN)]
    return [entry for entry in told if "bundle" in entry["detail"]]


def was_live(conn: Connection, bundle_hash: str) -> bool:
    """Say whether a bundle was live at some time, with or without pauses."""
    told = [entry["detail"] for entry in publications(conn) if entry["action"] == "rules_published"]
    return any(bundle_hash in (detail.get("source"), detail["bundle"]) for detail in told)
