"""A signed-in person as Flask-Login sees one.

Place in the order's way: none. The cookie keeps the user's id, a mark of the password and the session's name; all are
looked up with every request, so that whoever was switched off, whoever used an old password, and whoever kept a copy of
a cookie from before the sign-out, is out at once.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from flask_login import UserMixin

from server.db import people, sessions

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

LASTS = timedelta(hours=12)
"""How long a cookie opens the screens after it was last renewed, which every request does."""


class Person(UserMixin):  # type: ignore[misc]
    """Wraps the actor, the mark of the password that was right, and the name of the session."""

    def __init__(self, actor: Actor, mark: str, session: str) -> None:
        self.actor = actor
        self.session = session
        self._mark = mark

    def get_id(self) -> str:
        """Return what the session keeps."""
        return f"{self.actor.id}.{self._mark}.{self.session}"


def person_of_session(deps: Deps, session_id: str) -> Person | None:
    """Return the person of a session; None when it was ended, the account is switched off, or the password is new."""
    user_id, _, rest = session_id.partition(".")
    mark, _, session = rest.partition(".")
    with deps.store.db.read() as conn:
        actor = people.get_user(conn, user_id)
        live = people.password_mark(conn, user_id)
        over = not session or sessions.has_ended(conn, session)
    return Person(actor, mark, session) if actor is not None and mark == live and not over else None


def end_session(deps: Deps, person: Person) -> None:
    """End the session of a person: no copy of its cookie opens anything after this."""
    with deps.store.db.write() as conn:
        sessions.end(conn, person.session, deps.clock() + LASTS)


def person_of_password(deps: Deps, login: str, password: str) -> Person | None:
    """Return who signs in, None when login and password do not fit or the login is locked."""
    actor = people.sign_in(deps.store.db, login, password, deps.clock())
    if actor is None:
        return None
    with deps.store.db.read() as conn:
        mark = people.password_mark(conn, actor.id) or ""
    return Person(actor, mark, secrets.token_urlsafe(12))
