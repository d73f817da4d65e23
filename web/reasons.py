"""The readers' Chinese reasons in English: why a field of a draft wants a look.

Place in the order's way: between a draft and the screen. Reasons that bring their English along (``中文 / English``)
need none of this. The list is ``translations/reasons.en.txt``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "translations" / "reasons.en.txt"
HOLE = "{}"


@cache
def _known() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return each sentence as a pattern with its English, those without holes first."""
    lines = (line for line in LIST.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    pairs = sorted((line.split(" = ", 1) for line in lines), key=lambda pair: pair[0].count(HOLE))
    return tuple(
        (re.compile("(.*?)".join(map(re.escape, zh.split(HOLE))), re.DOTALL), english) for zh, english in pairs
    )


@cache
def in_english(reason: str) -> str | None:
    """Return a reason in English; None where the list does not have it."""
    for pattern, english in _known():
        found = pattern.fullmatch(reason)
        if found:
            return english.format(*found.groups())
    return None
