"""One reader process from the outside: start, ask, read answers by a deadline, kill the whole group.

It gets no environment of ours (secrets live there), only what a reader needs.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ocr.trouble import trouble

_ROOT = Path(__file__).resolve().parent.parent
_LONGEST_ANSWER = 64 * 1024 * 1024
_TICK_S = 0.1
_COMPLAINTS = "stderr.txt"
_OUT_OF_BOUNDS = frozenset({signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS})

Stop = Callable[[], bool]


_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(512 * 1024 * 1024),
    "MALLOC_TOP_PAD_": str(64 * 1024 * 1024),
}
"""glibc: what a page's tensors gave back serves the next ones, instead of a page fault for every 4 KB (0.25 s a page).

Source: mallopt(3).
"""


def never() -> bool:
    """Cancel nothing."""
    return False


class Reader:
    """A running reader. Answers are JSON values; `answers` raises Unreadable when it dies or dawdles."""

    def __init__(self, *arguments: str, extra_env: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sluice-reader-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        paths = [argument if argument != "FOLDER" else str(self.folder) for argument in arguments]
        with (self.folder / _COMPLAINTS).open("wb") as complaints:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
                [sys.executable, "-m", "ocr.reader", *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=self.folder,
                env=self._environment(extra_env or {}),
                start_new_session=True,
            )
        self._buffer = bytearray()
        self.pages_read = 0

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
            "PYTHONPATH": str(_ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "OMP_THREAD_LIMIT": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            **_KEEP_MEMORY,
            **extra,
        }

    @property
    def pid(self) -> int:
        """Return the process id, which is its group's too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Say whether it still runs."""
        return self._process.poll() is None

    def ask(self, job: dict[str, Any], data: bytes) -> None:
        """Hand a job over. Raises Unreadable if the reader is gone."""
        source = self._process.stdin
        if source is None:
            raise trouble("reader_crashed")
        try:
            source.write(json.dumps({**job, "size": len(data)}).encode() + b"\n" + data)
            source.flush()
        except (BrokenPipeError, OSError) as error:
            raise self._death() from error

    def go_on(self) -> None:
        """Let a reader that waits after an answer continue."""
        source = self._process.stdin
        if source is not None:
            source.write(b"\n")
            source.flush()

    def complaint(self) -> str:
        """Return the last line that the reader or a library of it wrote to standard error."""
        lines = (self.folder / _COMPLAINTS).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def answers(self, deadline_s: float, stop: Stop = never) -> Iterator[dict[str, Any]]:
        """Yield answers until the end of output; ``deadline_s`` counts anew from each. The caller stops iterating."""
        ends = time.monotonic() + deadline_s
        pipe = self._process.stdout
        if pipe is None:
            raise trouble("reader_crashed")
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                while (line := self._line()) is not None:
                    yield line
                    ends = time.monotonic() + deadline_s
                self._check(ends, stop)
                if selector.select(_TICK_S) and not self._fill(pipe.fileno()):
                    raise self._death()

    def _check(self, ends: float, stop: Stop) -> None:
        if stop():
            raise trouble("cancelled")
        if time.monotonic() > ends:
            raise trouble("took_too_long")

    def _fill(self, handle: int) -> bool:
        chunk = os.read(handle, 1 << 20)
        self._buffer += chunk
        if len(self._buffer) > _LONGEST_ANSWER:
            raise trouble("too_complex")
        return bool(chunk)

    def _line(self) -> dict[str, Any] | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        value: dict[str, Any] = json.loads(line)
        return value

    def _death(self) -> Exception:
        code = self._process.wait(timeout=10)
        if code == -signal.SIGXCPU:
            return trouble("took_too_long")
        return trouble("too_complex" if -code in _OUT_OF_BOUNDS else "reader_crashed")

    def kill(self) -> None:
        """End the reader and whatever it started, and remove its folder. Safe to call twice."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._folder.cleanup()
