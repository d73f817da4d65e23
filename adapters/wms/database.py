"""An old warehouse system over its database: rows into two tables of ours there, what was shipped out of one view.

Place in the order's way: dispatch writes instructions; a job reads the view and reports shipments. Any SQLAlchemy URL
does (Oracle and ODBC with their drivers installed). Only the tables and the view named here are touched:

- ``sluice_instruction`` (instruction PK, order_id, order_number, consignee, phone, address, state, written_at)
- ``sluice_instruction_line`` (instruction, line_no PK, sku, quantity)
- view ``sluice_shipped`` (reference, order_id, site, carrier, waybill, shipped_at, sku, quantity, lot)
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from adapters.erp.papers import own_number, unsupported
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Secrets, Target

Json = dict[str, Any]
_metadata = MetaData()
heads = Table(
    "sluice_instruction",
    _metadata,
    Column("instruction", String(40), primary_key=True),
    *(Column(name, String(200)) for name in ("order_id", "order_number", "consignee", "phone")),
    Column("address", String(500)),
    Column("state", String(20)),  # new, cancelled
    Column("written_at", DateTime),
)
lines = Table(
    "sluice_instruction_line",
    _metadata,
    Column("instruction", String(40), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("sku", String(64)),
    Column("quantity", String(32)),
)
_VIEW = Table(
    "sluice_shipped",
    MetaData(),
    *(Column(name, String) for name in ("reference", "order_id", "site", "carrier", "waybill", "shipped_at")),
    *(Column(name, String) for name in ("sku", "quantity", "lot")),
)


@lru_cache(maxsize=32)
def engine(url: str, password: str) -> Engine:
    """Return the pooled engine of a foreign database. Raises TransportError, permanent, for an address that is none."""
    try:
        told = make_url(url)
        return create_engine(told.set(password=password) if password else told, pool_pre_ping=True, pool_size=2)
    except (ArgumentError, ImportError, SQLAlchemyError) as error:
        raise TransportError(
            f"not a usable database address: {type(error).__name__}",
            "数据库地址无法使用",
            permanent=True,
            code="bad_url",
        ) from None


def make_tables(url: str, password: str = "") -> None:
    """Make our two tables in a database that has none; the view is theirs."""
    _metadata.create_all(engine(url, password))


def _deliver(message: Message, target: Target, secrets: Secrets, now: datetime) -> Receipt:
    if message.event not in ("order.accepted", "order.cancelled"):
        raise unsupported(message.event)
    value = json.loads(message.body)
    number = own_number("WI", value["order_id"])
    try:
        with engine(target.url, secrets[0] if secrets else "").begin() as conn:
            if message.event == "order.cancelled":
                conn.execute(update(heads).where(heads.c.instruction == number).values(state="cancelled"))
            elif conn.execute(select(heads.c.instruction).where(heads.c.instruction == number)).first() is None:
                head, rows = _rows(value, number, now)
                conn.execute(insert(heads), head)
                conn.execute(insert(lines), rows)
    except IntegrityError:
        return Receipt(reference=number, detail="duplicate")  # another process wrote it first
    except SQLAlchemyError as error:
        raise TransportError(
            f"cannot write: {type(error).__name__}", "写不进仓库数据库", permanent=False, code="unreachable"
        ) from None
    return Receipt(reference=number)


def _rows(value: Json, number: str, now: datetime) -> tuple[Json, list[Json]]:
    order: Json = value.get("order") or {}
    ship_to = order.get("ship_to") or {}
    contact = ship_to.get("contact") or {}
    head = {
        "instruction": number,
        "order_id": value["order_id"],
        "order_number": value.get("number"),
        "consignee": contact.get("name"),
        "phone": contact.get("phone"),
        "address": (ship_to.get("address") or {}).get("text"),
        "state": "new",
        "written_at": now.astimezone(UTC).replace(tzinfo=None),
    }
    told = [
        {"instruction": number, "line_no": line["line_no"], "sku": line["sku"], "quantity": line["quantity"]}
        for line in order.get("lines") or ()
    ]
    return head, told


def shipped(url: str, password: str, limit: int = 5000) -> list[Json]:
    """Read the view and return its reports, each with its lines. Raises TransportError."""
    query = select(_VIEW).order_by(_VIEW.c.reference).limit(limit)
    try:
        with engine(url, password).connect() as conn:
            rows = [dict(row) for row in conn.execute(query).mappings()]
    except SQLAlchemyError as error:
        raise TransportError(
            f"cannot read the view: {type(error).__name__}", "读不到仓库视图", permanent=False, code="unreachable"
        ) from None
    names = ("reference", "order_id", "site", "carrier", "waybill", "shipped_at")
    return [
        {**{name: part[0][name] for name in names}, "lines": [_line(row) for row in part]}
        for part in (list(group) for _, group in groupby(rows, key=lambda row: row["reference"]))
    ]


def _line(row: Json) -> Json:
    return {"sku": row["sku"], "quantity": str(row["quantity"]), "lot": row["lot"]}


def _make(clock: Clock) -> Deliver:
    return lambda message, target, secrets: _deliver(message, target, secrets, clock())


KIND = Kind(
    "wms.database",
    "老仓库系统（数据库表与视图）",
    "Old WMS (tables and a view)",
    _make,
    url="oracle+oracledb://user@host:1521/?service_name=WMS",
    fields=(Field("password", "数据库密码", "Database password", secret=True),),
    order=True,
    events=("order.accepted", "order.cancelled"),
)
