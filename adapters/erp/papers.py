"""What Chinese ERPs ask of every paper: our own number of it, the customer's code, the seller's money.

Place in the order's way: under the ERP adapters.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from adapters.kind import Field
from orders.decision import sha256_hex
from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.message import Message

Json = dict[str, Any]
RECEIVABLE = "receivable.due"
"""The event of a receivable; its body: order_id, number, currency, amount (decimal text), customer, at."""

SHARED = (
    Field("customer_scheme", "客户编码取自买方标识", "Scheme of the customer's code", default="customer_code"),
    Field("default_customer", "没有编码时的客户", "Customer without a code"),
    Field("receivable_on", "何时生成应收单", "When a receivable is due", default="order.shipped"),
)


def payload(message: Message) -> Json:
    """Return a message's body."""
    value: Json = json.loads(message.body)
    return value


def own_number(prefix: str, order_id: str | None) -> str:
    """Return our number of a paper: the same for ever, unique over channels, at most 20 letters."""
    return f"{prefix}{sha256_hex(str(order_id).encode())[:18].upper()}"


def customer(order: Json, settings: Mapping[str, str]) -> str:
    """Return the customer's code in the ERP. Raises TransportError, permanent, when it is unknown."""
    ids = (order.get("buyer") or {}).get("ids") or ()
    found = [str(item["value"]) for item in ids if item.get("scheme") == settings["customer_scheme"]]
    code = found[0] if found else settings["default_customer"]
    if code:
        return code
    scheme = settings["customer_scheme"]
    raise TransportError(
        f"the buyer has no id of the scheme {scheme}: add one to the order, or name a default customer",
        f"买方没有 {scheme} 标识：请在订单里补上，或设置默认客户",
        permanent=True,
        code="no_customer",
    )


def day(text: str | None) -> str:
    """Return the date of an ISO time."""
    return (text or "")[:10]


def proof(value: Json) -> str:
    """Return the remark that leads from the ERP's paper back to the decision's receipt."""
    receipt = value.get("receipt") or {}
    return f"{value.get('number') or value.get('order_id')} sha256:{receipt.get('payload_sha256', '')[:32]}"


def unsupported(event: str) -> TransportError:
    """Return the reason why a person has to do it in the ERP."""
    return TransportError(
        f"{event} has to be done by hand in this ERP; give this message up afterwards",
        f"该 ERP 不能自动处理 {event}：请在 ERP 里手工处理，然后放弃这条推送",
        permanent=True,
        code="by_hand",
    )
