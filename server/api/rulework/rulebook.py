"""The rule files that are live, and a check of changed ones before anybody publishes them."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from orders.errors import NotFound
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import MB, open_to
from server.api.call.path import CodePath
from server.api.call.shapes import TEXT, WHOLE, arr, obj
from server.desk.rulework import rules_draft

api = APIBlueprint("rulebook", __name__)
READERS = (Role.RISK, Role.FINANCE, Role.SALES_SUPERVISOR, Role.PRODUCTION, Role.AUDITOR)
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
CLOSED: dict[str, Any] = {"additionalProperties": False}
"""A map whose names have a pattern takes no other names."""
FileText = Annotated[str, Field(max_length=500_000)]


class CheckedFiles(Body):
    """Changed files by name; the others stay as they are live."""

    files: dict[FileName, FileText] = Field(min_length=1, max_length=200, json_schema_extra=CLOSED)


@api.get("/v1/rules")
@open_to(*READERS)
@answers({200: obj(bundle=TEXT, files=arr(obj(name=TEXT, bytes=WHOLE)))})
def list_rules() -> Response:
    """List the live rule files."""
    bundle = here.deps().engine.bundle
    sizes = [{"name": name, "bytes": len(text.encode())} for name, text in sorted(bundle.files.items())]
    return ok({"bundle": bundle.hash, "files": sizes})


@api.get("/v1/rules/<code>")
@open_to(*READERS)
@answers({200: obj(bundle=TEXT, name=TEXT, text=TEXT)})
def show_rule(path: CodePath) -> Response:
    """Show one live rule file."""
    bundle = here.deps().engine.bundle
    if path.code not in bundle.files:
        raise NotFound(f"There is no rule file {path.code}", f"没有规则文件 {path.code}")
    return ok({"bundle": bundle.hash, "name": path.code, "text": bundle.files[path.code]})


@api.post("/v1/rules/check")
@open_to(Role.RISK, max_bytes=8 * MB)
@answers({200: obj(bundle=TEXT, files=WHOLE)}, body=CheckedFiles)
def check_rules() -> Response:
    """Compile changed files beside the live ones; 422 with file, line and a suggestion when one is wrong."""
    changed = read_json(CheckedFiles).files
    live = here.deps().engine.bundle.files
    bundle = rules_draft.sound(here.deps(), live, {**live, **changed})
    return ok({"bundle": bundle.hash, "files": len(bundle.files)})
