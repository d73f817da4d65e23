"""The server's door to explanations: children of a few bundles, started when somebody asks, kept for the next.

Place in the order's way: after it. One for the whole process, since a bundle's hash says all that matters.
"""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import orjson

from orders.errors import InternalError
from rules.process.child import DECIDED
from rules.process.children import EnginePool

if TYPE_CHECKING:
    from rules.bundle import Bundle

KEPT = 2
DEADLINE_S = 10.0
_pools: OrderedDict[str, EnginePool] = OrderedDict()
_lock = threading.Lock()


class NotExplained(InternalError):
    """The engine could not judge these facts, or the child died over them."""

    code = "not_explained"


def ask(bundle: Bundle, question: dict[str, Any], facts: bytes) -> Any:
    """Ask about an order's frozen facts; return the answer's JSON. Raises NotExplained."""
    data = orjson.dumps({**question, "facts": facts.decode()})
    _, ((kind, payload),) = _pool(bundle).answer_many([data])
    if kind != DECIDED:
        reason = payload.decode("utf-8", "replace")
        raise NotExplained(f"this decision cannot be explained: {reason}", f"这个判定无法解释：{reason}")
    return orjson.loads(payload)


def _pool(bundle: Bundle) -> EnginePool:
    with _lock:
        if bundle.hash not in _pools:
            _pools[bundle.hash] = EnginePool(bundle, deadline_s=DEADLINE_S, module="rules.process.explainer")
            while len(_pools) > KEPT:
                _pools.popitem(last=False)[1].close()
        _pools.move_to_end(bundle.hash)
        return _pools[bundle.hash]


@atexit.register
def close() -> None:
    """End all children."""
    with _lock:
        while _pools:
            _pools.popitem()[1].close()
