"""The server's door to explanations: children of a few bundles, started when somebody asks, kept for the next.

Place in the order's way: after it. One for the whole process, since a bundle's hash says all that matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from orders.errors import InternalError
from rules.process.child import DECIDED
from rules.process.kept import Kept

if TYPE_CHECKING:
    from rules.bundle import Bundle

explainers = Kept("rules.process.explainer", deadline_s=10.0)


class NotExplained(InternalError):
    """The engine could not judge these facts, or the child died over them."""

    code = "not_explained"


def ask(bundle: Bundle, question: dict[str, Any], facts: bytes) -> Any:
    """Ask about an order's frozen facts; return the answer's JSON. Raises NotExplained."""
    data = orjson.dumps({**question, "facts": facts.decode()})
    _, ((kind, payload),) = explainers.of(bundle).answer_many([data])
    if kind != DECIDED:
        reason = payload.decode("utf-8", "replace")
        raise NotExplained(f"this decision cannot be explained: {reason}", f"这个判定无法解释：{reason}")
    return orjson.loads(payload)
