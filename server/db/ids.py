"""Identifiers: a prefix that says what it is, then time, then chance, so that they sort by age.

Place in the order's way: every stored thing gets one before its transaction starts.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

PREFIXES = {
    "ord": "order",
    "doc": "document",
    "dra": "draft",
    "dec": "decision",
    "hld": "hold",
    "job": "job",
    "out": "outbox row",
    "whk": "webhook endpoint",
    "ori": "original",
    "ful": "fulfilment order",
    "cus": "customer",
    "key": "API key",
    "sub": "subject key",
    "usr": "user",
    "org": "organisation",
    "imp": "import",
    "led": "stock ledger row",
    "not": "notification",
    "prc": "price",
    "cor": "correction",
    "chg": "rule change",
    "pau": "pause of a rule",
    "req": "entry of the request log",
    "test": "order of a test key",
}


def new_id(prefix: str, now: datetime) -> str:
    """Return ``prefix_`` + 12 hex digits of milliseconds + 20 of chance: unique, and sorted by time."""
    return f"{prefix}_{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"
