"""A shadow: a candidate's rules judge the same facts as the live ones did, later and beside, deciding nothing.

Place in the order's way: after the commit, in a job. Orders never wait for it; what it would have decided otherwise is
kept until the next shadow of the change begins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orders.decision import ENGINE_FAILED, RACE_LOST, body_to_json
from orders.errors import Forbidden, Refused
from orders.money import fen_text
from rules.bundle import load_bundle
from rules.change.edit import without
from rules.change.flips import flip
from rules.process.kept import candidates
from server.db import audit, jobs
from server.db.order import decisions
from server.db.rulework import rule_changes, rule_pauses
from server.db.rulework.rule_changes import OPEN
from server.db.vault import Erased
from server.desk.rulework.rules_draft import WORKERS, chain, closed
from server.desk.rulework.rules_draft import test as test_change

if TYPE_CHECKING:
    from orders.actor import Actor
    from rules.process.children import EnginePool
    from server.deps import Deps

Json = dict[str, Any]
SHADOW_JOB = "shadow_rules"
EVERY = timedelta(seconds=5)
LAG = timedelta(seconds=5)
"""Decisions are looked at once they are this old: ids sort by time, and a commit may come late."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class _Past:
    """A decision to judge again: its row, the order's number and money."""

    row: Json
    number: str | None
    currency: str
    payable_fen: int


def begin(deps: Deps, actor: Actor, change_id: str) -> Json:
    """Judge every order from now on with the change's rules, too. Raises Refused when its tests do not pass."""
    _require(actor)
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
    if found["state"] not in OPEN:
        raise closed(found)
    if found["report"] is None:
        found = test_change(deps, actor, change_id)
    if found["report"]["error"] or found["report"]["failures"]:
        raise Refused(
            "its examples must pass before a change runs as a shadow",
            "示例全部通过后才能影子运行",
            code="examples_fail",
        )
    with deps.store.db.write() as conn:
        now = deps.clock()
        rule_changes.set_shadow(conn, change_id, on=True, cursor=decisions.last_id(now))
        jobs.enqueue(conn, SHADOW_JOB, {"change_id": change_id}, now=now, due_at=now + EVERY, dedupe=_name(change_id))
        entry = audit.Entry("rules_shadow_begun", actor.id, {"bundle": found["bundle"]})
        audit.record(conn, chain(change_id), entry, now)
        return rule_changes.get(conn, change_id)


def end(deps: Deps, actor: Actor, change_id: str) -> Json:
    """End a shadow; what it found stays."""
    _require(actor)
    with deps.store.db.write() as conn:
        now = deps.clock()
        rule_changes.get(conn, change_id)
        rule_changes.set_shadow(conn, change_id, on=False, cursor="")
        audit.record(conn, chain(change_id), audit.Entry("rules_shadow_ended", actor.id, {}), now)
        return rule_changes.get(conn, change_id)


def _require(actor: Actor) -> None:
    if not actor.has(*WORKERS):
        raise Forbidden("only risk runs shadows", "只有风控可以影子运行")


def found(deps: Deps, change_id: str) -> Json:
    """Return whether the shadow runs, how much it judged, and the orders that it would decide otherwise."""
    with deps.store.db.read() as conn:
        change = rule_changes.get(conn, change_id)
        rows = rule_changes.flips(conn, change_id)
    shown = ("order_id", "decision_id", "number", "currency", "old", "new")
    data = [
        {**{name: row[name] for name in shown}, "kinds": row["kinds"].strip(",").split(","),
         "payable": fen_text(row["payable_fen"]), "at": row["at"].isoformat()}
        for row in rows
    ]  # fmt: skip
    return {"on": bool(change["shadow"]), "judged": change["shadow_judged"], "data": data}


def follow(deps: Deps, change_id: str) -> int:
    """Judge what was decided since the last time, and ask to be called again while the shadow lasts."""
    with deps.store.db.read() as conn:
        change = rule_changes.get(conn, change_id)
        past = _past(conn, change["shadow_cursor"], deps) if change["shadow"] else []
        files = rule_changes.files_of(conn, change_id) if past else {}
        paused = [pause["rule"] for pause in rule_pauses.running(conn)]
    flips = _judged(deps, change, past, without(files, paused)) if past else []
    with deps.store.db.write() as conn:
        now = deps.clock()
        if past:
            rule_changes.add_shadowed(conn, change, past[-1].row["id"], len(past), flips)
        if change["shadow"]:
            args = {"change_id": change_id}
            jobs.enqueue(conn, SHADOW_JOB, args, now=now, due_at=now + EVERY, dedupe=_name(change_id))
    return len(past)


def _name(change_id: str) -> str:
    return f"{SHADOW_JOB}:{change_id}"


def _past(conn: Any, cursor: str, deps: Deps) -> list[_Past]:
    rows = decisions.after(conn, cursor, deps.clock() - LAG, BATCH)
    return [_Past(row, row.pop("number"), row.pop("currency"), row.pop("payable_fen")) for row in rows]


def _judged(deps: Deps, found: Json, past: list[_Past], files: dict[str, str]) -> list[Json]:
    """Return the rows of the orders that the candidate decides otherwise."""
    pool = candidates.of(load_bundle(files))
    return [row for item in past if (row := _flip(deps, found, item, pool)) is not None]


def _flip(deps: Deps, found: Json, past: _Past, pool: EnginePool) -> Json | None:
    row = past.row
    if any(f'"{code}"' in row["body"] for code in (ENGINE_FAILED, RACE_LOST)):
        return None
    try:
        with deps.store.db.read() as conn:
            facts = decisions.facts(conn, deps.store, row["id"])
    except Erased:
        return None
    seen = flip(json.loads(row["body"]), body_to_json(pool.decide(facts).body))
    if seen is None:
        return None
    return {
        "change_id": found["id"],
        "decision_id": row["id"],
        "order_id": row["order_id"],
        "number": past.number,
        "kinds": f",{','.join(seen.kinds)},",
        "currency": past.currency,
        "payable_fen": past.payable_fen,
        "old": seen.old,
        "new": seen.new,
        "at": row["at"],
    }
