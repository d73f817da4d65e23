"""Write-back of warehouses: what left the shelf, with quantities, lots and waybill; the order moves when all is out.

Place in the order's way: after printing. A report is kept once by the warehouse's own number; the order is shipped by
the same command as by hand, so that gates and holds stop it as well. Old systems are asked for their view.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from adapters.wms import database
from orders.actor import SYSTEM
from orders.errors import NotFound, Refused, SluiceError, TransportError
from orders.state import OrderState
from server.db.order import orders as stored_orders
from server.db.outlets import destinations, shipments
from server.desk import labels, orders

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
log = logging.getLogger(__name__)
_looked_at: set[str] = set()
"""Rows of views whose waybill was counted: one that stays wrong is read again every five minutes."""
_STEPS = {OrderState.ROUTING: ("print", "ship"), OrderState.PRINTED: ("ship",)}


def report(deps: Deps, actor: Actor, source: str, order: str, told: Json, *, counted: bool = True) -> Json:
    """Take a report and move the order when nothing is left to ship; return state, what is left, whether it is new.

    ``order``: our id, or its number where only one order has it. ``told``: reference, site, carrier, waybill,
    shipped_at (aware), lines of sku, quantity (decimal text) and lot. Raises NotFound, Conflict, Refused (a waybill
    that cannot be the carrier's, an order that may not be shipped).
    """
    labels.check(deps, told["carrier"], told["waybill"], counted=counted)
    with deps.store.db.write() as conn:
        order_id = _only(shipments.order_of(conn, order), order)
        stored_orders.require(conn, order_id, actor)
        fresh = shipments.take(conn, source, order_id, told, deps.clock())
        left = shipments.left(conn, order_id)
        state = stored_orders.get(conn, deps.store, order_id, actor).state
    if not any(quantity > 0 for quantity in left.values()):
        state = _ship(deps, actor, order_id, state, told)
    log.info("Report of %s taken for order %s", source, order_id, extra={"action": "shipment_reported"})
    return {"order_id": order_id, "state": state.value, "left": left, "new": fresh}


def poll(deps: Deps) -> int:
    """Ask every old warehouse system for its view and take what is new; return how many reports that was."""
    with deps.store.db.read() as conn:
        rows = [row for row in destinations.listed(conn) if row["kind"] == database.KIND.name]
        places = [place for row in rows if (place := destinations.live(conn, deps.store, row["code"])) is not None]
    return sum(_poll(deps, place) for place in places)


def _poll(deps: Deps, place: destinations.Live) -> int:
    try:
        reports = database.shipped(place.url, place.secrets[0] if place.secrets else "")
    except TransportError as error:
        log.warning("View of %s: %s", place.code, error.code, extra={"action": "view_failed"})
        return 0
    with deps.store.db.read() as conn:
        known = shipments.known(conn, place.code)
    return sum(_take(deps, place.code, told) for told in reports if told["reference"] not in known)


def _take(deps: Deps, source: str, told: Json) -> bool:
    """Take one report of a view; one that is wrong is said in the log and stops no other."""
    try:
        value = {**told, "site": told["site"] or "", "shipped_at": _moment(deps, told["shipped_at"])}
        row = f"{source}:{told['reference']}:{told['waybill']}"
        counted = row not in _looked_at
        _looked_at.add(row)
        report(deps, SYSTEM, source, value.pop("order_id"), value, counted=counted)
    except (SluiceError, ValueError, TypeError) as error:
        name = error.code if isinstance(error, SluiceError) else type(error).__name__
        log.warning("Report %s of %s: %s", told["reference"], source, name, extra={"action": "report_refused"})
        return False
    return True


def _moment(deps: Deps, told: Any) -> datetime:
    """Return an aware time; an old system's time is the company's local time."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(deps.settings.timezone))


def _only(found: list[str], order: str) -> str:
    if not found:
        raise NotFound(f"There is no order {order}", f"订单 {order} 不存在")
    if len(found) > 1:
        raise Refused(f"Several orders have the number {order}: name the id", f"有多张订单编号为 {order}，请用订单 ID")
    return found[0]


def _ship(deps: Deps, actor: Actor, order_id: str, state: OrderState, told: Json) -> OrderState:
    """Take the steps that are left up to shipped; the ship node carries the warehouse's time."""
    label = orders.Label(waybill=told["waybill"], carrier=told["carrier"])
    steps = _STEPS.get(state, ())
    for name in steps:
        state = OrderState(orders.command(deps, actor, order_id, name, label=label)["state"])
    if steps:
        with deps.store.db.write() as conn:
            shipments.stamp(conn, order_id, told["shipped_at"])
    return state
