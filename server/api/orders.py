"""Orders: take, list, show, explain; what people and systems do to one is in `commands.py`."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import AwareDatetime, Field

from orders.actor import Role
from orders.source import SourceType
from orders.state import OrderState
from server.api.call import here, rehearsal
from server.api.call.answer import ok, versioned
from server.api.call.body import JSON, Query, read_bytes
from server.api.call.described import answers
from server.api.call.door import EVERYONE, MB, open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.path import OrderPath, RulePath
from server.api.call.shapes import arr, obj, page_of, ref
from server.api.call.taking import take, take_batch
from server.api.call.view import linked, order_row
from server.db.order import orders as order_rows
from server.db.order.orders import Filter
from server.desk import orders as desk
from server.desk import why
from server.desk.view import order_view

api = APIBlueprint("orders", __name__)
TAKERS = (Role.SALES, Role.SALES_SUPERVISOR, Role.DEALER)


class OrdersQuery(PageQuery):
    """Which orders."""

    number: str | None = Field(None, max_length=64, description="订单号 / the sender's order number")
    state: OrderState | None = Field(None, description="状态 / state")
    customer: str | None = Field(None, max_length=64, description="客户编码 / customer code")
    hold: str | None = Field(None, max_length=64, description="挂起原因 / code of an active hold")
    source_type: SourceType | None = Field(None, description="来源类型 / who sent it")
    source_ref: str | None = Field(None, max_length=200, description="来源单号 / the source's own number")
    updated_since: AwareDatetime | None = Field(
        None, description="此后变动过的，带时区 / that changed at or after this time, with its offset"
    )
    own: str | None = Field(
        None, max_length=300, pattern="^[a-z][a-z0-9_]*:", description="自定义字段 / an own field, `name:value`"
    )


def filter_of(query: OrdersQuery) -> Filter:
    """Return which orders a query asks for."""
    names = ("number", "state", "customer", "hold", "source_type", "source_ref", "updated_since", "own")
    return Filter(**query.model_dump(include=set(names)))


class RevealQuery(Query):
    """Whether personal data is shown whole, and why."""

    reveal: str | None = Field(None, min_length=1, max_length=200, description="查看完整个人信息的原因 / why; audited")


@api.post("/v1/orders")
@open_to(*TAKERS, test=True)
@answers({201: "OrderView", 200: "OrderView"}, body="Order", idempotent=True, problems=(409, 503))
def post_order() -> Response:
    """Take one canonical order: 201 with its decision; the same content again is the same order, 200."""
    return take(read_bytes(JSON))


@api.post("/v1/orders:batch")
@open_to(*TAKERS, max_bytes=8 * MB, test=True)
@answers(
    {200: obj(results=arr(ref("BatchResult")))},
    body=obj(orders={"type": "array", "minItems": 1, "maxItems": 500, "items": ref("Order")}),
    idempotent=True,
    problems=(409, 503),
)
@idempotent
def post_orders() -> Response:
    """Take up to 500 orders; each has its own result, and one that is refused stops none of the others."""
    return take_batch(read_bytes(JSON))


@api.get("/v1/orders")
@open_to(*EVERYONE, Role.DEALER, test=True)
@answers({200: page_of(ref("OrderRow"))})
def list_orders(query: OrdersQuery) -> Response:
    """List the orders that the caller may see, newest first."""
    if here.actor().test:
        return rehearsal.listed(query.number, limit=query.limit, after=query.after)
    with here.deps().store.db.read() as conn:
        found = order_rows.list_page(conn, here.actor(), filter_of(query), limit=query.limit, after=query.after)
    return page([order_row(row) for row in found.rows], found.next_cursor)


@api.get("/v1/orders/<order_id>")
@open_to(*EVERYONE, Role.DEALER, test=True)
@answers({200: "OrderView", 304: None})
def show_order(path: OrderPath, query: RevealQuery) -> Response:
    """Show one order with its decision, holds and fulfilments; people masked unless `reveal` says why not."""
    if here.actor().test:
        return rehearsal.show(path.order_id)
    return versioned(linked(order_view(here.deps(), here.actor(), path.order_id, reveal=query.reveal)))


@api.get("/v1/orders/<order_id>/timeline")
@open_to(*EVERYONE)
@answers({200: page_of(ref("Event"))})
def show_timeline(path: OrderPath) -> Response:
    """Show everything that happened to the order, oldest first."""
    return page(desk.timeline(here.deps(), here.actor(), path.order_id), None)


@api.get("/v1/orders/<order_id>/explain")
@open_to(*EVERYONE)
@answers({200: ref("Explanation")})
def show_explanation(path: OrderPath) -> Response:
    """Say in words why the order stands where it stands: rule by rule, with the values that made each true."""
    return ok(why.explain(here.deps(), here.actor(), path.order_id))


@api.get("/v1/orders/<order_id>/next-states")
@open_to(*EVERYONE)
@answers({200: page_of(ref("NextState"))})
def show_next_states(path: OrderPath) -> Response:
    """List the commands of the order's state: allowed, or why not."""
    return page(desk.next_states(here.deps(), here.actor(), path.order_id), None)


@api.get("/v1/orders/<order_id>/release-options")
@open_to(*EVERYONE)
@answers({200: page_of(ref("ReleaseOption"))})
def show_release_options(path: OrderPath) -> Response:
    """Say for each active hold what would release it: who may, and the smallest changes, verified by the engine."""
    return page(why.release_options(here.deps(), here.actor(), path.order_id), None)


@api.get("/v1/orders/<order_id>/near-misses")
@open_to(*EVERYONE)
@answers({200: page_of(ref("NearMiss"))}, problems=(410,))
def show_near_misses(path: OrderPath) -> Response:
    """List the rules that almost fired, nearest first, each with what it lacked."""
    return page(why.near_misses(here.deps(), here.actor(), path.order_id), None)


@api.get("/v1/orders/<order_id>/rules/<rule_id>")
@open_to(*EVERYONE)
@answers({200: ref("Verdict")}, problems=(410,))
def show_why_not(path: RulePath) -> Response:
    """Say why a rule fired for this order or why it did not: each condition, with the value that it met."""
    return ok(why.why_not(here.deps(), here.actor(), path.order_id, path.rule_id))
