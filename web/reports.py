"""Reports as people read them: the heat map's shades, the rules' titles.

Place in the order's way: between `server.desk.rulework.economics` and the templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web.i18n import say

if TYPE_CHECKING:
    from rules.bundle import Bundle

Json = dict[str, Any]
SHADES = 5


def shown_heat(rows: list[Json]) -> list[Json]:
    """Give each hour's count its shade, 0 (nothing) to 5 (the most of all)."""
    most = max((count for row in rows for count in row["hours"]), default=0)
    return [{**row, "cells": [(count, shade(count, most)) for count in row["hours"]]} for row in rows]


def shade(count: int, most: int) -> int:
    """Return the shade of a count; anything above nothing is at least 1."""
    return 0 if count == 0 else max(1, -(-SHADES * count // most))


def titles(bundle: Bundle) -> dict[str, str]:
    """Return the live rules' titles."""
    return {rule.id: say(rule.title) for rule in bundle.book.rules}
