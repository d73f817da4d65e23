"""A small company, orders and decisions to commit: what the storage tests stand on. No engine, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM, Actor, Role
from orders.decision import (
    DecisionBody,
    FulfilmentLine,
    FulfilmentPlan,
    Outcome,
    canonical_bytes,
    sha256_hex,
)
from orders.hold import Gate, Hold, Message
from orders.money import Fen, line_amount_fen, parse_micro
from orders.order import Line, Order, Totals
from orders.party import Address, Contact, Party, PartyId, ShipTo
from orders.stock import pool_available
from orders.wire import order_to_json
from rules.judge.wire import body_bytes
from server.arrival import Arrival
from server.commit import Attempt, commit
from server.db import master
from server.db.facts.context import read_context

if TYPE_CHECKING:
    from orders.context import Context
    from server.commit import Outcome as Answer
    from server.db.store import Store

NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
ERP = Actor("key_erp", "ERP", "key", frozenset({Role.SALES}), "org_main", account="hengli")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Stands where the engine's `Decided` stands."""

    body: DecisionBody
    bundle: str = "b" * 64
    facts_hash: str = "f" * 64
    engine: str = "test/1"

    @property
    def payload(self) -> bytes:
        return body_bytes(self.body)

    @property
    def body_hash(self) -> str:
        return sha256_hex(self.payload)


def found_company(store: Store, *, stock: dict[tuple[str, str], str] | None = None, limit: str = "500000.00") -> None:
    """Two sites, five SKUs, one customer with an account."""
    stock = stock if stock is not None else {("A-1", "GZ"): "1000", ("A-1", "CD"): "200"}
    items: list[tuple[str, dict[str, Any]]] = [
        ("sites", {"code": "GZ", "name": "广州仓"}),
        ("sites", {"code": "CD", "name": "成都仓"}),
        *[("skus", {"sku": f"A-{n}", "name": f"件{n}", "unit": "个", "cost": "8.00"}) for n in range(1, 6)],
        *[("prices", {"sku": f"A-{n}", "price": "10.00"}) for n in range(1, 6)],
        ("customers", {
            "code": "C-1", "name": "苏州恒力机电有限公司", "ids": [{"scheme": "uscc", "value": "91320505MA1KL0011B"}],
            "contacts": [{"name": "张总", "phone": "13800138000", "email": "zhang@hengli.example"}],
        }),
        ("credit_accounts", {"customer": "C-1", "limit": limit, "exposure": "0.00", "score": 700}),
        *[("stock", {"sku": sku, "site": site, "on_hand": on_hand}) for (sku, site), on_hand in stock.items()],
    ]  # fmt: skip
    with store.db.write() as conn:
        for kind, item in items:
            master.upsert(conn, store, kind, item, actor=SYSTEM, now=NOW)


def make_order(number: str | None = "PO-1", *lines: tuple[str, str], **changes: Any) -> Order:
    """An order of (sku, quantity) lines at 10.00 each."""
    made = tuple(
        Line(
            line_no=position,
            sku=sku,
            quantity=parse_micro(quantity),
            unit="个",
            unit_price=parse_micro("10.00"),
            amount=line_amount_fen(parse_micro(quantity), parse_micro("10.00")),
        )
        for position, (sku, quantity) in enumerate(lines or (("A-1", "1"),), start=1)
    )
    goods = Fen(sum(line.amount or 0 for line in made))
    base = Order(
        channel="erp",
        currency="CNY",
        lines=made,
        totals=Totals(goods, Fen(0), Fen(0), Fen(0), goods),
        issued_at=NOW,
        number=number,
        buyer=Party(
            name="苏州恒力机电有限公司",
            ids=(PartyId("uscc", "91320505MA1KL0011B"),),
            contact=Contact(name="张总", phone="13800138000"),
        ),
        ship_to=ShipTo(
            contact=Contact(name="王工", phone="13900139000"),
            address=Address(text="江苏省苏州市虎丘区星湖街328号", province="江苏省", city="苏州市", district="虎丘区"),
        ),
    )
    return replace(base, **changes)


def buyer(phone: str, **ids: str) -> Party:
    """A buyer that no customer record knows."""
    parts = tuple(PartyId(scheme, value) for scheme, value in ids.items())
    return Party(name=None, ids=parts, contact=Contact(name="某人", phone=phone))


def passing(order: Order, site: str = "GZ", **changes: Any) -> DecisionBody:
    """Everything from one site."""
    lines = tuple(FulfilmentLine(line.line_no, line.quantity) for line in order.lines)
    body = DecisionBody(outcome=Outcome.PASS, fulfilments=(FulfilmentPlan(site, "ZTO", "standard", lines),))
    return replace(body, **changes)


def held(order: Order, code: str, gate: Gate, **changes: Any) -> DecisionBody:
    """Passing, but for one hold."""
    return replace(passing(order), outcome=Outcome.HOLD, holds=(make_hold(code, gate),), **changes)


def make_hold(code: str, gate: Gate, **changes: Any) -> Hold:
    """A blocking hold that risk may release."""
    hold = Hold(code=code, gate=gate, rule=code.lower(), message=Message("挂起", "held"), who=("risk",))
    return replace(hold, **changes)


def arrival_of(order: Order, actor: Actor = ERP, **changes: Any) -> Arrival:
    """The order as the API's door would hand it in."""
    data = canonical_bytes(order_to_json(order))
    return replace(Arrival(door="api", channel=order.channel, actor=actor, data=data, received_at=NOW), **changes)


def attempt_of(store: Store, order: Order, body: DecisionBody | None = None, own: str | None = None) -> Attempt:
    """Read the context and decide by hand."""
    return attempt_with(order, context_of(store, order, own), body)


def attempt_with(order: Order, context: Context, body: DecisionBody | None = None) -> Attempt:
    """Decide by hand over a given context."""
    facts = canonical_bytes({"order": order_to_json(order)})
    return Attempt(order, context, facts, Verdict(body or passing(order), facts_hash=sha256_hex(facts)))


def context_of(store: Store, order: Order, own: str | None = None) -> Context:
    """Read the context."""
    with store.db.read() as conn:
        return read_context(conn, store, order, now=NOW, exclude_order_id=own)


def place(
    store: Store, order: Order, body: DecisionBody | None = None, *, actor: Actor = ERP, **arrival: Any
) -> Answer:
    """Read, decide by hand, commit."""
    return commit(store, arrival_of(order, actor, **arrival), attempt_of(store, order, body), now=NOW)


def rows(store: Store, query: str, **params: Any) -> list[dict[str, Any]]:
    """Run a query of the test's own."""
    from sqlalchemy import text

    with store.db.read() as conn:
        return [dict(row) for row in conn.execute(text(query), params).mappings()]


def one(store: Store, query: str, **params: Any) -> Any:
    """Return the first value of the first row."""
    return next(iter(rows(store, query, **params)[0].values()))


def later(seconds: float) -> datetime:
    """Return a moment after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def pooled(store: Store, order: Order) -> Attempt | None:
    """Decide as a rule would: pass when the pool has everything, else None (the order would be held as short)."""
    attempt = attempt_of(store, order)
    free = pool_available(attempt.context.stock)
    short = any(free.get(line.sku, 0) < line.quantity for line in order.lines)
    return None if short else attempt
