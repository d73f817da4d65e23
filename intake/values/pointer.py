"""RFC 6901 JSON pointers: how every reader names the place of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def child(parent: str, key: str | int) -> str:
    """Return the pointer one step below ``parent``: ``~`` and ``/`` in a key are escaped."""
    if isinstance(key, int):
        return f"{parent}/{key}"
    return f"{parent}/{key.replace('~', '~0').replace('/', '~1')}"


def pointer(path: Iterable[str | int]) -> str:
    """Return the pointer of a whole path: ``("lines", 0, "sku")`` → ``/lines/0/sku``."""
    return "".join(child("", key) for key in path)
