"""Imports of master data: what was taken, what was not and why, and the rows as they were before, for an undo.

Place in the order's way: before it. Each row is taken or refused by itself; an undo is all or nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from orders.decision import canonical_bytes
from orders.errors import NotFound, Problem, Refused
from server.db import audit, catalogue, master
from server.db.ids import new_id
from server.db.master.credit import CREDIT_ACCOUNTS
from server.db.master.customer import CUSTOMERS
from server.db.master.item import InvalidItem
from server.db.master.kind import Item, Kind, Scene
from server.db.master.sku import SKUS
from server.db.tables import customer_identities, import_rows, imports, order_lines, orders
from server.db.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.store import Store
    from server.db.vault import SubjectKey

CHUNK = 200
"""Rows a transaction: an import of thousands must not keep orders waiting for the writer."""
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One row of a sheet or list; ``number`` is how the sender counts it."""

    number: int
    item: Item


def run(
    store: Store, kind: str, incoming: Sequence[Incoming], *, filename: str | None, actor: Actor, now: datetime
) -> Report:
    """Write every row that can be taken; return the report that names the others."""
    found = master.kind_of(kind)
    import_id = new_id("imp", now)
    with store.db.write() as conn:
        conn.execute(insert(imports), _head(import_id, kind, filename, actor, now))
    rejects: list[dict[str, Any]] = []
    accepted = 0
    for start in range(0, len(incoming), CHUNK):
        with store.db.write() as conn:
            scene = Scene(conn, store, actor, now)
            taken, refused = _chunk(scene, found, import_id, incoming[start : start + CHUNK])
            accepted += taken
            rejects += refused
            counted = {"accepted": accepted, "rejected": len({reject["row"] for reject in rejects}), "rejects": rejects}
            conn.execute(update(imports).where(imports.c.id == import_id).values(**counted))
    with store.db.write() as conn:
        conn.execute(update(imports).where(imports.c.id == import_id).values(state="done"))
        detail = {"import": import_id, "kind": kind, "accepted": accepted, "rejected": len(incoming) - accepted}
        audit.record(conn, f"master:{kind}", audit.Entry("master_imported", actor.id, detail), now)
        return get(conn, import_id, actor)


def _head(import_id: str, kind: str, filename: str | None, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": import_id,
        "kind": kind,
        "filename": filename,
        "state": "running",
        "accepted": 0,
        "rejected": 0,
        "rejects": [],
        "actor": actor.id,
        "created_at": now,
        "owner_id": actor.id,
        "org_id": actor.org_id,
    }


def _chunk(scene: Scene, kind: Kind, import_id: str, rows: Sequence[Incoming]) -> tuple[int, list[dict[str, Any]]]:
    key = scene.store.vault.subject_key(scene.conn, f"import:{import_id}", scene.now)
    scene.store.vault.keep(scene.conn, key)
    rejects: list[dict[str, Any]] = []
    taken = 0
    for row in rows:
        try:
            _take(scene, kind, key, (import_id, row))
            taken += 1
        except InvalidItem as bad:
            rejects += _rejected(row.number, bad)
    return taken, rejects


def _take(scene: Scene, kind: Kind, key: SubjectKey, placed: tuple[str, Incoming]) -> None:
    import_id, row = placed
    _, old = master.put(scene, kind, row.item, trail=False)  # refuses before it writes
    before = None if old is None else canonical_bytes(kind.show(scene.conn, scene.store, old))
    code = _code(scene.store, kind, row.item)
    remembered = {
        "import_id": import_id,
        "position": row.number,
        "code": code,
        "version": _version(scene.conn, kind, code),
        "before": None if before is None else scene.store.vault.seal(key, before),
    }
    scene.conn.execute(insert(import_rows), remembered)


def _code(store: Store, kind: Kind, item: Item) -> str:
    if kind is CREDIT_ACCOUNTS:
        return str(item["customer"]).strip()
    plain = {name: value.strip() if isinstance(value, str) else value or "" for name, value in item.items()}
    told = {**dict.fromkeys(kind.keys, ""), **plain}
    return master.code_of_item(store, kind, told)


def _version(conn: Connection, kind: Kind, code: str) -> int:
    return conn.execute(select(kind.table.c.version).where(master.same(kind, code))).scalar() or 0


def _rejected(number: int, bad: InvalidItem) -> Iterator[dict[str, Any]]:
    for problem in bad.problems or (_whole(bad),):
        yield {
            "row": number,
            "pointer": problem.pointer,
            "code": problem.code,
            "message_zh": problem.message_zh,
            "message_en": problem.message_en,
            "candidates": list(problem.candidates),
        }


def _whole(bad: InvalidItem) -> Problem:
    return Problem("", bad.code, bad.message_zh, bad.message_en)


def get(conn: Connection, import_id: str, actor: Actor) -> Report:
    """Return the report of an import that the actor may see. Raises NotFound."""
    row = conn.execute(visible(select(imports).where(imports.c.id == import_id), imports, actor)).mappings().first()
    if row is None:
        raise NotFound(f"There is no import {import_id}", f"导入批次 {import_id} 不存在")
    return dict(row)


def undo(store: Store, import_id: str, *, actor: Actor, now: datetime) -> Report:
    """Put back what was there before, all of it. Raises Refused when a row was changed or used since."""
    with store.db.write() as conn:
        report = get(conn, import_id, actor)
        if report["state"] == "undone":
            return report
        kind = master.kind_of(report["kind"])
        scene = Scene(conn, store, actor, now)
        query = select(import_rows).where(import_rows.c.import_id == import_id).order_by(import_rows.c.position.desc())
        for row in conn.execute(query).all():
            _put_back(scene, kind, row)
        catalogue.moved(conn, actor.id, now)
        done = {"state": "undone", "undone_at": now}
        conn.execute(update(imports).where(imports.c.id == import_id).values(**done))
        entry = audit.Entry("master_import_undone", actor.id, {"import": import_id, "kind": kind.name})
        audit.record(conn, f"master:{kind.name}", entry, now)
        return {**report, **done}


def _put_back(scene: Scene, kind: Kind, row: Any) -> None:
    if _version(scene.conn, kind, row.code) != row.version:
        raise Refused(
            f"{row.code} was changed after this import: it cannot be undone as a whole",
            f"{row.code} 在导入之后又被修改，不能整批撤销",
            code="changed_since",
        )
    if row.before is None:
        _remove(scene, kind, row.code)
        return
    master.put(scene, kind, json.loads(scene.store.vault.unseal(scene.conn, row.before)), trail=False)
    restored = update(kind.table).where(master.same(kind, row.code)).values(version=row.version - 1)
    scene.conn.execute(restored)  # so that an earlier import of the same row can be undone in its turn


def _remove(scene: Scene, kind: Kind, code: str) -> None:
    used = _used(scene.conn, kind, code)
    try:
        if not used:
            _delete(scene.conn, kind, code)
    except IntegrityError:
        used = True
    if used:
        raise Refused(f"{code} is used already: it cannot be taken away", f"{code} 已被使用，不能撤销", code="in_use")


def _used(conn: Connection, kind: Kind, code: str) -> bool:
    if kind is SKUS:
        return bool(conn.execute(select(exists().where(order_lines.c.sku == code))).scalar())
    if kind is CUSTOMERS:
        found = select(kind.table.c.id).where(master.same(kind, code)).scalar_subquery()
        return bool(conn.execute(select(exists().where(orders.c.customer_id == found))).scalar())
    if "reserved" in kind.table.c:
        return bool(conn.execute(select(kind.table.c.reserved).where(master.same(kind, code))).scalar())
    return False


def _delete(conn: Connection, kind: Kind, code: str) -> None:
    with conn.begin_nested():
        if kind is CUSTOMERS:
            found = select(kind.table.c.id).where(master.same(kind, code)).scalar_subquery()
            conn.execute(delete(customer_identities).where(customer_identities.c.customer_id == found))
        conn.execute(delete(kind.table).where(master.same(kind, code)))
