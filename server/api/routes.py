"""Every blueprint of the API, in the order of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.api import operation

if TYPE_CHECKING:
    from flask_openapi3.blueprint import APIBlueprint


def blueprints() -> tuple[APIBlueprint, ...]:
    """Return the blueprints; each is registered once per application."""
    return (operation.api,)
