"""Errors as `application/problem+json`: the one place where an error becomes an HTTP status.

Source: RFC 9457. ``code`` is stable and shared with logs and screens; ``title`` and ``detail`` speak the language of
Accept-Language; ``errors`` names each place by JSON pointer with its nearest right values; ``trace_id`` is
the request id.
"""

from __future__ import annotations

import logging
from typing import Any

import orjson
from flask import Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from orders.errors import (
    Conflict,
    Forbidden,
    InternalError,
    InvalidOrder,
    NotFound,
    Problem,
    Refused,
    RuleAuthorError,
    SenderError,
    SluiceError,
    TransportError,
    UnreadableDocument,
)
from server.api.call import here
from server.api.call.keys import RateLimited
from server.api.call.wording import TITLES

log = logging.getLogger(__name__)

MIME = "application/problem+json"

JSON_FAULTS = frozenset(
    {
        "empty",
        "byte_order_mark",
        "not_utf8",
        "malformed_json",
        "trailing_data",
        "duplicate_key",
        "not_a_number",
        "number_out_of_range",
        "too_deep",
        "lone_surrogate",
        "nul_character",
    }
)
"""Codes of `intake.readers.json_fault`: the bytes are not the JSON that we read."""

_STATUS_BY_CODE = {
    "unauthenticated": 401,
    "erased": 410,
    "bad_cursor": 422,
    "invalid_sheet": 422,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "stale_version": 412,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid_request": 422,
    "rules_unproven": 422,
    "idempotency_mismatch": 422,
    "precondition_required": 428,
    "rate_limited": 429,
    "unavailable": 503,
}
_STATUS_BY_CLASS: tuple[tuple[type[SluiceError], int], ...] = (
    (InvalidOrder, 422),
    (UnreadableDocument, 422),
    (RuleAuthorError, 422),
    (Conflict, 409),
    (Refused, 409),
    (NotFound, 404),
    (Forbidden, 403),
    (SenderError, 400),
    (TransportError, 503),
    (SluiceError, 500),
)
_SOON = frozenset({"in_flight", "race_lost"})
"""Refusals that pass by themselves within a second."""
_CODE_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 406: "not_acceptable", 413: "too_large"} | {
    415: "unsupported_media_type",
    429: "rate_limited",
}


def status_of(error: SluiceError) -> int:
    """Choose the HTTP status of any error: the only place that does."""
    if error.code in _STATUS_BY_CODE:
        return _STATUS_BY_CODE[error.code]
    if isinstance(error, InvalidOrder) and any(problem.code in JSON_FAULTS for problem in error.problems):
        return 400
    return next(status for kind, status in _STATUS_BY_CLASS if isinstance(error, kind))


def language() -> str:
    """Return ``zh`` or ``en`` as Accept-Language asks; Chinese where it is silent."""
    return request.accept_languages.best_match(["zh", "en"], default="zh") or "zh"


def problem_document(error: SluiceError, lang: str, trace_id: str) -> dict[str, Any]:
    """Return the members of the problem document."""
    status = status_of(error)
    kind = _kind(error, status)
    zh, en = TITLES[kind]
    document: dict[str, Any] = {
        "type": f"/v1/problems/{kind}",
        "title": zh if lang == "zh" else en,
        "status": status,
        "detail": error.message_zh if lang == "zh" else error.message_en,
        "code": error.code,
        "trace_id": trace_id,
        "errors": [_finding(problem, lang) for problem in error.problems or _in_file(error)],
    }
    if isinstance(error, Conflict) and error.existing_id:
        document["existing_id"] = error.existing_id
    return document | getattr(error, "extensions", {})


def _kind(error: SluiceError, status: int) -> str:
    """Return the kind of problem: the code itself or, for a finer code, that of its branch of the error tree."""
    told = (error.code, type(error).code, "internal" if status >= 500 else "bad_request")
    return next(kind for kind in told if kind in TITLES)


def _in_file(error: SluiceError) -> tuple[Problem, ...]:
    """Return the place that a rule file's error names."""
    if not isinstance(error, RuleAuthorError):
        return ()
    at = f"{error.file}:{error.line}:{error.column}" if error.line else error.file
    near = (error.suggestion,) if error.suggestion else ()
    return (Problem(at, error.code, error.message_zh, error.message_en, near),)


def _finding(problem: Problem, lang: str) -> dict[str, Any]:
    return {
        "pointer": problem.pointer,
        "code": problem.code,
        "detail": problem.message_zh if lang == "zh" else problem.message_en,
        "candidates": list(problem.candidates),
    }


def respond(error: SluiceError) -> Response:
    """Answer with the problem document of ``error``."""
    document = problem_document(error, language(), here.request_id())
    response = Response(orjson.dumps(document), status=document["status"], mimetype=MIME)
    response.headers["Content-Language"] = language()
    if document["status"] == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="sluice"'
    return response


def from_http(error: HTTPException) -> SluiceError:
    """Turn what Flask itself raises into an error of the tree."""
    status = error.code or 500
    if status >= 500:
        return InternalError(error.description or "Internal error", "系统内部错误")
    code = _CODE_BY_STATUS.get(status, "bad_request")
    if code == "too_large":
        return _too_large(request.max_content_length or 0)
    zh, en = TITLES[code]
    return NotFound(en, zh) if status == 404 else SenderError(en, zh, code=code)


def _too_large(limit: int) -> SenderError:
    """Say how much is taken here; a form with a file in it has room for little more than the file."""
    mb = limit // (1024 * 1024)
    if request.mimetype == "multipart/form-data":
        en = f"A file may have at most {mb} MB: make it smaller or split it"
        return SenderError(en, f"文件不能超过 {mb} MB，请压缩或拆分后再传", code="too_large")
    en = f"At most {mb} MB are taken here: send less at a time"
    return SenderError(en, f"请求体不能超过 {mb} MB，请分几次发送", code="too_large")


def handle(error: Exception) -> Response:
    """Answer any exception that reached the edge: the one broad handler of the web process."""
    match error:
        case SluiceError():
            known: SluiceError = error
        case HTTPException() if error.response is not None:
            return error.get_response()  # type: ignore[return-value]
        case HTTPException():
            known = from_http(error)
        case ParseException():  # met while the body was read: a damaged chunk
            known = SenderError("The body is not framed as HTTP asks", "请求体的分块格式不正确", code="bad_request")
        case _:
            known = InternalError("Something broke on our side; quote the trace id", "系统内部出错，请提供 trace_id")
    status = status_of(known)
    if status >= 500:
        log.error("Request failed: %s", known.code, exc_info=error, extra={"action": "request_failed"})
    return _with_headers(respond(known), error)


def _with_headers(response: Response, error: Exception) -> Response:
    """Keep the headers that the status promises: Allow on 405, Retry-After on 429, 503 and a call in flight."""
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.retry_after_s)
    elif getattr(error, "code", "") in _SOON:
        response.headers["Retry-After"] = "1"
    elif response.status_code == 503:
        response.headers["Retry-After"] = "5"
    return response
