"""One engine child as its server sees it: a process, two pipes, one order batch at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from orders.errors import InternalError
from rules.process.pipe import PipeBroken, PipeSilent, pack_items, read_frame, unpack_items, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = str(Path(__file__).resolve().parents[2])
_START = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from importlib import import_module; import_module(sys.argv[2]).main()"
)
LOAD_TIMEOUT_S = 60.0


class ChildFailed(InternalError):
    """The child crashed, hung or could not load; it is dead now."""

    code = "engine_child"


class BundleRefused(ChildFailed):
    """The child does not take a bundle, and goes on with the one that it has."""


class Worker:
    """A child with one bundle loaded. Not for two threads at once."""

    bundle = ""
    loads = 0

    def __init__(self, files: dict[str, str], oracle_share: float, module: str = "rules.process.child") -> None:
        command = [sys.executable, "-c", _START, ROOT, module]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        try:
            self.load(files, oracle_share)
        except BundleRefused:
            self.kill()
            raise

    def load(self, files: dict[str, str], oracle_share: float) -> None:
        """Have the child judge by these files from now on. Raises BundleRefused, ChildFailed (it is dead then)."""
        asked = orjson.dumps({"files": files, "oracle_share": oracle_share})
        self.loads += 1
        kind, answer = self._ask(b"L", asked, LOAD_TIMEOUT_S)
        if kind != b"K":
            raise BundleRefused(f"the child refused the bundle: {answer.decode()}")
        self.bundle = answer.decode()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def decide(
        self, batch: Sequence[bytes], timeout_s: float, meanwhile: Callable[[], None] | None = None
    ) -> list[tuple[bytes, bytes]]:
        """Judge a batch in one round trip, doing ``meanwhile`` here. Raises ChildFailed; the child is dead then."""
        _, answer = self._ask(b"D", pack_items([(b"f", facts) for facts in batch]), timeout_s, meanwhile)
        return unpack_items(answer)

    def _ask(
        self, kind: bytes, payload: bytes, timeout_s: float, meanwhile: Callable[[], None] | None = None
    ) -> tuple[bytes, bytes]:
        deadline = time.monotonic() + timeout_s
        try:
            write_frame(self._in, kind, payload, deadline)
            if meanwhile is not None:
                meanwhile()
            return read_frame(self._out, deadline)
        except PipeSilent as error:
            self.kill()
            raise ChildFailed(f"no answer within {timeout_s:g} s") from error
        except PipeBroken as error:
            self.kill()
            raise ChildFailed(f"the child ended with code {self._process.returncode}") from error

    def kill(self) -> None:
        """End the child at once."""
        self._process.kill()
        self._process.wait()
        self._close()

    def close(self) -> None:
        """Let the child end by itself; help after two seconds."""
        self._close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
