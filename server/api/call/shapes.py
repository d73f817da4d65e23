"""JSON Schemas of the answers: the frozen ones of `orders/schema/` and what the API puts around them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from orders.source import SourceType
from orders.state import OrderState

Json = dict[str, Any]

SCHEMAS = Path(__file__).resolve().parents[3] / "orders" / "schema"
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
_PLAIN: Json = {"type": ["string", "boolean", "null"]}
_PART: Json = {"type": "object", "additionalProperties": _PLAIN}
ITEM: Json = {
    "type": "object",
    "description": "An item of master data; numbers with a fraction are decimal text. `GET` shows every field.",
    "additionalProperties": {
        "anyOf": [
            _PLAIN,
            {"type": "integer", "minimum": 0, "maximum": 999999999},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, _PART]}},
            _PART,
        ]
    },
}
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
    source_type=one_of(*SourceType),
    source_ref=TEXT,
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


ORDER_ROW = obj(
    id=TEXT,
    number=MAYBE,
    channel=TEXT,
    source_type=one_of(*SourceType),
    source_ref=TEXT,
    state=TEXT,
    outcome=TEXT,
    buyer=MAYBE,
    holds=arr(TEXT),
    customer_level=TEXT,
    currency=TEXT,
    payable=TEXT,
    type=TEXT,
    urgent={"type": "boolean"},
    priority=WHOLE,
    issued_at=TIME,
    created_at=TIME,
    updated_at=TIME,
    last_actor=TEXT,
    version=WHOLE,
)
EVENT = obj(at=TIME, action=TEXT, actor=TEXT, detail=ANYTHING, request_id=MAYBE)
LINE: Json = {"type": ["integer", "null"]}
CHECK = obj(condition=TEXT, holds={"type": "boolean"}, message=MESSAGE, depth=WHOLE)
EXPLANATION = obj(
    order_id=TEXT,
    outcome=TEXT,
    sentences=arr(obj(rule=TEXT, zh=TEXT, en=TEXT)),
    decision={"anyOf": [ref("Decision"), {"type": "null"}]},
    chain=arr(
        obj(
            rule=TEXT,
            version=TEXT,
            title=MESSAGE,
            message=MESSAGE,
            because=ANYTHING,
            derived=ANYTHING,
            checks=arr(CHECK),
        )
    ),
)
VERDICT = obj(
    rule=TEXT,
    title=MESSAGE,
    fired={"type": "boolean"},
    enabled={"type": "boolean"},
    cases=arr(obj(facts=TEXT, line_no=LINE, holds={"type": "boolean"}, checks=arr(CHECK))),
)
NEXT_STATE = obj(
    command=TEXT, target=TEXT, label=MESSAGE, allowed={"type": "boolean"}, why_not=obj(zh=arr(TEXT), en=arr(TEXT))
)
RELEASE_OPTION = obj(
    hold_id=TEXT,
    code=TEXT,
    gate=TEXT,
    rule=TEXT,
    line_no=LINE,
    who=arr(TEXT),
    needs_human={"type": "boolean"},
    message=MESSAGE,
    options=arr(MESSAGE),
    by_data={"type": "boolean"},
    summary={"anyOf": [MESSAGE, {"type": "null"}]},
    ways=arr(obj(group=TEXT, message=MESSAGE, changes=arr(obj(path=TEXT, line_no=LINE, was=MAYBE, to=MAYBE)))),
)
NEAR_MISS = obj(
    rule=TEXT,
    title=MESSAGE,
    line_no=LINE,
    message=MESSAGE,
    gaps=arr(obj(condition=TEXT, message=MESSAGE, value=MAYBE, distance=MAYBE)),
)
REPLAY = obj(decision_id=TEXT, same={"type": "boolean"}, stored_body_hash=TEXT, replayed_body_hash=TEXT, note=TEXT)
DOCUMENT = obj(
    id=TEXT,
    state=one_of("received", "reading", "ready", "refused", "withdrawn"),
    progress=WHOLE,
    reason={**obj(code=TEXT, message=MESSAGE), "type": ["object", "null"]},
    kind=MAYBE,
    pages={"type": ["integer", "null"]},
    quality=ANYTHING,
    door=TEXT,
    sender=MAYBE,
    message_id=MAYBE,
    filename=MAYBE,
    content_type=TEXT,
    size=WHOLE,
    received_at=TIME,
    drafts=arr(obj(id=TEXT, state=TEXT, position=WHOLE, order_id=MAYBE, to_confirm=WHOLE)),
)
DRAFT = obj(
    id=TEXT,
    document_id=TEXT,
    position=WHOLE,
    state=one_of("open", "needs_input", "submitted", "withdrawn"),
    version=WHOLE,
    order_id=MAYBE,
    to_confirm=WHOLE,
    order=ref("ReadResultOrder"),
    fields=arr(ref("ReadResultField")),
    warnings=arr(TEXT),
    differences=arr(
        obj(
            path=TEXT,
            code=one_of("contract_price", "list_price", "min_quantity"),
            stated=TEXT,
            agreed=TEXT,
            message=MESSAGE,
        )
    ),
)
IMPORT_REPORT = obj(
    id=TEXT,
    kind=TEXT,
    state=one_of("running", "done", "failed", "undone"),
    filename=MAYBE,
    total={"type": ["integer", "null"]},
    accepted=WHOLE,
    rejected=WHOLE,
    rejects=arr(obj(row=WHOLE, cell=MAYBE, pointer=TEXT, code=TEXT, message=MESSAGE, candidates=arr(TEXT))),
)
BATCH_RESULT: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["status"],
    "properties": {"status": WHOLE, "order": ref("OrderView"), "problem": ref("Problem")},
}


def components() -> Json:
    """Return every named schema of the document, freshly copied."""
    own = {
        "Problem": PROBLEM,
        "Finding": FINDING,
        "Hold": HOLD,
        "OrderState": one_of(*OrderState),
        "OrderView": ORDER_VIEW,
        "OrderRow": ORDER_ROW,
        "Item": ITEM,
        "BatchResult": BATCH_RESULT,
        "Event": EVENT,
        "Explanation": EXPLANATION,
        "NextState": NEXT_STATE,
        "ReleaseOption": RELEASE_OPTION,
        "NearMiss": NEAR_MISS,
        "Verdict": VERDICT,
        "Replay": REPLAY,
        "Document": DOCUMENT,
        "Draft": DRAFT,
        "ImportReport": IMPORT_REPORT,
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
