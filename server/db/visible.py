"""One query decides what a person may see; no list or page asks anything else.

Sales see their own rows and those of their organisation's pool (what came by mail), a sales supervisor the
organisation's subtree; production, finance, risk, administrators and
auditors see all; a dealer what it sent in itself. No role: nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, or_, select

from orders.actor import POOL, Actor, Role
from server.db.tables import organisations

if TYPE_CHECKING:
    from sqlalchemy import FromClause, Select

SEES_ALL = (Role.PRODUCTION, Role.FINANCE, Role.RISK, Role.AUDITOR)


def visible(query: Select[Any], table: FromClause, actor: Actor) -> Select[Any]:
    """Narrow ``query`` to the rows of ``table`` (with ``owner_id`` and ``org_id``) that the actor may see."""
    if actor.is_dealer:  # a guest, whatever else it is called: what came from its own organisation
        return query.where(table.c.org_id == actor.org_id if actor.customer else false())
    if actor.has(*SEES_ALL):
        return query
    if not actor.roles:
        return query.where(false())
    pooled = and_(table.c.owner_id == POOL, table.c.org_id.in_(_above(actor.org_id)))
    own = or_(table.c.owner_id == actor.id, pooled)
    if actor.has(Role.SALES_SUPERVISOR):
        return query.where(or_(own, table.c.org_id.in_(_subtree(actor.org_id))))
    return query.where(own)


def _above(org_id: str) -> Select[Any]:
    """Select the organisation and those that it belongs to: their pools are open to it."""
    mine = organisations.alias("mine")
    return (
        select(organisations.c.id)
        .join(mine, mine.c.path.startswith(organisations.c.path, autoescape=False))
        .where(mine.c.id == org_id)
    )


def _subtree(org_id: str) -> Select[Any]:
    top = organisations.alias("top")
    return (
        select(organisations.c.id)
        .join(top, organisations.c.path.startswith(top.c.path, autoescape=False))
        .where(top.c.id == org_id)
    )
