"""A signed-in person as Flask-Login sees one.

Place in the order's way: none. The session cookie keeps the user's id and a mark of the password; both are looked up
with every request, so that whoever was switched off, and whoever used an old password, is out at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_login import UserMixin

from server.db import people

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps


class Person(UserMixin):  # type: ignore[misc]
    """Wraps the actor and the mark of the password that was right."""

    def __init__(self, actor: Actor, mark: str) -> None:
        self.actor = actor
        self._mark = mark

    def get_id(self) -> str:
        """Return what the session keeps."""
        return f"{self.actor.id}.{self._mark}"


def person_of_session(deps: Deps, session_id: str) -> Person | None:
    """Return the person of a session, None when the account is gone or switched off, or the password is another."""
    user_id, _, mark = session_id.partition(".")
    with deps.store.db.read() as conn:
        actor = people.get_user(conn, user_id)
        live = people.password_mark(conn, user_id)
    return Person(actor, mark) if actor is not None and mark == live else None


def person_of_password(deps: Deps, login: str, password: str) -> Person | None:
    """Return who signs in, None when login and password do not fit or the login is locked."""
    actor = people.sign_in(deps.store.db, login, password, deps.clock())
    if actor is None:
        return None
    with deps.store.db.read() as conn:
        return Person(actor, people.password_mark(conn, actor.id) or "")
