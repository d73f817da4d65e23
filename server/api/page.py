"""Lists: an opaque cursor, at most a hundred rows, `{data, has_more, next_cursor}` and a `Link` header."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from pydantic import Field

from orders.errors import Problem, SenderError
from server.api.answer import ok
from server.api.body import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

MOST = 100
_BAD = ("游标无效，请从第一页重新开始", "The cursor is not one of ours; start again at the first page")


class PageQuery(Query):
    """Where to start and how much."""

    limit: int = Field(50, ge=1, le=MOST, description="每页行数 / rows a page")
    after: str | None = Field(None, max_length=400, description="上一页的 next_cursor / next_cursor of the page before")


def write_cursor(place: Sequence[str]) -> str:
    """Return the opaque text for the last row's place in the order."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def read_cursor(text: str | None, parts: int) -> tuple[str, ...] | None:
    """Return the place that a cursor names. Raises SenderError (422) for one that we did not write."""
    if text is None:
        return None
    try:
        place = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or len(place) != parts or not all(isinstance(part, str) for part in place):
        raise bad_cursor()
    return tuple(place)


def bad_cursor() -> SenderError:
    """Return the refusal of a cursor."""
    return SenderError(_BAD[1], _BAD[0], code="invalid_request", problems=(Problem("?after", "format", *_BAD),))


def page(data: list[Any], cursor: str | None) -> Response:
    """Answer with one page; ``cursor`` is None on the last."""
    response = ok({"data": data, "has_more": cursor is not None, "next_cursor": cursor})
    if cursor is not None:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
        response.headers["Link"] = f'<{request.path}?{urlencode([*kept, ("after", cursor)])}>; rel="next"'
    return response
