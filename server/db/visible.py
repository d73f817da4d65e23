"""One query decides what a person may see; no list or page asks anything else.

Sales see their own rows, a sales supervisor the organisation's subtree; production, finance, risk, administrators and
auditors see all. No role: nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import false, or_, select

from orders.actor import Actor, Role
from server.db.tables import organisations

if TYPE_CHECKING:
    from sqlalchemy import FromClause, Select

SEES_ALL = (Role.PRODUCTION, Role.FINANCE, Role.RISK, Role.AUDITOR)


def visible(query: Select[Any], table: FromClause, actor: Actor) -> Select[Any]:
    """Narrow ``query`` to the rows of ``table`` (with ``owner_id`` and ``org_id``) that the actor may see."""
    if actor.has(*SEES_ALL):
        return query
    if not actor.roles:
        return query.where(false())
    own = table.c.owner_id == actor.id
    if actor.has(Role.SALES_SUPERVISOR):
        return query.where(or_(own, table.c.org_id.in_(_subtree(actor.org_id))))
    return query.where(own)


def _subtree(org_id: str) -> Select[Any]:
    top = organisations.alias("top")
    return (
        select(organisations.c.id)
        .join(top, organisations.c.path.startswith(top.c.path, autoescape=False))
        .where(top.c.id == org_id)
    )
