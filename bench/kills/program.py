"""A process that is started, killed as a power cut would, and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import psutil

from server.config import ROOT

if TYPE_CHECKING:
    import random
    from pathlib import Path

START_S = 120.0


@dataclass
class Program:
    """One of our programs with everything that it starts, in a process group of its own."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    url: str = ""
    kills: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """Start it; `wait_ready` waits until it serves."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until it answers; a program without a URL is ready at once."""
        until = time.monotonic() + START_S
        with httpx.Client(timeout=2) as probe:
            while self.url and time.monotonic() < until and self.process.poll() is None:
                with contextlib.suppress(httpx.TransportError):
                    if probe.get(f"{self.url}/healthz").status_code == httpx.codes.OK:
                        return
                time.sleep(0.05)
        if self.process.poll() is not None or self.url:
            raise SystemExit(f"✗ {self.name} did not start:\n" + "\n".join(self.log.read_text().splitlines()[-30:]))

    def kill(self, random_: random.Random) -> str:
        """Kill the whole group, or one process inside it; say which. A group that died is started again."""
        children = self._children()
        if children and random_.random() < 0.4:
            victim = random_.choice(children)
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
            what = f"a child of {self.name}"
        else:
            self.end()
            self.start()
            what = self.name
        self.kills[what] = self.kills.get(what, 0) + 1
        return what

    def _children(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def end(self) -> None:
        """Kill the group with SIGKILL. Children that made a session of their own are found by their parent."""
        children = self._children()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.wait()
