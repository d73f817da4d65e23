"""Idempotency-Key: the same key with the same content gets the first answer again, whatever happened meanwhile.

Looked at before anything else. Orders carry their key into their own transaction (`taking.py`); every other command
claims its key first and keeps its answer afterwards. A call that was refused leaves its key free.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Response, request

from orders.decision import sha256_hex
from orders.errors import Conflict, Problem, SenderError
from server.api.call import here
from server.api.call.answer import JSON
from server.commit import IdempotencyKey
from server.db import idempotency
from server.db.idempotency import InFlight, Mismatch, Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

F = TypeVar("F", bound="Callable[..., Response]")

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_SOUND = re.compile(r"[!-~]{1,255}\Z")
_BAD = ("Idempotency-Key 应为 1–255 个可见 ASCII 字符", "Idempotency-Key must be 1 to 255 visible ASCII characters")
_flying: set[tuple[str, str]] = set()
_lock = Lock()


def idempotent(handler: F) -> F:
    """Make a command's answer repeatable by its key."""

    @wraps(handler)
    def repeatable(*args: Any, **kwargs: Any) -> Response:
        key = key_of_request(_content())
        if key is None:
            return handler(*args, **kwargs)
        claimed = here.now()
        found = _claim(key, claimed)
        if found is not None:
            return found
        try:
            response = handler(*args, **kwargs)
        except BaseException:
            with here.deps().store.db.write() as conn:
                idempotency.abandon(conn, key, claimed)
            raise
        _keep(key, response, claimed)
        return response

    return cast("F", repeatable)


def key_of_request(content: bytes) -> IdempotencyKey | None:
    """Return the key that the caller sent, bound to what it asked for. Raises SenderError (422) for a bad one."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not _SOUND.match(given):
        problem = Problem(HEADER, "format", *_BAD)
        raise SenderError(_BAD[1], _BAD[0], code="invalid_request", problems=(problem,))
    query = request.query_string.decode("latin-1")
    path = f"{request.path}?{query}" if query else request.path
    asked = f"{request.method} {path}\n{request.headers.get('If-Match', '')}\n".encode()
    return IdempotencyKey(here.actor().id, given, sha256_hex(asked + content))


def _content() -> bytes:
    """Return what the request says, without the boundary that a form draws anew each time."""
    if request.mimetype != "multipart/form-data":
        return request.get_data(cache=True)
    told = []
    for name, file in request.files.items(multi=True):
        told.append(f"{name}\n{file.filename}\n{file.mimetype}\n{sha256_hex(file.read())}\n")
        file.seek(0)
    return "".join(sorted(told)).encode()


def answer_to(found: Replay | InFlight | Mismatch) -> Response:
    """Return the first answer again. Raises Conflict (409) while it is made, SenderError (422) for other content."""
    match found:
        case Replay(status=status, body=body):
            kind = "text/xml" if body.startswith(b"<") else JSON  # cXML is answered as cXML demands
            return Response(body, status=status, mimetype=kind, headers={REPLAYED: "true"})
        case InFlight():
            raise in_flight()
        case _:
            raise SenderError(
                "This Idempotency-Key came with other content before; use a new key",
                "该 Idempotency-Key 已用于不同的内容，请换一个新的键",
                code="idempotency_mismatch",
            )


def in_flight() -> Conflict:
    """Return the refusal of a call whose twin is being worked on."""
    return Conflict(
        "The same request is being worked on; ask again in a moment",
        "相同的请求正在处理，请稍后重试",
        code="in_flight",
    )


@contextmanager
def alone(key: IdempotencyKey) -> Iterator[None]:
    """Let one call with this key work at a time in this process. Raises Conflict (``in_flight``)."""
    flight = (key.scope, key.key)
    with _lock:
        if flight in _flying:
            raise in_flight()
        _flying.add(flight)
    try:
        yield
    finally:
        with _lock:
            _flying.discard(flight)


def replayed(key: IdempotencyKey) -> Response | None:
    """Return the first answer if there is one already."""
    store = here.deps().store
    with store.db.read() as conn:
        found = idempotency.lookup(conn, store, key, here.now())
    return None if found is None else answer_to(found)


def _claim(key: IdempotencyKey, now: datetime) -> Response | None:
    store = here.deps().store
    with store.db.write() as conn:
        found = idempotency.claim(conn, store, key, now)
    return None if found is None else answer_to(found)


def _keep(key: IdempotencyKey, response: Response, claimed: datetime) -> None:
    store = here.deps().store
    with store.db.write() as conn:
        idempotency.finish(conn, store, key, Replay(response.status_code, response.get_data()), claimed)
