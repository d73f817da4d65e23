"""Master data through the same doors as orders: list, show, put by own code, batch, sheets in and out, undo.

The six kinds have the same nine addresses; `_Doors` says who may use which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

import server.imports as imports
from orders.actor import Role
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, Query, read_json
from server.api.call.described import answers
from server.api.call.door import EVERYONE, MB, open_to
from server.api.call.idempotency import idempotent
from server.api.call.item import named, put_item, shown_item
from server.api.call.page import PageQuery, page
from server.api.call.path import CodePath, ImportPath
from server.api.call.shapes import obj, page_of, ref
from server.api.documents import FILE_FORM, FORM_BYTES, MULTIPART, uploaded
from server.db import master
from server.sheet import CSV, XLSX

if TYPE_CHECKING:
    from collections.abc import Callable

api = APIBlueprint("master", __name__)

ITEM = ref("Item")
ITEMS = obj(items={"type": "array", "minItems": 1, "maxItems": 500, "items": ITEM})


@dataclass(frozen=True, slots=True)
class _Doors:
    """Who may read, write and take everything away in one file."""

    kind: str
    read: tuple[Role, ...]
    write: tuple[Role, ...]
    export: tuple[Role, ...]


DOORS: dict[str, _Doors] = {
    "sites": _Doors("sites", EVERYONE, (), (Role.AUDITOR,)),
    "skus": _Doors("skus", EVERYONE, (Role.PRODUCTION,), (Role.PRODUCTION, Role.AUDITOR)),
    "stock": _Doors("stock", EVERYONE, (Role.PRODUCTION,), (Role.PRODUCTION, Role.AUDITOR)),
    "customers": _Doors("customers", EVERYONE, (Role.SALES_SUPERVISOR,), (Role.AUDITOR,)),
    "prices": _Doors(
        "prices",
        (Role.SALES, Role.SALES_SUPERVISOR, Role.FINANCE, Role.RISK, Role.AUDITOR),
        (Role.SALES_SUPERVISOR, Role.FINANCE),
        (Role.FINANCE, Role.AUDITOR),
    ),
    "credit-accounts": _Doors(
        "credit_accounts",
        (Role.SALES_SUPERVISOR, Role.FINANCE, Role.RISK, Role.AUDITOR),
        (Role.FINANCE,),
        (Role.FINANCE, Role.AUDITOR),
    ),
}
"""By the name in the address."""


class MasterQuery(PageQuery):
    """Which items."""

    q: str = Field("", max_length=100, description="包含的文字 / text that code or name contain")


class RevealQuery(Query):
    """Why personal data is asked for whole."""

    reveal: str | None = Field(None, min_length=1, max_length=200, description="查看完整个人信息的原因 / why")


class ExportQuery(Query):
    """In which form."""

    format: Literal["xlsx", "csv"] = "xlsx"


class Items(Body):
    """Up to 500 items; each is taken or named in the report."""

    items: list[dict[str, Any]] = Field(min_length=1, max_length=500)


def _route(verb: Callable[..., Any], rule: str, function: Callable[..., Response], name: str) -> None:
    function.__name__ = name
    verb(rule)(function)


def _list(name: str, doors: _Doors) -> None:
    @open_to(*doors.read)
    @answers({200: page_of(ITEM)})
    def run(query: MasterQuery) -> Response:
        """List items by their code; personal data is masked."""
        store = here.deps().store
        with store.db.read() as conn:
            found = master.list_page(conn, store, doors.kind, limit=query.limit, after=query.after, q=query.q)
        return page([shown_item(doors.kind, item) for item in found.rows], found.next_cursor)

    _route(api.get, f"/v1/{name}", run, f"list_{doors.kind}")


def _show(name: str, doors: _Doors) -> None:
    @open_to(*doors.read)
    @answers({200: ITEM})
    def run(path: CodePath, query: RevealQuery) -> Response:
        """Show one item by its own code; `?reveal=why` shows personal data whole and is audited."""
        item = named(doors.kind, path.code)
        return ok(shown_item(doors.kind, item, reveal=query.reveal))

    _route(api.get, f"/v1/{name}/<code>", run, f"show_{doors.kind}")


def _put(name: str, doors: _Doors) -> None:
    @open_to(*doors.write)
    @answers({200: ITEM, 201: ITEM}, body=ITEM, problems=(409,))
    def run(path: CodePath) -> Response:
        """Write one item under its own code; 201 when it is new."""
        return put_item(doors.kind, path.code)

    _route(api.put, f"/v1/{name}/<code>", run, f"put_{doors.kind}")


def _batch(name: str, doors: _Doors) -> None:
    @open_to(*doors.write, max_bytes=8 * MB)
    @answers({200: "ImportReport"}, body=ITEMS, idempotent=True)
    @idempotent
    def run() -> Response:
        """Write up to 500 items; what cannot be taken is named in the report, the rest is written."""
        items = read_json(Items).items
        return ok(imports.import_items(here.deps(), here.actor(), doors.kind, items))

    _route(api.post, f"/v1/{name}:batch", run, f"batch_{doors.kind}")


def _import(name: str, doors: _Doors) -> None:
    @open_to(*doors.write, max_bytes=25 * MB + FORM_BYTES)
    @answers({200: "ImportReport"}, body=FILE_FORM, body_type=MULTIPART, idempotent=True)
    @idempotent
    def run() -> Response:
        """Read an xlsx or CSV (field `file`); the report names every row that was not taken, and why."""
        filename, _, data = uploaded()
        return ok(imports.import_sheet(here.deps(), here.actor(), doors.kind, filename, data))

    _route(api.post, f"/v1/{name}:import", run, f"import_{doors.kind}")


def _export(name: str, doors: _Doors) -> None:
    @open_to(*doors.export)
    @answers({200: {"type": "string"}}, answer_type=f"{XLSX} {CSV}")
    def run(query: ExportQuery) -> Response:
        """Give everything as xlsx or CSV, in the form that import reads; audited."""
        data = imports.export(here.deps(), here.actor(), doors.kind, query.format)
        kind = XLSX if query.format == "xlsx" else f"{CSV}; charset=utf-8"
        named_as = f'attachment; filename="{name}.{query.format}"'
        return Response(data, content_type=kind, headers={"Content-Disposition": named_as})

    _route(api.get, f"/v1/{name}:export", run, f"export_{doors.kind}")


for _name, _doors in DOORS.items():
    for _add in (_list, _show, _put, _batch, _import, _export):
        _add(_name, _doors)


@api.get("/v1/imports/<import_id>")
@open_to(*EVERYONE)
@answers({200: "ImportReport"})
def show_import(path: ImportPath) -> Response:
    """Show the report of an import."""
    return ok(imports.report(here.deps(), here.actor(), path.import_id))


@api.post("/v1/imports/<import_id>/undo")
@open_to(Role.PRODUCTION, Role.SALES_SUPERVISOR, Role.FINANCE)
@answers({200: "ImportReport"}, idempotent=True)
@idempotent
def undo_import(path: ImportPath) -> Response:
    """Put back what was there before an import; 409 when something has changed since."""
    return ok(imports.undo(here.deps(), here.actor(), path.import_id))
