"""What of a request has arrived, and how long it may take to: threads are for whole requests.

Place in the order's way: under the HTTP door. Whoever opens forty connections and sends half a request on each would
hold every thread; so a request is gathered beside the threads, and gets one when it is there. Long bodies come while a
thread reads them, at a least speed and only in some of the threads.
"""

from __future__ import annotations

import re
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_S = 15.0
"""A request may take this long, however little comes."""
LEAST_BYTES_S = 16_384
"""What comes later must come at this speed: 20 MB within some twenty minutes."""
MOST_HEAD = 65_536
MOST_BODY = 262_144
"""A body up to this long waits beside the threads."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_STREAMED = re.compile(rb"\r\n(?:transfer-encoding|expect|upgrade):", re.IGNORECASE)


class Standing(Enum):
    """How much of a request is there."""

    PARTIAL = "partial"
    WHOLE = "whole"
    LONG = "long"
    """Its end is not waited for: a thread reads it as it comes."""


class Readable(Protocol):
    """A socket, as far as it is read."""

    def recv(self, size: int, /) -> bytes:
        """Return what came, empty at the end."""

    def settimeout(self, value: float | None, /) -> None:
        """Set how long a read waits, in seconds; None for ever."""


def standing(arrived: bytes | bytearray) -> Standing:
    """Say how much of the first request of some bytes is there."""
    end = arrived.find(b"\r\n\r\n")
    if end < 0:
        return Standing.LONG if len(arrived) > MOST_HEAD else Standing.PARTIAL
    head = bytes(arrived[: end + 2])
    if _STREAMED.search(head):
        return Standing.LONG
    length = _LENGTH.search(head)
    body = int(length[1]) if length else 0
    if body > MOST_BODY:
        return Standing.LONG
    return Standing.WHOLE if len(arrived) >= end + 4 + body else Standing.PARTIAL


def deadline(since: float, received: int) -> float:
    """Return until when the next bytes must come, of a request that began at ``since`` (seconds)."""
    return since + GRACE_S + received / LEAST_BYTES_S


class Paced:
    """A socket that ends as if its caller had gone when the caller is slower than the least speed."""

    def __init__(self, sock: Readable, clock: Callable[[], float] = monotonic) -> None:
        self._sock, self._clock = sock, clock
        self._since, self._received = clock(), 0

    def recv(self, size: int) -> bytes:
        """Return what came; nothing when it came too late."""
        left = deadline(self._since, self._received) - self._clock()
        if left <= 0:
            return b""
        self._sock.settimeout(left)
        try:
            data = self._sock.recv(size)
        except TimeoutError:
            return b""
        finally:
            self._sock.settimeout(None)
        self._received += len(data)
        return data
