"""Half a request holds no thread: whoever opens connections and stalls keeps nobody else waiting."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
THREADS = 4
APP = """
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(len(body)).encode()]
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server of the very worker class, with an application that tells how long a body was."""
    with serving(tmp_path_factory.mktemp("half"), APP) as chosen:
        yield chosen


@contextmanager
def serving(home: Path, app: str) -> Iterator[int]:
    chosen = free_port()
    (home / "told.py").write_text(app)
    command = [sys.executable, "-m", "gunicorn", "-k", "server.gthread.FairWorker", "--threads", str(THREADS)]
    command += ["-b", f"127.0.0.1:{chosen}", "--log-level", "error", "told:app"]
    environment = {"PATH": os.defpath, "PYTHONPATH": f"{home}:{ROOT}"}
    with subprocess.Popen(command, env=environment, cwd=home) as server:
        try:
            while not _listens(chosen):
                assert server.poll() is None
                time.sleep(0.05)
            yield chosen
        finally:
            server.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def told(port: int, body: bytes = b"") -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as calling:
        calling.request("POST", "/", body)
        return calling.getresponse().read()


@pytest.mark.parametrize(
    "half",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n{",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-a: ",
        b"",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n{",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 400\r\n\r\n",
    ],
    ids=["short body", "head", "nothing", "long body", "chunk", "expect"],
)
def test_stalled_callers_keep_nobody_waiting(port: int, half: bytes) -> None:
    stalled = [socket.create_connection(("127.0.0.1", port)) for _ in range(3 * THREADS)]
    try:
        for one in stalled:
            one.sendall(half)
        for _ in range(2 * THREADS):
            assert told(port, b"four") == b"4"
    finally:
        for one in stalled:
            one.close()


def test_a_request_that_comes_in_pieces_is_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as calling:
        for piece in (b"POST / HT", b"TP/1.1\r\nHost: x\r\nContent-Le", b"ngth: 6\r\n\r\nabc", b"def"):
            calling.sendall(piece)
            time.sleep(0.02)
        first = b""
        while not first.endswith(b"0\r\n\r\n"):
            first += calling.recv(4096)
        assert b"\r\n6\r\n" in first
        calling.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        rest = b""
        while piece := calling.recv(4096):
            rest += piece
    assert rest.count(b"200 OK") == 2


def test_who_never_finishes_is_told_and_closed(tmp_path: Path) -> None:
    hasty = f"import server.patience\nserver.patience.GRACE_S = 0.2\n{APP}"
    with serving(tmp_path, hasty) as port, socket.create_connection(("127.0.0.1", port), timeout=60) as calling:
        calling.sendall(b"GET / HTTP/1.1\r\nHost: x")
        assert calling.recv(4096).startswith(b"HTTP/1.1 408 ")
        assert calling.recv(4096) == b""


@pytest.mark.parametrize("size", [0, 262_144, 262_145, 3_000_000])
def test_bodies_of_every_length_arrive_whole(port: int, size: int) -> None:
    assert told(port, b"x" * size) == str(size).encode()


def test_a_chunked_body_and_one_that_waits_to_be_asked_arrive(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as calling:
        calling.request(
            "POST", "/", iter([b"ab", b"cde"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
        )
        assert calling.getresponse().read() == b"5"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as calling:
        calling.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert calling.recv(4096).startswith(b"HTTP/1.1 100")
        calling.sendall(b"ab")
        assert b"200 OK" in calling.recv(4096)
