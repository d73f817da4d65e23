"""What operators and machines ask: alive, ready, figures, the API's own description, the list of problems."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from orders.actor import Role
from orders.errors import NotFound
from server.api import readiness
from server.api.call import here, metrics
from server.api.call.answer import ok
from server.api.call.described import answers
from server.api.call.door import open_to, open_to_all
from server.api.call.shapes import TEXT, obj
from server.api.call.wording import TITLES

log = logging.getLogger(__name__)
api = APIBlueprint("operation", __name__)


class ProblemPath(BaseModel):
    """Names a kind of problem."""

    code: str = Field(max_length=64)


@api.get("/healthz")
@open_to_all
@answers({200: obj(status=TEXT)})
def healthz() -> Response:
    """Say that the process answers; looks at nothing else."""
    return ok({"status": "ok"})


@api.get("/readyz")
@open_to_all
@answers({200: {"type": "object"}, 503: {"type": "object"}})
def readyz() -> Response:
    """Say whether the database, the rules and the keys are there to take orders."""
    checks = readiness.check(here.deps())
    ready = all(found == "ok" for found in checks.values())
    return ok({"status": "ready" if ready else "not_ready", "checks": checks}, 200 if ready else 503)


@api.get("/metrics")
@open_to(Role.AUDITOR)
@answers({200: {"type": "string"}}, answer_type="text/plain")
def prometheus() -> Response:
    """Figures in the text format of Prometheus."""
    readiness.measure(here.deps())
    return Response(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


@api.get("/openapi.json")
@open_to_all
@answers({200: {"type": "object"}})
def document() -> Response:
    """Describe this API as OpenAPI 3.1."""
    spec: dict[str, Any] = current_app.api_doc  # type: ignore[attr-defined]
    return ok(spec)


@api.get("/v1/problems/<code>")
@open_to_all
@answers({200: obj(code=TEXT, zh=TEXT, en=TEXT)}, problems=(404,))
def problem_kind(path: ProblemPath) -> Response:
    """Explain one kind of problem: what `type` of a problem document leads to."""
    if path.code not in TITLES:
        raise NotFound(f"There is no problem {path.code}", f"没有名为 {path.code} 的问题类型")
    zh, en = TITLES[path.code]
    return ok({"code": path.code, "zh": zh, "en": en})
