"""Orders as a sheet: one row for each line, people masked, with where they come from and the company's own fields.

Place in the order's way: after the commit. Who takes it away is kept in the trail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from orders.actor import Role
from orders.money import fen_text, price_text, quantity_text
from orders.own_field import FieldOf
from server.db import audit
from server.db.order import orders
from server.sheet import write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orders.actor import Actor
    from orders.own_field import OwnField
    from server.db.order.orders import Filter
    from server.deps import Deps

Row = dict[str, Any]
EXPORTERS = (Role.SALES_SUPERVISOR, Role.FINANCE, Role.RISK, Role.AUDITOR, Role.DEALER)
MOST_ORDERS = 20_000
_PAGE = 100
HEAD = ("id", "number", "channel", "source_type", "source_ref", "state", "customer_level", "buyer", "currency")
LINE = ("line_no", "sku", "quantity", "unit", "unit_price", "amount")
LAST = ("payable", "issued_at", "created_at")


def export(deps: Deps, actor: Actor, wanted: Filter, form: Literal["xlsx", "csv"]) -> bytes:
    """Return the orders that the actor may see, newest first, at most 20,000."""
    fields = [field for field in deps.catalogue().fields if not field.retired]
    names = [field.word.replace("attributes.", "", 1) for field in fields]
    with deps.store.db.write() as conn:
        told = {"form": form, "own": wanted.own, "source_type": wanted.source_type}
        audit.record(conn, "orders", audit.Entry("orders_exported", actor.id, told), deps.clock())
    write = write_xlsx if form == "xlsx" else write_csv
    return write(_rows(deps, actor, wanted, fields), [*HEAD, *LINE, *LAST, *names])


def _rows(deps: Deps, actor: Actor, wanted: Filter, fields: list[OwnField]) -> Iterator[Row]:
    after, count = None, 0
    with deps.store.db.read() as conn:
        while count < MOST_ORDERS:
            page = orders.list_page(conn, actor, wanted, limit=_PAGE, after=after)
            own = orders.own_values(conn, [row["id"] for row in page.rows])
            for row in page.rows:
                yield from _of_order(row, orders.lines(conn, row["id"]), own.get(row["id"], {}), fields)
            count, after = count + len(page.rows), page.next_cursor
            if after is None:
                return


def _of_order(row: Row, lines: list[Row], own: dict[tuple[int, str], str], fields: list[OwnField]) -> Iterator[Row]:
    head = {name: row.get(name) for name in HEAD}
    last = {"payable": fen_text(row["payable_fen"]), **{at: row[at].isoformat() for at in ("issued_at", "created_at")}}
    for line in lines:
        values = {
            field.word.replace("attributes.", "", 1): own.get(
                (0 if field.of is FieldOf.ORDER else line["line_no"], field.name)
            )
            for field in fields
        }
        yield {**head, "buyer": row["buyer_masked"], **_line(line), **last, **values}


def _line(line: Row) -> Row:
    return {
        **{name: line[name] for name in ("line_no", "sku", "unit")},
        "quantity": quantity_text(line["quantity"]),
        "unit_price": None if line["unit_price"] is None else price_text(line["unit_price"]),
        "amount": None if line["amount_fen"] is None else fen_text(line["amount_fen"]),
    }
