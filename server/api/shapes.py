"""JSON Schemas of the answers: the frozen ones of `orders/schema/` and what the API puts around them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCHEMAS = Path(__file__).resolve().parents[2] / "orders" / "schema"
_NAMES = {"order": "Order", "decision": "Decision", "read": "ReadResult"}

TEXT: Json = {"type": "string"}
MAYBE: Json = {"type": ["string", "null"]}
WHOLE: Json = {"type": "integer"}
TIME: Json = {"type": "string", "format": "date-time"}
MAYBE_TIME: Json = {"type": ["string", "null"], "format": "date-time"}
ANYTHING: Json = {"type": "object"}


def obj(**properties: Json) -> Json:
    """Return an object with exactly these keys."""
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def arr(items: Json) -> Json:
    """Return a list."""
    return {"type": "array", "items": items}


def ref(name: str) -> Json:
    """Refer to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def page_of(items: Json) -> Json:
    """Return one page of a list."""
    return obj(data=arr(items), has_more={"type": "boolean"}, next_cursor=MAYBE)


def one_of(*values: str) -> Json:
    """Return one of some words."""
    return {"type": "string", "enum": list(values)}


MESSAGE = obj(zh=TEXT, en=TEXT)
FINDING = obj(pointer=TEXT, code=TEXT, detail=TEXT, candidates=arr(TEXT))
PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457. code is stable; title and detail follow Accept-Language.",
    "required": ["type", "title", "status", "detail", "code", "trace_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": TEXT,
        "status": WHOLE,
        "detail": TEXT,
        "code": TEXT,
        "trace_id": TEXT,
        "existing_id": TEXT,
        "errors": arr(ref("Finding")),
    },
}
HOLD = obj(
    id=TEXT,
    state=one_of("active", "released", "superseded"),
    code=TEXT,
    gate=TEXT,
    rule=TEXT,
    line_no={"type": ["integer", "null"]},
    severity=TEXT,
    needs_human={"type": "boolean"},
    message=MESSAGE,
    who=arr(TEXT),
    release=arr(MESSAGE),
    created_at=TIME,
    released_by=MAYBE,
    released_at=MAYBE_TIME,
    release_reason=MAYBE,
)
ORDER_VIEW = obj(
    id=TEXT,
    state=TEXT,
    version=WHOLE,
    door=TEXT,
    outcome=one_of("pass", "flag", "hold", "reject"),
    created_at=TIME,
    updated_at=TIME,
    received_at=TIME,
    order=ref("Order"),
    decision={"anyOf": [ref("Decision"), {"type": "null"}]},
    holds=arr(ref("Hold")),
    approvals=arr(obj(step=TEXT, role=TEXT, rule=TEXT, state=TEXT, actor=MAYBE, decided_at=MAYBE_TIME)),
    fulfilments=arr(
        obj(
            id=TEXT,
            state=TEXT,
            site=TEXT,
            carrier=MAYBE,
            service=MAYBE,
            waybill=MAYBE,
            lines=arr(obj(line_no=WHOLE, sku=TEXT, quantity=TEXT)),
        )
    ),
    links={"type": "object", "additionalProperties": TEXT},
)


def components() -> Json:
    """Return every named schema of the document, freshly copied."""
    own = {
        "Problem": PROBLEM,
        "Finding": FINDING,
        "Hold": HOLD,
        "OrderView": ORDER_VIEW,
    }
    copied: Json = json.loads(json.dumps(_frozen() | own))
    return copied


@cache
def _frozen() -> Json:
    found: Json = {}
    for kind, name in _NAMES.items():
        schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))
        parts = schema.pop("$defs")
        del schema["$schema"], schema["$id"]
        found[name] = _moved(schema, name)
        found |= {name + _camel(part): _moved(body, name) for part, body in parts.items()}
    return found


def _moved(value: Any, name: str) -> Any:
    """Point references at the components instead of $defs."""
    if isinstance(value, list):
        return [_moved(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _target(item, name) if key == "$ref" else _moved(item, name) for key, item in value.items()}


def _target(reference: str, name: str) -> str:
    return f"#/components/schemas/{name}{_camel(reference.removeprefix('#/$defs/'))}"


def _camel(text: str) -> str:
    return "".join(word.capitalize() for word in text.split("_"))
