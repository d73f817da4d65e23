"""Every request gets an id that stands in its log lines, its answer and its audit entries, and one line at its end."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

from flask import g, request

from server.api.call import metrics
from server.log import bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask, Response

log = logging.getLogger(__name__)

HEADER = "X-Request-Id"
REQUEST_ID = "sluice.request_id"
_SOUND = re.compile(r"[A-Za-z0-9_.-]{8,64}\Z")


def install(app: Flask) -> None:
    """Give every request of ``app`` its id."""
    app.wsgi_app = _numbered(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_begin)
    app.after_request(_end)


def _numbered(wsgi: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    def numbered(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SOUND.match(given) else f"req_{secrets.token_hex(12)}"
        environ[REQUEST_ID] = request_id
        with bind(request_id=request_id):
            return wsgi(environ, start_response)

    return numbered


def _begin() -> None:
    g.request_id = request.environ[REQUEST_ID]
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    response.headers[HEADER] = request.environ[REQUEST_ID]
    route = request.url_rule.rule if request.url_rule else "unknown"
    metrics.observe(request.method, route, response.status_code, seconds)
    log.info(
        "%s %s %s",
        request.method,
        route,
        response.status_code,
        extra={"action": "request_answered", "ms": round(seconds * 1000, 1), "path": request.path},
    )
    return response
