"""IN-07: who sends an order by mail gets one answer over SMTP, if he is known and authentic; machines never get one."""

from __future__ import annotations

import email
import email.policy
import smtplib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

import server.tasks  # noqa: F401 - registers what the jobs do
from adapters.channels.mail import Envelope
from adapters.channels.mail_smtp import MailReceiver
from server import mail
from server.db import tables as t
from server.desk.papers.answers import MOST_AN_HOUR
from server.dispatch import Dispatcher
from tests.integration.desk.test_documents import run_jobs
from tests.integration.mail.conftest import Inbox, free_port
from tests.integration.mail.letters import letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from server.deps import Deps

PASSED = "mx.sluice.example; dkim=pass header.d=huachuan.example; spf=pass"
SENDER = "order@huachuan.example"


@pytest.fixture
def store(sqlite_store):
    return sqlite_store


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def answering(deps: Deps, inbox: Inbox) -> Iterator[Deps]:
    """The server, with the customer's own mail server at the other end."""
    server = MailReceiver(inbox, host="127.0.0.1", port=free_port()).start()
    told = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "mail_from": "Sluice <orders@sluice.example>"}
    yield replace(deps, settings=deps.settings.model_copy(update=told))
    server.stop()


def sent(deps: Deps, message: EmailMessage, *, passed: str | None = PASSED, return_path: str = SENDER) -> str | None:
    """Let a mail arrive, be read, and whatever is to be answered go out."""
    raw = message.as_bytes()
    if passed:
        raw = f"Authentication-Results: {passed}\n".encode() + raw
    document_id = mail.accept(deps, raw, Envelope("smtp", return_path, ("orders@sluice.example",)))
    run_jobs(deps)
    Dispatcher(deps).round("answer")
    return document_id


def answers(inbox: Inbox) -> list[tuple[Any, str, str]]:
    return [
        (found, came.mail_from, found.get_body().get_content())
        for raw, came in inbox.messages
        for found in [email.message_from_bytes(raw, policy=email.policy.default)]
    ]


def changed(message: EmailMessage, **headers: str) -> EmailMessage:
    for name, value in headers.items():
        title = name.replace("_", "-")
        del message[title]
        message[title] = value
    return message


def test_IN_07_known_authentic_sender_gets_one_acknowledgement_that_says_what_was_read(answering, inbox):
    sent(answering, letter())
    sent(answering, letter())  # the same mail again
    ((found, return_path, text),) = answers(inbox)
    assert (found["To"], found["From"], found["Subject"]) == (SENDER, "Sluice <orders@sluice.example>", "Re: 采购订单")
    assert found["In-Reply-To"] == found["References"] == "<one@huachuan.example>"
    assert (found["Auto-Submitted"], return_path) == ("auto-replied", "<>")  # RFC 3834: no failure notice comes back
    assert "读出 1 张订单" in text
    assert "HC-20261122-01：2 行明细" in text
    assert "13700137002" not in text
    with answering.store.db.read() as conn:
        row = conn.execute(select(t.outbox).where(t.outbox.c.destination == "answer")).one()
    assert (row.state, SENDER in row.payload) == ("sent", False)  # the words are sealed


def test_IN_07_what_is_missing_is_asked_back_in_the_language_of_the_mail(answering, inbox):
    text = "PO Number: EN-1\nA-1001 300 pcs @ 12.50\nDelivery date: 2026-12-20\n"
    sent(answering, changed(letter(text=text), Subject="Purchase order"))
    sent(answering, letter("<two@huachuan.example>", "HL-9901 300个 单价12.50\n"))
    (_, _, english), (_, _, chinese) = answers(inbox)
    assert "Please reply with what is still missing" in english
    assert "order 1: delivery address" in english
    assert "还缺以下内容" in chinese
    assert "第 1 张订单第 1 行：产品型号（原文：HL-9901" in chinese


def test_IN_07_mail_without_an_order_is_asked_back_with_the_reason(answering, inbox):
    sent(answering, letter(text="你好，请回电。\n"))
    ((_, _, text),) = answers(inbox)
    assert "没有能读出订单" in text
    assert "请写明商品和数量" in text


@pytest.mark.parametrize(
    "passed",
    [None, "mx.sluice.example; dkim=fail; spf=softfail", "mx.elsewhere.example; dkim=pass", "mx.sluice.example; none"],
)
def test_IN_07_sender_who_is_not_authentic_gets_no_answer(answering, inbox, passed):
    sent(answering, letter(), passed=passed)
    assert answers(inbox) == []


def test_IN_07_sender_whom_the_customer_file_does_not_know_gets_no_answer(answering, inbox):
    sent(answering, changed(letter(), From="somebody@else.example"))
    assert answers(inbox) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("Precedence", "junk"),
        ("Precedence", "list"),
        ("List-Id", "<news.huachuan.example>"),
        ("List-Unsubscribe", "<mailto:x@huachuan.example>"),
        ("Return-Path", "<>"),
    ],
)
def test_IN_07_machine_gets_no_answer(answering, inbox, name, value):
    message = letter()
    message[name] = value
    sent(answering, message)
    assert answers(inbox) == []


def test_IN_07_mail_with_a_null_return_path_gets_no_answer(answering, inbox):
    door = MailReceiver(partial(mail.accept, answering), host="127.0.0.1", port=free_port()).start()
    with smtplib.SMTP("127.0.0.1", door.port, timeout=20) as customer:
        for return_path, message in (("<>", letter()), (SENDER, letter("<b@x>"))):
            head = f"Authentication-Results: {PASSED}\n".encode()
            customer.sendmail(return_path, ["orders@sluice.example"], head + message.as_bytes())
    door.stop()
    run_jobs(answering)
    Dispatcher(answering).round("answer")
    assert [found["In-Reply-To"] for found, _, _ in answers(inbox)] == ["<b@x>"]


def test_IN_07_reply_to_our_answer_is_answered_only_when_it_brings_an_order(answering, inbox):
    sent(answering, letter(text="你好，请回电。\n"))
    ours = answers(inbox)[0][0]["Message-ID"]
    thanks = letter("<two@huachuan.example>", "好的，谢谢。\n")
    thanks["In-Reply-To"] = ours
    sent(answering, thanks)
    assert len(answers(inbox)) == 1
    order = letter("<three@huachuan.example>")
    order["In-Reply-To"] = ours
    sent(answering, order)
    assert len(answers(inbox)) == 2


def test_IN_07_sender_of_more_mails_in_an_hour_than_a_person_writes_gets_no_answer(answering, inbox, clock):
    sent(answering, letter())
    with answering.store.db.write() as conn:
        row = dict(conn.execute(select(t.documents)).mappings().one())
        rows = [{**row, "id": f"doc_{n}", "message_id": f"<{n}@x>"} for n in range(MOST_AN_HOUR - 1)]
        conn.execute(t.documents.insert(), rows)
    sent(answering, letter("<more@huachuan.example>"))
    assert len(answers(inbox)) == 1
    clock.forward(hours=2)
    sent(answering, letter("<later@huachuan.example>"))
    assert len(answers(inbox)) == 2


def test_IN_07_without_a_mail_server_nothing_is_answered(deps):
    sent(deps, letter())
    with deps.store.db.read() as conn:
        assert conn.execute(select(t.outbox).where(t.outbox.c.destination == "answer")).first() is None
