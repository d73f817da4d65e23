"""The doors of warehouses: labels with their waybills; what was shipped, when, by which carrier."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import AwareDatetime, Field

from orders.actor import Role
from orders.money import quantity_text
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.path import OrderPath
from server.api.call.shapes import TEXT, TIME, WHOLE, arr, obj, one_of
from server.desk import labels
from server.desk.outlets import warehouse

api = APIBlueprint("warehouse", __name__)

TAKEN = obj(order_id=TEXT, state=TEXT, left=arr(obj(sku=TEXT, quantity=TEXT)), new={"type": "boolean"})
_NAME = r"^[!-~]+$"


class ShippedLine(Body):
    """One SKU of one lot."""

    sku: str = Field(min_length=1, max_length=64)
    quantity: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")
    lot: str | None = Field(None, max_length=64)


class Shipped(Body):
    """One report; ``reference`` is the warehouse's own number of it: the same again changes nothing."""

    source: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    reference: str = Field(min_length=1, max_length=64, pattern=_NAME)
    order: str = Field(min_length=1, max_length=100, description="订单 ID 或编号 / id or number")
    site: str = Field("", max_length=64)
    carrier: str | None = Field(None, max_length=40)
    waybill: str | None = Field(None, max_length=64, pattern=_NAME)
    shipped_at: AwareDatetime = Field(strict=False)
    lines: list[ShippedLine] = Field(min_length=1, max_length=500)


@api.post("/v1/shipments")
@open_to(Role.PRODUCTION)
@answers({200: TAKEN}, body=Shipped, idempotent=True, problems=(404, 409))
@idempotent
def report_shipment() -> Response:
    """Report what left a warehouse; the order is shipped, at the warehouse's time, when nothing is left to ship."""
    told = read_json(Shipped)
    value = told.model_dump(exclude={"source", "order"})
    found = warehouse.report(here.deps(), here.actor(), told.source, told.order, value)
    left = [{"sku": sku, "quantity": quantity_text(quantity)} for sku, quantity in sorted(found["left"].items())]
    return ok({**found, "left": left})


LABEL = obj(
    id=TEXT,
    fulfilment_id=TEXT,
    carrier=TEXT,
    waybill=TEXT,
    signature={"type": "boolean"},
    state=one_of("active", "cancelled"),
    source=TEXT,
    created_at=TIME,
)
PRINTED = {**LABEL, "properties": {**LABEL["properties"], "print_data": TEXT}}
RATE = obj(carrier=TEXT, checked=WHOLE, refused=WHOLE, share={"type": "number"})


@api.get("/v1/orders/<order_id>/labels")
@open_to(Role.PRODUCTION)
@answers({200: obj(data=arr(PRINTED))})
def list_labels(path: OrderPath) -> Response:
    """List the order's labels; those that stand with what the printer gets."""
    return ok({"data": labels.shown(here.deps(), here.actor(), path.order_id, printing=True)})


@api.post("/v1/orders/<order_id>/labels")
@open_to(Role.PRODUCTION)
@answers({200: obj(data=arr(LABEL))}, idempotent=True, problems=(404, 409))
@idempotent
def ask_labels(path: OrderPath) -> Response:
    """Ask the carrier's platform for a label of every parcel that has none."""
    return ok({"data": labels.ask(here.deps(), here.actor(), path.order_id)})


@api.post("/v1/orders/<order_id>/labels/give-back")
@open_to(Role.PRODUCTION)
@answers({200: obj(data=arr(LABEL))}, idempotent=True, problems=(404, 409))
@idempotent
def give_labels_back(path: OrderPath) -> Response:
    """Give the order's waybill numbers back to the platform, before anything was shipped."""
    return ok({"data": labels.give_back(here.deps(), here.actor(), path.order_id)})


@api.get("/v1/waybill-checks")
@open_to(Role.PRODUCTION, Role.AUDITOR)
@answers({200: obj(data=arr(RATE))})
def list_waybill_checks() -> Response:
    """List for each carrier how many waybill numbers of the last thirty days were checked and refused."""
    return ok({"data": labels.rates(here.deps())})
