"""A RabbitMQ node of the tests' own: Debian's server on free ports in a folder that goes away, root or not."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.servers import free_port


def _program(name: str, *places: str) -> str:
    for place in places:
        if Path(place).exists():
            return place
    found = shutil.which(name)
    if not found:
        pytest.fail(
            f"{name} is missing: install rabbitmq-server (Debian: apt-get install rabbitmq-server)", pytrace=False
        )
    return found


class Broker:
    """Start, stop, kill, empty. Debian's wrapper in /usr/sbin insists on its own user, so it is passed by."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="sluice-mq-", dir="/tmp"))
        self.port = free_port()
        epmd_port = free_port()
        self._environment = {
            "PATH": os.defpath + ":/usr/sbin:/sbin",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_LOGS": str(self.home / "log" / "node.log"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
            "RABBITMQ_NODENAME": f"sluice{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        }
        (self.home / "rabbitmq.conf").write_text("disk_free_limit.absolute = 10MB\nloopback_users.guest = true\n")
        (self.home / "plugins").write_text("[].\n")
        self._epmd = subprocess.Popen(
            [_program("epmd", "/usr/bin/epmd"), "-port", str(epmd_port), "-address", "127.0.0.1"],
            env=self._environment,
        )
        self._node: subprocess.Popen[bytes] | None = None
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start the node and wait until it answers."""
        with (self.home / "out").open("ab") as out:
            self._node = subprocess.Popen(
                [_program("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server")],
                env=self._environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > deadline or self._node.poll() is not None:
                pytest.fail(f"RabbitMQ did not start:\n{(self.home / 'out').read_text()[-2000:]}", pytrace=False)
            time.sleep(0.1)

    def _answers(self) -> bool:
        """Say whether the node speaks AMQP: it sends its version back when it is greeted with nonsense."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as sock:
                sock.sendall(b"AMQP\x00\x00\x00\x00")
                return sock.recv(4) == b"AMQP"
        except OSError:
            return False

    def kill(self) -> None:
        """Kill the node as a power cut would."""
        if self._node is not None:
            os.killpg(self._node.pid, signal.SIGKILL)
            self._node.wait()
            self._node = None
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                time.sleep(0.05)
            except OSError:
                return

    def empty(self) -> None:
        """Kill the node and start it with nothing: no queue, no message."""
        self.kill()
        shutil.rmtree(self.home / "data", ignore_errors=True)
        self.start()

    def close(self) -> None:
        """End the node and its folder."""
        self.kill()
        self._epmd.kill()
        self._epmd.wait()
        shutil.rmtree(self.home, ignore_errors=True)
