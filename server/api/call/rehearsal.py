"""What test keys are answered: the same shapes and statuses as live ones, from a rehearsal that touches nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Response, g

from server.api.call import here
from server.api.call.answer import etag, ok, versioned
from server.api.call.page import page
from server.api.call.view import first_view, order_row
from server.commit import AlreadyThere, Committed, ConflictThere, RaceLost
from server.db.doors import rehearsals
from server.db.mask import mask_order
from server.desk.rehearse import rehearse
from server.pipeline import process

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.arrival import Arrival
    from server.commit import Outcome
    from server.deps import Deps

Json = dict[str, Any]
MODE = "Sluice-Mode"


def way() -> Callable[[Deps, Arrival], Outcome]:
    """Return the way that orders of this caller go: into the hub or, for a test key, up to its door."""
    return partial(rehearse, told=_kept) if here.actor().test else process


def mark(response: Response) -> Response:
    """Say on every answer to a test key that it is one. Runs after every request."""
    caller = g.get("caller")
    if caller is not None and caller.test:
        response.headers[MODE] = "test"
    return response


def rehearsed(outcome: Outcome) -> Response | Json:
    """Answer with a rehearsal's outcome: 201, 200 for the same again; the order that is in the way for a conflict."""
    match outcome:
        case Committed():
            view = _linked(first_view(outcome))
            return ok(view, 201, {"Location": view["links"]["self"], "ETag": etag(1)})
        case AlreadyThere(order_id=order_id):
            view = _view(order_id)
            return ok(view, 200, {"Location": view["links"]["self"], "ETag": etag(1)})
        case ConflictThere(order_id=order_id):
            return _masked(_view(order_id))
        case RaceLost():  # for the types alone: a rehearsal takes nothing that others could take first
            raise AssertionError(outcome)


def show(order_id: str) -> Response:
    """Show a test order of the caller's account, people masked."""
    return versioned(_masked(_view(order_id)))


def listed(number: str | None, *, limit: int, after: str | None) -> Response:
    """List the test orders of the caller's account."""
    deps = here.deps()
    with deps.store.db.read() as conn:
        found = rehearsals.list_page(conn, deps.store, here.actor().account, number, limit=limit, after=after)
    return page(list(found.rows), found.next_cursor)


def _view(order_id: str) -> Json:
    deps = here.deps()
    with deps.store.db.read() as conn:
        return rehearsals.view(conn, deps.store, order_id, here.actor().account)


def _masked(view: Json) -> Json:
    return {**view, "order": mask_order(view["order"])}


def _linked(view: Json) -> Json:
    return {**view, "links": {"self": f"/v1/orders/{view['id']}"}}


def _kept(committed: Committed, row: Json) -> Json:
    codes = [hold["code"] for hold in committed.holds]
    return {"view": _linked(first_view(committed)), "row": order_row({"version": 1, **row, "holds": codes})}
