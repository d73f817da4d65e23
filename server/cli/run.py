"""`run`: from nothing to a served Sluice: migrate, demo company, a stub ERP, one order through each door, then serve.

Place in the order's way: a newcomer's first minute. The three orders go through the real doors: HTTP, SMTP, upload.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING

import httpx

from orders.errors import InternalError
from server.cli.first_orders import place_first_orders, table
from server.cli.prepare import KEY_FILE, prepare
from server.cli.serve import GUNICORN
from server.config import child_environment
from server.demo.load import load_demo
from server.demo.past import place_past_orders
from server.deps import build_deps

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from server.config import Settings

START_S = 120.0


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("run", help="演示：三个入口各一张订单，然后启动服务 / demo, three orders, then serve")
    parser.add_argument("--once", action="store_true", help="stop after the table")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Set the demo up, show three decided orders and go on serving until Ctrl-C."""
    prepare(settings)
    _load_demo(settings)
    key = settings.admin_key or (settings.data_dir / KEY_FILE).read_text("utf-8").strip()
    erp_port, smtp_port = _free_port(), settings.smtp_port or _free_port()
    log_path = settings.data_dir / "server.log"
    with log_path.open("ab") as log:
        return _serve(settings, key, (erp_port, smtp_port), log, once=options.once)


def _serve(settings: Settings, key: str, ports: tuple[int, int], log: IO[bytes], *, once: bool) -> int:
    erp_port, smtp_port = ports
    children = [_start([sys.executable, "-m", "adapters.erp.stub", "--port", str(erp_port)], {}, log)]
    try:
        names = {"smtp_port": smtp_port, "erp_url": settings.erp_url or f"http://127.0.0.1:{erp_port}"}
        children.append(_start([sys.executable, *GUNICORN], names, log))
        url = f"http://{settings.host}:{settings.port}"
        _wait_until_ready(url, children)
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as api:
            print(table(place_first_orders(api, smtp_port)))
        if not once:
            print(f"\n打开 / open  {url}   登录 / sign in: sales · risk · admin …  密码 / password: sluice-demo")
            print(f"API 文档 / API: {url}/openapi.json    日志 / log: {log.name}    Ctrl-C 停止 / stops", flush=True)
            children[-1].wait()
    except KeyboardInterrupt:
        print("\n已停止 / stopped")
    finally:
        _stop(children)
    return 0


def _load_demo(settings: Settings) -> None:
    deps = build_deps(settings)
    try:
        load_demo(deps.store, deps.clock())
        place_past_orders(deps)
    finally:
        deps.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(command: Sequence[str], settings: dict[str, object], log: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = child_environment(**settings)
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own modules


def _wait_until_ready(url: str, children: Sequence[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + START_S
    with httpx.Client(timeout=2) as probe:
        while time.monotonic() < until:
            if any(child.poll() is not None for child in children):
                raise InternalError(
                    f"the server ended at once (server.log in DATA_DIR): is the port of {url} taken? Set SLUICE_PORT",
                    f"服务启动失败（见 DATA_DIR 下 server.log）：{url} 的端口是否被占用？可用 SLUICE_PORT 换一个",
                    code="not_started",
                )
            with contextlib.suppress(httpx.TransportError):
                if probe.get(f"{url}/readyz").status_code == httpx.codes.OK:
                    return
            time.sleep(0.1)
    raise InternalError(
        f"{url} was not ready in {START_S:.0f} s", f"{url} 在 {START_S:.0f} 秒内未就绪", code="not_started"
    )


def _stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in reversed(children):
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
