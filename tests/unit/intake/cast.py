"""The demo company as a catalogue, and the order of the contract: what most tests of reading start from."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from orders.catalogue import Catalogue, CustomerEntry, SkuEntry
from orders.money import parse_micro
from orders.order import OrderType

ROOT = Path(__file__).parents[3]


@cache
def catalogue() -> Catalogue:
    company = json.loads((ROOT / "server" / "demo" / "company.json").read_text(encoding="utf-8"))
    return Catalogue(
        skus={row["sku"]: _sku(row, company["prices"]) for row in company["skus"]},
        customers={row["code"]: _customer(row) for row in company["customers"]},
        sites={row["code"]: row["name"] for row in company["sites"]},
    )


def _sku(row: dict[str, Any], prices: list[dict[str, Any]]) -> SkuEntry:
    price = next(item["price"] for item in prices if item["sku"] == row["sku"] and item["kind"] == "list")
    return SkuEntry(
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"],
        spec=row["spec"],
        gtin=row["gtin"],
        type=OrderType(row["type"]),
        list_price=parse_micro(price),
        pack_size=parse_micro(row["pack_size"]) if row["pack_size"] else None,
        pack_unit=row["pack_unit"],
        aliases=tuple(row["aliases"]),
    )


def _customer(row: dict[str, Any]) -> CustomerEntry:
    return CustomerEntry(
        code=row["code"],
        name=row["name"],
        ids=tuple((item["scheme"], item["value"]) for item in row["ids"]),
        contacts=tuple(item["name"] for item in row["contacts"]),
        phones=tuple(item["phone"] for item in row["contacts"]),
        emails=tuple(item["email"] for item in row["contacts"]),
        addresses=tuple((item["label"], item["text"]) for item in row["addresses"]),
        buyer_skus=dict(row["buyer_skus"]),
        payment_terms=row["payment_terms"],
    )


_ORDER: dict[str, Any] = {
    "number": "PO-2026-0117",
    "doc_type": "order",
    "channel": "erp",
    "issued_at": "2026-11-22T10:15:00+08:00",
    "currency": "CNY",
    "buyer": {
        "name": "苏州恒力机电有限公司",
        "ids": [{"scheme": "uscc", "value": "91320505MA1KL0011B"}],
        "contact": {"name": "张总", "phone": "13800138000", "email": None},
    },
    "ship_to": {
        "contact": {"name": "王工", "phone": "13900139000"},
        "address": {"text": "江苏省苏州市虎丘区星湖街328号"},
    },
    "requested_date": "2026-11-30",
    "payment_terms": "net30",
    "lines": [{"sku": "A-1001", "quantity": "1000", "unit": "个", "unit_price": "12.50"}],
}


def order(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(_ORDER), **changes}


def line(**changes: Any) -> dict[str, Any]:
    return {"sku": "A-1001", "quantity": "1000", "unit": "个", "unit_price": "12.50", **changes}
