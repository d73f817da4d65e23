"""Children of a few bundles beside the live one, started when somebody asks, kept for the next question.

Place in the order's way: beside or after it: explanations, tries and shadows. A bundle's hash says all that matters, so
that one set serves the whole process.
"""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from rules.process.children import EnginePool

if TYPE_CHECKING:
    from rules.bundle import Bundle

KEPT = 2


class Kept:
    """Pools of the bundles that were asked for last, one child each. For many threads."""

    def __init__(self, module: str, deadline_s: float) -> None:
        self._module, self._deadline_s = module, deadline_s
        self._pools: OrderedDict[str, EnginePool] = OrderedDict()
        self._lock = threading.Lock()
        atexit.register(self.close)

    def of(self, bundle: Bundle) -> EnginePool:
        """Return a bundle's pool. Raises ChildFailed."""
        with self._lock:
            if bundle.hash not in self._pools:
                pool = EnginePool(bundle, deadline_s=self._deadline_s, module=self._module, spare=False)
                self._pools[bundle.hash] = pool
                while len(self._pools) > KEPT:
                    self._pools.popitem(last=False)[1].close()
            self._pools.move_to_end(bundle.hash)
            return self._pools[bundle.hash]

    def close(self) -> None:
        """End all children."""
        with self._lock:
            while self._pools:
                self._pools.popitem()[1].close()


candidates = Kept("rules.process.patient", deadline_s=2.0)
"""Children that judge by rules which do not decide: what would a change decide?"""
