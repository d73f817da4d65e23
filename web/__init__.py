"""The screens: sign-in, upload, review, orders, holds, approvals, master data, deliveries, rules.

Place in the order's way: the door for people, on the top floor. Imports the server, never the other way round;
``web.create_app()`` is the server's app with the screens in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from server.deps import Deps


def create_app(deps: Deps | None = None) -> Flask:
    """Return the server's app with the screens at ``/``; without ``deps``, over what the environment's settings say."""
    from web.app import create_app as create

    return create(deps)
