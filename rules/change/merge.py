"""Three texts into one: what an author changed in a file and what became live meanwhile, where they do not touch.

Place in the order's way: before it; a draft that began on older rules is brought up to date.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

Hunk = tuple[int, int, list[str]]


def merged(base: str, mine: str, theirs: str) -> str | None:
    """Return the text with both changes, None where both changed the same lines differently."""
    lines = base.splitlines(keepends=True)
    hunks = sorted({_key(hunk): hunk for hunk in (*_hunks(lines, mine), *_hunks(lines, theirs))}.values(), key=_key)
    for earlier, later in pairwise(hunks):
        if later[0] < earlier[1] or (later[0], later[1]) == (earlier[0], earlier[1]):
            return None
    for start, end, wanted in reversed(hunks):
        lines[start:end] = wanted
    return "".join(lines)


def _key(hunk: Hunk) -> tuple[int, int, tuple[str, ...]]:
    return hunk[0], hunk[1], tuple(hunk[2])


def _hunks(base: list[str], changed: str) -> list[Hunk]:
    new = changed.splitlines(keepends=True)
    codes = SequenceMatcher(None, base, new, autojunk=False).get_opcodes()
    return [(start, end, new[left:right]) for tag, start, end, left, right in codes if tag != "equal"]
