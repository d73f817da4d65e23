"""Replay: a stored decision is made again from its frozen facts and its bundle, and must give the same bytes.

Place in the order's way: after everything; proves that nothing but facts and rules decided (U3).
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag

from orders.actor import SYSTEM
from orders.decision import ENGINE_FAILED, RACE_LOST, sha256_hex
from orders.errors import NotFound
from rules.bundle import load_bundle
from rules.process.children import EnginePool
from server.db import audit
from server.db.order import atoms, decisions, orders
from server.db.rulework import bundles
from server.db.vault import Erased

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from server.deps import Deps


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision made again. ``note`` says why a decision could not be replayed; it then counts as the same."""

    decision_id: str
    same: bool
    stored_hash: str
    replayed_hash: str
    note: str = ""


def replay_decision(deps: Deps, decision_id: str) -> Replayed:
    """Replay one decision."""
    with deps.store.db.read() as conn:
        row = decisions.get(conn, decision_id)
    return replay_rows(deps, [row])[0]


def replay_order(deps: Deps, order_id: str) -> list[Replayed]:
    """Replay every decision of an order, the first one first. Raises NotFound."""
    with deps.store.db.read() as conn:
        orders.require(conn, order_id, SYSTEM)
        rows = decisions.of_order(conn, order_id)
    return replay_rows(deps, rows)


def replay_all(deps: Deps, limit: int | None = None) -> list[Replayed]:
    """Replay the newest decisions, all of them without a ``limit``."""
    with deps.store.db.read() as conn:
        rows = decisions.newest(conn, limit)
    return replay_rows(deps, rows)


def replay_rows(deps: Deps, rows: Iterable[dict[str, Any]]) -> list[Replayed]:
    """Replay bundle by bundle, so that few children live at a time; answers in the order of ``rows``."""
    asked = list(rows)
    found: dict[str, Replayed] = {}
    for name, of_bundle in groupby(sorted(asked, key=_bundle), key=_bundle):
        with ExitStack() as stack:
            engine = cache(partial(_engine, deps, name, stack))
            found |= {row["id"]: _replay(deps, row, engine) for row in of_bundle}
    return [found[row["id"]] for row in asked]


def _bundle(row: dict[str, Any]) -> str:
    return str(row["bundle"])


def _replay(deps: Deps, row: dict[str, Any], engine: Callable[[], EnginePool]) -> Replayed:
    stored = sha256_hex(row["body"].encode())
    with deps.store.db.read() as conn:
        trail = audit.of(conn, row["order_id"])
    changed = _changed(row, stored, trail)
    if changed:
        return Replayed(row["id"], same=False, stored_hash=row["body_hash"], replayed_hash=stored, note=changed)
    if any(hold["code"] in (ENGINE_FAILED, RACE_LOST) for hold in json.loads(row["body"])["holds"]):
        return Replayed(row["id"], same=True, stored_hash=stored, replayed_hash=stored, note="not decided by rules")
    try:
        facts = _facts(deps, row["id"])
    except Erased:
        return Replayed(row["id"], same=True, stored_hash=stored, replayed_hash=stored, note="erased")
    told = None if facts is None else sha256_hex(facts)
    if facts is None or told not in (row["facts_hash"], atoms.hashes_in(trail).get(row["id"])):
        return Replayed(row["id"], same=False, stored_hash=stored, replayed_hash="", note="facts changed")
    try:
        again = engine().decide(facts).body_hash
    except NotFound:
        return Replayed(row["id"], same=False, stored_hash=stored, replayed_hash="", note="its rules are missing")
    note = "" if told == row["facts_hash"] else "person erased, replayed from the atoms"
    return Replayed(row["id"], same=again == stored, stored_hash=stored, replayed_hash=again, note=note)


def _changed(row: dict[str, Any], stored: str, trail: Iterable[dict[str, Any]]) -> str:
    """Say how a decision differs from what its hash, its columns and its order's chain tell of it; nothing when not."""
    if stored != row["body_hash"] or f'"outcome":"{row["outcome"]}"' not in row["body"]:
        return "body changed"
    named = _named(trail)
    return "not what the trail says" if named and named.get(row["id"]) != stored else ""  # a cut trail breaks its seal


def _named(trail: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the decisions that an order's chain names, with the hash of each body."""
    details = (json.loads(entry["detail"]) for entry in trail if entry["action"] == "order_decided")
    return {detail["decision_id"]: detail["body_hash"] for detail in details}


def _facts(deps: Deps, decision_id: str) -> bytes | None:
    """Return the frozen facts; None when they cannot be opened. Raises Erased when the person was forgotten."""
    with deps.store.db.read() as conn:
        try:
            return decisions.facts(conn, deps.store, decision_id)
        except InvalidTag:
            return None
        except Erased:
            if decisions.forgotten(conn, deps.store, decision_id):
                raise
            return None


def _engine(deps: Deps, name: str, stack: ExitStack) -> EnginePool:
    """Return children with these rules; the live ones where they are the same."""
    if deps.engine.bundle.hash == name:
        return deps.engine
    with deps.store.db.read() as conn:
        files = bundles.files(conn, name)
    pool = EnginePool(load_bundle(files), spare=False)
    stack.callback(pool.close)
    return pool
