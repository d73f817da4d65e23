"""Canonical JSON written fast: the bytes of `orders.decision.canonical_bytes` for values that we made ourselves.

Place in the order's way: under identity, messages and trail. What senders put in freely (``attributes``, ``customs``)
may hold numbers that the two writers spell differently: such values go the standard way.
"""

from __future__ import annotations

import orjson


def fast_bytes(value: object) -> bytes:
    """Return the canonical bytes of texts, integers, booleans, nulls, lists and mappings of them.

    Raises TypeError for an integer beyond 64 bits, a text that is no Unicode, or another type.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
