"""Who an order comes from, worked out once: its buyer if a dealer sends it, its kind of source, its own fields.

Place in the order's way: around normalize.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orders.source import source_type
from server.dealer import as_dealer

if TYPE_CHECKING:
    from intake.canonical import RawOrder
    from orders.catalogue import Catalogue
    from orders.order import Order
    from server.arrival import Arrival


def named(raw: RawOrder, arrival: Arrival, catalogue: Catalogue) -> RawOrder:
    """Return the order as read; a dealer's with its own name on it. Raises InvalidOrder where it names another."""
    if not arrival.actor.is_dealer:
        return raw
    return as_dealer(raw, arrival.actor, catalogue, channel=arrival.door == "intake")


def placed(arrival: Arrival, order: Order, catalogue: Catalogue) -> Arrival:
    """Return the arrival with what it says of its sender."""
    kind = source_type(order.channel, arrival.door, catalogue.sources, dealer=arrival.actor.is_dealer)
    return replace(arrival, source_type=kind.value, own_fields=catalogue.fields)
