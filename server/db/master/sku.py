"""SKUs (商品): what can be ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.money import price_text, quantity_text
from orders.order import OrderType
from server.db.master.kind import Item, Kind, Row, Scene
from server.db.tables import skus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.db.master.item import Reader
    from server.db.store import Store

FIELDS = ("sku", "name", "spec", "unit", "type", "gtin", "cost", "pack_size", "pack_unit", "aliases",
          "supplier_delayed", "attributes", "state")  # fmt: skip
TYPES = tuple(order_type.value for order_type in OrderType)


def _parse(_scene: Scene, reader: Reader) -> Row:
    return {
        "sku": reader.text("sku"),
        "name": reader.text("name"),
        "spec": reader.maybe("spec"),
        "unit": reader.text("unit"),
        "type": reader.choice("type", TYPES, OrderType.STOCK.value),
        "gtin": reader.maybe("gtin"),
        "cost": reader.maybe_micro("cost"),
        "pack_size": reader.maybe_micro("pack_size"),
        "pack_unit": reader.maybe("pack_unit"),
        "aliases": reader.many("aliases", str),
        "supplier_delayed": reader.yes("supplier_delayed"),
        "attributes": reader.mapping("attributes"),
        "state": reader.choice("state", ("active", "retired"), "active"),
    }


def _show(_conn: Connection, _store: Store, row: Row) -> Item:
    shown = {name: row[name] for name in FIELDS}
    shown["cost"] = None if row["cost"] is None else price_text(row["cost"])
    shown["pack_size"] = None if row["pack_size"] is None else quantity_text(row["pack_size"])
    return shown


SKUS = Kind("skus", skus, FIELDS, ("sku",), _parse, _show, ("sku", "name", "spec", "gtin"), lambda row: str(row["sku"]))
