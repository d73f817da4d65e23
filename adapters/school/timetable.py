"""A school's timetable over HTTP: `POST {url}/entries`, the day on which an order comes, until it is cancelled.

Place in the order's way: dispatch. An entry is known by our order: what comes later of the same order moves the entry
or takes it away, a second delivery changes nothing. The school is the customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.erp.papers import customer, day, payload
from adapters.kind import TEST, Field, Kind
from adapters.partner import tell
from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.message import Message, Receipt, Secrets, Target

_GONE = ("order.cancelled", "order.rejected", TEST)
"""What takes an entry away; a test message, too, so that none is made."""


def entry(value: dict[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    """Return the entry: the order's own day, else the first of its lines'. Raises TransportError, permanent: no day."""
    order = value.get("order") or {}
    lines = order.get("lines") or ()
    days = sorted(day(line["requested_date"]) for line in lines if line.get("requested_date"))
    on = day(order.get("requested_date")) or (days[0] if days else "")
    gone = value["event"] in _GONE
    if not on and not gone:
        raise TransportError(
            "the order asks for no day: the timetable has no place for it",
            "订单没有要求的日期，无法排入课表",
            permanent=True,
            code="no_date",
        )
    return {
        "entry": value["order_id"],
        "school": customer(order, settings),
        "state": "gone" if gone else "planned",
        "date": on or None,
        "until": settings["until"],
        "number": value.get("number"),
        "items": [{name: line.get(name) for name in ("sku", "name", "quantity", "unit")} for line in lines],
    }


def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
    """Put an order's day into the timetable, or take it out."""
    return tell("/entries", entry(payload(message), target.settings), message, target, secrets)


KIND = Kind(
    "school.timetable",
    "学校课表（HTTP）",
    "School timetable over HTTP",
    lambda _clock: deliver,
    url="https://school.example.com/api",
    fields=(
        Field("token", "令牌（Bearer）", "Bearer token", secret=True),
        Field("until", "最迟送达时刻", "Deliver until", default="07:30"),
        Field("customer_scheme", "学校编码的标识类型", "Scheme of the school's code", default="customer_code"),
        Field("default_customer", "默认学校编码", "Default school"),
    ),
    order=True,
    events=("order.accepted", "order.changed", "order.cancelled"),
    tested=True,
)
