"""Waivers that go on: what a second person let live stays let live, as long as the rule is the very same.

Place in the order's way: before it, between the tests of a change and its proposal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.bundle import load_bundle
from server.db.rulework import rule_changes
from server.db.rulework.rule_changes import ChangeState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.deps import Deps

Json = dict[str, Any]
PUBLISHED = (ChangeState.LIVE, ChangeState.RETIRED)
MOST = 1000


def noted(files: Mapping[str, str], waivers: Sequence[Json]) -> list[Json]:
    """Return waivers with the version of their rule: its text, parameters and tables, as these files have it."""
    versions = _versions(files) if waivers else {}
    return [{**waiver, "version": versions.get(waiver["rule"], "")} for waiver in waivers]


def standing(deps: Deps, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the mutants that need no example in these files: waived in a published change, their rule unchanged."""
    with deps.store.db.read() as conn:
        published = rule_changes.in_state(conn, PUBLISHED, MOST)
    waived = [item for change in published for item in change["waivers"] if item.get("version")]
    if not waived:
        return ()
    versions = _versions(files)
    return tuple(sorted({item["mutant"] for item in waived if versions.get(item["rule"]) == item["version"]}))


def _versions(files: Mapping[str, str]) -> dict[str, str]:
    return {rule.id: rule.version for rule in load_bundle(files).book.rules}
