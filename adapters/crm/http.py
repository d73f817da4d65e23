"""A CRM over HTTP: `POST {url}/activities`, one for each event of a customer's order.

Place in the order's way: dispatch. The CRM finds the customer by its own code and keeps the `Idempotency-Key`, so that
a second delivery is no second activity. It gets what a seller must know, neither addresses nor telephone numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.erp.papers import customer, payload
from adapters.kind import Field, Kind
from adapters.partner import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.message import Message, Receipt, Secrets, Target


def activity(value: dict[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    """Return what the CRM notes. Raises TransportError, permanent, when it could not know whose order it is."""
    order = value.get("order") or {}
    return {
        "customer": customer(order, settings),
        "event": value["event"],
        "at": value.get("at"),
        "number": value.get("number"),
        "reference": value["order_id"],
        "amount": (order.get("totals") or {}).get("payable"),
        "currency": order.get("currency"),
        "skus": [line["sku"] for line in order.get("lines") or ()],
        "holds": value.get("holds") or [],
    }


def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
    """Note one event at the customer's file."""
    return tell("/activities", activity(payload(message), target.settings), message, target, secrets)


KIND = Kind(
    "crm.http",
    "客户管理 CRM（HTTP）",
    "CRM over HTTP",
    lambda _clock: deliver,
    url="https://crm.example.com/api",
    fields=(
        Field("token", "令牌（Bearer）", "Bearer token", secret=True),
        Field("customer_scheme", "客户编码的标识类型", "Scheme of the customer's code", default="customer_code"),
        Field("default_customer", "默认客户编码", "Default customer"),
    ),
    order=True,
    parallel=2,
    events=("order.accepted", "order.held", "order.shipped", "order.cancelled"),
    tested=True,
)
