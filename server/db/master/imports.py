"""Imports of master data: what was taken, what was not and why, and the rows as they were before, for an undo.

Place in the order's way: before it. Each row is taken or refused by itself; an undo is all or nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from orders.decision import canonical_bytes
from orders.errors import NotFound, Problem, Refused
from server.db import audit, master
from server.db.facts import catalogue
from server.db.ids import new_id
from server.db.master.credit import CREDIT_ACCOUNTS
from server.db.master.customer import CUSTOMERS
from server.db.master.item import InvalidItem
from server.db.master.kind import Item, Kind, Row, Scene
from server.db.master.site import SITES
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

RUNNING = "running"
PLAIN = (SITES, SKUS, CUSTOMERS)
"""Kinds whose own code is the key of their rows."""
FIRST = 1
"""The version that a new row has."""
CHUNK = 200
"""Rows a transaction: an import of thousands must not keep orders waiting for the writer."""
MOST_REJECTS = 2_000
"""So many faults are kept word for word; the rest is only counted."""
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One row of a sheet or list; ``number`` is how the sender counts it, ``columns`` the letter of each field."""

    number: int
    item: Item
    columns: dict[str, str] = field(default_factory=dict)


def run(
    store: Store, kind: str, incoming: Sequence[Incoming], *, filename: str | None, actor: Actor, now: datetime
) -> Report:
    """Write every row that can be taken; return the report that names the others."""
    with store.db.write() as conn:
        import_id = begin(conn, kind, filename, total=len(incoming), actor=actor, now=now)
    return go_on(store, import_id, incoming, actor=actor, now=now)


def begin(conn: Connection, kind: str, filename: str | None, *, total: int, actor: Actor, now: datetime) -> str:
    """Open an import; return its id."""
    master.kind_of(kind)
    import_id = new_id("imp", now)
    conn.execute(insert(imports), {**_head(import_id, kind, filename, actor, now), "total": total})
    return import_id


def keep_sheet(conn: Connection, import_id: str, original_id: str) -> None:
    """Say which stored original the rows are read from."""
    conn.execute(update(imports).where(imports.c.id == import_id).values(original_id=original_id))


def go_on(store: Store, import_id: str, incoming: Sequence[Incoming], *, actor: Actor, now: datetime) -> Report:
    """Write the rows that are not written yet, in order; safe to be called again after a break."""
    with store.db.read() as conn:
        report = _head_of(conn, import_id)
    kind = master.kind_of(report["kind"])
    rejects: list[dict[str, Any]] = list(report["rejects"])
    accepted, rejected = report["accepted"], report["rejected"]
    if report["state"] != RUNNING:
        return report
    for start in range(accepted + rejected, len(incoming), CHUNK):
        with store.db.write() as conn:
            part = incoming[start : start + CHUNK]
            taken, refused = _chunk(Scene(conn, store, actor, now), kind, import_id, part)
            accepted, rejected = accepted + taken, rejected + len(part) - taken
            rejects = (rejects + refused)[:MOST_REJECTS]
            counted = {"accepted": accepted, "rejected": rejected, "rejects": rejects}
            conn.execute(update(imports).where(imports.c.id == import_id).values(**counted))
    with store.db.write() as conn:
        conn.execute(update(imports).where(imports.c.id == import_id).values(state="done"))
        detail = {"import": import_id, "kind": kind.name, "accepted": accepted, "rejected": rejected}
        audit.record(conn, f"master:{kind.name}", audit.Entry("master_imported", actor.id, detail), now)
        return _head_of(conn, import_id)


def _head_of(conn: Connection, import_id: str) -> Report:
    return dict(conn.execute(select(imports).where(imports.c.id == import_id)).mappings().one())


def fail(conn: Connection, import_id: str) -> None:
    """Say that an import will not go on by itself; what was written stays, and can be undone."""
    same = (imports.c.id == import_id, imports.c.state == RUNNING)
    conn.execute(update(imports).where(*same).values(state="failed"))


def _head(import_id: str, kind: str, filename: str | None, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": import_id,
        "kind": kind,
        "filename": filename,
        "state": RUNNING,
        "accepted": 0,
        "rejected": 0,
        "rejects": [],
        "actor": actor.id,
        "created_at": now,
        "owner_id": actor.id,
        "org_id": actor.org_id,
    }


def _chunk(scene: Scene, kind: Kind, import_id: str, rows: Sequence[Incoming]) -> tuple[int, list[dict[str, Any]]]:
    """Parse all, read what stands there in one query, write one by one; what is kept for an undo goes in at once."""
    key = scene.store.vault.subject_key(scene.conn, f"import:{import_id}", scene.now)
    scene.store.vault.keep(scene.conn, key)
    rejects: list[dict[str, Any]] = []
    ready: list[tuple[Incoming, Row]] = []
    for incoming in rows:
        try:
            ready.append((incoming, master.parsed(scene, kind, incoming.item)))
        except InvalidItem as bad:
            rejects += _rejected(incoming, bad)
    before = master.rows_before(scene, kind, [row for _, row in ready]) if ready else {}
    places: set[tuple[Any, ...]] = set()
    kept: list[dict[str, Any]] = []
    written: list[tuple[Row | None, Row]] = []
    for incoming, row in ready:
        place = master.key_of(kind, row)
        twice = place in places  # the same row once more in this sheet
        old = master.rows_before(scene, kind, [row]).get(place) if twice else before.get(place)
        try:
            master.write(scene, kind, incoming.item, row, old)
        except InvalidItem as bad:
            rejects += _rejected(incoming, bad)
            continue
        version = old["version"] + 1 if old else FIRST
        places.add(place)
        sealed = None if old is None else _sealed(scene, kind, key, old)
        code = _code(scene.store, kind, incoming.item)
        kept.append(
            {"import_id": import_id, "position": incoming.number, "code": code, "version": version, "before": sealed}
        )
        written.append((old, row))
    if written:
        scene.conn.execute(insert(import_rows), kept)
        master.wish_again(scene, kind, written)
        if kind.in_catalogue:
            catalogue.moved(scene.conn, scene.actor.id, scene.now)
    return len(written), sorted(rejects, key=itemgetter("row"))


def _sealed(scene: Scene, kind: Kind, key: SubjectKey, old: Row) -> bytes:
    return scene.store.vault.seal(key, canonical_bytes(kind.show(scene.conn, scene.store, old)))


def _code(store: Store, kind: Kind, item: Item) -> str:
    if kind is CREDIT_ACCOUNTS:
        return str(item["customer"]).strip()
    plain = {name: value.strip() if isinstance(value, str) else value or "" for name, value in item.items()}
    told = {**dict.fromkeys(kind.keys, ""), **plain}
    return master.code_of_item(store, kind, told)


def _version(conn: Connection, kind: Kind, code: str) -> int:
    return conn.execute(select(kind.table.c.version).where(master.same(kind, code))).scalar() or 0


def _rejected(incoming: Incoming, bad: InvalidItem) -> Iterator[dict[str, Any]]:
    for problem in bad.problems or (_whole(bad),):
        yield {
            "row": incoming.number,
            "column": incoming.columns.get(problem.pointer.removeprefix("/")),
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
        if report["state"] == RUNNING:
            raise Refused(
                "the import is still running: wait for its end", "导入还在进行，完成后才能撤销", code="import_running"
            )
        kind = master.kind_of(report["kind"])
        scene = Scene(conn, store, actor, now)
        query = select(import_rows).where(import_rows.c.import_id == import_id).order_by(import_rows.c.position.desc())
        rows = conn.execute(query).all()
        for start in range(0, len(rows), CHUNK):
            _put_back_all(scene, kind, rows[start : start + CHUNK])
        catalogue.moved(conn, actor.id, now)
        done = {"state": "undone", "undone_at": now}
        conn.execute(update(imports).where(imports.c.id == import_id).values(**done))
        entry = audit.Entry("master_import_undone", actor.id, {"import": import_id, "kind": kind.name})
        audit.record(conn, f"master:{kind.name}", entry, now)
        return {**report, **done}


def _put_back_all(scene: Scene, kind: Kind, rows: Sequence[Any]) -> None:
    """Put rows back, the last one first; new ones of a kind with plain codes go in one statement."""
    new = [row for row in rows if row.before is None]
    codes = [row.code for row in new]
    if kind not in PLAIN or len(new) < len(rows) or len(set(codes)) < len(codes):
        for row in rows:
            _put_back(scene, kind, row)
        return
    column = kind.table.c[kind.keys[0]]
    there = scene.conn.execute(select(column.label("code"), kind.table.c.version).where(column.in_(codes)))
    versions = {row.code: row.version for row in there}
    for row in new:
        if versions.get(row.code) != row.version:
            raise _changed(row.code)
    _remove(scene, kind, codes)


def _changed(code: str) -> Refused:
    return Refused(
        f"{code} was changed after this import: it cannot be undone as a whole",
        f"{code} 在导入之后又被修改，不能整批撤销",
        code="changed_since",
    )


def _put_back(scene: Scene, kind: Kind, row: Any) -> None:
    if _version(scene.conn, kind, row.code) != row.version:
        raise _changed(row.code)
    if row.before is None:
        _remove(scene, kind, [row.code])
        return
    master.put(scene, kind, json.loads(scene.store.vault.unseal(scene.conn, row.before)), trail=False)
    restored = update(kind.table).where(master.same(kind, row.code)).values(version=row.version - 1)
    scene.conn.execute(restored)  # so that an earlier import of the same row can be undone in its turn


def _remove(scene: Scene, kind: Kind, codes: Sequence[str]) -> None:
    used = _used(scene.conn, kind, codes)
    try:
        if used is None:
            _delete(scene.conn, kind, codes)
    except IntegrityError:
        used = codes[0]
    if used is not None:
        raise Refused(f"{used} is used already: it cannot be taken away", f"{used} 已被使用，不能撤销", code="in_use")


def _used(conn: Connection, kind: Kind, codes: Sequence[str]) -> str | None:
    """Return the first of the codes that an order uses."""
    if kind is SKUS:
        return conn.execute(select(order_lines.c.sku).where(order_lines.c.sku.in_(codes)).limit(1)).scalar()
    if kind is CUSTOMERS:
        mine = select(kind.table.c.code).join(orders, orders.c.customer_id == kind.table.c.id)
        return conn.execute(mine.where(kind.table.c.code.in_(codes)).limit(1)).scalar()
    if "reserved" in kind.table.c:
        promised = (code for code in codes if conn.execute(_reserved(kind, code)).scalar())
        return next(promised, None)
    return None


def _reserved(kind: Kind, code: str) -> Any:
    return select(kind.table.c.reserved).where(master.same(kind, code))


def _delete(conn: Connection, kind: Kind, codes: Sequence[str]) -> None:
    with conn.begin_nested():
        if kind not in PLAIN:
            for code in codes:
                conn.execute(delete(kind.table).where(master.same(kind, code)))
            return
        same = kind.table.c[kind.keys[0]].in_(codes)
        if kind is CUSTOMERS:
            found = select(kind.table.c.id).where(same).scalar_subquery()
            conn.execute(delete(customer_identities).where(customer_identities.c.customer_id.in_(found)))
        conn.execute(delete(kind.table).where(same))
