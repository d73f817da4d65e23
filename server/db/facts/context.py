"""The context: everything that rules may look at beside the order, read once and at once, then frozen.

Place in the order's way: step 4, between normalize and decide. What races may change meanwhile is guarded again by
the commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.context import Context, CustomerView, Exemption, History, ReleasedHold, SkuView
from orders.credit import CreditStatus, CreditView
from orders.money import Fen, Micro
from orders.order import OrderType
from orders.stock import StockLevel
from server.db import history
from server.db.facts import person
from server.db.facts.catalogue import covered_of
from server.db.facts.identity import buyer_hashes, identity_of
from server.db.facts.questions import Questions
from server.db.statement import Statement, as_bytes, as_time
from server.db.vault import Erased

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.order import Order
    from server.db.store import Store

_UTC = "to_char(e.until AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_CUSTOMER = """
    SELECT ci.hash, c.id, c.code, c.sealed, c.level, c.payment_terms,
           c.lifetime_spend_fen + c.shipped_fen AS spend, c.purchase_count + c.shipped_count AS purchases,
           a.status, a.currency, a.limit_fen, a.exposure_fen + a.open_fen AS exposure, a.overdue_days, a.score,
           (SELECT {aggregate} FROM exemptions e
            WHERE e.customer = c.code AND e.ended_at IS NULL AND e.until > :now) AS exempt
    FROM customer_identities ci JOIN customers c ON c.id = ci.customer_id
    LEFT JOIN credit_accounts a ON a.customer_id = c.id
    WHERE ci.hash IN LIST :hashes AND c.state = 'active'
"""
_EXEMPT = "e.id || ' ' || e.scope || ' ' || {until}"
_SKUS = """
    SELECT s.sku, s.name, s.unit, s.type, s.cost, s.supplier_delayed, {covered} AS covered,
           p.kind, p.price, p.promotion, p.customer
    FROM skus s LEFT JOIN prices p ON p.sku = s.sku AND p.currency = :currency
         AND p.valid_from <= :now AND (p.valid_until IS NULL OR p.valid_until > :now)
         AND (p.customer = '' OR p.customer IN (SELECT c.code FROM customer_identities ci
              JOIN customers c ON c.id = ci.customer_id AND c.state = 'active' WHERE ci.hash IN LIST :hashes))
    WHERE s.sku IN LIST :skus ORDER BY s.sku, p.valid_from
"""
_STOCK = """
    SELECT i.sku, i.site, i.on_hand, i.in_transit, i.coefficient,
           i.reserved - CASE WHEN :own = '' THEN 0 ELSE CAST(coalesce((SELECT sum(r.quantity) FROM reservations r
                WHERE r.order_id = :own AND r.sku = i.sku AND r.site = i.site AND r.state = 'active'), 0) AS BIGINT)
           END AS reserved
    FROM stock_items i JOIN sites s ON s.code = i.site AND s.state = 'active'
    WHERE i.sku IN LIST :skus ORDER BY i.sku, i.site
"""
_QUESTIONS = Questions(
    {
        "customers": (
            _CUSTOMER.format(aggregate=f"group_concat({_EXEMPT.format(until='e.until')}, ',')"),
            _CUSTOMER.format(aggregate=f"string_agg({_EXEMPT.format(until=_UTC)}, ',')"),
        ),
        "skus": (
            _SKUS.format(covered="json_extract(s.attributes, '$.covered')"),
            _SKUS.format(covered="s.attributes ->> 'covered'"),
        ),
        "stock": _STOCK,
        "counter": history.COUNTER,
        "candidates": history.CANDIDATES,
    }
)
_TYPES = {kind.value: kind for kind in OrderType}
_OWN = Statement("""
    SELECT h.rule, h.code, h.line_no FROM holds h
    WHERE h.order_id = :own AND h.state = 'released' ORDER BY h.created_at, h.id
""")
_OWN_SOURCE = Statement("SELECT source_type FROM orders WHERE id = :own")
_OWN_CREDIT = Statement("SELECT credit_account_id, credit_fen FROM orders WHERE id = :own")


@dataclass(frozen=True, slots=True)
class _Found:
    customer: CustomerView | None = None
    credit: CreditView = CreditView()
    exemptions: tuple[Exemption, ...] = ()


def read_context(
    conn: Connection, store: Store, order: Order, *, now: datetime, exclude_order_id: str | None = None
) -> Context:
    """Read what the rules may know. ``exclude_order_id``: the stored order itself, when it is decided again."""
    own = exclude_order_id or ""
    hashes = [hashed for _, hashed in buyer_hashes(store, order)]
    asked = history.Asked(identity_of(store, order), order.number, order.issued_at, own)
    skus = {line.sku for line in order.lines}
    told = _QUESTIONS.ask(
        conn, {"hashes": hashes, "skus": sorted(skus), "currency": order.currency, "now": now, **asked.params()}
    )
    found = _customer(conn, store, _recognised(told["customers"], hashes), own, order.currency)
    customer_id, code = (found.customer.id, found.customer.code) if found.customer else ("", "")
    today = history.today(conn, asked, told["counter"][0])
    return Context(
        decided_at=now,
        timezone=store.timezone,
        customer=found.customer,
        credit=found.credit,
        skus=_skus(order, told["skus"], code),
        stock=_stock(told["stock"]),
        history=History(
            same_id_orders_today=today.orders - today.cancelled + 1,
            id_basis=asked.identity.id_basis,
            duplicates=history.duplicates(told["candidates"], asked, customer_id, skus),
            same_id_cancelled_today=today.cancelled,
        ),
        released=_released(conn, own),
        exemptions=found.exemptions,
        peak_mode=today.peak_mode,
        source_type=_source(conn, own),
    )


def _source(conn: Connection, own: str) -> str:
    """Return where an order that is decided again came from."""
    row = _OWN_SOURCE.first(conn, {"own": own}) if own else None
    return "" if row is None else str(row.source_type)


def _customer(conn: Connection, store: Store, row: Any, own: str, currency: str) -> _Found:
    if row is None:
        return _Found()
    credit = _credit_view(row, _own_credit(conn, own, row.id), currency)
    return _Found(_customer_view(conn, store, row), credit, _exemptions(row.exempt))


def _exemptions(told: str | None) -> tuple[Exemption, ...]:
    """Read what the statement put on one line: id, scope and moment of each, so that the hot path asks once."""
    items = [item.split(" ") for item in told.split(",")] if told else []
    return tuple(Exemption(name, scope, as_time(until)) for name, scope, until in sorted(items))


def _recognised(rows: Any, hashes: list[str]) -> Any:
    """Return the customer that the most reliable name points to; None when that name fits several."""
    candidates = {row.id for row in rows}
    for hashed in hashes:
        named = {row.id for row in rows if row.hash == hashed} & candidates
        if len(named) == 1:
            return next(row for row in rows if row.id in named)
        candidates = named or candidates
    return None


def _customer_view(conn: Connection, store: Store, row: Any) -> CustomerView:
    try:
        name = person.person_of(conn, store, {"sealed": as_bytes(row.sealed)})["name"]
    except Erased:
        name = ""
    return CustomerView(
        id=row.id,
        code=row.code,
        name=name,
        level=row.level,
        lifetime_spend_fen=Fen(row.spend),
        purchase_count=row.purchases,
        payment_terms=row.payment_terms,
    )


def _own_credit(conn: Connection, own: str, customer_id: str) -> int:
    row = _OWN_CREDIT.first(conn, {"own": own}) if own else None
    return row.credit_fen if row is not None and row.credit_account_id == customer_id else 0


def _credit_view(row: Any, own_fen: int, currency: str) -> CreditView:
    if row.status is None:
        return CreditView()
    if row.currency != currency:  # what is owed in one currency says nothing of another: the declared policy decides
        return CreditView(status=CreditStatus.UNAVAILABLE, overdue_days=row.overdue_days, score=row.score)
    return CreditView(
        status=CreditStatus(row.status),
        limit_fen=Fen(row.limit_fen),
        exposure_fen=Fen(row.exposure - own_fen),
        overdue_days=row.overdue_days,
        score=row.score,
    )


def _skus(order: Order, rows: list[Any], customer: str) -> tuple[SkuView, ...]:
    promotions = {line.sku: line.promotion or "" for line in order.lines}
    views: dict[str, dict[str, Any]] = {}
    for row in rows:
        view = views.get(row.sku) or views.setdefault(row.sku, _sku(row))
        if row.customer in ("", customer):  # of all whom the buyer's names may mean, this one's
            _price(view, row, promotions.get(row.sku, ""))
    return tuple(SkuView(**view) for view in views.values())


def _sku(row: Any) -> dict[str, Any]:
    return {
        "sku": row.sku,
        "name": row.name,
        "unit": row.unit,
        "type": _TYPES[row.type],
        "cost": None if row.cost is None else Micro(row.cost),
        "supplier_delayed": bool(row.supplier_delayed),
        "covered": covered_of(row.covered),
    }


def _price(view: dict[str, Any], row: Any, promotion: str) -> None:
    """Note a price; of several that hold, the one that began last wins (rows come in that order)."""
    if row.kind == "list":
        view["list_price"] = Micro(row.price)
    elif row.kind == "contract":
        view["contract_price"] = Micro(row.price)
    elif row.kind == "promo" and row.promotion in ("", promotion):
        view["approved_promo_price"] = Micro(row.price)


def _stock(rows: list[Any]) -> tuple[StockLevel, ...]:
    return tuple(
        StockLevel(
            row.sku, row.site, Micro(row.on_hand), Micro(row.reserved), Micro(row.in_transit), Micro(row.coefficient)
        )
        for row in rows
    )


def _released(conn: Connection, own: str) -> tuple[ReleasedHold, ...]:
    if not own:
        return ()
    return tuple(
        ReleasedHold(rule=row.rule, code=row.code, line_no=row.line_no) for row in _OWN.all(conn, {"own": own})
    )
