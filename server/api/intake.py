"""Deliveries: one address for each channel takes any body that a known standard or the channel's template reads."""

from __future__ import annotations

from typing import Any, Literal

import orjson
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from adapters.acknowledge.cxml import response as cxml_response
from adapters.channels.incoming import Incoming
from orders.actor import Role
from orders.errors import InvalidOrder, NotFound, Problem, SluiceError
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Parameters, Query
from server.api.call.described import answers
from server.api.call.door import EVERYONE, MB, open_to, open_to_all
from server.api.call.idempotency import idempotent
from server.api.call.path import OrderPath
from server.api.call.problem import language, problem_document
from server.api.call.recording import some_failed
from server.api.call.rehearsal import way
from server.api.call.shapes import TEXT, WHOLE, arr, obj, ref
from server.api.call.taking import answered
from server.api.documents import MULTIPART, uploaded
from server.desk import intake as desk
from server.desk.doors import hooks
from server.desk.doors.acknowledge import acknowledgement
from server.desk.intake import Delivery, Taken

api = APIBlueprint("intake", __name__)

CHANNEL = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
ANY = "application/octet-stream"
BINARY = {"type": "string", "contentMediaType": ANY, "format": "binary"}


class ChannelPath(BaseModel):
    """One channel, by its own code."""

    channel: str = Field(pattern=CHANNEL, description="渠道编码 / the channel's code, such as `edi` or `douyin-shop-1`")


class DeliveryQuery(Query):
    """What the body is called, where the name says something."""

    filename: str = Field("", max_length=200, description="文件名 / the file's name")


@api.post("/v1/intake/<channel>")
@open_to(Role.SALES, Role.SALES_SUPERVISOR, Role.DEALER, max_bytes=8 * MB, test=True)
@answers(
    {200: obj(results=arr(ref("BatchResult"))), 201: obj(results=arr(ref("BatchResult")))},
    body=BINARY,
    body_type=ANY,
    idempotent=True,
    problems=(400, 404, 409, 503),
)
@idempotent
def post_delivery(path: ChannelPath, query: DeliveryQuery) -> Response:
    """Take a delivery in the channel's own form: JSON, XML, EDIFACT, X12, CSV, xlsx or eml, with one or many orders.

    One order: its own status. Several: 200, and each has its own result.
    """
    delivery = _delivery(path.channel, query.filename)
    take_in = desk.rehearse_in if here.actor().test else desk.take_in
    taken = take_in(here.deps(), here.actor(), delivery, way())
    return _as_asked(delivery, taken)


class HookQuery(Parameters):
    """What a platform writes into the address; each signs in its own way."""

    timestamp: str = Field("", max_length=40)
    nonce: str = Field("", max_length=100)
    signature: str = Field("", max_length=200)


@api.post("/v1/hooks/<channel>")
@open_to_all
@answers(
    {202: obj(document=TEXT, code=WHOLE, message=TEXT)},
    body=BINARY,
    body_type=ANY,
    problems=(400, 401, 404, 409, 413, 422),
)
def post_hook(path: ChannelPath, query: HookQuery) -> Response:
    """Take a platform's signed call: checked over the raw bytes, stored, 202. The orders follow within seconds."""
    request.max_content_length = MB
    incoming = Incoming(
        body=request.get_data(cache=True),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=query.model_dump(),
        received_at=here.now(),
    )
    document_id = hooks.receive(here.deps(), path.channel, incoming)
    return ok({"document": document_id, "code": 0, "message": "success"}, 202)


class AnswerQuery(Query):
    """In which standard; default: the one that the order came in."""

    standard: Literal["cxml", "edifact", "ubl", "x12"] | None = None


@api.get("/v1/orders/<order_id>/acknowledgement")
@open_to(*EVERYONE)
@answers({200: BINARY}, answer_type="application/xml application/EDIFACT application/EDI-X12")
def show_acknowledgement(path: OrderPath, query: AnswerQuery) -> Response:
    """Write our answer to the order: cXML ConfirmationRequest, EDIFACT ORDRSP, UBL OrderResponse or X12 855."""
    document, mime = acknowledgement(here.deps(), here.actor(), path.order_id, query.standard)
    return Response(document, content_type=mime)


def _delivery(channel: str, filename: str) -> Delivery:
    if request.mimetype == MULTIPART:
        name, content_type, data = uploaded()
        return Delivery(channel, data, content_type, name, here.request_id())
    return Delivery(channel, request.get_data(cache=True), request.mimetype, filename, here.request_id())


def _as_asked(delivery: Delivery, taken: list[Taken]) -> Response:
    """Answer in JSON; to a cXML client that wants XML, as cXML demands."""
    if len(taken) == 1:
        result = _result(0, taken[0], several=False) if _wants_cxml(delivery) else _only(taken[0])
        answer = ok({"results": [result]}, result["status"])
    else:
        results = [_result(index, one, several=True) for index, one in enumerate(taken)]
        some_failed(sum(result["status"] >= 400 for result in results))
        answer = ok({"results": results})
    return _in_cxml(answer) if _wants_cxml(delivery) else answer


def _only(one: Taken) -> dict[str, Any]:
    """Return the result of an order that was taken. Raises what stands against it."""
    if one.error is not None:
        raise one.error
    if one.outcome is None:
        raise NotFound("There is no order", "没有订单")
    response = answered(one.outcome, one.data)
    return {"status": response.status_code, "order": orjson.loads(response.get_data())}


def _result(index: int, one: Taken, *, several: bool) -> dict[str, Any]:
    try:
        return _only(one)
    except SluiceError as error:
        if several and isinstance(error, InvalidOrder):
            error.problems = tuple(_below(f"/orders/{index}", problem) for problem in error.problems)
        document = problem_document(error, language(), here.request_id())
        return {"status": document["status"], "problem": document}


def _below(prefix: str, problem: Problem) -> Problem:
    names = (problem.code, problem.message_zh, problem.message_en, problem.candidates)
    return Problem(prefix + problem.pointer, *names)


def _wants_cxml(delivery: Delivery) -> bool:
    accepted = request.accept_mimetypes
    best = accepted.best_match(["application/json", "text/xml", "application/xml"])
    return best in ("text/xml", "application/xml") and b"<cXML" in delivery.data[:4096]


def _in_cxml(answer: Response) -> Response:
    results = orjson.loads(answer.get_data())["results"]
    worst = max(int(result["status"]) for result in results)
    detail = next((str(result["problem"]["detail"]) for result in results if "problem" in result), "")
    body = cxml_response(200 if worst < 300 else worst, detail, at=here.now(), payload_id=here.request_id())
    return Response(body, status=200, mimetype="text/xml")
