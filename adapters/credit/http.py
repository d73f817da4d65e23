"""A credit bureau behind HTTP: `POST {url}/credit-checks` with the customer, an answer with limit, exposure, score.

Place in the order's way: step 4, context, while a caller waits: hence the short time-out and no second attempt.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.http import json_object, post
from orders.credit import CreditStatus, CreditView
from orders.decision import canonical_bytes
from orders.errors import TransportError
from orders.money import Fen, parse_fen

if TYPE_CHECKING:
    from adapters.credit.bureau import Subject

log = logging.getLogger(__name__)

UNAVAILABLE = CreditView(status=CreditStatus.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class HttpBureau:
    """Asks one bureau; ``timeout_s`` bounds what a submission may wait for it."""

    url: str
    key: str = ""
    timeout_s: float = 0.3

    def view(self, subject: Subject) -> CreditView:
        """Return the bureau's view; time-out, refusal or an answer that makes no sense is ``unavailable``."""
        body = canonical_bytes({"code": subject.code, "name": subject.name, "uscc": subject.uscc})
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            answer = post(f"{self.url.rstrip('/')}/credit-checks", body, headers, self.timeout_s)
            return _view(json_object(answer))
        except (TransportError, KeyError, TypeError, ValueError) as error:
            log.warning("Credit bureau unavailable: %s", error, extra={"action": "credit_unavailable"})
            return UNAVAILABLE


def _view(value: dict[str, Any]) -> CreditView:
    if value["found"] is False:
        return CreditView(status=CreditStatus.NONE)
    score = value.get("score")
    return CreditView(
        status=CreditStatus.OK,
        limit_fen=_fen(value.get("limit")),
        exposure_fen=_fen(value.get("exposure")),
        overdue_days=int(value.get("overdue_days", 0)),
        score=None if score is None else int(score),
    )


def _fen(text: str | None) -> Fen:
    return Fen(0) if text is None else parse_fen(text)
