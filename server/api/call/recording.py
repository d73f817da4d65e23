"""What each call leaves in the request log: who, what, how it was answered, and the body of what was refused.

Place in the order's way: after the answer. `server/call_log.py` writes the entries down; a body that is large or a
form's is never kept, and nothing of a call without a key.
"""

from __future__ import annotations

import time
from typing import Any

import orjson
from flask import Response, g, request

from server.api.call import here
from server.call_log import MOST_BODY_BYTES
from server.db.doors.calls import Call


def log_call(response: Response) -> Response:
    """Put the request that is being answered into the log, when a key sent it. Runs after every request."""
    if g.get("caller") is not None and here.deps().settings.request_log_days:
        ms = round((time.perf_counter() - g.began) * 1000)
        note(response, request.get_data(cache=True) if _refused(response) and _small() else b"", ms)
    return response


def _small() -> bool:
    """Say whether there is a body to keep: its length was told, and it is neither large nor a form."""
    told = request.content_length
    return told is not None and 0 < told <= MOST_BODY_BYTES and request.mimetype != "multipart/form-data"


def _refused(response: Response) -> bool:
    return response.status_code >= 400 or bool((g.get("call_notes") or {}).get("failed"))


def some_failed(count: int) -> None:
    """Remember that orders of this call were refused though the call was answered 200."""
    notes = g.setdefault("call_notes", {})
    notes["failed"] = notes.get("failed", 0) + count


def note(answer: Response, body: bytes, ms: int, **more: Any) -> None:
    """Put one answered call into the log."""
    deps, notes = here.deps(), g.get("call_notes") or {}
    failed = int(notes.get("failed", 0))
    told = problem_of(answer) if answer.status_code >= 400 else None
    deps.calls.add(
        Call(
            request_id=g.request_id,
            key_id=(g.get("actor") or g.caller).id,
            at=here.now(),
            method=request.method,
            path=request.path[:500],
            query=request.query_string.decode("latin-1")[:1000],
            status=answer.status_code,
            ms=ms,
            size=request.content_length or len(body),
            content_type=request.headers.get("Content-Type", "")[:200],
            code=None if told is None else str(told.get("code")),
            failed=failed,
            problem=told,
            body=body if _refused(answer) and body and deps.calls.room_for(body) else None,
            idempotency_key=(request.headers.get("Idempotency-Key") or "")[:255] or None,
            order_id=_order_of(answer),
            **more,
        )
    )


def problem_of(answer: Response) -> dict[str, Any] | None:
    """Return what a problem document says, without the orders that a conflict shows."""
    found = read_answer(answer)
    if not isinstance(found, dict) or "code" not in found:
        return None
    return {name: found.get(name) for name in ("code", "title", "detail", "errors")}


def read_answer(answer: Response) -> Any:
    """Return what an answer says; one that is no JSON as text."""
    try:
        return orjson.loads(answer.get_data())
    except ValueError:
        return {"text": answer.get_data(as_text=True)[:10_000]}


def _order_of(answer: Response) -> str | None:
    place = answer.headers.get("Location", "")
    return place.removeprefix("/v1/orders/")[:64] if place.startswith("/v1/orders/") else None
