"""Waiting for what happens beside a test: until it is so, not for a time. A busy machine is slow, not broken."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 120.0
STEP_S = 0.01


def until(met: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
    """Return when ``met`` says yes; fail the test when it has not by then."""
    give_up = time.monotonic() + patience_s
    while not met():
        if time.monotonic() > give_up:
            pytest.fail(f"it did not come to pass within {patience_s:.0f} s")
        time.sleep(STEP_S)
