"""Lists: an opaque cursor, at most a hundred rows, `{data, has_more, next_cursor}` and a `Link` header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Response, request
from pydantic import Field

from server.api.call.answer import ok
from server.api.call.body import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 100


class PageQuery(Query):
    """Where to start and how much."""

    limit: int = Field(50, ge=1, le=MOST, description="每页行数 / rows a page")
    after: str | None = Field(
        None,
        max_length=400,
        pattern="^[A-Za-z0-9_-]+$",
        description="上一页的 next_cursor / next_cursor of the page before",
    )


def page(data: Sequence[Any], cursor: str | None) -> Response:
    """Answer with one page; ``cursor`` is None on the last."""
    response = ok({"data": list(data), "has_more": cursor is not None, "next_cursor": cursor})
    if cursor is not None:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
        response.headers["Link"] = f'<{request.path}?{urlencode([*kept, ("after", cursor)])}>; rel="next"'
    return response
