"""The request log: what a key called, why it was refused, and the same call again once its cause is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from orders.actor import Role
from orders.errors import Forbidden, Refused
from server.api.call import here, problem
from server.api.call.answer import ok
from server.api.call.body import Body, Query, read_json_or_nothing
from server.api.call.described import answers
from server.api.call.door import EVERYONE, MB, admit, door_of, open_to
from server.api.call.page import PageQuery, page
from server.api.call.recording import note, read_answer
from server.api.call.shapes import ANYTHING, MAYBE, TEXT, TIME, WHOLE, obj, page_of
from server.api.call.trace import REQUEST_ID
from server.call_log import flush
from server.db.doors.calls import Wanted
from server.desk.doors import call_log as desk

if TYPE_CHECKING:
    from orders.actor import Actor

api = APIBlueprint("requests", __name__)

_ROW = {
    "id": TEXT,
    "request_id": TEXT,
    "key_id": TEXT,
    "at": TIME,
    "method": TEXT,
    "path": TEXT,
    "query": TEXT,
    "status": WHOLE,
    "ms": WHOLE,
    "size": WHOLE,
    "content_type": TEXT,
    "code": MAYBE,
    "failed": WHOLE,
    "idempotency_key": MAYBE,
    "order_id": MAYBE,
    "replay_of": MAYBE,
    "replayed_by": MAYBE,
    "replayed_status": {"type": ["integer", "null"]},
    "may_replay": {"type": "boolean"},
}
ROW = obj(**_ROW)
ENTRY = obj(**_ROW, problem={"type": ["object", "null"]}, body=MAYBE, whole={"type": "boolean"})


class RequestsQuery(PageQuery):
    """Which requests."""

    failed: bool = Field(False, description="只看没有成功的 / only those that failed, wholly or in part")
    path: str | None = Field(None, max_length=200, description="路径开头 / beginning of the path")
    status: int | None = Field(None, ge=100, le=599, description="状态码 / status")
    request_id: str | None = Field(None, max_length=64, description="X-Request-Id、trace_id")


class RequestPath(BaseModel):
    """One request."""

    call_id: str = Field(max_length=64)


class WholeQuery(Query):
    """Whether personal data is shown whole, and why."""

    reveal: str | None = Field(None, min_length=1, max_length=200, description="查看完整内容的原因 / why; audited")


class Mended(Body):
    """The body to send instead; without it the same goes again."""

    body: str | None = Field(None, min_length=1, max_length=300_000)


@api.get("/v1/requests")
@open_to(*EVERYONE, test=True)
@answers({200: page_of(ROW)})
def list_requests(query: RequestsQuery) -> Response:
    """List the requests of the calling key, newest first; auditors and administrators see those of every key."""
    deps = here.deps()
    flush(deps)
    wanted = Wanted(None, query.failed, query.path, query.status, query.request_id)
    rows, cursor = desk.listed(deps, here.actor(), wanted, limit=query.limit, after=query.after)
    return page([_row(row) for row in rows], cursor)


@api.get("/v1/requests/<call_id>")
@open_to(*EVERYONE, test=True)
@answers({200: ENTRY})
def show_request(path: RequestPath, query: WholeQuery) -> Response:
    """Show one request with its problem and, where it failed, its body; people masked unless `reveal` says why not."""
    deps = here.deps()
    flush(deps)
    found = desk.entry(deps, here.actor(), path.call_id, reveal=query.reveal)
    return ok({**_row(found.row), "problem": found.problem, "body": found.shown, "whole": found.whole})


@api.post("/v1/requests/<call_id>/replay")
@open_to(Role.SALES, Role.SALES_SUPERVISOR, max_bytes=MB, test=True)
@answers({200: obj(status=WHOLE, request_id=TEXT, answer=ANYTHING)}, body=Mended, body_required=False, problems=(409,))
def replay_request(path: RequestPath) -> Response:
    """Send a failed request again as the key that sent it, with its Idempotency-Key; `body` mends it first."""
    mended = read_json_or_nothing(Mended).body
    flush(here.deps())
    return ok(replay(here.actor(), path.call_id, None if mended is None else mended.encode()))


def replay(actor: Actor, call_id: str, mended: bytes | None) -> dict[str, Any]:
    """Do a call of the log again within this request. Raises NotFound, Refused, Forbidden."""
    again = desk.to_replay(here.deps(), actor, call_id)
    body = again.body if mended is None else mended
    headers = {"Content-Type": again.content_type, "Accept-Language": problem.language()}
    if again.idempotency_key:
        headers["Idempotency-Key"] = again.idempotency_key
    told = g.get("actor"), g.get("call_notes")
    with current_app.test_request_context(
        again.path, method=again.method, query_string=again.query, data=body, headers=headers
    ):
        request.environ[REQUEST_ID] = g.request_id
        try:
            g.actor, g.call_notes = again.actor, {}
            answer = _answer(again.actor)
            note(answer, body, 0, replay_of=again.call_id, replayed_by=actor.id)
        finally:
            g.actor, g.call_notes = told
    return {"status": answer.status_code, "request_id": g.request_id, "answer": read_answer(answer)}


def _answer(actor: Actor) -> Response:
    """Answer as if the key had called just now: its roles are asked again."""
    try:
        if request.endpoint is None:
            raise Refused("There is no such address any more", "这个地址已经不存在")
        door = door_of(current_app.view_functions[request.endpoint])
        if door is None or door.public:
            raise Forbidden("No key may call this", "任何密钥都无权调用此地址")
        admit(actor, door)
        answer: Response = current_app.make_response(current_app.dispatch_request())
    except Exception as error:  # noqa: BLE001 - answered like any other call, by the same function
        answer = problem.handle(error)
    return answer


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**{name: row[name] for name in _ROW}, "at": row["at"].isoformat()}
