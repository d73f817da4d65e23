"""The catalogue: master data as the frozen view that reading and normalizing match against.

Place in the order's way: loaded before normalize, again when `version` moves.
"""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from intake.lesson import taught
from orders.catalogue import Catalogue, CustomerEntry, SkuEntry
from orders.money import Micro, parse_micro
from orders.order import OrderType
from orders.own_field import OwnField, field_of
from orders.source import SourceType, source_of_platform
from server.db.database import insert_for
from server.db.facts import configuration
from server.db.facts.person import person_of
from server.db.ids import new_id
from server.db.papers.lessons import live_lessons
from server.db.statement import Statement
from server.db.tables import channels, customers, prices, settings, sites, skus
from server.db.vault import Erased

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.store import Store

VERSION = "catalogue_version"
OWN_FIELDS = "own_fields"
_COVERED = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
"""What a product's own field ``covered`` may say; anything else says nothing."""
_VERSION = Statement("SELECT CAST(value AS text) AS value FROM settings WHERE name = :name")


def covered_of(said: object) -> bool | None:
    """Return what a product's own field ``covered`` says."""
    return _COVERED.get(str(said).lower())


def version(conn: Connection) -> str:
    """Return what moves whenever master data that the catalogue shows is written. One row by its key."""
    row = _VERSION.first(conn, {"name": VERSION})
    return "" if row is None else str(row.value)


def moved(conn: Connection, actor: str, now: datetime) -> None:
    """Say that the catalogue is another one now."""
    row = {"name": VERSION, "value": new_id("cat", now), "actor": actor, "updated_at": now}
    statement = insert_for(conn)(settings)
    changes = {name: statement.excluded[name] for name in ("value", "actor", "updated_at")}
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changes), row)


def load_catalogue(conn: Connection, store: Store, *, now: datetime | None = None) -> Catalogue:
    """Read SKUs, customers, prices and sites that are active; prices that hold at ``now`` where given."""
    list_prices, contracts = _prices(conn, now)
    by_name = select(sites.c.code, sites.c.name).where(sites.c.state == "active").order_by(sites.c.code)
    return Catalogue(
        skus={
            row["sku"]: _sku(row, list_prices.get(row["sku"]))
            for row in conn.execute(select(skus).where(skus.c.state == "active").order_by(skus.c.sku)).mappings()
        },
        customers=_customers(conn, store, contracts),
        sites={row.code: row.name for row in conn.execute(by_name)},
        sources=_sources(conn),
        fields=own_fields(conn),
    )


def own_fields(conn: Connection) -> tuple[OwnField, ...]:
    """Return the company's own fields, in the order in which they were defined."""
    return tuple(field_of(one) for one in configuration.get(conn, OWN_FIELDS, ()))


def _sources(conn: Connection) -> dict[str, str]:
    rows = conn.execute(select(channels.c.code, channels.c.platform, channels.c.settings))
    told = {row.code: (row.settings or {}).get("source_type") or source_of_platform(row.platform) for row in rows}
    return {code: str(kind) for code, kind in told.items() if kind in set(SourceType)}


def _sku(row: Any, list_price: Micro | None) -> SkuEntry:
    return SkuEntry(
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"],
        spec=row["spec"],
        gtin=row["gtin"],
        type=OrderType(row["type"]),
        list_price=list_price,
        pack_size=None if row["pack_size"] is None else Micro(row["pack_size"]),
        pack_unit=row["pack_unit"],
        aliases=tuple(row["aliases"]),
        min_quantity=_least(row["attributes"]),
        covered=covered_of(row["attributes"].get("covered")),
    )


def _least(attributes: dict[str, Any]) -> Micro | None:
    """Return the least quantity among a product's own fields; None where it is none or no number."""
    try:
        return parse_micro(str(attributes["min_quantity"]))
    except (KeyError, ValueError):
        return None


def _prices(conn: Connection, now: datetime | None) -> tuple[dict[str, Micro], dict[str, dict[str, Micro]]]:
    query = select(prices).where(prices.c.kind.in_(("list", "contract"))).order_by(prices.c.valid_from)
    if now is not None:
        query = query.where(prices.c.valid_from <= now, or_(prices.c.valid_until.is_(None), prices.c.valid_until > now))
    listed: dict[str, Micro] = {}
    contracts: dict[str, dict[str, Micro]] = defaultdict(dict)
    for row in conn.execute(query):  # the one that began last wins
        if row.kind == "list":
            listed[row.sku] = Micro(row.price)
        else:
            contracts[row.customer][row.sku] = Micro(row.price)
    return listed, contracts


def _customers(conn: Connection, store: Store, contracts: dict[str, dict[str, Micro]]) -> dict[str, CustomerEntry]:
    found: dict[str, CustomerEntry] = {}
    learnt = live_lessons(conn, store)
    query = select(customers).where(customers.c.state == "active").order_by(customers.c.code)
    for row in conn.execute(query).mappings():
        try:
            person = person_of(conn, store, dict(row))
        except Erased:
            continue
        entry = _customer(row, person, contracts.get(row["code"], {}))
        found[row["code"]] = reduce(taught, learnt.get(row["id"], ()), entry)
    return found


def _customer(row: Any, person: dict[str, Any], contract: dict[str, Micro]) -> CustomerEntry:
    contacts = person["contacts"]
    return CustomerEntry(
        code=row["code"],
        name=person["name"],
        ids=tuple((party_id["scheme"], party_id["value"]) for party_id in person["ids"]),
        contacts=tuple(contact["name"] for contact in contacts if contact.get("name")),
        phones=tuple(contact["phone"] for contact in contacts if contact.get("phone")),
        emails=tuple(contact["email"] for contact in contacts if contact.get("email")),
        addresses=tuple((address.get("label") or "", address["text"]) for address in person["addresses"]),
        buyer_skus=dict(row["buyer_skus"]),
        contract_prices=contract,
        payment_terms=row["payment_terms"],
    )
