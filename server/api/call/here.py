"""What a handler stands on: the composed parts of the server and the caller of this request."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g

from server.dealer import for_actor

if TYPE_CHECKING:
    from datetime import datetime

    from orders.actor import Actor
    from server.deps import Deps

EXTENSION = "sluice"


def deps() -> Deps:
    """Return the composed parts of this server, as far as the caller may know them."""
    return for_actor(cast("Deps", current_app.extensions[EXTENSION]), g.get("actor"))


def actor() -> Actor:
    """Return the caller; only a route with a declared door reaches its handler, so there is one."""
    return cast("Actor", g.actor)


def request_id() -> str:
    """Return the id of the request being answered."""
    return str(g.get("request_id", ""))


def now() -> datetime:
    """Return the time (aware UTC) from the server's clock."""
    return deps().clock()
