"""Every blueprint of the API, in the order of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.api import (
    atp,
    commands,
    decisions,
    documents,
    drafts,
    holds,
    master,
    messages,
    operation,
    orders,
    rulebook,
    webhooks,
)

if TYPE_CHECKING:
    from flask_openapi3.blueprint import APIBlueprint

_ROOMS = (
    orders,
    commands,
    holds,
    decisions,
    documents,
    drafts,
    atp,
    master,
    rulebook,
    webhooks,
    messages,
    operation,
)


def blueprints() -> tuple[APIBlueprint, ...]:
    """Return the blueprints; each is registered once per application."""
    return tuple(room.api for room in _ROOMS)
