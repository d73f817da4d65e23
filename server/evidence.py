"""Evidence: decisions with their facts, rules and audit trail in one file that anybody can verify without this server.

Place in the order's way: after everything. `write` reads the database; `server/verifying.py` reads the file alone.

A ZIP of ``manifest.json``, ``bundles/<hash>.json``, ``decisions.jsonl`` (by order and number), ``audit.jsonl`` (by
chain and number), ``seals.jsonl``. It holds personal data in the clear: keep it like the database.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from orders.decision import canonical_bytes
from server.db.rulework import bundles
from server.db.tables import audit, audit_seals, decisions, orders, utc_text
from server.db.vault import Erased

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from server.db.store import Store

FORMAT = 1
Json = dict[str, Any]
_PAGE = 500


def write(store: Store, path: Path, *, now: datetime, order_ids: Sequence[str] = ()) -> Json:
    """Write the evidence of these orders (all without any); return the manifest, with the last seal to keep apart."""
    with store.db.read() as conn, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        used: set[str] = set()
        members = {
            "decisions.jsonl": _member(archive, "decisions.jsonl", _decisions(conn, store, order_ids, used)),
            "audit.jsonl": _member(archive, "audit.jsonl", _trail(conn, order_ids)),
            "seals.jsonl": _member(archive, "seals.jsonl", _seals(conn)),
        }
        for name in sorted(used):
            member = f"bundles/{name}.json"
            members[member] = _member(archive, member, [bundles.files(conn, name)])
        manifest = {
            "format": FORMAT,
            "made_at": utc_text(now),
            "scope": "orders" if order_ids else "all",
            "orders": sorted(order_ids),
            "members": members,
            "last_seal": _last_seal(conn),
        }
        archive.writestr("manifest.json", canonical_bytes(manifest))
    return manifest


def _member(archive: zipfile.ZipFile, name: str, rows: Iterable[Json]) -> Json:
    """Write one member row by row; return its hash and number of rows."""
    digest, count = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as out:
        for row in rows:
            line = canonical_bytes(row) + b"\n"
            digest.update(line)
            out.write(line)
            count += 1
    return {"sha256": digest.hexdigest(), "rows": count}


def _decisions(conn: Connection, store: Store, order_ids: Sequence[str], used: set[str]) -> Iterator[Json]:
    for page in _pages(conn, order_ids):
        query = select(decisions).where(decisions.c.order_id.in_(page)).order_by(decisions.c.order_id, decisions.c.seq)
        for row in conn.execute(query).mappings():
            used.add(row["bundle"])
            plain = {name: value for name, value in row.items() if name not in ("facts", "subject", "at")}
            yield {**plain, "at": utc_text(row["at"]), "facts": _facts(conn, store, row["facts"])}


def _facts(conn: Connection, store: Store, sealed: bytes) -> str | None:
    try:
        return store.vault.unseal(conn, sealed).decode()
    except Erased:
        return None


def _pages(conn: Connection, order_ids: Sequence[str]) -> Iterator[list[str]]:
    """Give the ids in their order, some at a time."""
    if order_ids:
        yield sorted(set(order_ids))
        return
    after = ""
    while True:
        query = select(orders.c.id).where(orders.c.id > after).order_by(orders.c.id).limit(_PAGE)
        page = list(conn.execute(query).scalars())
        if not page:
            return
        yield page
        after = page[-1]


def _trail(conn: Connection, order_ids: Sequence[str]) -> Iterator[Json]:
    query = select(audit).order_by(audit.c.chain, audit.c.seq)
    if order_ids:
        query = query.where(audit.c.chain.in_(sorted(set(order_ids))))
    for row in conn.execution_options(stream_results=True, yield_per=_PAGE).execute(query).mappings():
        yield {**row, "at": utc_text(row["at"])}


def _seals(conn: Connection) -> Iterator[Json]:
    query = select(audit_seals).order_by(audit_seals.c.id)
    for row in conn.execution_options(stream_results=True, yield_per=_PAGE).execute(query).mappings():
        yield {**row, "at": utc_text(row["at"])}


def _last_seal(conn: Connection) -> Json | None:
    row = conn.execute(select(audit_seals.c.id, audit_seals.c.hash).order_by(audit_seals.c.id.desc()).limit(1)).first()
    return None if row is None else {"id": row.id, "hash": row.hash}


def lines(archive: zipfile.ZipFile, name: str) -> Iterator[Json]:
    """Read a member row by row."""
    with archive.open(name) as member:
        for line in member:
            row: Json = json.loads(line)
            yield row
