"""Stock (库存): what is on hand and on its way at one site; what is reserved moves only with orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from orders.money import MICRO, Micro, quantity_text
from orders.stock import StockLevel
from server.db.ids import new_id
from server.db.master.item import InvalidItem
from server.db.master.kind import Item, Kind, Row, Scene, known_code
from server.db.tables import sites, skus, stock_items, stock_ledger

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.db.master.item import Reader
    from server.db.store import Store

FIELDS = ("sku", "site", "on_hand", "in_transit", "coefficient", "reserved", "available")


def _parse(scene: Scene, reader: Reader) -> Row:
    on_hand = reader.micro("on_hand")
    in_transit = reader.micro("in_transit", "0")
    coefficient = reader.micro("coefficient", "1")
    if coefficient > MICRO:
        reader.fault("coefficient", "too_large", "在途系数应在 0 到 1 之间", "coefficient must be between 0 and 1")
    level = StockLevel("", "", Micro(on_hand), Micro(0), Micro(in_transit), Micro(coefficient))
    return {
        "sku": known_code(scene, reader, "sku", skus.c.sku),
        "site": known_code(scene, reader, "site", sites.c.code),
        "on_hand": on_hand,
        "in_transit": in_transit,
        "coefficient": coefficient,
        "inbound": level.inbound,
    }


def check(old: Row | None, new: Row) -> None:
    """Refuse a level below what orders were promised. Raises InvalidItem."""
    reserved = old["reserved"] if old else 0
    if reserved > new["on_hand"] + new["inbound"]:
        told = quantity_text(reserved)
        raise InvalidItem(
            f"{told} of {new['sku']} at {new['site']} is promised to orders: cancel or move some first",
            f"{new['site']} 的 {new['sku']} 已被订单预占 {told}，请先取消或转移部分订单",
            code="below_reserved",
        )


def _after(scene: Scene, old: Row | None, new: Row, _item: Item) -> None:
    row = {
        "id": new_id("led", scene.now),
        "sku": new["sku"],
        "site": new["site"],
        "kind": "set",
        "on_hand_delta": new["on_hand"] - (old["on_hand"] if old else 0),
        "inbound_delta": new["inbound"] - (old["inbound"] if old else 0),
        "reserved_delta": 0,
        "actor": scene.actor.id,
        "at": scene.now,
    }
    if row["on_hand_delta"] or row["inbound_delta"]:
        scene.conn.execute(insert(stock_ledger), row)


def level_of(row: Row) -> StockLevel:
    """Return a stock row as the word that the rules speak."""
    names = ("on_hand", "reserved", "in_transit", "coefficient")
    return StockLevel(row["sku"], row["site"], *(Micro(row[name]) for name in names))


def _show(_conn: Connection, _store: Store, row: Row) -> Item:
    shown = {name: quantity_text(row[name]) for name in ("on_hand", "in_transit", "coefficient", "reserved")}
    return {"sku": row["sku"], "site": row["site"], **shown, "available": quantity_text(level_of(row).available)}


STOCK = Kind(
    "stock",
    stock_items,
    FIELDS,
    ("sku", "site"),
    _parse,
    _show,
    ("sku", "site"),
    lambda row: f"{row['sku']}@{row['site']}",
    _after,
    in_catalogue=False,
)
