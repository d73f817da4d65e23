"""The real server as one process tree on SQLite with the demo company, and a real browser before it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from server.config import child_environment
from tests import calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
PASSWORD = "sluice-demo"
ADMIN_KEY = "slk_end_to_end_tests_only_0123456789abcdef"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY_IN_S = 150
IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()  # noqa: TID251 - the served clock is the real one
PATIENCE_MS = 60_000
"""A busy machine is slow, not broken: what does not come by then does not come."""


READY = "window.addEventListener('DOMContentLoaded', () => { document.documentElement.dataset.ready = ''; });"
"""In every page, before its own scripts: those are deferred, and have all run when the window hears of this."""
UNREADY = "html:not([data-ready])"


expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Office:
    """A running server and how to talk to it."""

    url: str
    data_dir: Path

    def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the API as its administrator."""
        headers = {"Authorization": f"Bearer {ADMIN_KEY}", **more.pop("headers", {})}
        return calls.request(method, self.url + path, headers=headers, timeout=90, **more)

    def order(self, number: str, **changes: Any) -> dict[str, Any]:
        """Put one order through the API door; return the answer."""
        answer = self.api("POST", "/v1/orders", json=an_order(number, **changes))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def an_order(number: str, **changes: Any) -> dict[str, Any]:
    """A plain order of a demo customer, inside every limit unless ``changes`` say otherwise."""
    order = {
        "number": number,
        "channel": "erp",
        "currency": "CNY",
        "issued_at": "2026-11-22T10:15:00+08:00",
        "buyer": {
            "name": "苏州恒力机电有限公司",
            "ids": [{"scheme": "uscc", "value": "91320505MA1KL0011B"}],
            "contact": {"name": "张总", "phone": "13800138000"},
        },
        "ship_to": {
            "contact": {"name": "王工", "phone": "13900139000"},
            "address": {"text": "江苏省苏州市虎丘区星湖街328号"},
        },
        "requested_date": IN_A_MONTH,
        "payment_terms": "net30",
        "lines": [{"line_no": 1, "sku": "A-1001", "quantity": "10", "unit_price": "12.50"}],
    }
    return {**order, **changes}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The server of this session, with demo data."""
    home = tmp_path_factory.mktemp("office")
    port = free_port()
    environment = child_environment(
        data_dir=home, port=port, admin_key=ADMIN_KEY, webhook_allow_private=True, database_url=""
    )
    log = (home / "server.log").open("w")
    run = [sys.executable, "-m", "server"]
    subprocess.run([*run, "demo"], env=environment, cwd=ROOT, check=True, stdout=log, stderr=log)
    server = subprocess.Popen(
        [*run, "serve"], env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, server, home / "server.log")
        yield Office(url, home)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
        log.close()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(READY_IN_S * 5):
        if server.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text()[-3000:]}")
        try:
            if calls.get(url + "/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the server was not ready in {READY_IN_S} s: {log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, else the one that set-up let playwright fetch."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, office: Office) -> Iterator[Callable[..., Page]]:
    """Open a page of its own session; any error in its console fails the test.

    Nothing is done to a page before its scripts have come, as no person would; but for ``patient=False``.
    """
    contexts = []
    said: list[str] = []

    def make(*, width: int = 1440, height: int = 900, theme: str = "light", patient: bool = True, **more: Any) -> Page:
        context = browser.new_context(
            base_url=office.url, viewport={"width": width, "height": height}, color_scheme=theme, **more
        )
        contexts.append(context)
        context.add_init_script(READY)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        if patient:  # clicks, fills and expectations wait until the page's scripts listen
            page.add_locator_handler(page.locator(UNREADY), lambda: None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if "Content Security" in message.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert said == []


def settled(page: Page) -> None:
    """Wait until the page's scripts listen: before keys that go to wherever the focus is."""
    page.wait_for_selector("html[data-ready]", state="attached")


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Cookies of who has signed in before, so that each login types its password once."""
    return {}


@pytest.fixture
def sign_in(open_page: Callable[..., Page], sessions: dict[str, Any]) -> Callable[..., Page]:
    """Open a page at home, signed in with a demo login."""

    def enter(login: str, **more: Any) -> Page:
        page = open_page(storage_state=sessions.get(login), **more)
        if login in sessions:
            page.goto("/")
            return page
        page.goto("/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/")
        sessions[login] = page.context.storage_state()
        return page

    return enter
