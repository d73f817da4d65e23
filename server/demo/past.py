"""Past orders of the demo company: through the pipeline like any other, so that no list is empty."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from orders.decision import canonical_bytes
from orders.money import fen_text, line_amount_fen, parse_micro
from server.arrival import Arrival
from server.commit import Committed
from server.db import people
from server.demo import load_company
from server.pipeline import process

if TYPE_CHECKING:
    from server.deps import Deps

# days ago, customer, [(sku, quantity)]; none takes A-1001, whose whole stock is left to whoever tries the product
PLACED_BY = "sales"
"""Login of the salesperson whose orders they are."""
PAST = (
    (12, "C-001", (("A-1002", "200"), ("A-1005", "40"))),
    (11, "C-003", (("A-1006", "4"), ("A-1008", "300"))),
    (9, "C-002", (("A-1002", "60"),)),
    (8, "C-005", (("A-1004", "500"), ("A-1002", "30"))),
    (6, "C-004", (("A-1003", "12"),)),
    (5, "C-003", (("A-1003", "20"), ("A-1002", "80"), ("A-1005", "50"))),
    (3, "C-006", (("A-1008", "150"),)),
    (2, "C-001", (("A-1010", "2"),)),
    (1, "C-002", (("A-1007", "3"), ("A-1004", "100"))),
)


def place_past_orders(deps: Deps) -> int:
    """Process each past order as the demo's ERP would have sent it; return how many are new."""
    company, placed = load_company(), 0
    with deps.store.db.read() as conn:
        actor = people.actor_of_login(conn, PLACED_BY) or SYSTEM
    for number, past in enumerate(PAST, start=1):
        data = canonical_bytes(_order(company, number, past, deps))
        arrival = Arrival(door="api", channel="erp", actor=actor, data=data, received_at=deps.clock())
        placed += isinstance(process(deps, arrival), Committed)
    return placed


def _order(company: dict[str, Any], number: int, past: tuple[int, str, Any], deps: Deps) -> dict[str, Any]:
    days, code, wanted = past
    customer = next(item for item in company["customers"] if item["code"] == code)
    contact = {"name": customer["contacts"][0]["name"], "phone": customer["contacts"][0]["phone"], "email": None}
    lines = [_line(company, position, sku, quantity) for position, (sku, quantity) in enumerate(wanted, start=1)]
    issued_at = (deps.clock() - timedelta(days=days)).replace(microsecond=0)
    return {
        "number": f"DEMO-{number:04d}",
        "issued_at": issued_at.isoformat(),
        "currency": "CNY",
        "buyer": {"name": customer["name"], "ids": customer["ids"], "contact": contact},
        "ship_to": {"contact": contact, "address": {"text": customer["addresses"][0]["text"]}},
        "payment_terms": customer["payment_terms"],
        "lines": lines,
    }


def _line(company: dict[str, Any], line_no: int, sku: str, quantity: str) -> dict[str, Any]:
    price = next(item["price"] for item in company["prices"] if item["sku"] == sku and item["kind"] == "list")
    amount = line_amount_fen(parse_micro(quantity), parse_micro(price))
    return {"line_no": line_no, "sku": sku, "quantity": quantity, "unit_price": price, "amount": fen_text(amount)}
