"""Prices (价格): list, contract and promotion prices, each with the time that it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.money import price_text
from server.db.ids import new_id
from server.db.master.item import ALWAYS
from server.db.master.kind import Item, Kind, Row, Scene, known_code
from server.db.tables import customers, prices, skus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.db.master.item import Reader
    from server.db.store import Store

FIELDS = ("sku", "kind", "customer", "promotion", "currency", "price", "valid_from", "valid_until", "approved")
KEYS = ("sku", "kind", "customer", "promotion", "currency", "valid_from")


def _parse(scene: Scene, reader: Reader) -> Row:
    kind = reader.choice("kind", ("list", "contract", "promo"), "list")
    customer = known_code(scene, reader, "customer", customers.c.code) if reader.maybe("customer") else ""
    if kind == "contract" and not customer:
        reader.fault("customer", "missing", "合同价须指明客户", "A contract price needs its customer")
    return {
        "id": new_id("prc", scene.now),
        "sku": known_code(scene, reader, "sku", skus.c.sku),
        "kind": kind,
        "customer": customer,
        "promotion": reader.maybe("promotion") or "",
        "currency": reader.text("currency", "CNY"),
        "price": reader.micro("price"),
        "valid_from": reader.moment("valid_from") or ALWAYS,
        "valid_until": reader.moment("valid_until"),
        "approved": reader.yes("approved", default=True),
    }


def _show(_conn: Connection, _store: Store, row: Row) -> Item:
    since, until = row["valid_from"], row["valid_until"]
    return {
        "sku": row["sku"],
        "kind": row["kind"],
        "customer": row["customer"] or None,
        "promotion": row["promotion"] or None,
        "currency": row["currency"],
        "price": price_text(row["price"]),
        "valid_from": None if since == ALWAYS else since.isoformat(),
        "valid_until": None if until is None else until.isoformat(),
        "approved": row["approved"],
    }


def code_of(row: Row) -> str:
    """Return a price's own code, such as ``A-1001:contract:C-003::CNY``."""
    since = row["valid_from"]
    told = ":".join(str(row[name]) for name in KEYS[:5])
    return told if since == ALWAYS else f"{told}:{since.isoformat()}"


PRICES = Kind("prices", prices, FIELDS, KEYS, _parse, _show, ("sku", "customer", "promotion"), code_of)
