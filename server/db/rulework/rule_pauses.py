"""Pauses of single rules: the kill switch. Each ends by itself.

Place in the order's way: before decide; a paused rule is switched off in the bundle that decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from orders.errors import Refused
from server.db.ids import new_id
from server.db.tables import rule_pauses

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def begin(conn: Connection, rule: str, *, actor: str, reason: str, now: datetime, until: datetime) -> str:
    """Note a pause; return its id. Raises Refused when the rule is paused already."""
    row = {"id": new_id("pau", now), "rule": rule, "reason": reason, "actor": actor, "at": now, "until": until}
    try:
        conn.execute(insert(rule_pauses), row)
    except IntegrityError as error:
        raise Refused(f"{rule} is paused already", f"规则 {rule} 已经暂停", code="paused_already") from error
    return str(row["id"])


def end(conn: Connection, rule: str, *, actor: str, now: datetime) -> bool:
    """End the pause of a rule; say whether there was one."""
    running = update(rule_pauses).where(rule_pauses.c.rule == rule, rule_pauses.c.ended_at.is_(None))
    return conn.execute(running.values(ended_at=now, ended_by=actor)).rowcount == 1


def running(conn: Connection) -> list[dict[str, Any]]:
    """Return the pauses that hold now, oldest first."""
    query = select(rule_pauses).where(rule_pauses.c.ended_at.is_(None)).order_by(rule_pauses.c.at, rule_pauses.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def over(conn: Connection, now: datetime) -> list[str]:
    """Return the rules whose pause should end by now."""
    query = select(rule_pauses.c.rule).where(rule_pauses.c.ended_at.is_(None), rule_pauses.c.until <= now)
    return list(conn.execute(query).scalars())
