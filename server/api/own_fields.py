"""Own fields of orders and lines: defined while the system runs; and orders as a sheet with them (MAP-10)."""

from __future__ import annotations

from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from orders.own_field import FieldKind, FieldOf
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.shapes import TEXT, arr, obj, one_of
from server.api.orders import OrdersQuery, filter_of
from server.desk import order_sheet
from server.desk import own_fields as desk
from server.sheet import CSV, XLSX

api = APIBlueprint("own_fields", __name__)
FIELD = obj(
    name=TEXT,
    of=one_of(*FieldOf),
    kind=one_of(*FieldKind),
    zh=TEXT,
    en=TEXT,
    choices=arr(TEXT),
    retired={"type": "boolean"},
)


class NewField(Body):
    """A field: what it belongs to, its kind, what people call it. Of one that is there only the labels change."""

    of: FieldOf = Field(strict=False)
    kind: FieldKind = Field(strict=False)
    zh: str = Field(min_length=1, max_length=desk.MAX_LABEL)
    en: str = Field("", max_length=desk.MAX_LABEL)
    choices: list[str] = Field([], max_length=100)
    retired: bool = False


class FieldPath(BaseModel):
    """One field, by its name."""

    name: str = Field(max_length=40)


class SheetQuery(OrdersQuery):
    """Which orders, and as what."""

    format: Literal["csv", "xlsx"] = "csv"


@api.get("/v1/order-fields")
@open_to(*EVERYONE)
@answers({200: obj(data=arr(FIELD))})
def list_order_fields() -> Response:
    """List the own fields of orders and lines."""
    return ok({"data": [field.to_json() for field in desk.listed(here.deps())]})


@api.put("/v1/order-fields/<name>")
@open_to()
@answers({200: FIELD}, body=NewField, problems=(409,))
def put_order_field(path: FieldPath) -> Response:
    """Define a field, effective at once, or change what people call it."""
    body = read_json(NewField)
    wanted = desk.Wanted(body.of, body.kind, body.zh, body.en, tuple(body.choices), body.retired)
    return ok(desk.put(here.deps(), here.actor(), path.name, wanted).to_json())


@api.get("/v1/orders:export")
@open_to(*order_sheet.EXPORTERS)
@answers({200: {"type": "string"}}, answer_type=f"{XLSX} {CSV}")
def export_orders(query: SheetQuery) -> Response:
    """Give the orders that the caller may see, people masked, a row a line, as xlsx or CSV; audited."""
    data = order_sheet.export(here.deps(), here.actor(), filter_of(query), query.format)
    kind = XLSX if query.format == "xlsx" else f"{CSV}; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="orders.{query.format}"'}
    return Response(data, content_type=kind, headers=headers)
