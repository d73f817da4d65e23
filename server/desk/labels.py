"""Labels: a waybill and what the printer gets, from the carrier's platform; every number is checked and counted.

Place in the order's way: between routing and printing (CAR-02, INT-07), and wherever a number is taken (VAL-11).
Knows no HTTP.
"""

from __future__ import annotations

import logging
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from adapters.carriers import cainiao, waybill
from adapters.message import Target
from orders.actor import Role
from orders.errors import Forbidden, Refused
from orders.hold import Gate, HoldState, closed_gates
from orders.money import MICRO
from orders.state import STATE_ZH, OrderState
from server.db import audit
from server.db.order import decisions, holds, orders
from server.db.outlets import destinations
from server.db.papers import labels

if TYPE_CHECKING:
    from orders.actor import Actor
    from orders.order import Order
    from server.db.order.orders import StoredOrder
    from server.db.outlets.destinations import Live
    from server.deps import Deps

Json = dict[str, Any]
log = logging.getLogger(__name__)
SIGNATURE = "signature"
TIMEOUT_S = 15.0
WINDOW = timedelta(days=30)


def check(deps: Deps, carrier: str | None, number: str | None, *, counted: bool = True) -> None:
    """Let a waybill number pass that can be the carrier's; ``counted``: it goes into the rate. Raises Refused."""
    if not carrier or not number:
        return
    refused = True
    try:
        waybill.require(carrier, number)
        refused = False
    finally:
        if counted and waybill.known(carrier):
            today = deps.clock().astimezone(ZoneInfo(deps.settings.timezone)).date().isoformat()
            with deps.store.db.write() as conn:
                labels.note_check(conn, waybill.code_of(carrier), today, refused=refused)


def rates(deps: Deps) -> list[Json]:
    """Return each carrier's numbers of the last thirty days: checked, refused, and the share refused."""
    since = (deps.clock() - WINDOW).astimezone(ZoneInfo(deps.settings.timezone)).date().isoformat()
    with deps.store.db.read() as conn:
        return [{**row, "share": row["refused"] / row["checked"]} for row in labels.rates(conn, since)]


def ask(deps: Deps, actor: Actor, order_id: str) -> list[Json]:
    """Ask for a label of every parcel that has none; return the labels that stand.

    What needs a signature is asked for with one (RSK-03). Raises Forbidden, Refused (another state, a hold at the label
    or before, no platform, a number that cannot be the carrier's), TransportError.
    """
    _require_keeper(actor)
    with deps.store.db.read() as conn:
        stored = orders.get(conn, deps.store, order_id, actor)
        plans = orders.fulfilments(conn, order_id)
        there = {row["fulfilment_id"] for row in labels.of_order(conn, order_id) if row["state"] == labels.ACTIVE}
        body = decisions.to_json(decisions.get(conn, stored.row["decision_id"]))["body"]
        stopped = closed_gates(
            tuple(
                Gate(hold["gate"])
                for hold in holds.of_order(conn, order_id, HoldState.ACTIVE)
                if hold["severity"] == "blocking"
            )
        )
    _require_printable(stored, stopped)
    place = _platform(deps)
    signature = any(item["code"] == SIGNATURE for item in body["requires"])
    for plan in plans:
        if plan["id"] not in there:
            _ask(deps, actor, place, stored, plan, signature=signature or plan["service"] == SIGNATURE)
    return shown(deps, actor, order_id)


def _require_keeper(actor: Actor) -> None:
    if not actor.has(Role.PRODUCTION):
        raise Forbidden("Labels are production's", "电子面单由生产经理处理", code="not_your_step")


def _require_printable(stored: StoredOrder, stopped: tuple[Gate, ...]) -> None:
    if stored.state is not OrderState.ROUTING:
        raise Refused(
            f"The order is {stored.state.value}: a label is asked for while it is being routed",
            f"订单当前为{STATE_ZH[stored.state]}，分仓中才能取面单",
            code="transition_not_allowed",
        )
    if Gate.LABEL in stopped:
        raise Refused("A hold stops the label", "挂起未放行，不能取面单", code="held")


def _platform(deps: Deps) -> Live:
    with deps.store.db.read() as conn:
        for row in destinations.listed(conn):
            if row["kind"] == cainiao.KIND.name:
                found = destinations.live(conn, deps.store, row["code"])
                if found is not None:
                    return found
    raise Refused(
        "No platform for waybills is set up: add one under destinations",
        "还没有设置电子面单账号，请在“去向”里新增",
        code="no_platform",
    )


def _ask(deps: Deps, actor: Actor, place: Live, stored: StoredOrder, plan: Json, *, signature: bool) -> None:
    if not plan["carrier"]:
        raise Refused("The parcel has no carrier", "包裹还没有承运商", code="no_carrier")
    parcel = cainiao.Parcel(
        order=stored.id,
        parcel=plan["id"],
        carrier=plan["carrier"],
        site=plan["site"],
        recipient=recipient(stored.order),
        items=tuple((part["sku"], max(1, math.ceil(part["quantity"] / MICRO))) for part in plan["lines"]),
        signature=signature,
    )
    target = Target(place.url, TIMEOUT_S, settings=place.settings)
    given = cainiao.ask(target, place.secrets, parcel, deps.clock())
    check(deps, plan["carrier"], given.waybill)
    told = {"order_id": stored.id, "fulfilment_id": plan["id"], "source": place.code, "carrier": plan["carrier"]}
    told |= {"waybill": given.waybill, "signature": signature, "created_by": actor.id}
    _keep(deps, actor, told, given.print_data)


def _keep(deps: Deps, actor: Actor, told: Json, print_data: str) -> None:
    """Keep a label with its print data sealed; where somebody else kept one meanwhile, that one stands."""
    now, vault = deps.clock(), deps.store.vault
    try:
        with deps.store.db.write() as conn:
            key = vault.system_key(conn, labels.SUBJECT, now)
            labels.add(conn, {**told, "sealed": vault.seal(key, print_data.encode())}, now)
            detail = {name: told[name] for name in ("carrier", "waybill", "signature", "source")}
            audit.record(conn, told["order_id"], audit.Entry("label_asked", actor.id, detail), now)
    except IntegrityError:
        log.info("Parcel %s has a label already", told["fulfilment_id"], extra={"action": "label_kept"})


def recipient(order: Order) -> Json:
    """Return whom a parcel goes to, as the platform wants it; an address without parts stands whole in its detail."""
    contact, address = order.ship_to.contact, order.ship_to.address
    parts = {"province": address.province, "city": address.city, "district": address.district}
    detail = address.detail or address.text or ""
    place = {name: value for name, value in parts.items() if value}
    return {"name": contact.name or "", "mobile": contact.phone or "", "address": {**place, "detail": detail}}


def shown(deps: Deps, actor: Actor, order_id: str, *, printing: bool = False) -> list[Json]:
    """Return an order's labels; ``printing``: with what the printer gets."""
    with deps.store.db.read() as conn:
        orders.require(conn, order_id, actor)
        found = []
        for row in labels.of_order(conn, order_id):
            names = ("id", "fulfilment_id", "carrier", "waybill", "signature", "state", "source")
            label = {name: row[name] for name in names} | {"created_at": row["created_at"].isoformat()}
            if printing and row["state"] == labels.ACTIVE:
                label["print_data"] = deps.store.vault.unseal(conn, row["sealed"]).decode()
            found.append(label)
    return found


def give_back(deps: Deps, actor: Actor, order_id: str) -> list[Json]:
    """Give an order's numbers back to the platform, before anything was shipped.

    Raises Forbidden, Refused, TransportError.
    """
    _require_keeper(actor)
    with deps.store.db.read() as conn:
        stored = orders.get(conn, deps.store, order_id, actor)
        found = [row for row in labels.of_order(conn, order_id) if row["state"] == labels.ACTIVE]
    if stored.state not in (OrderState.ROUTING, OrderState.PRINTED, OrderState.CANCELLED):
        raise Refused("What was shipped keeps its number", "已发货的单号不能取消", code="transition_not_allowed")
    place = _platform(deps)
    target = Target(place.url, TIMEOUT_S, settings=place.settings)
    for label in found:
        cainiao.give_back(target, place.secrets, label["carrier"], label["waybill"], deps.clock())
        with deps.store.db.write() as conn:
            if labels.cancel(conn, label, deps.clock()):
                detail = {"waybill": label["waybill"]}
                audit.record(conn, order_id, audit.Entry("label_given_back", actor.id, detail), deps.clock())
    return shown(deps, actor, order_id)
