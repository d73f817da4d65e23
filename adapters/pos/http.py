"""A shop's point of sale over HTTP: `POST {url}/order-states`, so that the till shows how an order stands.

Place in the order's way: dispatch. The till knows the order by the number that it gave it. States may reach it twice,
never out of order: it keeps the `Idempotency-Key` and the highest version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.erp.papers import payload
from adapters.http import json_object, post
from adapters.kind import Field, Kind
from adapters.message import Receipt
from orders.decision import canonical_bytes
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.message import Message, Secrets, Target


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
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.idempotency_key}
    if secrets and secrets[0]:
        headers["Authorization"] = f"Bearer {secrets[0]}"
    body = canonical_bytes(state(payload(message), target.settings["shop"]))
    answer = post(f"{target.url.rstrip('/')}/order-states", body, headers, target.timeout_s)
    reference = json_object(answer).get("reference")
    return Receipt(status=answer.status_code, reference=None if reference is None else str(reference))


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
)
