"""People and keys: who is calling, with which roles, in which organisation.

Place in the order's way: before every door. Passwords lie as argon2, keys as SHA-256 of 256 bits of chance.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import RowMapping, insert, select, update

from orders.actor import Actor, Role
from orders.errors import NotFound
from server.db.ids import new_id
from server.db.tables import api_keys, organisations, users

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.database import Database

MAIN_ORGANISATION = "org_main"
MAX_FAILURES = 10
LOCK = timedelta(minutes=15)
_hasher = PasswordHasher()
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$SEh46h+2y+A0wpOPp0j9MA$G18we9CvY+HSr2ttoLZf0K+3AhGBGGBUjc6WWAbMUmo"
"""What the password of an unknown login is compared with, so that it costs the same time. Made once: it takes long."""


def add_organisation(
    conn: Connection, name: str, parent_id: str | None, now: datetime, org_id: str = "", *, customer: str | None = None
) -> str:
    """Add an organisation below ``parent_id``; return its id. ``customer``: it is a dealer, and orders as that one."""
    org_id = org_id or new_id("org", now)
    parent = None
    if parent_id is not None:
        parent = conn.execute(select(organisations.c.path).where(organisations.c.id == parent_id)).scalar()
        if parent is None:
            raise NotFound(f"There is no organisation {parent_id}", f"组织 {parent_id} 不存在")
    path = f"{parent or '/'}{org_id}/"
    row = {"id": org_id, "parent_id": parent_id, "name": name, "path": path, "customer": customer, "created_at": now}
    conn.execute(insert(organisations), row)
    return org_id


def add_user(conn: Connection, user: dict[str, Any], now: datetime) -> str:
    """Add ``{login, name, password, roles, org_id?, id?}``; return the id. Raises ValueError on an unknown role.

    Instead of ``password`` there may be ``hashed``, what `hash_password` made of it.
    """
    user_id: str = user.get("id") or new_id("usr", now)
    row = {
        "id": user_id,
        "login": user["login"],
        "name": user["name"],
        "password": user.get("hashed") or hash_password(user["password"]),
        "roles": sorted(Role(role).value for role in user["roles"]),
        "org_id": user.get("org_id") or MAIN_ORGANISATION,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(users), row)
    return user_id


def set_password(conn: Connection, user_id: str, password: str, now: datetime) -> None:
    """Replace a password and lift a lock."""
    values = {"password": hash_password(password), "failures": 0, "locked_until": None, "updated_at": now}
    conn.execute(update(users).where(users.c.id == user_id).values(values))


def verify_password(conn: Connection, login: str, password: str, now: datetime) -> Actor | None:
    """Return who signed in, or None. Ten wrong passwords in a row lock the login for a quarter of an hour.

    Hashing takes long on purpose; `sign_in` keeps it out of the write transaction.
    """
    row = _active(conn, login)
    return _settle(conn, row, _matches(row["password"] if row else _NOBODY, password), now)


def sign_in(db: Database, login: str, password: str, now: datetime) -> Actor | None:
    """Do what `verify_password` does, writing only when a count changes, and never while hashing."""
    with db.read() as conn:
        row = _active(conn, login)
    right = _matches(row["password"] if row else _NOBODY, password)
    if row is None:
        return None
    if right and not row["failures"] and row["locked_until"] is None:
        with db.read() as conn:
            return _user_actor(conn, row)
    with db.write() as conn:
        return _settle(conn, _active(conn, login), right, now)


def _active(conn: Connection, login: str) -> RowMapping | None:
    return conn.execute(select(users).where(users.c.login == login, users.c.state == "active")).mappings().first()


def _settle(conn: Connection, row: RowMapping | None, right: bool, now: datetime) -> Actor | None:
    if row is None or (row["locked_until"] is not None and row["locked_until"] > now):
        return None
    failures = 0 if right else row["failures"] + 1
    until = now + LOCK if failures >= MAX_FAILURES else None
    values = {"failures": 0 if until else failures, "locked_until": until}
    conn.execute(update(users).where(users.c.id == row["id"]).values(**values))
    return _user_actor(conn, row) if right else None


def get_user(conn: Connection, user_id: str) -> Actor | None:
    """Return an active user as an actor."""
    row = conn.execute(select(users).where(users.c.id == user_id, users.c.state == "active")).mappings().first()
    return None if row is None else _user_actor(conn, row)


def password_mark(conn: Connection, user_id: str) -> str | None:
    """Return what changes with the password and tells nothing of it: sessions carry it."""
    stored: str | None = conn.execute(select(users.c.password).where(users.c.id == user_id)).scalar()
    return None if stored is None else hash_secret(stored)[:16]


def actor_of_login(conn: Connection, login: str) -> Actor | None:
    """Return the active user of that login as an actor."""
    row = _active(conn, login)
    return None if row is None else _user_actor(conn, row)


def list_users(conn: Connection) -> list[dict[str, Any]]:
    """Return every user without the password."""
    columns = [column for column in users.c if column.name != "password"]
    return [dict(row) for row in conn.execute(select(*columns).order_by(users.c.login)).mappings()]


def set_user(conn: Connection, user_id: str, changes: dict[str, Any], now: datetime) -> None:
    """Change name, roles, state, locale or organisation."""
    allowed = {name: changes[name] for name in ("name", "roles", "state", "locale", "org_id") if name in changes}
    if "roles" in allowed:
        allowed["roles"] = sorted(Role(role).value for role in allowed["roles"])
    conn.execute(update(users).where(users.c.id == user_id).values(**allowed, updated_at=now))


def add_api_key(conn: Connection, key: dict[str, Any], now: datetime) -> tuple[str, str]:
    """Add ``{name, scopes, org_id?, account?, mode?, created_by, secret?}``; return (id, secret), shown once."""
    secret: str = key.get("secret") or "slk_" + secrets.token_urlsafe(32)
    key_id = new_id("key", now)
    row = {
        "id": key_id,
        "name": key["name"],
        "hash": hash_secret(secret),
        "hint": secret[-4:],
        "scopes": sorted(Role(scope).value for scope in key["scopes"]),
        "account": key.get("account", ""),
        "mode": key.get("mode", "live"),
        "org_id": key.get("org_id") or MAIN_ORGANISATION,
        "created_by": key["created_by"],
        "created_at": now,
    }
    conn.execute(insert(api_keys), row)
    return key_id, secret


def ensure_admin_key(conn: Connection, secret: str, now: datetime) -> str:
    """Make ``secret`` an administrator's key if it is none yet; return its id."""
    found: str | None = conn.execute(select(api_keys.c.id).where(api_keys.c.hash == hash_secret(secret))).scalar()
    if found:
        return found
    key = {"name": "admin", "scopes": [Role.ADMIN], "created_by": "system", "secret": secret}
    return add_api_key(conn, key, now)[0]


def actor_of_key(conn: Connection, secret: str) -> Actor | None:
    """Return the actor behind a live API key."""
    query = select(api_keys).where(api_keys.c.hash == hash_secret(secret), api_keys.c.state == "active")
    return _key_actor(conn, conn.execute(query).mappings().first())


def actor_of_key_id(conn: Connection, key_id: str) -> Actor | None:
    """Return the actor of a live API key by its id."""
    query = select(api_keys).where(api_keys.c.id == key_id, api_keys.c.state == "active")
    return _key_actor(conn, conn.execute(query).mappings().first())


def _key_actor(conn: Connection, row: RowMapping | None) -> Actor | None:
    if row is None:
        return None
    roles = frozenset(Role(scope) for scope in row["scopes"])
    test = row["mode"] == "test"
    return _guest(conn, Actor(row["id"], row["name"], "key", roles, row["org_id"], row["account"], test=test))


def _guest(conn: Connection, actor: Actor) -> Actor:
    """Return a dealer's person or key with the customer of its organisation; its numbers are that organisation's."""
    if not actor.is_dealer:
        return actor
    customer = dealer_customer(conn, actor.org_id)
    return replace(actor, roles=frozenset({Role.DEALER}), account=actor.org_id, customer=customer or "")


def dealer_customer(conn: Connection, org_id: str) -> str | None:
    """Return the customer that an organisation orders as; None for one that is no dealer."""
    query = select(organisations.c.customer).where(organisations.c.id == org_id)
    found: str | None = conn.execute(query).scalar()
    return found


def dealers(conn: Connection) -> list[dict[str, Any]]:
    """Return the organisations of dealers, by their customers."""
    query = select(organisations).where(organisations.c.customer.is_not(None)).order_by(organisations.c.customer)
    return [dict(row) for row in conn.execute(query).mappings()]


def behind(conn: Connection, actor_id: str) -> frozenset[str]:
    """Return who stands behind an actor: itself and, for an API key, the user who made it."""
    maker: str | None = conn.execute(select(api_keys.c.created_by).where(api_keys.c.id == actor_id)).scalar()
    return frozenset({actor_id, *([maker] if maker and maker.startswith("usr_") else [])})


def revoke_key(conn: Connection, key_id: str) -> bool:
    """Revoke a key; say whether there was a live one."""
    done = conn.execute(
        update(api_keys).where(api_keys.c.id == key_id, api_keys.c.state == "active").values(state="revoked")
    )
    return done.rowcount == 1


def list_keys(conn: Connection) -> list[dict[str, Any]]:
    """Return every key without its hash."""
    columns = [column for column in api_keys.c if column.name != "hash"]
    return [dict(row) for row in conn.execute(select(*columns).order_by(api_keys.c.created_at)).mappings()]


def hash_password(password: str) -> str:
    """Return what is stored of a password. It costs a third of a second of processor time, on purpose."""
    return _hasher.hash(password)


def hash_secret(secret: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _user_actor(conn: Connection, row: RowMapping) -> Actor:
    roles: Iterable[str] = row["roles"]
    return _guest(conn, Actor(row["id"], row["name"], "user", frozenset(Role(role) for role in roles), row["org_id"]))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
