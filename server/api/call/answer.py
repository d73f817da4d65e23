"""Answers: JSON written fast, with the entity tag of the version that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, request

from orders.errors import Problem, SenderError

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


def ok(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with ``value`` as JSON."""
    return Response(orjson.dumps(value), status=status, mimetype=JSON, headers=dict(headers or {}))


def versioned(value: dict[str, Any], status: int = 200) -> Response:
    """Answer with a thing that has a ``version``, its ETag with it; 304 when the caller has it already."""
    tag = etag(value["version"])
    if status == 200 and request.method == "GET" and request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag})
    return ok(value, status, {"ETag": tag})


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def if_match() -> int | None:
    """Return the version that the caller saw (If-Match), None where it doesn't say. Raises SenderError (422)."""
    header = request.headers.get("If-Match")
    if header is None or header == "*":
        return None
    digits = header.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        said = ("If-Match 应为读取时得到的 ETag", "If-Match must be the ETag that reading gave")
        raise SenderError(said[1], said[0], code="invalid_request", problems=(Problem("If-Match", "format", *said),))
    return int(digits)
