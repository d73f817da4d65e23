"""Frames on a pipe between the server and an engine child: one kind, a length, the payload.

Requests: ``L`` load a bundle, ``D`` decide a batch. Answers: ``K`` loaded, ``B`` a batch's results, ``E`` refused.
"""

from __future__ import annotations

import os
import select
import struct
import time

_HEAD = struct.Struct(">cI")
_ITEM = struct.Struct(">cI")
MAX_FRAME = 256 << 20


class PipeBroken(Exception):
    """The other side is gone."""


class PipeSilent(Exception):
    """The other side did not answer in time."""


def write_frame(fd: int, kind: bytes, payload: bytes, deadline: float | None = None) -> None:
    """Write one frame. Raises PipeBroken, or PipeSilent when the reader takes nothing before the deadline."""
    data = memoryview(_HEAD.pack(kind, len(payload)) + payload)
    while data:
        if deadline is not None:
            _wait(fd, deadline, writing=True)
        try:
            written = os.write(fd, data)
        except OSError as error:
            raise PipeBroken(str(error)) from error
        data = data[written:]


def read_frame(fd: int, deadline: float | None = None) -> tuple[bytes, bytes]:
    """Read one frame. Raises PipeBroken, PipeSilent."""
    kind, length = _HEAD.unpack(_read(fd, _HEAD.size, deadline))
    if length > MAX_FRAME:
        raise PipeBroken("the frame is too long")
    return kind, _read(fd, length, deadline)


def _read(fd: int, size: int, deadline: float | None) -> bytes:
    parts: list[bytes] = []
    while size:
        if deadline is not None:
            _wait(fd, deadline, writing=False)
        try:
            part = os.read(fd, min(size, 1 << 20))
        except OSError as error:
            raise PipeBroken(str(error)) from error
        if not part:
            raise PipeBroken("the pipe was closed")
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _wait(fd: int, deadline: float, writing: bool) -> None:
    left = deadline - time.monotonic()
    poll = select.poll()
    poll.register(fd, select.POLLOUT if writing else select.POLLIN)
    if left <= 0 or not poll.poll(left * 1000):
        raise PipeSilent("no answer in time")


def pack_items(items: list[tuple[bytes, bytes]]) -> bytes:
    """Write a list of (kind, payload)."""
    return b"".join(_ITEM.pack(kind, len(payload)) + payload for kind, payload in items)


def unpack_items(data: bytes) -> list[tuple[bytes, bytes]]:
    """Read a list of (kind, payload)."""
    found, at = [], 0
    while at < len(data):
        kind, length = _ITEM.unpack_from(data, at)
        at += _ITEM.size
        found.append((kind, data[at : at + length]))
        at += length
    return found
