"""Credit: how much a customer may owe, owes, and how dangerous that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orders.money import Fen


class CreditStatus(StrEnum):
    """Whether the credit source answered. ``unavailable`` leads to the declared policy (CRD-01)."""

    OK = "ok"
    UNAVAILABLE = "unavailable"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CreditView:
    """A customer's account when the order was decided. ``exposure_fen`` leaves this order out.

    ``score`` is 0–1000, higher is safer; None where the bureau has none.
    """

    status: CreditStatus = CreditStatus.NONE
    limit_fen: Fen = Fen(0)
    exposure_fen: Fen = Fen(0)
    overdue_days: int = 0
    score: int | None = None

    @property
    def available_fen(self) -> Fen:
        """可用额度 = limit − exposure; negative when over."""
        return Fen(self.limit_fen - self.exposure_fen)
