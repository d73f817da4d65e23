"""Explanation (U4, U5): which rules almost fired, which condition failed on which value, what would release a hold.

Place in the order's way: after it; the screens ask here, with the facts as they were frozen and the bundle that judged.
"""

from __future__ import annotations

from rules.explain.lever import Change
from rules.explain.near import Case, Check, NearMiss, Verdict, conditions, near_misses
from rules.explain.release import Option, Release, release_options
from rules.explain.words import Gap

__all__ = [
    "Case",
    "Change",
    "Check",
    "Gap",
    "NearMiss",
    "Option",
    "Release",
    "Verdict",
    "conditions",
    "near_misses",
    "release_options",
]
