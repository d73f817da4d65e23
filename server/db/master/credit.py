"""Credit accounts (信用账户): the limit, what finance says is owed, and what open orders here add to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from orders.credit import CreditStatus
from orders.money import fen_text
from server.db.master.kind import Item, Kind, Row, Scene, known_code
from server.db.tables import credit_accounts, customers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.db.master.item import Reader
    from server.db.store import Store

FIELDS = ("customer", "currency", "limit", "exposure", "overdue_days", "score", "status", "open_orders", "available")


def _parse(scene: Scene, reader: Reader) -> Row:
    code = known_code(scene, reader, "customer", customers.c.code)
    return {
        "customer_id": scene.conn.execute(select(customers.c.id).where(customers.c.code == code)).scalar() or "",
        "currency": reader.text("currency", "CNY"),
        "limit_fen": reader.fen("limit"),
        "exposure_fen": reader.fen("exposure", "0"),
        "overdue_days": reader.whole("overdue_days", 0),
        "score": reader.whole("score", None),
        "status": reader.choice("status", tuple(status.value for status in CreditStatus), CreditStatus.OK.value),
    }


def _show(conn: Connection, _store: Store, row: Row) -> Item:
    code = conn.execute(select(customers.c.code).where(customers.c.id == row["customer_id"])).scalar()
    return {
        "customer": code,
        "currency": row["currency"],
        "limit": fen_text(row["limit_fen"]),
        "exposure": fen_text(row["exposure_fen"]),
        "overdue_days": row["overdue_days"],
        "score": row["score"],
        "status": row["status"],
        "open_orders": fen_text(row["open_fen"]),
        "available": fen_text(row["limit_fen"] - row["exposure_fen"] - row["open_fen"]),
    }


CREDIT_ACCOUNTS = Kind(
    "credit_accounts",
    credit_accounts,
    FIELDS,
    ("customer_id",),
    _parse,
    _show,
    ("customer_id",),
    lambda row: str(row["customer_id"]),
    in_catalogue=False,
)
