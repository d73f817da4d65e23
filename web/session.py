"""A signed-in person as Flask-Login sees one.

Place in the order's way: none. The session cookie keeps the user's id; roles are read again with every request, so
that a person who was switched off is out at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_login import UserMixin

from server.db import people

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps


class Person(UserMixin):  # type: ignore[misc]
    """Wraps the actor."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """Return what the session keeps."""
        return self.actor.id


def person_of_session(deps: Deps, user_id: str) -> Person | None:
    """Return the person of a session, None when the account is gone or switched off."""
    with deps.store.db.read() as conn:
        actor = people.get_user(conn, user_id)
    return None if actor is None else Person(actor)


def person_of_password(deps: Deps, login: str, password: str) -> Person | None:
    """Return who signs in, None when login and password do not fit or the login is locked."""
    with deps.store.db.write() as conn:
        actor = people.verify_password(conn, login, password, deps.clock())
    return None if actor is None else Person(actor)
