"""Sites (仓库、门店、生产单元): where goods lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db.master.kind import Item, Kind, Row, Scene
from server.db.tables import sites

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.db.master.item import Reader
    from server.db.store import Store

FIELDS = ("code", "name", "kind", "address", "attributes", "state")
KINDS = ("warehouse", "store", "production")


def _parse(_scene: Scene, reader: Reader) -> Row:
    return {
        "code": reader.text("code"),
        "name": reader.text("name"),
        "kind": reader.choice("kind", KINDS, "warehouse"),
        "address": reader.maybe("address"),
        "attributes": reader.mapping("attributes"),
        "state": reader.choice("state", ("active", "retired"), "active"),
    }


def _show(_conn: Connection, _store: Store, row: Row) -> Item:
    return {name: row[name] for name in FIELDS}


SITES = Kind("sites", sites, FIELDS, ("code",), _parse, _show, ("code", "name"), lambda row: str(row["code"]))
