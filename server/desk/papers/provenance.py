"""From a value of the order, or of what the ERP gets, back to the ink it came from (U6).

Each value with its chain: document and its hash, page, box, raw words, how sure and why → what normalizing made of it →
who changed it → which rules looked at it → where it stands in the ERP's payload. Personal data is masked as in
the order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orders.wire import order_to_json
from server.db.doors import channels
from server.db.mask import mask_order
from server.db.order import decisions, orders
from server.db.papers import provenance
from server.desk.intake import CURRENCY_FROM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from orders.actor import Actor
    from orders.draft import DraftField
    from server.db.papers.provenance import Origin
    from server.deps import Deps

Json = dict[str, Any]
ERP_ROOT = "/order"
"""Where the order stands in the message that the ERP gets."""


def chains(deps: Deps, actor: Actor, order_id: str, path: str | None = None) -> list[Json]:
    """Return the chain of each value of an order, or of those at and below ``path`` (also ``/order/…`` of the ERP's).

    Raises NotFound for an order that the actor may not see.
    """
    with deps.store.db.read() as conn:
        stored = orders.get(conn, deps.store, order_id, actor)
        found = provenance.origin(conn, deps.store, order_id)
        by_template = _of_template(conn, stored.row["original_id"])
        decision = decisions.get(conn, stored.row["decision_id"]) if stored.row["decision_id"] else None
    whole = order_to_json(stored.order)
    settled = {"/currency": "channel"} if whole["attributes"].get(CURRENCY_FROM) else by_template
    masked = dict(_leaves(mask_order(whole)))
    wanted = (path or "").removeprefix(ERP_ROOT)
    trace = json.loads(decision["body"])["trace"] if decision else []
    return [
        _chain(
            at, masked.get(at), found, _Facts(hidden=masked.get(at) != value, value=value, trace=trace, settled=settled)
        )
        for at, value in _leaves(whole)
        if value not in (None, "", [], {}) and (at == wanted or at.startswith(f"{wanted}/") or not wanted)
    ]


def _of_template(conn: Connection, original_id: str | None) -> dict[str, str]:
    """Return the values that the template gave because no field of the record is mapped to them."""
    named = channels.mapper_of(conn, original_id)
    if named is None:
        return {}
    body = channels.template(conn, named["name"], named["version"])["body"]
    return {} if "currency" in body["fields"] else {"/currency": "template"}


class _Facts:
    """What a chain needs beside the draft."""

    def __init__(self, *, hidden: bool, value: Any, trace: list[Json], settled: dict[str, str]) -> None:
        self.hidden = hidden
        self.settled = settled
        self.value = value
        self.trace = trace


def _chain(path: str, shown: Any, found: Origin | None, facts: _Facts) -> Json:
    field = next((item for item in found.draft.fields if item.path == path), None) if found else None
    edits = found.edits.get(path, []) if found else []
    return {
        "path": path,
        "erp_path": ERP_ROOT + path,
        "value": _text(shown),
        "masked": facts.hidden,
        "document": {**found.document, "draft_id": found.draft_id} if found and field else None,
        "read": _read(field, edits, hidden=facts.hidden) if field else None,
        "normalized": _normalized(field, facts) if field else facts.settled.get(path) or _made(found),
        "people": [_edit(item, hidden=facts.hidden) for item in edits],
        "rules": _rules(path, facts.trace),
    }


def _read(field: DraftField, edits: list[Json], *, hidden: bool) -> Json:
    raw = edits[0]["read"] if edits else field.raw
    return {
        "page": field.page,
        "box": list(field.box) if field.box else None,
        "raw": None if hidden else raw,
        "confidence": field.confidence,
        "status": field.status.value,
        "why": list(field.why),
    }


def _normalized(field: DraftField, facts: _Facts) -> str:
    if _text(field.value) == _text(facts.value):
        return "as_read"
    return "converted" if facts.hidden else f"{_text(field.value)} → {_text(facts.value)}"


def _made(found: Origin | None) -> str:
    return "derived" if found else "stated"


def _edit(item: Json, *, hidden: bool) -> Json:
    told = {name: item[name] for name in ("at", "actor", "name")}
    return {**told, "was": None if hidden else _text(item["was"]), "is": None if hidden else _text(item["is"])}


def _rules(path: str, trace: list[Json]) -> list[str]:
    """Return the rules whose reasons name the value: order.payable, line.quantity, order.ship_to.address."""
    parts = path.strip("/").split("/")
    words = {f"line.{parts[2]}"} if parts[0] == "lines" and len(parts) > 2 else set()
    if not words:
        words = {f"order.{'.'.join(parts[:depth])}" for depth in range(1, len(parts) + 1)} | {f"order.{parts[-1]}"}
    fired = (step["rule"] for step in trace if any(_names(atom, words) for atom in step["because"]))
    return list(dict.fromkeys(fired))


def _names(atom: str, words: set[str]) -> bool:
    return any(word in atom.replace("(", " ").replace(")", " ").split() for word in words)


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{at}/{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _leaves(part, f"{at}/{place}")
    else:
        yield at, value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
