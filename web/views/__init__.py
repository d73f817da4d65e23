"""The views: one module per screen, each a few small functions on the one blueprint.

Place in the order's way: they call `server.desk` and the reading functions of `server.db`, and render.
"""

from __future__ import annotations

import importlib

MODULES = (
    "session",
    "access",
    "transfer",
    "home",
    "documents",
    "drafts",
    "entry",
    "lessons",
    "orders",
    "own_fields",
    "holds",
    "spoken",
    "approvals",
    "master",
    "imports",
    "mapping",
    "notices",
    "deliveries",
    "destinations",
    "webhooks",
    "books",
    "rules",
    "rule_changes",
    "rule_tries",
    "backtests",
    "why",
    "provenance",
    "pulling",
    "reports",
    "exemptions",
    "errors",
)


def register_views() -> None:
    """Import every view module, which puts its views on the blueprint."""
    for name in MODULES:
        importlib.import_module(f"web.views.{name}")
