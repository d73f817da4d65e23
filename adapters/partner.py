"""Systems of partners that take one JSON document an event and may answer with a reference of their own.

Place in the order's way: dispatch, under the adapters that differ in what they say and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.http import post, reference_of, taken
from adapters.message import Receipt
from orders.decision import canonical_bytes

if TYPE_CHECKING:
    from adapters.message import Message, Secrets, Target


def tell(path: str, told: dict[str, Any], message: Message, target: Target, secrets: Secrets) -> Receipt:
    """Post ``told`` to ``path`` below the target: token as Bearer, `Idempotency-Key`. Raises TransportError."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.idempotency_key}
    if secrets and secrets[0]:
        headers["Authorization"] = f"Bearer {secrets[0]}"
    answer = post(f"{target.url.rstrip('/')}{path}", canonical_bytes(told), headers, target.timeout_s)
    return Receipt(status=answer.status_code, reference=reference_of(taken(answer)))
