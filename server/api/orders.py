"""Orders: take, list, show, explain; what people and systems do to one is in `commands.py`."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from server.api import here
from server.api.body import JSON, read_bytes
from server.api.described import answers
from server.api.door import EVERYONE, MB, open_to
from server.api.page import PageQuery, page
from server.api.row import order_row
from server.api.shapes import arr, obj, page_of, ref
from server.api.taking import take, take_batch
from server.db import orders as order_rows
from server.db.orders import Filter

api = APIBlueprint("orders", __name__)
TAKERS = (Role.SALES, Role.SALES_SUPERVISOR)


class OrdersQuery(PageQuery):
    """Which orders."""

    number: str | None = Field(None, max_length=64, description="订单号 / the sender's order number")
    state: str | None = Field(None, max_length=64, description="状态 / state")
    customer: str | None = Field(None, max_length=64, description="客户编码 / customer code")
    hold: str | None = Field(None, max_length=64, description="挂起原因 / code of an active hold")


class RevealQuery(PageQuery):
    """Whether personal data is shown whole, and why."""


@api.post("/v1/orders")
@open_to(*TAKERS)
@answers({201: "OrderView", 200: "OrderView"}, body="Order", idempotent=True, problems=(409, 503))
def post_order() -> Response:
    """Take one canonical order: 201 with its decision; the same content again is the same order, 200."""
    return take(read_bytes(JSON))


@api.post("/v1/orders:batch")
@open_to(*TAKERS, max_bytes=8 * MB)
@answers(
    {200: obj(results=arr(ref("BatchResult")))},
    body=obj(orders={"type": "array", "minItems": 1, "maxItems": 500, "items": ref("Order")}),
    idempotent=True,
    problems=(409, 503),
)
def post_orders() -> Response:
    """Take up to 500 orders; each has its own result, and one that is refused stops none of the others."""
    return take_batch(read_bytes(JSON))


@api.get("/v1/orders")
@open_to(*EVERYONE)
@answers({200: page_of(ref("OrderRow"))})
def list_orders(query: OrdersQuery) -> Response:
    """List the orders that the caller may see, newest first."""
    wanted = Filter(number=query.number, state=query.state, customer=query.customer, hold=query.hold)
    with here.deps().store.db.read() as conn:
        found = order_rows.list_page(conn, here.actor(), wanted, limit=query.limit, after=query.after)
    return page([order_row(row) for row in found.rows], found.next_cursor)
