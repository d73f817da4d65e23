"""Every blueprint of the API, in the order of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.api import (
    access,
    atp,
    channels,
    commands,
    dealers,
    decisions,
    documents,
    drafts,
    holds,
    intake,
    lessons,
    master,
    operation,
    orders,
    own_fields,
    provenance,
    pulls,
    requests,
    spoken,
)
from server.api.outlets import messages, receipts, tracks, warehouse, webhooks
from server.api.rulework import backtests, exemptions, reports, rule_drafts, rule_lanes, rulebook

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
