"""Where each value of an order came from: document, page, box, words, people, rules, and its place at the ERP (U6)."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from server.api.call import here
from server.api.call.body import Query
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.page import page
from server.api.call.path import OrderPath
from server.api.call.shapes import MAYBE, TEXT, arr, obj, page_of
from server.desk.papers.provenance import chains

api = APIBlueprint("provenance", __name__)
_ANYTHING = {"type": ["object", "null"]}
CHAIN = obj(
    path=TEXT,
    erp_path=TEXT,
    value=MAYBE,
    masked={"type": "boolean"},
    document=_ANYTHING,
    read=_ANYTHING,
    normalized=TEXT,
    people=arr(obj(at=TEXT, actor=TEXT, name=TEXT, was=MAYBE, **{"is": MAYBE})),
    rules=arr(TEXT),
)


class ProvenanceQuery(Query):
    """Which values."""

    path: str | None = Field(
        None,
        max_length=200,
        pattern=r"^/",
        description="JSON 指针，订单或 ERP 报文里的 / of the order or the ERP's payload",
    )


@api.get("/v1/orders/<order_id>/provenance")
@open_to(*EVERYONE)
@answers({200: page_of(CHAIN)}, problems=(410,))
def show_provenance(path: OrderPath, query: ProvenanceQuery) -> Response:
    """Show the chain of each value: from the page it was read on to where it stands in the ERP's payload."""
    return page(chains(here.deps(), here.actor(), path.order_id, query.path), None)
