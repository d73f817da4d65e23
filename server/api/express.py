"""The short way for platforms' calls: a signed delivery that is in order is answered before the framework begins.

Place in the order's way: the first thing at the door of `POST /v1/hooks/{channel}`. Platforms call by the thousand and
want nothing but a receipt, and the framework's turn costs more than checking and storing. Whatever is not plain (an
address with parameters, a body of unknown length, a refusal) goes the ordinary way with the same bytes: one place says
what is wrong with a call.
"""

from __future__ import annotations

import logging
import re
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson

from adapters.channels.incoming import Incoming
from server.api.call import here, metrics
from server.api.call.answer import JSON
from server.api.call.door import MB
from server.api.call.trace import HEADER, REQUEST_ID
from server.desk.doors import hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from server.deps import Deps

log = logging.getLogger(__name__)

ROUTE = "/v1/hooks/<channel>"
_PLAIN = re.compile(r"/v1/hooks/([a-z0-9][a-z0-9_.-]{0,63})\Z")
_ACCEPTED = "202 ACCEPTED"


def install(app: Flask) -> None:
    """Put the short way before ``app``. Must come before the requests get their ids."""
    ordinary = app.wsgi_app

    def express(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        code = _code(environ)
        if code is None:
            return ordinary(environ, start_response)
        began = time.perf_counter()
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        document_id = _receive(app.extensions[here.EXTENSION], code, environ, body)
        if document_id is None:
            environ["wsgi.input"] = BytesIO(body)
            return ordinary(environ, start_response)
        answer = orjson.dumps({"document": document_id, "code": 0, "message": "success"})
        length = str(len(answer))
        start_response(_ACCEPTED, [("Content-Type", JSON), ("Content-Length", length), (HEADER, environ[REQUEST_ID])])
        _note(environ, document_id, time.perf_counter() - began)
        return [answer]

    app.wsgi_app = express  # type: ignore[method-assign]


def _code(environ: dict[str, Any]) -> str | None:
    """Return the channel of a plain call; None for any other request."""
    if environ["REQUEST_METHOD"] != "POST":
        return None
    found = _PLAIN.match(environ["PATH_INFO"])
    if found is None or environ.get("QUERY_STRING") or environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    length = environ.get("CONTENT_LENGTH") or ""
    plain = length.isascii() and length.isdigit() and len(length) < 9 and int(length) <= MB
    return found[1] if plain else None


def _receive(deps: Deps, code: str, environ: dict[str, Any], body: bytes) -> str | None:
    """Return the document that the call becomes; None where there is something else to say."""
    incoming = Incoming(body, _headers(environ), {"timestamp": "", "nonce": "", "signature": ""}, deps.clock())
    try:
        return hooks.receive(deps, code, incoming)
    except Exception:  # noqa: BLE001 - the ordinary way says what is wrong, whatever it is
        return None


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    headers["content-length"] = environ["CONTENT_LENGTH"]
    return headers


def _note(environ: dict[str, Any], document_id: str, seconds: float) -> None:
    metrics.observe("POST", ROUTE, 202, seconds)
    told = {"ms": round(seconds * 1000, 1), "path": environ["PATH_INFO"], "document_id": document_id}
    log.info("POST %s 202", ROUTE, extra={"action": "request_answered", **told})
