"""What a credit bureau (征信) is to us: one question about one customer, one view back, never an exception.

Place in the order's way: step 4, context. The bureau's answer is merged with the customer's own account; a bureau
that does not answer in time gives status ``unavailable``, and the declared policy (CRD-01) says what follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from orders.credit import CreditStatus, CreditView


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom to ask about: our customer code, the registered name and the 统一社会信用代码 where we know it."""

    code: str
    name: str
    uscc: str | None = None


class CreditBureau(Protocol):
    """A source of credit facts."""

    def view(self, subject: Subject) -> CreditView:
        """Return what the bureau knows; ``unavailable`` when it cannot say now."""
        ...


def merged(own: CreditView, bureau: CreditView) -> CreditView:
    """Join our own account with the bureau's view.

    Limit and exposure are our own (the bureau's where we keep no account); the score is the bureau's; overdue days
    are the worse of both. A bureau that is unavailable makes the whole view unavailable: fail closed.
    """
    match bureau.status:
        case CreditStatus.NONE:
            return own
        case CreditStatus.UNAVAILABLE:
            return replace(own, status=CreditStatus.UNAVAILABLE)
        case CreditStatus.OK:
            base = bureau if own.status is CreditStatus.NONE else own
            score = bureau.score if bureau.score is not None else own.score
            return replace(base, score=score, overdue_days=max(own.overdue_days, bureau.overdue_days))
