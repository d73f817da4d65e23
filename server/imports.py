"""Master data in bulk: items or sheets in, with a report of every row that was not taken, undone on demand; sheets out.

Place in the order's way: before it. The API and the screens call these; nothing is half taken silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from server.db import audit, master
from server.db import imports as rows
from server.db.originals import printable
from server.sheet import read_sheet, write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orders.actor import Actor
    from server.deps import Deps

MOST_EXPORTED = 100_000


def import_items(deps: Deps, actor: Actor, kind: str, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write items; rows of the report count from 1. Returns the report."""
    incoming = [rows.Incoming(number, item) for number, item in enumerate(items, 1)]
    return _with_columns(rows.run(deps.store, kind, incoming, filename=None, actor=actor, now=deps.clock()), {})


def import_sheet(deps: Deps, actor: Actor, kind: str, filename: str, data: bytes) -> dict[str, Any]:
    """Write the rows of an xlsx or CSV. Raises UnreadableDocument, SenderError for columns that nobody knows."""
    found = read_sheet(data, master.kind_of(kind).fields)
    incoming = [rows.Incoming(row.number, row.item) for row in found]
    named = printable(filename)
    report = rows.run(deps.store, kind, incoming, filename=named, actor=actor, now=deps.clock())
    return _with_columns(report, found[0].columns if found else {})


def _with_columns(report: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    """Return the report as shown, each reject with its cell as the person sees it, such as ``C7``."""
    shown = {name: report[name] for name in ("id", "kind", "filename", "state", "accepted", "rejected")}
    return {**shown, "rejects": [_reject(reject, columns) for reject in report["rejects"]]}


def _reject(reject: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    kept = {name: reject[name] for name in ("row", "pointer", "code", "candidates")}
    column = columns.get(reject["pointer"].removeprefix("/"))
    message = {"zh": reject["message_zh"], "en": reject["message_en"]}
    return {**kept, "message": message, "cell": f"{column}{reject['row']}" if column else None}


def report(deps: Deps, actor: Actor, import_id: str) -> dict[str, Any]:
    """Return the report of an import that the actor may see."""
    with deps.store.db.read() as conn:
        return _with_columns(rows.get(conn, import_id, actor), {})


def undo(deps: Deps, actor: Actor, import_id: str) -> dict[str, Any]:
    """Put back what was there before an import. Raises Refused when something was changed since."""
    return _with_columns(rows.undo(deps.store, import_id, actor=actor, now=deps.clock()), {})


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
