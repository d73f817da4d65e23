"""Patterns that are compiled when they are first asked: those of plain speech name every unit there is, and take long.

Most processes never read a message. Knows nothing of what the patterns mean.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Late:
    """Stands for a pattern; each of its methods is the compiled one's own from the first call on."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._said = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._said), name)  # the library keeps what it compiled
        setattr(self, name, found)
        return found


def late(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return what can be used as the compiled pattern."""
    return cast("re.Pattern[str]", _Late(pattern, flags))
