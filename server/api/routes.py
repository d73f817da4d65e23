"""Every blueprint of the API, in the order of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.api import (
    access,
    atp,
    backtests,
    channels,
    commands,
    dealers,
    decisions,
    documents,
    drafts,
    exemptions,
    holds,
    intake,
    lessons,
    master,
    messages,
    operation,
    orders,
    own_fields,
    provenance,
    pulls,
    receipts,
    reports,
    requests,
    rule_drafts,
    rule_lanes,
    rulebook,
    spoken,
    tracks,
    warehouse,
    webhooks,
)

if TYPE_CHECKING:
    from flask_openapi3.blueprint import APIBlueprint

_ROOMS = (
    orders,
    own_fields,
    provenance,
    intake,
    channels,
    pulls,
    commands,
    holds,
    spoken,
    decisions,
    documents,
    drafts,
    lessons,
    atp,
    master,
    rulebook,
    rule_drafts,
    rule_lanes,
    backtests,
    reports,
    exemptions,
    webhooks,
    messages,
    receipts,
    warehouse,
    tracks,
    dealers,
    access,
    requests,
    operation,
)


def blueprints() -> tuple[APIBlueprint, ...]:
    """Return the blueprints; each is registered once per application."""
    return tuple(room.api for room in _ROOMS)
