"""Erasure: a person is forgotten. What is left are amounts, codes, hashes of decisions, and the trail.

Place in the order's way: a command of the data protection officer; nothing that was decided is edited, and a replay
still holds from the decision's own atoms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from orders.errors import NotFound
from server.db import audit
from server.db.facts import catalogue
from server.db.order import atoms
from server.db.tables import customer_identities, customers, documents, drafts, order_fields, orders, originals

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from orders.actor import Actor
    from server.db.store import Store


def erase_customer(store: Store, code: str, *, actor: Actor, reason: str, now: datetime) -> int:
    """Forget a customer: destroy the keys of its data and of the originals it came in; return how many keys.

    Raises NotFound.
    """
    with store.db.write() as conn:
        row = conn.execute(select(customers.c.id, customers.c.subject).where(customers.c.code == code)).first()
        if row is None:
            raise NotFound(f"There is no customer {code}", f"客户 {code} 不存在")
        keys = _erase_subjects(conn, store, row.subject, actor.id, now)
        conn.execute(delete(customer_identities).where(customer_identities.c.customer_id == row.id))
        conn.execute(
            update(customers).where(customers.c.id == row.id).values(name_masked="", state="erased", updated_at=now)
        )
        catalogue.moved(conn, actor.id, now)
        entry = audit.Entry("person_erased", actor.id, {"customer": code, "keys": keys, "reason": reason})
        audit.record(conn, "master:customers", entry, now)
        return keys


def erase_order_person(store: Store, order_id: str, *, actor: Actor, reason: str, now: datetime) -> int:
    """Forget the person of an order that no customer record knows (a buyer without an account)."""
    with store.db.write() as conn:
        subject = conn.execute(select(orders.c.subject).where(orders.c.id == order_id)).scalar()
        if subject is None:
            raise NotFound(f"There is no order {order_id}", f"订单 {order_id} 不存在")
        keys = _erase_subjects(conn, store, subject, actor.id, now)
        audit.record(conn, order_id, audit.Entry("person_erased", actor.id, {"keys": keys, "reason": reason}), now)
        return keys


def _erase_subjects(conn: Connection, store: Store, subject: str, actor: str, now: datetime) -> int:
    subjects = {subject, *_of_their_documents(conn, subject)}
    atoms.keep(conn, store, subject, actor, now)
    keys = sum(store.vault.erase(conn, each, now) for each in sorted(subjects))
    blank = {"buyer_masked": None, "phone_masked": None, "phone_hash": None, "id_hash": None}
    conn.execute(update(orders).where(orders.c.subject == subject).values(**blank))
    conn.execute(delete(order_fields).where(order_fields.c.order_id.in_(_order_ids(subject))))
    return keys


def _of_their_documents(conn: Connection, subject: str) -> set[str]:
    """Return the subjects of the documents and drafts that the person's orders came from."""
    theirs = select(orders.c.original_id).where(orders.c.subject == subject, orders.c.original_id.is_not(None))
    found = set(conn.execute(select(originals.c.subject).where(originals.c.id.in_(theirs))).scalars())
    of_documents = select(documents.c.id).where(documents.c.original_id.in_(theirs))
    drafted = select(drafts.c.subject).where(
        or_(drafts.c.document_id.in_(of_documents), drafts.c.order_id.in_(_order_ids(subject)))
    )
    return found | set(conn.execute(drafted).scalars())


def _order_ids(subject: str) -> Select[tuple[str]]:
    return select(orders.c.id).where(orders.c.subject == subject)
