"""What is warm for a whole session: one engine child of the shipped policies, one reader. To start one takes seconds.

A busy machine is slow, not broken: the child has longer for an order than production gives it.
"""

from __future__ import annotations

import atexit
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr.sandbox import Sandbox
    from rules.bundle import Bundle
    from rules.process.children import EnginePool

DEADLINE_S = 10


@cache
def _engine() -> tuple[EnginePool, Bundle]:
    from rules.bundle import bundle_from_dir
    from rules.process.children import EnginePool

    shipped = bundle_from_dir()
    pool = EnginePool(shipped, deadline_s=DEADLINE_S, spare=False)
    atexit.register(pool.close)
    return pool, shipped


def engine() -> EnginePool:
    """Return the session's engine with the shipped policies, whatever the last test published."""
    pool, shipped = _engine()
    if pool.bundle.hash != shipped.hash:
        pool.swap(shipped)
    return pool


@cache
def reader() -> Sandbox:
    """Return the session's reader, which starts its child with the first picture."""
    from ocr.sandbox import Sandbox

    sandbox = Sandbox(engine="tesseract")
    atexit.register(sandbox.close)
    return sandbox
