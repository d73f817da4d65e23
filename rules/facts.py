"""Freezing: the order and its context become the canonical bytes that a decision depends on, and on nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.decision import canonical_bytes
from orders.wire import order_to_json

if TYPE_CHECKING:
    from orders.context import Context
    from orders.order import Order


def freeze(order: Order, context: Context) -> bytes:
    """Return everything that the decision depends on as canonical JSON."""
    return canonical_bytes({"order": order_to_json(order), "at": context.decided_at.isoformat()})
