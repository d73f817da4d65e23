"""What every standard's answer needs to know of an order and its decision.

Place in the order's way: after the commit, when a sender asks what became of his order. Knows neither our tables
nor HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from orders.order import Order


class Verdict(StrEnum):
    """What the decision means to the sender."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``id`` is unique for each answer; ``our_id`` is the order's id with us; ``at`` is aware."""

    id: str
    our_id: str
    order: Order
    verdict: Verdict
    at: datetime
    note: str = ""

    def attribute(self, name: str) -> str:
        """Return an own field of the order as text."""
        value = self.order.attributes.get(name)
        return value if isinstance(value, str) else ""

    def seller_id(self) -> str:
        """Return the number that the sender calls us by, or our name."""
        return self.attribute("seller_id") or "SLUICE"

    def buyer_id(self) -> str:
        """Return the first number that the buyer calls himself by, or a stand-in."""
        return self.order.buyer.ids[0].value if self.order.buyer.ids else "BUYER"

    def line_id(self, index: int) -> str:
        """Return the sender's own number of a line."""
        line = self.order.lines[index]
        value = line.attributes.get("source_line")
        return value if isinstance(value, str) else str(line.line_no)
