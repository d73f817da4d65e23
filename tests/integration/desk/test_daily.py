"""NTF-04: reports are made on schedule, once each, and mailed with their sheet."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from orders.actor import SYSTEM
from server.db import tables as t
from server.db.outlets import destinations, outbox
from server.db.outlets.destinations import Wanted
from server.desk import daily
from server.dispatch import Dispatcher
from tests.integration.desk.conftest import order, send
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from server.db.store import Store
    from server.deps import Deps

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai
FIRST = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.mark.parametrize(
    ("today", "wanted"),
    [
        (date(2026, 11, 22), {"daily": (date(2026, 11, 21), date(2026, 11, 22))}),
        (date(2026, 11, 23), {"daily": (date(2026, 11, 22), date(2026, 11, 23)),
                              "weekly": (date(2026, 11, 16), date(2026, 11, 23))}),
        (date(2026, 12, 1), {"daily": (date(2026, 11, 30), date(2026, 12, 1)),
                             "monthly": (date(2026, 11, 1), date(2026, 12, 1))}),
    ],
)  # fmt: skip
def test_NTF_04_each_morning_has_its_reports(today: date, wanted: Any) -> None:
    assert daily.due_on(today) == wanted


def test_NTF_04_next_report_is_due_at_eight_in_the_morning(deps: Deps, clock: Any) -> None:
    for _ in range(2):
        daily.arrange(deps)  # 10:15 in Shanghai
    with deps.store.db.read() as conn:
        [due] = conn.execute(select(t.jobs.c.due_at).where(t.jobs.c.kind == daily.JOB)).scalars()
    assert due == MONDAY


class Inbox:
    """A mail server's handler that keeps the letters."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self.letters: list[Message] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    port = free_port()
    handler = Inbox(port)
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler
    controller.stop()


def test_NTF_04_report_is_mailed_once_with_its_figures(deps: Deps, clock: Any, inbox: Inbox) -> None:
    url = inbox.url
    settings = {"from": "sluice@example.com", "to": "owner@example.com", "user": ""}
    wanted = Wanted("老板", "mail.smtp", url, settings, [{"event": "report.*", "rule": "any"}], url=url, secrets=("",))
    with deps.store.db.write() as conn:
        destinations.put(conn, deps.store, "owner", wanted, actor=SYSTEM, now=clock())
    send(deps, order("R-1", ("A-1001", "60")))
    clock.now = MONDAY
    assert daily.perform(deps) == {"reports": ["daily", "weekly"]}
    assert daily.perform(deps) == {"reports": []}
    worker = Dispatcher(deps)
    worker.round("webhooks")
    while worker.round("to:owner"):
        pass
    by_day, by_week = inbox.letters
    assert str(make_header(decode_header(by_day["Subject"]))) == "Sluice 日报 2026-11-22"
    text = by_day.get_payload(0).get_payload(decode=True).decode()
    assert text.splitlines()[0] == "Sluice 日报 2026-11-22"
    assert "订单 1 张，应付合计 750.00 CNY" in text
    sheet = by_day.get_payload(1)
    assert sheet.get_filename() == "sluice-daily-2026-11-22.csv"
    assert "payable,CNY,750.00" in sheet.get_payload(decode=True).decode("utf-8-sig")
    assert "周报 2026-11-16 至 2026-11-22" in by_week.get_payload(0).get_payload(decode=True).decode()
    with deps.store.db.read() as conn:
        assert {row["state"] for row in outbox.list_page(conn, destination="to:owner")} == {"sent"}


def test_NTF_04_orders_of_the_other_day_are_left_out(deps: Deps, clock: Any) -> None:
    send(deps, order("R-1", ("A-1001", "60")))
    clock.now = FIRST
    daily.perform(deps)
    with deps.store.db.read() as conn:
        told = [json.loads(row["payload"]) for row in outbox.list_page(conn, destination="webhooks")]
    texts = {item["event"]: item["text"] for item in told if item["event"].startswith("report.")}
    assert "订单 0 张" in texts["report.daily"]
    assert "订单 1 张" in texts["report.monthly"]
