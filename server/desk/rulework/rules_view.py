"""A change of the rules as people and systems see it: state, files, what changed, the report, who decided.

Place in the order's way: beside it. Knows neither HTTP nor screens.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rules.change.difference import differences
from server.db import audit, people
from server.db.rulework import bundles, rule_changes
from server.db.rulework.rule_changes import ChangeState
from server.desk.rulework.rules_draft import chain

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.deps import Deps

Json = dict[str, Any]
FULL = 100
"""Percent of the orders that live rules decide."""


def change_view(deps: Deps, change_id: str) -> Json:
    """Return a change whole. Raises NotFound."""
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
        before = bundles.files(conn, found["base"])
        live, names = bundles.live_source(conn), _names(conn)
    after = rule_changes.whole(before, found["files"])
    decides = found["state"] in (ChangeState.LIVE, ChangeState.RETIRED)
    return {
        **row_view(found, names),
        "files": found["files"],
        "report": found["report"],
        "waivers": [{name: item[name] for name in ("mutant", "reason")} for item in found["waivers"]],
        "differences": [asdict(difference) for difference in differences(before, after)],
        "current": decides or found["base"] == live,
    }


def changes_view(deps: Deps, states: tuple[str, ...], limit: int = 100) -> list[Json]:
    """Return changes in these states, without their files."""
    with deps.store.db.read() as conn:
        rows, names = rule_changes.in_state(conn, states, limit), _names(conn)
    return [row_view(row, names) for row in rows]


def row_view(found: Json, names: dict[str, str]) -> Json:
    """Return what a list shows of a change."""
    return {
        "id": found["id"],
        "title": found["title"],
        "state": found["state"],
        "version": found["version"],
        "base": found["base"],
        "bundle": found["bundle"],
        "reason": found["reason"],
        "plan": found["plan"],
        "author": _who(found["author"], names),
        "decided_by": _who(found["decided_by"], names),
        "decision_reason": found["decision_reason"],
        "decided_at": _text(found["decided_at"]),
        "failure": found["failure"],
        "shadow": {"on": bool(found["shadow"]), "judged": found["shadow_judged"]},
        "created_at": _text(found["created_at"]),
        "updated_at": _text(found["updated_at"]),
    }


def trail(deps: Deps, change_id: str) -> list[Json]:
    """Return what was done to a change, by whom and why, oldest first; ``percent``: of the orders, where it decided."""
    with deps.store.db.read() as conn:
        names = _names(conn)
        return [_step(row, names) for row in audit.of(conn, chain(change_id))]


def _step(row: Json, names: dict[str, str]) -> Json:
    detail = json.loads(row["detail"])
    told = {"percent": detail.get("percent", FULL), "reason": detail.get("reason") or detail.get("why") or ""}
    return {"at": _text(row["at"]), "action": row["action"], "actor": _who(row["actor"], names), **told}


def history(deps: Deps, limit: int = 100) -> list[Json]:
    """Return every time that other rules decided, newest first: publications, canaries, pauses, rollbacks."""
    with deps.store.db.read() as conn:
        entries, names = bundles.publications(conn)[::-1][:limit], _names(conn)
    return [_publication(entry, names) for entry in entries]


def _publication(entry: Json, names: dict[str, str]) -> Json:
    detail = entry["detail"]
    return {
        "at": _text(entry["at"]),
        "kind": _kind(entry["action"], detail),
        "bundle": detail["bundle"],
        "source": detail.get("source") or detail["bundle"],
        "previous": detail.get("previous"),
        "change": detail.get("change"),
        "title": detail.get("title"),
        "rule": detail.get("paused") or "、".join(detail.get("resumed", ())) or None,
        "percent": detail.get("percent", 100),
        "actor": _who(detail.get("author") or entry["actor"], names),
        "second": _who(detail.get("second"), names),
        "reason": detail.get("reason", ""),
    }


def _kind(action: str, detail: Json) -> str:
    if action != "rules_published":
        return action.removeprefix("rules_")
    return next((kind for kind in ("paused", "resumed") if kind in detail), "published")


def _names(conn: Connection) -> dict[str, str]:
    found = {user["id"]: user["name"] for user in people.list_users(conn)}
    return found | {key["id"]: key["name"] for key in people.list_keys(conn)}


def _who(actor: str | None, names: dict[str, str]) -> Json | None:
    return None if actor is None else {"id": actor, "name": names.get(actor, actor)}


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
