"""Master data: SKUs, prices, customers, stock, credit accounts and sites, each by its own code.

Place in the order's way: before it; the catalogue and the context are read from here. Items have the shapes of the
API, decimal text for numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, tuple_, update

from orders.errors import NotFound
from server.db import audit, page
from server.db.facts import catalogue
from server.db.master import customer, price, stock
from server.db.master.credit import CREDIT_ACCOUNTS
from server.db.master.customer import CUSTOMERS
from server.db.master.item import ALWAYS, InvalidItem, Reader
from server.db.master.kind import Item, Kind, Row, Scene
from server.db.master.price import PRICES
from server.db.master.site import SITES
from server.db.master.sku import SKUS
from server.db.master.stock import STOCK
from server.db.order import recheck
from server.db.tables import customers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.page import Page
    from server.db.store import Store

__all__ = ["KINDS", "InvalidItem", "get", "list_page", "put", "upsert"]

KINDS: dict[str, Kind] = {kind.name: kind for kind in (SITES, SKUS, CUSTOMERS, PRICES, STOCK, CREDIT_ACCOUNTS)}
"""In the order in which they refer to each other: load them so."""


def kind_of(name: str) -> Kind:
    """Return the kind. Raises NotFound."""
    if name not in KINDS:
        raise NotFound(f"There is no master data {name}", f"没有主数据 {name}")
    return KINDS[name]


def upsert(conn: Connection, store: Store, kind: str, item: Item, *, actor: Actor, now: datetime) -> str:
    """Write one item by its own code; return ``created`` or ``updated``. Raises InvalidItem naming each field."""
    return put(Scene(conn, store, actor, now), kind_of(kind), item)[0]


def put(scene: Scene, kind: Kind, item: Item, *, trail: bool = True) -> tuple[str, Row | None]:
    """Write one item; return what was done and the row before (None for a new one).

    Without ``trail`` the caller keeps the audit entry and says that the catalogue moved (once for a whole import).
    """
    row = parsed(scene, kind, item)
    old = _old(scene, kind, row)
    write(scene, kind, item, row, old)
    wish_again(scene, kind, [(old, row)])
    if trail:
        if kind.in_catalogue:
            catalogue.moved(scene.conn, scene.actor.id, scene.now)
        detail = {"kind": kind.name, "code": kind.code(row), "new": old is None}
        entry = audit.Entry("master_changed", scene.actor.id, detail)
        audit.record(scene.conn, f"master:{kind.name}", entry, scene.now)
    return ("created" if old is None else "updated"), old


def parsed(scene: Scene, kind: Kind, item: Item) -> Row:
    """Return the row that an item gives. Raises InvalidItem naming each field."""
    reader = Reader(item, kind.fields, scene.store.timezone)
    row = kind.parse(scene, reader)
    reader.done()
    return row


def write(scene: Scene, kind: Kind, item: Item, row: Row, old: Row | None) -> None:
    """Write a parsed row over ``old``, or as a new one. Raises InvalidItem before anything is written."""
    if kind is STOCK:
        stock.check(old, row)
    if kind is CUSTOMERS:
        row |= {"id": old["id"], "subject": old["subject"]} if old else {}
        customer.seal(scene, row)
    _write(scene, kind, old, row)
    if kind.after is not None:
        kind.after(scene, old, row, item)


def key_of(kind: Kind, row: Row) -> tuple[Any, ...]:
    """Return what a row is found by."""
    return tuple(row[name] for name in kind.keys)


def rows_before(scene: Scene, kind: Kind, rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """Return the rows that stand now where ``rows`` are to be written, by their keys, in one query."""
    columns = [kind.table.c[name] for name in kind.keys]
    wanted = [key_of(kind, row) for row in rows]
    same = tuple_(*columns).in_(wanted) if len(columns) > 1 else columns[0].in_([key[0] for key in wanted])
    found = scene.conn.execute(select(kind.table).where(same).with_for_update()).mappings()
    return {key_of(kind, row): dict(row) for row in map(dict, found)}


def _old(scene: Scene, kind: Kind, row: Row) -> Row | None:
    return rows_before(scene, kind, [row]).get(key_of(kind, row))


def _write(scene: Scene, kind: Kind, old: Row | None, row: Row) -> None:
    if old is None:
        born = {"created_at": scene.now} if "created_at" in kind.table.c else {}
        scene.conn.execute(insert(kind.table), {**row, **born, "updated_at": scene.now})
        return
    same = and_(*(kind.table.c[name] == row[name] for name in kind.keys))
    changes = {name: value for name, value in row.items() if name not in (*kind.keys, "id")}
    version = kind.table.c.version + 1
    scene.conn.execute(update(kind.table).where(same).values(**changes, updated_at=scene.now, version=version))


def wish_again(scene: Scene, kind: Kind, written: Iterable[tuple[Row | None, Row]]) -> None:
    """Let the open orders that wait for what changed be decided again."""
    changed = [row for old, row in written if old is None or any(old.get(name) != row[name] for name in row)]
    if not changed:
        return
    if kind in (STOCK, PRICES, SKUS):
        recheck.wish(scene.conn, recheck.SKU, [row["sku"] for row in changed], scene.now)
    elif kind in (CUSTOMERS, CREDIT_ACCOUNTS):
        name = "id" if kind is CUSTOMERS else "customer_id"
        recheck.wish(scene.conn, recheck.CUSTOMER, [row[name] for row in changed], scene.now)


def get(conn: Connection, store: Store, kind: str, code: str) -> Item | None:
    """Return one item by its own code: a SKU, a customer code, ``sku@site``, a price's code."""
    found = kind_of(kind)
    row = conn.execute(select(found.table).where(same(found, code))).mappings().first()
    return None if row is None else found.show(conn, store, dict(row))


def code_of_item(store: Store, kind: Kind, item: Item) -> str:
    """Return the own code of an item as the API shows it."""
    if kind is PRICES:
        reader = Reader(item, kind.fields, store.timezone)
        filled = {"kind": "list", "currency": "CNY", **{name: value for name, value in item.items() if value}}
        told = {name: filled.get(name) or "" for name in price.KEYS[:5]}
        return price.code_of({**told, "valid_from": reader.moment("valid_from") or ALWAYS})
    return kind.code(item)


def same(kind: Kind, code: str) -> ColumnElement[bool]:
    """Return the condition that finds the row with this code."""
    if kind is CREDIT_ACCOUNTS:
        return kind.table.c.customer_id == select(customers.c.id).where(customers.c.code == code).scalar_subquery()
    if kind is STOCK:
        sku, _, site = code.rpartition("@")
        return and_(kind.table.c.sku == sku, kind.table.c.site == site)
    if kind is PRICES:
        return _price_is(code)
    return kind.table.c[kind.keys[0]] == code


def _price_is(code: str) -> ColumnElement[bool]:
    parts = code.split(":", 5)
    parts += [""] * (5 - len(parts))
    told: dict[str, Any] = dict(zip(price.KEYS, parts, strict=False))
    told["valid_from"] = Reader({"valid_from": told.get("valid_from")}, ("valid_from",)).moment("valid_from") or ALWAYS
    return and_(*(PRICES.table.c[name] == told[name] for name in price.KEYS))


def list_page(
    conn: Connection, store: Store, kind: str, *, limit: int = 50, after: str | None = None, q: str = ""
) -> Page:
    """Return items by their code, those that contain ``q`` if given."""
    found = kind_of(kind)
    query = select(found.table)
    if q:
        query = query.where(or_(*(found.table.c[name].contains(q, autoescape=True) for name in found.search)))
    keys = tuple(found.table.c[name] for name in found.keys)
    rows = page.take(conn, query, keys, limit, after, newest=False)
    return page.Page(tuple(found.show(conn, store, row) for row in rows.rows), rows.next_cursor)
