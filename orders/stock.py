"""Stock arithmetic: available to promise, and what an order reserves where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.decision import DecisionBody, Outcome
from orders.money import MICRO, Micro

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orders.order import Order

STOCK_SHORT = "STOCK_SHORT"


@dataclass(frozen=True, slots=True)
class StockLevel:
    """One SKU at one site; quantities in 10⁻⁶. ``in_transit`` is what is due within the horizon (INV-03)."""

    sku: str
    site: str
    on_hand: Micro
    reserved: Micro
    in_transit: Micro = Micro(0)
    coefficient: Micro = Micro(MICRO)

    @property
    def inbound(self) -> Micro:
        """In transit × coefficient, rounded down to a 10⁻⁶ (never promise a fraction that may not come)."""
        return Micro(self.in_transit * self.coefficient // MICRO)

    @property
    def available(self) -> Micro:
        """可用库存. Source: INV-02: physical − occupied + in-transit × coefficient (100, 30, 20, 0.8 → 86)."""
        return Micro(self.on_hand - self.reserved + self.inbound)


@dataclass(frozen=True, slots=True, order=True)
class Reservation:
    """预占: a quantity of one SKU promised at one site to one order line. Sorted by (sku, site) against deadlocks."""

    sku: str
    site: str
    line_no: int
    quantity: Micro


def pool_available(levels: Iterable[StockLevel]) -> dict[str, Micro]:
    """Return what the central pool can promise per SKU, over all sites (INV-01)."""
    pool: dict[str, int] = defaultdict(int)
    for level in levels:
        pool[level.sku] += max(level.available, 0)
    return {sku: Micro(quantity) for sku, quantity in pool.items()}


def reservation_plan(order: Order, body: DecisionBody, levels: Iterable[StockLevel]) -> tuple[Reservation, ...]:
    """Return what the order takes from the pool at the instant of submission (INV-04).

    A line takes from its fulfilment's site first, then from the other sites in their code's order (a transfer
    brings it over, RTE-02). A rejected order takes nothing, nor does one held for lack of stock until it is
    confirmed (VAL-02).
    """
    if body.outcome is Outcome.REJECT or any(hold.code == STOCK_SHORT for hold in body.holds):
        return ()
    free = {(level.sku, level.site): max(level.available, 0) for level in levels}
    sites = sorted({site for _, site in free})
    sku_of = {line.line_no: line.sku for line in order.lines}
    taken: list[Reservation] = []
    for plan in body.fulfilments:
        order_of_sites = [plan.site, *(site for site in sites if site != plan.site)]
        for part in plan.lines:
            taken += _take(sku_of[part.line_no], part.line_no, part.quantity, order_of_sites, free)
    return tuple(sorted(taken))


def _take(sku: str, line_no: int, wanted: int, sites: list[str], free: dict[tuple[str, str], int]) -> list[Reservation]:
    taken: list[Reservation] = []
    for site in sites:
        quantity = min(wanted, free.get((sku, site), 0))
        if quantity > 0:
            free[sku, site] -= quantity
            wanted -= quantity
            taken.append(Reservation(sku, site, line_no, Micro(quantity)))
    return taken
