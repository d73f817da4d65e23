"""The wire under every call to an outside system: one deadline over all that a call reads and writes.

Place in the order's way: under `adapters/http.py`. A time-out of the HTTP library bounds each wait; a peer that sends a
letter of its head every few seconds would hold a thread for ever. Knows neither messages nor platforms.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

_ENDS: ContextVar[float | None] = ContextVar("ends", default=None)


@contextmanager
def within(timeout_s: float) -> Iterator[None]:
    """Let everything inside end after so many seconds in all."""
    token = _ENDS.set(monotonic() + timeout_s)
    try:
        yield
    finally:
        _ENDS.reset(token)


def ended() -> bool:
    """Say whether the time of the call is over."""
    ends = _ENDS.get()
    return ends is not None and monotonic() > ends


def _left(timeout: float | None) -> float | None:
    """Return how long one wait may be. Raises httpcore.ReadTimeout when the call's time is over."""
    ends = _ENDS.get()
    if ends is None:
        return timeout
    left = ends - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the call took too long")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the call."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all."""
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on in secret."""
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection."""
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Connects as usual."""

    def connect_tcp(self, *told: Any, **more: Any) -> httpcore.NetworkStream:
        """Connect."""
        return _Stream(super().connect_tcp(*told, **more))


class Wire(httpx.HTTPTransport):
    """The library's transport over a pool whose connections know the deadline; no proxies, no keys of the environment.

    Threads limit how many calls there are at a time; a pool with a limit would let a dead system starve the others.
    """

    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=64,
            keepalive_expiry=30.0,
            network_backend=_Backend(),
        )
