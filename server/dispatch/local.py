"""Destinations inside our own database: the fan-out to subscribers and destinations, and in-app notifications.

Place in the order's way: dispatch. Delivered in the transaction that marks the message sent, hence exactly once.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from adapters.erp.papers import RECEIVABLE
from adapters.registry import KINDS
from orders.money import quantity_text
from server.db.ids import new_id
from server.db.order import decisions, orders
from server.db.outlets import destinations, notifications, outbox, preferences, receivables, webhooks

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.outlets.outbox import Row
    from server.db.store import Store

BATCH = 100
PERSONAL = "notice.personal"
"""The event of a notice to one person who wants to be told outside, too."""
MANY = 1000
"""Messages that nobody listens to are passed over so many at a time."""


def deliver_local(store: Store, destination: str, now: datetime) -> int:
    """Deliver what is due for ``webhooks`` or ``notify``; return how many messages that was."""
    with store.db.write() as conn:
        deliver: Callable[[list[Row]], None] = partial(_notify, conn, now)
        if destination == outbox.WEBHOOKS:
            listeners = _listeners(conn)
            if not any(listeners):
                return outbox.pass_local(conn, destination, now, MANY)
            deliver = partial(_fan_out, conn, now, listeners)
        rows = outbox.take_local(conn, destination, now, BATCH)
        if rows:
            deliver(rows)
            outbox.mark_local(conn, rows, now)
    return len(rows)


Json = dict[str, Any]
Listeners = tuple[list[tuple[str, tuple[str, ...]]], list[tuple[str, list[Json]]], list[tuple[str, Json]]]
"""Webhook endpoints with their patterns, destinations with their conditions, places for receivables."""


def _listeners(conn: Connection) -> Listeners:
    money = destinations.bookkeeping(conn, [kind.name for kind in KINDS.values() if kind.receivables])
    return webhooks.subscribed(conn), destinations.subscribed(conn), money


def _fan_out(conn: Connection, now: datetime, listeners: Listeners, rows: list[Row]) -> None:
    """Write each event once for every endpoint that subscribed and every destination whose conditions it meets."""
    endpoints, listening, money = listeners
    for row in rows:
        wanted = [webhooks.PREFIX + name for name, patterns in endpoints if webhooks.wants(patterns, row.event)]
        event = outbox.Event(row.event, row.order_id, row.idempotency_key, json.loads(row.payload))
        outbox.add(conn, event, now, wanted)
        fired = cache(partial(_fired, conn, row))
        called = [destinations.PREFIX + code for code, told in listening if destinations.wants(told, row.event, fired)]
        _make_receivable(conn, row, money, now)
        if called:
            payload = {**event.payload, "fulfilments": _plans(conn, row.order_id)}
            outbox.add(conn, replace(event, payload=payload), now, called)


def _make_receivable(conn: Connection, row: Row, money: list[tuple[str, dict[str, Any]]], now: datetime) -> None:
    """Make the order's one receivable when its event comes, and tell every place for receivables (INT-06)."""
    places = [destinations.name_of(code) for code, told in money if told.get("receivable_on") == row.event]
    if not places or row.order_id is None:
        return
    due = receivables.make(conn, row.order_id, row.event, now)
    if due is not None:
        event = outbox.Event(RECEIVABLE, row.order_id, f"{row.order_id}:receivable", {**due, "event": RECEIVABLE})
        outbox.add(conn, event, now, places)


def _plans(conn: Connection, order_id: str | None) -> list[dict[str, Any]]:
    """Return how the order is to be fulfilled, as it stands now: the same in every attempt."""
    plans = [] if order_id is None else orders.fulfilments(conn, order_id)
    names = ("id", "site", "carrier", "service", "waybill")
    return [
        {
            **{name: plan[name] for name in names},
            "lines": [
                {"line_no": part["line_no"], "sku": part["sku"], "quantity": quantity_text(part["quantity"])}
                for part in plan["lines"]
            ],
        }
        for plan in plans
    ]


def _fired(conn: Connection, row: Row) -> frozenset[str]:
    """Return the rules that fired on a message's order, and the codes of its holds and flags (INT-16)."""
    payload = json.loads(row.payload)
    codes = {*payload.get("holds", ()), *payload.get("flags", ())}
    found = None if row.order_id is None else decisions.standing_at(conn, row.order_id, row.created_at)
    rules = {entry["rule"] for entry in json.loads(found["body"])["trace"]} if found else set()
    return frozenset(codes | rules)


def _notify(conn: Connection, now: datetime, rows: list[Row]) -> None:
    """Write a notification for everyone whom an event names, there where each of them wants to be told (NTF-02)."""
    told = [
        (row, f"{row.idempotency_key}:{place}", notice) for row in rows for place, notice in enumerate(_notices(row))
    ]
    chosen = preferences.of(conn, {str(notice["to"]) for _, _, notice in told})
    seen = [item for item in told if chosen.get(item[2]["to"], preferences.Preference()).in_app]
    notifications.add(conn, [_shown(row, key, notice, now) for row, key, notice in seen])
    for row, key, notice in told:
        choice = chosen.get(notice["to"])
        if choice is not None and choice.wecom:
            _call(conn, row, key, {**notice, "mention": choice.mention}, now)


def _shown(row: Row, key: str, notice: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("not", now),
        "recipient": notice["to"],
        "order_id": row.order_id,
        "event": row.event,
        "title_zh": notice["zh"],
        "title_en": notice["en"],
        "idempotency_key": key,
        "created_at": row.created_at,
    }


def _call(conn: Connection, row: Row, key: str, notice: dict[str, Any], now: datetime) -> None:
    """Tell one person by every destination that hears of personal notices; the key makes it once."""
    listening = destinations.subscribed(conn)
    called = [
        destinations.PREFIX + code
        for code, told in listening
        if destinations.wants(told, PERSONAL, lambda: frozenset())
    ]
    payload = {**json.loads(row.payload), "notify": [notice]}
    outbox.add(conn, outbox.Event(row.event, row.order_id, f"{key}:person", payload), now, called)


def _notices(row: Row) -> list[dict[str, Any]]:
    payload = json.loads(row.payload)
    named: list[dict[str, Any]] = payload.get("notify") or []
    if named or row.order_id is None:
        return named
    number = payload.get("number") or row.order_id
    return [{"to": "sales", "zh": f"订单 {number}：{row.event}", "en": f"Order {number}: {row.event}"}]
