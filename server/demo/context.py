"""The context of an order from a company file instead of a database: no history, no duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.context import Context, CustomerView, SkuView
from orders.credit import CreditStatus, CreditView
from orders.money import parse_fen, parse_micro
from orders.order import OrderType
from orders.stock import StockLevel

if TYPE_CHECKING:
    from datetime import datetime

    from orders.order import Order


def demo_context(company: dict[str, Any], order: Order, now: datetime) -> Context:
    """Freeze what the file knows about the order's customer, SKUs and stock."""
    wanted = {line.sku for line in order.lines}
    customer = _recognised(company, order)
    code = customer["code"] if customer else None
    return Context(
        decided_at=now,
        customer=_customer(customer) if customer else None,
        credit=_credit(company, code),
        skus=tuple(_sku(company, item, code) for item in company["skus"] if item["sku"] in wanted),
        stock=tuple(_level(item) for item in company["stock"] if item["sku"] in wanted),
    )


def _recognised(company: dict[str, Any], order: Order) -> dict[str, Any] | None:
    ids = {(party_id.scheme, party_id.value) for party_id in order.buyer.ids}
    for item in company["customers"]:
        known = {(party_id["scheme"], party_id["value"]) for party_id in item["ids"]}
        phones = {contact["phone"] for contact in item["contacts"]}
        if ids & known or order.buyer.contact.phone in phones or item["name"] == order.buyer.name:
            found: dict[str, Any] = item
            return found
    return None


def _customer(item: dict[str, Any]) -> CustomerView:
    return CustomerView(
        id=item["code"],
        code=item["code"],
        name=item["name"],
        level=item["level"],
        lifetime_spend_fen=parse_fen(item["lifetime_spend"]),
        purchase_count=item["purchase_count"],
        payment_terms=item["payment_terms"],
    )


def _credit(company: dict[str, Any], code: str | None) -> CreditView:
    for item in company["credit_accounts"]:
        if item["customer"] == code:
            return CreditView(
                status=CreditStatus.OK,
                limit_fen=parse_fen(item["limit"]),
                exposure_fen=parse_fen(item["exposure"]),
                overdue_days=item["overdue_days"],
                score=item["score"],
            )
    return CreditView()


def _sku(company: dict[str, Any], item: dict[str, Any], code: str | None) -> SkuView:
    prices = [price for price in company["prices"] if price["sku"] == item["sku"]]
    by_kind = {price["kind"]: parse_micro(price["price"]) for price in prices if price["customer"] in (None, code)}
    return SkuView(
        sku=item["sku"],
        name=item["name"],
        unit=item["unit"],
        type=OrderType(item["type"]),
        cost=parse_micro(item["cost"]),
        list_price=by_kind.get("list"),
        contract_price=by_kind.get("contract"),
        approved_promo_price=by_kind.get("promo"),
        supplier_delayed=item["supplier_delayed"],
    )


def _level(item: dict[str, Any]) -> StockLevel:
    return StockLevel(
        sku=item["sku"],
        site=item["site"],
        on_hand=parse_micro(item["on_hand"]),
        reserved=parse_micro("0"),
        in_transit=parse_micro(item["in_transit"]),
        coefficient=parse_micro(item["coefficient"]),
    )
