"""Replay: a stored decision is made again from its frozen facts and its bundle, and must give the same bytes.

Place in the order's way: after everything; proves that nothing but facts and rules decided (U3).
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from orders.decision import ENGINE_FAILED, RACE_LOST, sha256_hex
from rules.bundle import load_bundle
from rules.process.children import EnginePool
from server.db import atoms, bundles, decisions, orders
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
    if stored != row["body_hash"]:
        return Replayed(row["id"], same=False, stored_hash=row["body_hash"], replayed_hash=stored, note="body changed")
    if any(f'"{code}"' in row["body"] for code in (ENGINE_FAILED, RACE_LOST)):
        return Replayed(row["id"], same=True, stored_hash=stored, replayed_hash=stored, note="not decided by rules")
    try:
        facts = _facts(deps, row["id"])
    except Erased:
        return Replayed(row["id"], same=True, stored_hash=stored, replayed_hash=stored, note="erased")
    told = sha256_hex(facts)
    if told != row["facts_hash"] and told != _left(deps, row):
        return Replayed(row["id"], same=False, stored_hash=stored, replayed_hash="", note="facts changed")
    again = engine().decide(facts).body_hash
    note = "" if told == row["facts_hash"] else "person erased, replayed from the atoms"
    return Replayed(row["id"], same=again == stored, stored_hash=stored, replayed_hash=again, note=note)


def _left(deps: Deps, row: dict[str, Any]) -> str | None:
    """Return the hash of the facts that an erasure left, as the order's chain says."""
    with deps.store.db.read() as conn:
        return atoms.hashes(conn, row["order_id"]).get(row["id"])


def _facts(deps: Deps, decision_id: str) -> bytes:
    with deps.store.db.read() as conn:
        return decisions.facts(conn, deps.store, decision_id)


def _engine(deps: Deps, name: str, stack: ExitStack) -> EnginePool:
    """Return children with these rules; the live ones where they are the same."""
    if deps.engine.bundle.hash == name:
        return deps.engine
    with deps.store.db.read() as conn:
        files = bundles.files(conn, name)
    pool = EnginePool(load_bundle(files), spare=False)
    stack.callback(pool.close)
    return pool
