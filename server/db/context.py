"""The context: everything that rules may look at beside the order, read once in a handful of statements, then frozen.

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
from server.db import history, person
from server.db.catalogue import covered_of
from server.db.identity import buyer_hashes, identity_of
from server.db.statement import Statement, as_time
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
_OF_CUSTOMER = Statement(
    _CUSTOMER.format(aggregate=f"group_concat({_EXEMPT.format(until='e.until')}, ',')"),
    _CUSTOMER.format(aggregate=f"string_agg({_EXEMPT.format(until=_UTC)}, ',')"),
)
_OF_SKUS = """
    SELECT s.sku, s.name, s.unit, s.type, s.cost, s.supplier_delayed, {covered} AS covered,
           p.kind, p.price, p.promotion
    FROM skus s LEFT JOIN prices p ON p.sku = s.sku AND p.currency = :currency AND p.customer IN ('', :customer)
         AND p.valid_from <= :now AND (p.valid_until IS NULL OR p.valid_until > :now)
    WHERE s.sku IN LIST :skus ORDER BY s.sku, p.valid_from
"""
_SKUS = Statement(
    _OF_SKUS.format(covered="json_extract(s.attributes, '$.covered')"),
    _OF_SKUS.format(covered="s.attributes ->> 'covered'"),
)
_STOCK = Statement("""
    SELECT i.sku, i.site, i.on_hand, i.in_transit, i.coefficient,
           i.reserved - CAST(coalesce((SELECT sum(r.quantity) FROM reservations r WHERE r.order_id = :own
                AND r.sku = i.sku AND r.site = i.site AND r.state = 'active'), 0) AS BIGINT) AS reserved
    FROM stock_items i JOIN sites s ON s.code = i.site AND s.state = 'active'
    WHERE i.sku IN LIST :skus ORDER BY i.sku, i.site
""")
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
    identity = identity_of(store, order)
    found = _customer(conn, store, order, own, now)
    skus = sorted({line.sku for line in order.lines})
    code = found.customer.code if found.customer else ""
    customer_id = found.customer.id if found.customer else ""
    asked = history.Asked(identity, customer_id, order.number, order.issued_at, own)
    today = history.today(conn, asked)
    return Context(
        decided_at=now,
        timezone=store.timezone,
        customer=found.customer,
        credit=found.credit,
        skus=_skus(conn, order, {"skus": skus, "customer": code, "currency": order.currency, "now": now}),
        stock=_stock(conn, {"skus": skus, "own": own}),
        history=_history(conn, order, asked, today),
        released=_released(conn, own),
        exemptions=found.exemptions,
        peak_mode=today.peak_mode,
        source_type=_source(conn, own),
    )


def _source(conn: Connection, own: str) -> str:
    """Return where an order that is decided again came from."""
    row = _OWN_SOURCE.first(conn, {"own": own}) if own else None
    return "" if row is None else str(row.source_type)


def _customer(conn: Connection, store: Store, order: Order, own: str, now: datetime) -> _Found:
    asked = list(buyer_hashes(store, order))
    if not asked:
        return _Found()
    rows = _OF_CUSTOMER.all(conn, {"hashes": [hashed for _, hashed in asked], "now": now})
    row = _recognised(rows, [hashed for _, hashed in asked])
    if row is None:
        return _Found()
    credit = _credit_view(row, _own_credit(conn, own, row.id), order.currency)
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
        name = person.person_of(conn, store, {"sealed": row.sealed})["name"]
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


def _skus(conn: Connection, order: Order, params: dict[str, Any]) -> tuple[SkuView, ...]:
    promotions = {line.sku: line.promotion or "" for line in order.lines}
    views: dict[str, dict[str, Any]] = {}
    for row in _SKUS.all(conn, params):
        view = views.setdefault(
            row.sku,
            {
                "sku": row.sku,
                "name": row.name,
                "unit": row.unit,
                "type": OrderType(row.type),
                "cost": None if row.cost is None else Micro(row.cost),
                "supplier_delayed": bool(row.supplier_delayed),
                "covered": covered_of(row.covered),
            },
        )
        _price(view, row, promotions.get(row.sku, ""))
    return tuple(SkuView(**view) for view in views.values())


def _price(view: dict[str, Any], row: Any, promotion: str) -> None:
    """Note a price; of several that hold, the one that began last wins (rows come in that order)."""
    if row.kind == "list":
        view["list_price"] = Micro(row.price)
    elif row.kind == "contract":
        view["contract_price"] = Micro(row.price)
    elif row.kind == "promo" and row.promotion in ("", promotion):
        view["approved_promo_price"] = Micro(row.price)


def _stock(conn: Connection, params: dict[str, Any]) -> tuple[StockLevel, ...]:
    return tuple(
        StockLevel(
            row.sku, row.site, Micro(row.on_hand), Micro(row.reserved), Micro(row.in_transit), Micro(row.coefficient)
        )
        for row in _STOCK.all(conn, params)
    )


def _history(conn: Connection, order: Order, asked: history.Asked, today: history.Today) -> History:
    return History(
        same_id_orders_today=today.orders - today.cancelled + 1,
        id_basis=asked.identity.id_basis,
        duplicates=history.duplicates(conn, asked, {line.sku for line in order.lines}),
        same_id_cancelled_today=today.cancelled,
    )


def _released(conn: Connection, own: str) -> tuple[ReleasedHold, ...]:
    if not own:
        return ()
    return tuple(
        ReleasedHold(rule=row.rule, code=row.code, line_no=row.line_no) for row in _OWN.all(conn, {"own": own})
    )
