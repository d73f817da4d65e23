"""From what was found to the draft: the canonical JSON so far, and for each field whether a person must look."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from intake.fields import words
from intake.fields.found import CERTAIN, Found, LineFound, OrderFound
from intake.values.currency import currencies_in
from orders.draft import DraftField, DraftOrder, FieldStatus

_LEGIBLE = 0.7
"""Below this a character is a guess, whatever speaks for the value."""
_LINE_FIELDS = ("sku", "buyer_sku", "name", "spec", "quantity", "unit", "unit_price", "amount", "requested_date")
_OWN_EVIDENCE = frozenset({"/issued_at", "/number", "/requested_date"})


def assemble(order: OrderFound, timezone: str) -> DraftOrder:
    """Build the draft order."""
    value = empty_order()
    fields: list[DraftField] = []
    for path, found in order.header.items():
        shown = _local_midnight(found.value, timezone) if path == "/issued_at" else found.value
        _put(value, path, shown)
        fields.append(_field(path, shown, found, order))
    fields.append(_currency(order))
    value["currency"] = fields[-1].value
    for index, line in enumerate(order.lines):
        value["lines"].append(_line(line, index))
        fields += [
            _field(f"/lines/{index}/{name}", line[name].value, line[name], order)
            for name in _LINE_FIELDS
            if name in line
        ]
    return DraftOrder(value, tuple(fields), tuple(dict.fromkeys(_warnings(order))))


def empty_order() -> dict[str, Any]:
    """Return the canonical order with every hole null."""
    contact = {"name": None, "phone": None, "email": None}
    address = dict.fromkeys(("text", "province", "city", "district", "detail", "adcode"))
    return {
        "number": None,
        "doc_type": "order",
        "channel": None,
        "seller_entity": None,
        "issued_at": None,
        "currency": None,
        "type": None,
        "urgent": None,
        "buyer": {"name": None, "ids": [], "contact": dict(contact)},
        "ship_to": {"contact": dict(contact), "address": address},
        "bill_to": None,
        "fulfilment": None,
        "requested_date": None,
        "payment_terms": None,
        "payment": None,
        "note": "",
        "lines": [],
        "totals": dict.fromkeys(("goods", "discount", "shipping", "tax", "payable")),
        "customs": None,
        "attributes": {},
    }


def _put(value: dict[str, Any], path: str, leaf: str | None) -> None:
    *parents, last = path.strip("/").split("/")
    for parent in parents:
        value = value[parent]
    value[last] = leaf


def _line(line: LineFound, index: int) -> dict[str, Any]:
    return {"line_no": index + 1, **{name: line[name].value if name in line else None for name in _LINE_FIELDS}}


def _field(path: str, value: str | None, found: Found, order: OrderFound) -> DraftField:
    proofs, doubts = _judged(path, found, order)
    certain = found.confidence(proofs) >= CERTAIN and found.cell.confidence >= _LEGIBLE
    auto = value is not None and certain and bool(proofs) and not doubts
    alternatives = tuple(dict.fromkeys(item for item in found.alternatives if item != found.value))[:5]
    box = found.cell.box
    return DraftField(
        path=path,
        value=value,
        raw=found.raw,
        confidence=_confidence(found, proofs, doubts),
        status=FieldStatus.AUTO if auto else FieldStatus.CONFIRM,
        why=tuple(proofs) if auto else tuple(doubts or _missing(proofs, certain=certain)),
        page=found.page or None,
        box=None if box is None else (box.x0, box.y0, box.x1, box.y1),
        alternatives=alternatives,
    )


def _judged(path: str, found: Found, order: OrderFound) -> tuple[list[str], list[str]]:
    proofs, doubts = list(found.proofs), list(found.doubts)
    if order.layer and found.value is not None and found.named and _grounded(path, order):
        proofs.append(words.TEXT_LAYER)
    if found.page in order.doubtful_pages:
        doubts.append(order.doubtful_pages[found.page])
    return proofs, doubts


def _grounded(path: str, order: OrderFound) -> bool:
    """Say whether the text of a PDF may speak for itself: in a line only when its product is beyond doubt."""
    parts = path.split("/")
    if parts[1] != "lines":
        return True
    sku = order.lines[int(parts[2])].get("sku")
    return parts[3] != "sku" and sku is not None and sku.value is not None and not sku.doubts


def _missing(proofs: list[str], *, certain: bool) -> list[str]:
    """Say what keeps a value without contradictions from being taken as it is."""
    return [reason for reason, holds in ((words.LOW_SCORE, not certain), (words.NO_PROOF, not proofs)) if holds]


def _confidence(found: Found, proofs: list[str], doubts: list[str]) -> float:
    """Return 0–1: the characters and the proofs together, lowered without proof and again with a doubt."""
    factor = (1.0 if proofs else 0.9) * (0.6 if doubts else 1.0)
    return round(min(1.0, found.confidence(proofs) * factor), 3)


def _local_midnight(day: str | None, timezone: str) -> str | None:
    if day is None:
        return None
    return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(timezone)).isoformat()


def _currency(order: OrderFound) -> DraftField:
    """Return the currency named on the page, one of several to be chosen; none is taken as CNY and confirmed."""
    codes = currencies_in(" ".join(order.texts))
    if len(codes) == 1:
        return DraftField("/currency", codes[0], "", 1.0, FieldStatus.AUTO, (words.LABELLED,))
    why = words.SEVERAL_CURRENCIES if codes else words.ASSUMED_CURRENCY
    code = codes[0] if codes else "CNY"
    return DraftField("/currency", code, "", 0.8, FieldStatus.CONFIRM, (why,), alternatives=codes[:5])


def _warnings(order: OrderFound) -> list[str]:
    found = list(order.warnings)
    if not order.lines:
        found.append(words.NO_LINES)
    return found + list(order.doubtful_pages.values())


__all__ = ["CERTAIN", "assemble", "empty_order"]
