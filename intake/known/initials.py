"""The first letters by which Chinese words are typed: 苏州恒力 → szhl.

The common characters of GB 2312 (its first level) stand there in the order of their sound, so that their code tells
the letter. Rare characters have none and are left out.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

_STARTS = (
    0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8,
    0xC4C3, 0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1,
)  # fmt: skip
_LETTERS = "abcdefghjklmnopqrstwxyz"
_END = 0xD7FA
"""Source: GB/T 2312-1980, zone 16 to 55; no sound begins with i, u or v."""


@lru_cache(maxsize=65_536)
def initials(text: str) -> str:
    """Return the first letters of the characters of ``text``; letters and digits stand for themselves, in small."""
    return "".join(map(_letter, text.casefold()))


def _letter(character: str) -> str:
    if character.isascii():
        return character if character.isalnum() else ""
    try:
        code = int.from_bytes(character.encode("gb2312"))
    except UnicodeEncodeError:
        return ""
    return _LETTERS[bisect_right(_STARTS, code) - 1] if _STARTS[0] <= code < _END else ""
