"""The default engine in a process of its own: what it sets there is for good."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_TINY = """
import numpy as np
from ocr.engines.rapid import Rapid
tiny = np.full(64, 1e-40, np.float32)
before = float((tiny * np.float32(1)).max())
Rapid()
print(before > 0, float((tiny * np.float32(1)).max()) > 0)
"""


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="a switch of these processors")
def test_reader_counts_numbers_next_to_zero_as_zero() -> None:
    done = subprocess.run([sys.executable, "-c", _TINY], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
