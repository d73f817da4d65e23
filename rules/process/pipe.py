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
_CHUNK = 1 << 16
"""What a pipe holds; a larger buffer is mapped anew for every read, which takes longer than the read."""


class PipeBroken(Exception):
    """The other side is gone."""


class PipeSilent(Exception):
    """The other side did not answer in time."""


def write_frame(fd: int, kind: bytes, payload: bytes, deadline: float | None = None) -> None:
    """Write one frame. Raises PipeBroken, or PipeSilent when the reader takes nothing before the deadline."""
    data: bytes | memoryview = _HEAD.pack(kind, len(payload)) + payload
    while data:
        try:
            written = os.write(fd, data)
            if written == len(data):
                return
            data = memoryview(data)[written:]
        except BlockingIOError:
            _wait(fd, deadline, writing=True)
        except OSError as error:
            raise PipeBroken(str(error)) from error


def read_frame(fd: int, deadline: float | None = None) -> tuple[bytes, bytes]:
    """Read one frame, mostly in one system call: the two sides take turns. Raises PipeBroken, PipeSilent."""
    data = _read(fd, deadline)
    while len(data) < _HEAD.size:
        data += _read(fd, deadline)
    kind, length = _HEAD.unpack_from(data)
    if length > MAX_FRAME:
        raise PipeBroken("the frame is too long")
    parts, left = [data[_HEAD.size :]], length + _HEAD.size - len(data)
    while left > 0:
        part = _read(fd, deadline)
        parts.append(part)
        left -= len(part)
    if left:
        raise PipeBroken("more came than was asked for")
    return kind, parts[0] if len(parts) == 1 else b"".join(parts)


def _read(fd: int, deadline: float | None) -> bytes:
    if deadline is not None:
        _wait(fd, deadline, writing=False)
    try:
        part = os.read(fd, _CHUNK)
    except OSError as error:
        raise PipeBroken(str(error)) from error
    if not part:
        raise PipeBroken("the pipe was closed")
    return part


def _wait(fd: int, deadline: float | None, writing: bool) -> None:
    left = None if deadline is None else deadline - time.monotonic()
    poll = select.poll()
    poll.register(fd, select.POLLOUT if writing else select.POLLIN)
    if (left is not None and left <= 0) or not poll.poll(None if left is None else left * 1000):
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
