"""What a draft does not say and the customer file knows: the terms of payment (read; MAP-08).

The last step of reading, for every kind of document. A value that stands in the document is never touched.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from intake.known.match import index_of, key
from orders.draft import DraftField, DraftOrder, FieldStatus

if TYPE_CHECKING:
    from orders.catalogue import Catalogue, CustomerEntry

PATH = "/payment_terms"
_WHY = "单据上没有写付款方式，按客户档案"


def with_customer_terms(draft: DraftOrder, catalogue: Catalogue) -> DraftOrder:
    """Return the draft with the customer's own terms where it says none; a proposed customer's are asked, too."""
    if draft.order.get("payment_terms"):
        return draft
    entry = _customer(draft, catalogue)
    if entry is None or not entry.payment_terms:
        return draft
    sure = all(item.status is FieldStatus.AUTO for item in draft.fields if item.path == "/buyer/name")
    status, confidence = (FieldStatus.AUTO, 0.95) if sure else (FieldStatus.CONFIRM, 0.7)
    found = DraftField(PATH, entry.payment_terms, "", confidence, status, (_WHY,))
    others = tuple(item for item in draft.fields if item.path != PATH)
    return replace(draft, order={**draft.order, "payment_terms": entry.payment_terms}, fields=(*others, found))


def _customer(draft: DraftOrder, catalogue: Catalogue) -> CustomerEntry | None:
    name = (draft.order.get("buyer") or {}).get("name")
    codes = index_of(catalogue).customers_by_key.get(f"name:{key(name)}", ()) if name else ()
    return catalogue.customers[codes[0]] if len(codes) == 1 else None
