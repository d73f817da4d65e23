"""Warm: what a web process builds before its first order, instead of once in each of the first requests.

Place in the order's way: before it. Without this the first orders of a process, one a thread, all built the same
index of places and names at the same time, and waited a second for it.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from intake.known.match import index_of

if TYPE_CHECKING:
    from server.deps import Deps

COLLECT_AT = (20_000, 20, 20)
"""`gc.set_threshold`: an order makes some thousand objects that hold others, nearly all gone with its answer."""


def warm(deps: Deps) -> None:
    """Build the index of master data, and tell the collector that all there is by now stays."""
    index_of(deps.catalogue())
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AT)
