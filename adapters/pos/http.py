"""A shop's point of sale over HTTP: `POST {url}/order-states`, so that the till shows how an order stands.

Place in the order's way: dispatch. The till knows the order by the number that it gave it. States may reach it twice,
never out of order: it keeps the `Idempotency-Key` and the highest version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.erp.papers import payload
from adapters.kind import Field, Kind
from adapters.partner import tell
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.message import Message, Receipt, Secrets, Target


def state(value: dict[str, Any], shop: str) -> dict[str, Any]:
    """Return what the till shows. Raises TransportError, permanent, for an order that has no number of the till's."""
    if not value.get("number"):
        raise TransportError(
            "the order has no number: the point of sale could not find it",
            "订单没有单号，收银系统认不出它",
            permanent=True,
            code="no_number",
        )
    told = {name: value.get(name) for name in ("number", "state", "version", "at", "event")}
    parcels = [{name: one.get(name) for name in ("carrier", "waybill")} for one in value.get("fulfilments") or ()]
    return {**told, "shop": shop, "parcels": parcels, "reference": value["order_id"]}


def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
    """Tell the till how an order stands."""
    return tell("/order-states", state(payload(message), target.settings["shop"]), message, target, secrets)


KIND = Kind(
    "pos.http",
    "门店收银 POS（HTTP）",
    "Point of sale over HTTP",
    lambda _clock: deliver,
    url="https://pos.example.com/api",
    fields=(
        Field("token", "令牌（Bearer）", "Bearer token", secret=True),
        Field("shop", "门店编码", "Code of the shop", required=True),
    ),
    parallel=2,
    events=("order.accepted", "order.rejected", "order.shipped", "order.delivered", "order.cancelled"),
    tested=True,
)
