"""The words of one order line, field by field, before they are weighed against the catalogue.

What texts and tables hand to `intake/known/goods.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What a document says about one line, field by field; numbers are plain decimal text already.

    ``skus`` are the products that the words may mean; ``sure``: a code, or a whole name that only one product bears.
    """

    raw: str
    skus: tuple[str, ...] = ()
    sure: bool = True
    code: str | None = None
    buyer_sku: str | None = None
    name: str | None = None
    spec: str | None = None
    quantity: str | None = None
    unit: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    requested_date: str | None = None
    bare_quantity: bool = False
    doubt: str = ""
    price_unit: str | None = None
    quantity_doubt: str = ""
    quantity_among: tuple[str, ...] = ()
    sku_doubt: str = ""
    among: tuple[str, ...] = ()
    quantity_why: str = ""
    price_doubt: str = ""
    price_why: str = ""
