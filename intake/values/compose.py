"""A draft put together field by field: every value with its raw words, how sure it is and why.

What texts and tables share. A hole is a field too (value None, to be confirmed), so that a person is asked for it.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from orders.draft import DraftField, DraftOrder, FieldStatus

_CONTACT = {"name": None, "phone": None, "email": None}
_ORDER: dict[str, Any] = {
    "number": None,
    "doc_type": "order",
    "currency": None,
    "urgent": False,
    "buyer": {"name": None, "ids": [], "contact": dict(_CONTACT)},
    "ship_to": {
        "contact": dict(_CONTACT),
        "address": {"text": None, "province": None, "city": None, "district": None, "detail": None, "adcode": None},
    },
    "fulfilment": "delivery",
    "requested_date": None,
    "payment_terms": None,
    "note": "",
    "lines": [],
}
_LINE: dict[str, Any] = {
    "line_no": None,
    "sku": None,
    "buyer_sku": None,
    "gtin": None,
    "name": None,
    "spec": None,
    "quantity": None,
    "unit": None,
    "unit_price": None,
    "discount": None,
    "amount": None,
    "requested_date": None,
}
_MAX_CHARS = {"name": 200, "spec": 200, "text": 500, "note": 2000, "unit": 32, "email": 254}
_MAX_CHARS |= dict.fromkeys(["number", "phone", "payment_terms", "buyer_sku", "gtin"], 64)
"""As the frozen schema of drafts allows."""


class Composer:
    """Collects one draft order. Paths are JSON pointers into the order."""

    def __init__(self) -> None:
        """Start with an empty order."""
        self.order: dict[str, Any] = copy.deepcopy(_ORDER)
        self.fields: dict[str, DraftField] = {}
        self.warnings: list[str] = []

    def add_line(self) -> str:
        """Open a further line and return its pointer."""
        lines: list[dict[str, Any]] = self.order["lines"]
        lines.append({**copy.deepcopy(_LINE), "line_no": len(lines) + 1})
        return f"/lines/{len(lines) - 1}"

    def value(self, path: str) -> Any:
        """Return what stands at ``path`` so far."""
        parent, key = self._place(path)
        return parent[key]

    def put(self, path: str, value: Any, raw: str, *, confidence: float = 0.98, why: str = "") -> None:
        """Write a value that needs no look: what stands in the text says it beyond doubt."""
        self._write(DraftField(path, value, raw, confidence, FieldStatus.AUTO, (why,) if why else ()))

    def ask(
        self, path: str, value: Any, raw: str, why: str, *, confidence: float = 0.6, among: tuple[str, ...] = ()
    ) -> None:
        """Write a value, or a hole, that a person must confirm; ``among`` are the choices."""
        self._write(DraftField(path, value, raw, confidence, FieldStatus.CONFIRM, (why,), alternatives=among))

    def warn(self, text: str) -> None:
        """Say something about the whole order, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def draft(self) -> DraftOrder:
        """Return the draft as it stands."""
        return DraftOrder(self.order, tuple(self.fields.values()), tuple(self.warnings))

    def _write(self, item: DraftField) -> None:
        parent, key = self._place(item.path)
        limit = _MAX_CHARS.get(key)
        if limit and isinstance(item.value, str) and len(item.value) > limit:
            why = (*item.why, f"太长，只留了前 {limit} 字，请核对")
            item = replace(item, value=item.value[:limit], status=FieldStatus.CONFIRM, why=why)
        parent[key] = item.value
        self.fields[item.path] = item

    def _place(self, path: str) -> tuple[Any, Any]:
        *heads, last = path.split("/")[1:]
        node: Any = self.order
        for head in heads:
            node = node[int(head)] if isinstance(node, list) else node[head]
        return node, int(last) if isinstance(node, list) else last
