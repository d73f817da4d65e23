"""The one blueprint of the screens and how a view reaches what the server composed.

Place in the order's way: between Flask and the views.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Blueprint, current_app
from flask_login import current_user

from server.dealer import for_actor
from web.session import Person

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

screens = Blueprint("screens", __name__, static_folder="static", static_url_path="/assets", template_folder="templates")


def the_deps() -> Deps:
    """Return what the server composed, as far as the person may know it."""
    return for_actor(composed(), the_actor()) if signed_in() else composed()


def composed() -> Deps:
    """Return what the server composed, for finding out who the person is."""
    return cast("Deps", current_app.extensions["sluice"])


def the_actor() -> Actor:
    """Return the person who is signed in."""
    return cast("Person", current_user).actor


def signed_in() -> bool:
    """Say whether somebody is signed in."""
    return isinstance(current_user._get_current_object(), Person)
