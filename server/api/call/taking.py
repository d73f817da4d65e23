"""Orders through the API's door: into the pipeline, and the pipeline's outcome as an answer.

Place in the order's way: received. The idempotency key travels with the order into its one transaction.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from flask import Response

from intake.readers.payload import load_strict
from orders.errors import Conflict, InvalidOrder, NotFound, Problem, SenderError, SluiceError
from orders.wire import order_to_json
from server.api.call import here, idempotency, metrics
from server.api.call.answer import JSON, etag, ok
from server.api.call.problem import language, problem_document
from server.api.call.recording import some_failed
from server.api.call.rehearsal import rehearsed, way
from server.api.call.view import first_view, linked, own
from server.arrival import Arrival
from server.commit import AlreadyThere, Committed, ConflictThere
from server.db.order import orders as order_rows
from server.dealer import shown_to
from server.desk.view import order_view
from server.pipeline import process

if TYPE_CHECKING:
    from server.commit import IdempotencyKey, Outcome

DOOR = "api"
MOST = 500


class OrderConflict(Conflict):
    """Another order stands under the same number: both are shown."""

    def __init__(self, existing: dict[str, Any], received: Any) -> None:
        super().__init__(
            "Another order has this number; send a change, or use another number",
            "该订单号已有内容不同的订单：请改为提交变更，或更换订单号",
            existing_id=existing["id"],
        )
        self.extensions = {"existing": existing, "received": received}


def take(data: bytes) -> Response:
    """Take one order, once for its idempotency key."""
    if here.actor().test:
        return _rehearse(data)
    key = idempotency.key_of_request(data)
    if key is None:
        return answered(process(here.deps(), _arrival(data)), data)
    return _replayed(key) or _take_alone(data, key)


@idempotency.idempotent
def _rehearse(data: bytes) -> Response:
    return answered(way()(here.deps(), _arrival(data)), data)


def _replayed(key: IdempotencyKey) -> Response | None:
    """Return the first answer if there is one, with the headers that it had."""
    response = idempotency.replayed(key)
    if response is not None:
        view = orjson.loads(response.get_data())
        response.headers.update(_headers(view["id"], view["version"]))
    return response


def _take_alone(data: bytes, key: IdempotencyKey) -> Response:
    with idempotency.alone(key):
        outcome = process(here.deps(), _arrival(data, key))
    if isinstance(outcome, Committed):
        return answered(outcome)
    return _replayed(key) or answered(outcome, data)  # another process may have taken it under the same key


def _arrival(data: bytes, key: IdempotencyKey | None = None) -> Arrival:
    return Arrival(
        door=DOOR,
        channel=DOOR,
        actor=here.actor(),
        data=data,
        received_at=here.now(),
        request_id=here.request_id(),
        idempotency=key,
        answer=_answer if key else None,
    )


def _answer(committed: Committed) -> tuple[int, bytes]:
    """Write what a repeated call gets again."""
    return 201, orjson.dumps(linked(shown_to(here.actor(), first_view(committed))))


def _headers(order_id: str, version: int) -> dict[str, str]:
    return {"Location": f"/v1/orders/{order_id}", "ETag": etag(version)}


def answered(outcome: Outcome, data: bytes = b"null") -> Response:
    """Answer with the pipeline's outcome; ``data`` is what was sent. Raises Conflict, with both orders (409).

    An order that the sender may not see is not told of: only that its number is taken.
    """
    if here.actor().test:
        answer = rehearsed(outcome)
        if isinstance(answer, Response):
            return answer
        raise OrderConflict(answer, orjson.loads(data))
    try:
        return _answered(outcome, data)
    except NotFound:
        raise Conflict(
            "This order, or its number, is there already under the same account and is not yours to see; "
            "use another number, or a key with an account of its own",
            "同一账号下已有该订单或订单号，且您无权查看：请更换订单号，或使用带有自己账号的密钥",
            code="order_of_another",
        ) from None


def _answered(outcome: Outcome, data: bytes) -> Response:
    match outcome:
        case Committed():
            status, body = _answer(outcome)
            metrics.count_order(outcome.door, outcome.decision.body.outcome.value)
            return Response(body, status, _headers(outcome.order_id, outcome.version), mimetype=JSON)
        case AlreadyThere(order_id=order_id):
            view = _whole(order_id)
            return ok(linked(view), 200, _headers(order_id, view["version"]))
        case ConflictThere(order_id=order_id):
            existing = linked(order_view(here.deps(), here.actor(), order_id))
            raise OrderConflict(existing, orjson.loads(data))
    raise Conflict("The order could not be stored in the rush; send it again", "订单争用，请重试", code="race_lost")


def _whole(order_id: str) -> dict[str, Any]:
    """Return the order unmasked: the sender has just sent the same content."""
    deps, actor = here.deps(), here.actor()
    with deps.store.db.read() as conn:
        stored = order_rows.get(conn, deps.store, order_id, actor)
    return own(order_view(deps, actor, order_id), order_to_json(stored.order))


def take_batch(data: bytes) -> Response:
    """Take every order of the batch by itself."""
    results = [_result(index, value) for index, value in enumerate(_orders(load_strict(data)))]
    some_failed(sum(result["status"] >= 400 for result in results))
    return ok({"results": results})


def _orders(value: Any) -> list[Any]:
    """Return the list of a batch. Raises SenderError (422) naming what is wrong with its frame."""
    if not isinstance(value, dict) or not isinstance(value.get("orders"), list):
        raise _frame("/orders", "required", "缺少 orders 数组", "A batch is an object with the list orders")
    if len(value) > 1:
        other = next(key for key in value if key != "orders")
        raise _frame(f"/{other}", "unknown_key", "没有这个字段", "There is no such field")
    if not 1 <= len(value["orders"]) <= MOST:
        code = "too_long" if value["orders"] else "too_short"
        raise _frame("/orders", code, f"应为 1 到 {MOST} 个订单", f"Needs 1 to {MOST} orders")
    found: list[Any] = value["orders"]
    return found


def _frame(pointer: str, code: str, zh: str, en: str) -> SenderError:
    return SenderError(f"{pointer}: {en}", zh, code="invalid_request", problems=(Problem(pointer, code, zh, en),))


def _result(index: int, value: Any) -> dict[str, Any]:
    try:
        data = _bytes(value)
        response = answered(way()(here.deps(), _arrival(data)), data)
    except SluiceError as error:
        if isinstance(error, InvalidOrder):
            error.problems = tuple(_below(f"/orders/{index}", problem) for problem in error.problems)
        document = problem_document(error, language(), here.request_id())
        return {"status": document["status"], "problem": document}
    return {"status": response.status_code, "order": orjson.loads(response.get_data())}


def _below(prefix: str, problem: Problem) -> Problem:
    names = (problem.code, problem.message_zh, problem.message_en, problem.candidates)
    return Problem(prefix + problem.pointer, *names)


def _bytes(value: Any) -> bytes:
    """Write one order of a batch; a number stays a number, so that it is refused where text belongs."""
    return json.dumps(value, ensure_ascii=False, default=_number).encode()


def _number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value))
