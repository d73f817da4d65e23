"""Imports of master data: many items in one transaction, a report of each that was not taken, and the way back.

Place in the order's way: master data's door for sheets and batches.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from orders.decision import canonical_bytes
from orders.errors import NotFound, Problem, Refused
from server.db import audit, catalogue, master
from server.db.ids import new_id
from server.db.master import InvalidItem
from server.db.master.customer import CUSTOMERS
from server.db.master.item import Reader
from server.db.master.kind import Kind, Row, Scene
from server.db.tables import customer_identities, imports
from server.db.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from orders.actor import Actor
    from server.db.store import Store

SUBJECT = "system:imports"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One item and the number of its row, as the sender counts."""

    number: int
    item: dict[str, Any]


def run(
    store: Store, kind: str, rows: Sequence[Incoming], *, filename: str | None, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Write every row that can be taken; return the report, which names each of the others."""
    found = master.kind_of(kind)
    before: list[Row] = []
    rejects: list[Row] = []
    with store.db.write() as conn:
        scene = Scene(conn, store, actor, now)
        for row in rows:
            try:
                with conn.begin_nested():
                    before.append(_take(scene, found, row.item))
            except InvalidItem as wrong:
                rejects += [_reject(row.number, problem) for problem in wrong.problems or (_whole(wrong),)]
            except IntegrityError:
                rejects.append(_reject(row.number, _CLASH))
        report_id = _keep(scene, found, filename, before, rejects)
        return get(conn, report_id, actor)


_CLASH = Problem(
    "", "clash", "与已有数据冲突（如重复的联系方式）", "clashes with what is stored, such as another's key"
)


def _whole(wrong: InvalidItem) -> Problem:
    return Problem("", wrong.code, wrong.message_zh, wrong.message_en)


def _reject(number: int, problem: Problem) -> Row:
    message = {"zh": problem.message_zh, "en": problem.message_en}
    shown = {"pointer": problem.pointer, "code": problem.code, "message": message}
    return {"row": number, **shown, "candidates": list(problem.candidates)}


def _take(scene: Scene, kind: Kind, item: Row) -> Row:
    """Write one item; return what undoing it needs: its key, the version it has now, the item before."""
    _, old = master.put(scene, kind, item)
    row = old or kind.parse(scene, Reader(item, kind.fields))
    keys = {name: _plain(row[name]) for name in kind.keys}
    shown = None if old is None else kind.show(scene.conn, scene.store, old)
    return {"keys": keys, "version": 1 if old is None else old["version"] + 1, "item": shown}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _keep(scene: Scene, kind: Kind, filename: str | None, before: list[Row], rejects: list[Row]) -> str:
    report_id = new_id("imp", scene.now)
    key = scene.store.vault.subject_key(scene.conn, SUBJECT, scene.now)
    scene.store.vault.keep(scene.conn, key)
    row = {
        "id": report_id,
        "kind": kind.name,
        "filename": filename,
        "state": "done",
        "accepted": len(before),
        "rejected": len({reject["row"] for reject in rejects}),
        "rejects": rejects,
        "before": scene.store.vault.seal(key, canonical_bytes(before)),
        "actor": scene.actor.id,
        "created_at": scene.now,
        "owner_id": scene.actor.id,
        "org_id": scene.actor.org_id,
    }
    scene.conn.execute(insert(imports), row)
    detail = {"import": report_id, "accepted": row["accepted"], "rejected": row["rejected"]}
    entry = audit.Entry("master_imported", scene.actor.id, detail)
    audit.record(scene.conn, f"master:{kind.name}", entry, scene.now)
    return report_id


def get(conn: Connection, report_id: str, actor: Actor) -> dict[str, Any]:
    """Return the report of an import. Raises NotFound, also when it is not the actor's to see."""
    row = _row(conn, report_id, actor)
    return {name: row[name] for name in ("id", "kind", "filename", "state", "accepted", "rejected", "rejects")}


def _row(conn: Connection, report_id: str, actor: Actor) -> Row:
    row = conn.execute(visible(select(imports).where(imports.c.id == report_id), imports, actor)).mappings().first()
    if row is None:
        raise NotFound(f"There is no import {report_id}", f"没有导入记录 {report_id}")
    return dict(row)


def undo(store: Store, report_id: str, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Put back what was there before, all of it or nothing. Raises Refused when something was changed since."""
    with store.db.write() as conn:
        scene = Scene(conn, store, actor, now)
        row = _row(conn, report_id, actor)
        done = update(imports).where(imports.c.id == report_id, imports.c.state == "done")
        if conn.execute(done.values(state="undone", undone_at=now)).rowcount != 1:
            raise Refused("The import is undone already", "该导入已撤销", code="already_undone")
        kind = master.kind_of(row["kind"])
        for step in reversed(json.loads(store.vault.unseal(conn, row["before"]))):
            _put_back(scene, kind, step)
        if kind.in_catalogue:
            catalogue.moved(conn, actor.id, now)
        entry = audit.Entry("master_import_undone", actor.id, {"import": report_id})
        audit.record(conn, f"master:{kind.name}", entry, now)
        return get(conn, report_id, actor)


def _put_back(scene: Scene, kind: Kind, step: Row) -> None:
    where = _where(kind, step["keys"])
    row = scene.conn.execute(select(kind.table).where(where).with_for_update()).mappings().first()
    if row is None or row["version"] != step["version"]:
        told = ", ".join(str(value) for value in step["keys"].values())
        raise Refused(
            f"{told} was changed after the import: undo is not possible",
            f"{told} 在导入之后又有改动，不能撤销",
            code="changed_since",
        )
    if step["item"] is not None:
        master.put(scene, kind, step["item"])
        return
    _remove(scene, kind, dict(row), where)


def _where(kind: Kind, keys: Row) -> ColumnElement[bool]:
    """Match the row; JSON has written times as text."""
    told = []
    for name, value in keys.items():
        column = kind.table.c[name]
        is_time = column.type.python_type.__name__ == "datetime" and isinstance(value, str)
        told.append(column == (column.type.python_type.fromisoformat(value) if is_time else value))
    return and_(*told)


def _remove(scene: Scene, kind: Kind, row: Row, where: ColumnElement[bool]) -> None:
    try:
        with scene.conn.begin_nested():
            if kind is CUSTOMERS:
                own = customer_identities.c.customer_id == row["id"]
                scene.conn.execute(delete(customer_identities).where(own))
            scene.conn.execute(delete(kind.table).where(where))
    except IntegrityError as used:
        raise Refused(
            f"{kind.code(row)} is in use already: undo is not possible",
            f"{kind.code(row)} 已被使用，不能撤销",
            code="in_use",
        ) from used
