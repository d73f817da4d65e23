"""What of a request has arrived, and when a caller is too slow."""

from __future__ import annotations

import pytest

from server.patience import GRACE_S, LEAST_BYTES_S, MOST_BODY, MOST_HEAD, Paced, Standing, deadline, standing

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("arrived", "found"),
    [
        (b"", Standing.PARTIAL),
        (HEAD, Standing.PARTIAL),
        (HEAD + b"\r\n", Standing.WHOLE),
        (HEAD + b"Content-Length: 2\r\n\r\na", Standing.PARTIAL),
        (HEAD + b"CONTENT-LENGTH:2\r\n\r\nab", Standing.WHOLE),
        (HEAD + b"X-Content-Length: 2\r\n\r\n", Standing.WHOLE),
        (HEAD + b"Content-Length: %d\r\n\r\n" % MOST_BODY, Standing.PARTIAL),
        (HEAD + b"Content-Length: %d\r\n\r\n" % (MOST_BODY + 1), Standing.LONG),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", Standing.LONG),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", Standing.LONG),
        (HEAD + b"X: " + b"y" * (MOST_HEAD - len(HEAD) - 3), Standing.PARTIAL),
        (HEAD + b"X: " + b"y" * (MOST_HEAD - len(HEAD) - 2), Standing.LONG),
    ],
)
def test_a_request_is_partial_whole_or_long(arrived: bytes, found: Standing) -> None:
    assert standing(arrived) is found


class Caller:
    """A caller who sends ``size`` bytes every ``every`` seconds."""

    def __init__(self, size: int, every: float) -> None:
        self.size, self.every, self.now, self.waits = size, every, 0.0, None

    def settimeout(self, value: float | None, /) -> None:
        self.waits = value

    def recv(self, _size: int, /) -> bytes:
        assert self.waits is not None
        self.now += min(self.every, self.waits)
        if self.every > self.waits:
            raise TimeoutError
        return b"x" * self.size


def read(caller: Caller, times: int) -> int:
    paced = Paced(caller, lambda: caller.now)
    return sum(len(paced.recv(8192)) for _ in range(times))


def test_who_keeps_the_least_speed_is_heard_and_the_socket_waits_for_ever_again() -> None:
    caller = Caller(LEAST_BYTES_S, 1.0)
    assert read(caller, 100) == 100 * LEAST_BYTES_S
    assert caller.waits is None


def test_who_trickles_is_as_good_as_gone_when_the_grace_is_over() -> None:
    caller = Caller(1, 1.0)
    assert read(caller, 60) in (GRACE_S, GRACE_S + 1)
    assert caller.now < GRACE_S + 2
    silent = Caller(1, 10_000.0)
    assert read(silent, 1) == 0
    assert silent.now == GRACE_S


def test_what_has_come_earns_time() -> None:
    assert deadline(100.0, 0) == 100.0 + GRACE_S
    assert deadline(100.0, 2 * LEAST_BYTES_S) == 102.0 + GRACE_S
