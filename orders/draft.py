"""草稿订单: what was read from a document, field by field, before a person or the pipeline takes it.

The JSON twin of `ReadResult` is `orders/schema/read.schema.json`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 as fractions (0–1) of the page as it arrived, origin top left."""


class FieldStatus(StrEnum):
    """``auto``: independent evidence agrees, nobody need look. ``confirm``: a person must."""

    AUTO = "auto"
    CONFIRM = "confirm"


class DraftState(StrEnum):
    """``needs_input``: something that an order must have is missing. ``withdrawn``: by the uploader."""

    OPEN = "open"
    NEEDS_INPUT = "needs_input"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


class DocumentState(StrEnum):
    """Where an uploaded document stands."""

    RECEIVED = "received"
    READING = "reading"
    READY = "ready"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class DraftField:
    """One value with its evidence. ``path`` points into the order; ``page`` counts from 1; ``why`` is for people."""

    path: str
    value: Any
    raw: str
    confidence: float
    status: FieldStatus
    why: tuple[str, ...] = ()
    page: int | None = None
    box: Box | None = None
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """One order found in a document: the canonical JSON so far (holes are null) and its fields."""

    order: dict[str, Any]
    fields: tuple[DraftField, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What one document gave. ``kind``: text_pdf, scan, photo, screenshot, mail, sheet, text, payload."""

    kind: str
    pages: int
    quality: dict[str, Any] = field(default_factory=dict)
    orders: tuple[DraftOrder, ...] = ()


def read_result_to_json(result: ReadResult) -> dict[str, Any]:
    """Return the JSON value of the contract."""
    return {
        "kind": result.kind,
        "pages": result.pages,
        "quality": result.quality,
        "orders": [draft_to_json(draft) for draft in result.orders],
    }


def draft_to_json(draft: DraftOrder) -> dict[str, Any]:
    """Return one draft as JSON."""
    return {
        "order": draft.order,
        "fields": [
            {
                "path": item.path,
                "value": item.value,
                "raw": item.raw,
                "confidence": item.confidence,
                "status": item.status.value,
                "why": list(item.why),
                "page": item.page,
                "box": list(item.box) if item.box else None,
                "alternatives": list(item.alternatives),
            }
            for item in draft.fields
        ],
        "warnings": list(draft.warnings),
    }


def draft_from_json(value: dict[str, Any]) -> DraftOrder:
    """Rebuild a stored draft. The value is ours, so its shape is trusted."""
    fields = tuple(
        DraftField(
            path=item["path"],
            value=item["value"],
            raw=item["raw"],
            confidence=item["confidence"],
            status=FieldStatus(item["status"]),
            why=tuple(item["why"]),
            page=item["page"],
            box=tuple(item["box"]) if item["box"] else None,
            alternatives=tuple(item.get("alternatives", ())),
        )
        for item in value["fields"]
    )
    return DraftOrder(order=value["order"], fields=fields, warnings=tuple(value["warnings"]))
