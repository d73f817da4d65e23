"""Master data in bulk: items or sheets in, with a report of every row that was not taken, undone on demand; sheets out.

Place in the order's way: before it. The API and the screens call these; nothing is half taken silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from orders.actor import SYSTEM, Actor
from server.db import audit, jobs, master, originals
from server.db.master import imports as rows
from server.db.originals import Arrived, printable
from server.sheet import read_sheet, write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from server.deps import Deps

JOB = "import_sheet"
MOST_AT_ONCE = 500
"""Rows that the caller waits for: about half a second."""
MOST_EXPORTED = 100_000


def import_items(deps: Deps, actor: Actor, kind: str, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write items; rows of the report count from 1. Returns the report."""
    incoming = [rows.Incoming(number, item) for number, item in enumerate(items, 1)]
    return _shown(rows.run(deps.store, kind, incoming, filename=None, actor=actor, now=deps.clock()))


def import_sheet(deps: Deps, actor: Actor, kind: str, filename: str, data: bytes) -> dict[str, Any]:
    """Write the rows of an xlsx or CSV, many of them in a job; return the report, ``running`` where a job goes on.

    Raises UnreadableDocument, SenderError for columns that nobody knows: nothing is begun then.
    """
    found = _rows(kind, data)
    named = printable(filename)
    if len(found) <= MOST_AT_ONCE:
        return _shown(rows.run(deps.store, kind, found, filename=named, actor=actor, now=deps.clock()))
    now = deps.clock()
    with deps.store.db.write() as conn:
        import_id = rows.begin(conn, kind, named, total=len(found), actor=actor, now=now)
        arrived = Arrived(data, "application/octet-stream", named, now)
        original_id = originals.keep(conn, deps.store, arrived, owner_id=actor.id, org_id=actor.org_id)
        rows.keep_sheet(conn, import_id, original_id)
        jobs.enqueue(conn, JOB, {"import_id": import_id}, now=now, dedupe=import_id)
    deps.wake()
    return report(deps, actor, import_id)


def _rows(kind: str, data: bytes) -> list[rows.Incoming]:
    return [rows.Incoming(row.number, row.item, row.columns) for row in read_sheet(data, master.kind_of(kind).fields)]


def perform(deps: Deps, import_id: str) -> str:
    """Write the rest of a large sheet; return how the import stands. Harmless when done twice."""
    with deps.store.db.read() as conn:
        begun = rows.get(conn, import_id, SYSTEM)
        sheet = originals.fetch(conn, deps.store, begun["original_id"])
    actor = Actor(begun["actor"], "", "user", frozenset(), begun["org_id"])
    done = rows.go_on(deps.store, import_id, _rows(begun["kind"], sheet.data), actor=actor, now=deps.clock())
    return str(done["state"])


def given_up(conn: Connection, import_id: str) -> None:
    """Say that an import broke off every time; what is written can be undone."""
    rows.fail(conn, import_id)


def _shown(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report as shown, each reject with its cell as the person sees it, such as ``C7``."""
    names = ("id", "kind", "filename", "state", "total", "accepted", "rejected")
    return {**{name: report[name] for name in names}, "rejects": [_reject(reject) for reject in report["rejects"]]}


def _reject(reject: dict[str, Any]) -> dict[str, Any]:
    kept = {name: reject[name] for name in ("row", "pointer", "code", "candidates")}
    column = reject.get("column")
    message = {"zh": reject["message_zh"], "en": reject["message_en"]}
    return {**kept, "message": message, "cell": f"{column}{reject['row']}" if column else None}


def report(deps: Deps, actor: Actor, import_id: str) -> dict[str, Any]:
    """Return the report of an import that the actor may see."""
    with deps.store.db.read() as conn:
        return _shown(rows.get(conn, import_id, actor))


def undo(deps: Deps, actor: Actor, import_id: str) -> dict[str, Any]:
    """Put back what was there before an import. Raises Refused when something was changed since."""
    return _shown(rows.undo(deps.store, import_id, actor=actor, now=deps.clock()))


def export(deps: Deps, actor: Actor, kind: str, form: Literal["xlsx", "csv"]) -> bytes:
    """Return everything of a kind as a sheet that import reads; the trail keeps who took it away."""
    entry = audit.Entry("master_exported", actor.id, {"kind": kind, "form": form})
    with deps.store.db.write() as conn:
        audit.record(conn, f"master:{kind}", entry, deps.clock())
    write = write_xlsx if form == "xlsx" else write_csv
    return write(_items(deps, kind), master.kind_of(kind).fields)


def _items(deps: Deps, kind: str) -> Iterator[dict[str, Any]]:
    after = None
    with deps.store.db.read() as conn:
        for _ in range(MOST_EXPORTED // 500):
            page = master.list_page(conn, deps.store, kind, limit=500, after=after)
            yield from page.rows
            after = page.next_cursor
            if after is None:
                return
