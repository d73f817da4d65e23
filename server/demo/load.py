"""Load the demo company into a database. Idempotent: what is there already stays as people left it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from server.db import master, people
from server.demo import load_company

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.store import Store

KINDS = ("sites", "skus", "customers", "prices", "stock", "credit_accounts")
MARK = "GZ"


def load_demo(store: Store, now: datetime) -> bool:
    """Write master data and users; say whether anything was written (False: the demo is there already)."""
    if not load_master(store, now):
        return False
    users = load_company()["users"]
    hashed = {password: people.hash_password(password) for password in {user["password"] for user in users}}
    with store.db.write() as conn:
        for user in users:
            known = {"hashed": hashed[user["password"]]}  # all demo people have one password, and to hash it takes long
            people.add_user(conn, user | known | _organisation(conn, user, now), now)
    return True


def _organisation(conn: Connection, user: dict[str, Any], now: datetime) -> dict[str, str]:
    """Return the organisation of a dealer's person, made for it."""
    customer = user.get("dealer")
    if customer is None:
        return {}
    made = people.add_organisation(conn, user["name"], people.MAIN_ORGANISATION, now, customer=customer)
    return {"org_id": made}


def load_master(store: Store, now: datetime) -> bool:
    """Write the master data only; say whether anything was written."""
    company = load_company()
    with store.db.write() as conn:
        if master.get(conn, store, "sites", MARK) is not None:
            return False
        for kind in KINDS:
            for item in company[kind]:
                master.upsert(conn, store, kind, item, actor=SYSTEM, now=now)
    return True
