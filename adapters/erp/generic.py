"""An ERP that takes orders over HTTP: `POST {url}/orders` with the order and the decision's summary as JSON.

Place in the order's way: dispatch, destination ``erp``. The ERP must keep the `Idempotency-Key` and answer a second
attempt with its first answer; `adapters/erp/stub.py` is such an ERP, docs/adapters.md is the contract in prose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.http import post, reference_of, taken
from adapters.kind import Field, Kind
from adapters.message import Receipt

if TYPE_CHECKING:
    from adapters.message import Message, Secrets, Target


def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
    """Push one event of an order into the ERP."""
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.idempotency_key,
        "X-Event": message.event,
    }
    if secrets and secrets[0]:
        headers["Authorization"] = f"Bearer {secrets[0]}"
    answer = post(f"{target.url.rstrip('/')}/orders", message.body, headers, target.timeout_s)
    value = taken(answer)
    detail = "duplicate" if value.get("duplicate") is True else ""
    return Receipt(status=answer.status_code, reference=reference_of(value), detail=detail)


KIND = Kind(
    "erp.generic",
    "通用 ERP（HTTP）",
    "ERP over HTTP",
    lambda _clock: deliver,
    url="https://erp.example.com/api",
    fields=(Field("token", "令牌（Bearer）", "Bearer token", secret=True),),
    order=True,
    parallel=4,
    events=("order.accepted", "order.changed", "order.cancelled"),
)
