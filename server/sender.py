"""Who an order comes from, worked out once: the kind of its source, and which of its own fields can be searched.

Place in the order's way: between normalize and context.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orders.source import source_type

if TYPE_CHECKING:
    from orders.catalogue import Catalogue
    from orders.order import Order
    from server.arrival import Arrival


def placed(arrival: Arrival, order: Order, catalogue: Catalogue) -> Arrival:
    """Return the arrival with what it says of its sender."""
    kind = source_type(order.channel, arrival.door, catalogue.sources, dealer=arrival.actor.is_dealer)
    return replace(arrival, source_type=kind.value, own_fields=catalogue.fields)
