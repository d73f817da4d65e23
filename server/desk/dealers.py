"""Dealers as administrators set them up: an organisation for a customer, and its people (IN-16).

Place in the order's way: before every door. Knows no HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.actor import Role
from orders.errors import Conflict, NotFound, Problem, SenderError
from server.db import audit, people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
CHAIN = "dealers"
LEAST_PASSWORD = 10


def listed(deps: Deps) -> list[Json]:
    """Return the dealers with their people."""
    with deps.store.db.read() as conn:
        users = people.list_users(conn)
        return [
            {
                "customer": row["customer"],
                "name": row["name"],
                "logins": [user["login"] for user in users if user["org_id"] == row["id"]],
            }
            for row in people.dealers(conn)
        ]


def put(deps: Deps, actor: Actor, customer: str) -> Json:
    """Make a customer a dealer; again changes nothing. Raises NotFound."""
    entry = deps.catalogue().customers.get(customer)
    if entry is None:
        raise NotFound(f"There is no customer {customer}", f"客户 {customer} 不存在")
    now = deps.clock()
    with deps.store.db.write() as conn:
        if not any(row["customer"] == customer for row in people.dealers(conn)):
            people.add_organisation(conn, entry.name, people.MAIN_ORGANISATION, now, customer=customer)
            audit.record(conn, CHAIN, audit.Entry("dealer_made", actor.id, {"customer": customer}), now)
    return next(row for row in listed(deps) if row["customer"] == customer)


def add_person(deps: Deps, actor: Actor, customer: str, user: Json) -> Json:
    """Add a dealer's person: ``login``, ``name``, ``password``. Raises NotFound, Conflict, SenderError."""
    if len(user["password"]) < LEAST_PASSWORD:
        said = (f"密码至少 {LEAST_PASSWORD} 位", f"A password has at least {LEAST_PASSWORD} characters")
        problem = Problem("/password", "too_short", *said)
        raise SenderError(said[1], said[0], code="invalid_request", problems=(problem,))
    now = deps.clock()
    with deps.store.db.write() as conn:
        org_id = require(conn, customer)
        if any(row["login"] == user["login"] for row in people.list_users(conn)):
            raise Conflict(
                f"The login {user['login']} is taken", f"登录名 {user['login']} 已被使用", code="login_taken"
            )
        people.add_user(conn, {**user, "roles": [Role.DEALER], "org_id": org_id}, now)
        told = {"customer": customer, "login": user["login"]}
        audit.record(conn, CHAIN, audit.Entry("dealer_person_added", actor.id, told), now)
    return next(row for row in listed(deps) if row["customer"] == customer)


def require(conn: Connection, customer: str) -> str:
    """Return the organisation of a dealer. Raises NotFound."""
    found = next((row["id"] for row in people.dealers(conn) if row["customer"] == customer), None)
    if found is None:
        raise NotFound(f"{customer} is no dealer yet", f"{customer} 还不是经销商")
    return str(found)
