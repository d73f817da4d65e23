"""OpenAPI 3.1 as served: flask-openapi3's paths and parameters, the frozen schemas, bodies, answers, problems.

flask-openapi3 keeps only the JSON Schema words that it knows, so the frozen schemas of `orders/schema/` and what
`described.py` collected are put in after it, unchanged.
"""

from __future__ import annotations

from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from server.api.call import shapes
from server.api.call.described import JSON, Described, Shape, described
from server.api.call.door import Door, door_of

_METHODS = ("get", "put", "post", "patch", "delete")
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Same key and same body: the first answer again. Kept for at least 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that reading gave; 412 when somebody was quicker.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,15}"$'},
}


class Api(OpenAPI):
    """The Flask application; `api_doc` is what `/openapi.json` answers."""

    def __init__(self) -> None:
        super().__init__(
            "server",
            info=Info(title="Sluice", version="1", summary="One gate for every order / 订单统一入口"),
            security_schemes={"key": {"type": "http", "scheme": "bearer"}},
            doc_ui=False,
            static_folder=None,
        )

    def generate_spec_json(self) -> None:
        """Finish the document once all routes are known."""
        super().generate_spec_json()  # type: ignore[no-untyped-call]
        schemas: dict[str, Any] = shapes.components()
        for rule in self.url_map.iter_rules():
            view = self.view_functions[rule.endpoint]
            door, operations = door_of(view), self.spec_json["paths"].get(_template(rule.rule), {})
            for method in _METHODS:
                if door is not None and method.upper() in (rule.methods or ()) and method in operations:
                    _finish(operations[method], door, described(view), schemas)
        self.spec_json["components"]["schemas"] = schemas


def _template(rule: str) -> str:
    """Turn ``/v1/orders/<order_id>`` into ``/v1/orders/{order_id}``."""
    head, *rest = rule.split("<")
    return head + "".join("{" + part.split(":")[-1].replace(">", "}", 1) for part in rest)


def _finish(operation: dict[str, Any], door: Door, said: Described, schemas: dict[str, Any]) -> None:
    """Complete one operation in place."""
    parameters = [_plain(parameter) for parameter in operation.get("parameters", [])]
    parameters += [_IDEMPOTENCY_KEY] if said.idempotent else []
    parameters += [_IF_MATCH] if said.if_match else []
    operation["parameters"] = parameters
    if said.body is not None:
        content = _content(said.body, said.body_type, schemas)
        operation["requestBody"] = {"required": said.body_required, "content": content}
    operation["responses"] = {
        str(status): {"description": _reason(status), **_maybe_content(shape, said.answer_type, schemas)}
        for status, shape in said.answers.items()
    }
    for status in _problems(parameters, door, said):
        operation["responses"].setdefault(str(status), _PROBLEM)
    if not door.public:
        operation["security"] = [{"key": []}]
        operation["x-roles"] = sorted({*door.roles, "admin"})


def _plain(parameter: dict[str, Any]) -> dict[str, Any]:
    """Take pydantic's "or null" out of a parameter: text of a URL is there or not."""
    schema = dict(parameter["schema"])
    kinds = [kind for kind in schema.pop("anyOf", []) if kind.get("type") != "null"]
    if len(kinds) == 1:
        schema |= kinds[0]
    schema.pop("title", None)
    schema.pop("default", None) if schema.get("default", 0) is None else None
    return {**parameter, "schema": schema}


_PROBLEM = {
    "description": "Problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _problems(parameters: list[dict[str, Any]], door: Door, said: Described) -> list[int]:
    """Return the statuses of the problems that the route may answer with."""
    places = {parameter["in"] for parameter in parameters}
    statuses = [*said.problems]
    statuses += [] if door.public else [401, 403, 429]
    statuses += [404] if "path" in places else []
    statuses += [422] if "query" in places or said.body is not None or said.if_match else []
    statuses += [400, 413, 415] if said.body is not None else []
    statuses += [409, 422] if said.idempotent else []
    return statuses + ([409, 412] if said.if_match else [])


def _content(shape: Shape, mime: str, schemas: dict[str, Any]) -> dict[str, Any]:
    match shape:
        case str():
            return {mime: {"schema": {"$ref": f"#/components/schemas/{shape}"}}}
        case dict():
            return {mime: {"schema": shape}}
        case None:
            return {}
        case _:
            schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[shape.__name__] = schema
            return {mime: {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}


def _maybe_content(shape: Shape, mimes: str, schemas: dict[str, Any]) -> dict[str, Any]:
    if shape is None and mimes == JSON:
        return {}
    found: dict[str, Any] = {}
    for mime in mimes.split(" "):
        found |= _content(shape or {}, mime, schemas)
    return {"content": found}


def _reason(status: int) -> str:
    return {200: "OK", 201: "Created", 202: "Accepted", 204: "No content", 207: "Several"}.get(status, "Answer")
