"""Changes of the rules as they are worked on: files that differ from the bundle they started from, and their state.

Place in the order's way: before it. What becomes of a change is decided in `server/desk`; here are rows and versions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from orders.errors import Conflict, NotFound
from server.db.ids import new_id
from server.db.rulework import bundles
from server.db.tables import rule_changes, shadow_flips

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]
Files = dict[str, str | None]
"""Name → text of the files that differ; None: taken out."""


class ChangeState(StrEnum):
    """Where a change stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    TESTED = "tested"
    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    CANARY = "canary"
    LIVE = "live"
    RETIRED = "retired"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


EDITABLE = (ChangeState.DRAFT, ChangeState.CHECKED, ChangeState.TESTED, ChangeState.REJECTED, ChangeState.FAILED)
OPEN = (*EDITABLE, ChangeState.PROPOSED, ChangeState.SCHEDULED, ChangeState.CANARY)


@dataclass(frozen=True, slots=True)
class Author:
    """Who begins a change, under which title."""

    id: str
    title: str


def add(conn: Connection, author: Author, base: str, files: Files, now: datetime) -> str:
    """Begin a change; return its id."""
    row = {
        "id": new_id("chg", now),
        "title": author.title,
        "state": ChangeState.DRAFT.value,
        "base": base,
        "files": files,
        "waivers": [],
        "author": author.id,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(rule_changes), row)
    return str(row["id"])


def get(conn: Connection, change_id: str) -> Json:
    """Return a change. Raises NotFound."""
    row = conn.execute(select(rule_changes).where(rule_changes.c.id == change_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no change {change_id}", f"规则变更 {change_id} 不存在")
    return dict(row)


def files_of(conn: Connection, change_id: str) -> dict[str, str]:
    """Return every file as it would be with the change. Raises NotFound."""
    change = get(conn, change_id)
    return whole(bundles.files(conn, change["base"]), change["files"])


def whole(base: Mapping[str, str], changed: Files) -> dict[str, str]:
    """Return all files: the base's with the changed ones in their place."""
    return {name: text for name, text in sorted({**base, **changed}.items()) if text is not None}


def changed(base: Mapping[str, str], files: Mapping[str, str]) -> Files:
    """Return what differs from the base; None where a file is gone."""
    gone: Files = {name: None for name in base if name not in files}
    return gone | {name: text for name, text in files.items() if base.get(name) != text}


def save(conn: Connection, change: Json, values: Mapping[str, Any], now: datetime) -> Json:
    """Store some columns of a change as it was read. Raises Conflict when somebody changed it meanwhile."""
    done = conn.execute(
        update(rule_changes)
        .where(rule_changes.c.id == change["id"], rule_changes.c.version == change["version"])
        .values(**values, version=change["version"] + 1, updated_at=now)
    )
    if done.rowcount != 1:
        raise stale(change["id"])
    return get(conn, change["id"])


def stale(change_id: str) -> Conflict:
    """Return the refusal of an edit of a version that is not the newest any more."""
    return Conflict(
        f"{change_id} was changed meanwhile; read it again", f"{change_id} 已被更新，请重新读取", code="stale_version"
    )


def in_state(conn: Connection, states: Sequence[str], limit: int = 100) -> list[Json]:
    """Return changes in these states, the one touched last first, without their files and reports."""
    columns = [column for column in rule_changes.c if column.name not in ("files", "report")]
    query = select(*columns).where(rule_changes.c.state.in_(states))
    rows = conn.execute(query.order_by(rule_changes.c.updated_at.desc(), rule_changes.c.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


def shadows(conn: Connection) -> list[Json]:
    """Return the changes that are judged beside the live rules."""
    return [dict(row) for row in conn.execute(select(rule_changes).where(rule_changes.c.shadow == 1)).mappings()]


def set_shadow(conn: Connection, change_id: str, on: bool, cursor: str) -> None:
    """Begin a shadow behind the decision ``cursor``, or end it. What it found stays until the next one begins."""
    values: Json = {"shadow": int(on)}
    if on:
        conn.execute(shadow_flips.delete().where(shadow_flips.c.change_id == change_id))
        values |= {"shadow_cursor": cursor, "shadow_judged": 0}
    conn.execute(update(rule_changes).where(rule_changes.c.id == change_id).values(**values))


def add_shadowed(conn: Connection, change: Json, cursor: str, judged: int, flips: Sequence[Json]) -> bool:
    """Store what a shadow found up to ``cursor``; False when another worker was quicker."""
    done = conn.execute(
        update(rule_changes)
        .where(rule_changes.c.id == change["id"], rule_changes.c.shadow_cursor == change["shadow_cursor"])
        .where(rule_changes.c.shadow == 1)
        .values(shadow_cursor=cursor, shadow_judged=rule_changes.c.shadow_judged + judged)
    )
    if done.rowcount == 1 and flips:
        conn.execute(insert(shadow_flips), list(flips))
    return done.rowcount == 1


def flips(conn: Connection, change_id: str, limit: int = 100) -> list[Json]:
    """Return the orders that a shadow would have decided otherwise, newest first."""
    query = select(shadow_flips).where(shadow_flips.c.change_id == change_id)
    rows = conn.execute(query.order_by(shadow_flips.c.decision_id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]
