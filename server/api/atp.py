"""Available to promise: what the one pool of stock can still give of a SKU, over all channels (INV-01)."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.errors import NotFound
from orders.money import parse_micro, quantity_text
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Query
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.shapes import TEXT, TIME, arr, obj
from server.db import master

api = APIBlueprint("atp", __name__)
_LEVELS = ("on_hand", "reserved", "in_transit", "coefficient", "available")
SITE = obj(site=TEXT, on_hand=TEXT, reserved=TEXT, in_transit=TEXT, coefficient=TEXT, available=TEXT)


class AtpQuery(Query):
    """Of which SKU, at which site."""

    sku: str = Field(min_length=1, max_length=64)
    site: str | None = Field(None, min_length=1, max_length=64)


@api.get("/v1/atp")
@open_to(*EVERYONE)
@answers({200: obj(sku=TEXT, available=TEXT, at=TIME, sites=arr(SITE))}, problems=(404,))
def available_to_promise(query: AtpQuery) -> Response:
    """Show what can be promised: physical − reserved + in transit × coefficient, per site and in all."""
    store = here.deps().store
    with store.db.read() as conn:
        if master.get(conn, store, "skus", query.sku) is None:
            raise NotFound(f"There is no SKU {query.sku}", f"没有商品 {query.sku}")
        found = master.list_page(conn, store, "stock", limit=500, q=query.sku).rows
    wanted = [item for item in found if item["sku"] == query.sku and query.site in (None, item["site"])]
    sites = [{name: item[name] for name in ("site", *_LEVELS)} for item in wanted]
    pool = sum(max(parse_micro(item["available"]), 0) for item in wanted)
    return ok({"sku": query.sku, "available": quantity_text(pool), "at": here.now().isoformat(), "sites": sites})
