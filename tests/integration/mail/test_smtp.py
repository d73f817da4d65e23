"""The receiver before a real SMTP client: stored before acknowledged, never two for one mail, bombs refused."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from adapters.channels.mail_smtp import LONGEST_LINE, MAX_RECIPIENTS, MailReceiver
from orders.errors import TransportError
from server import mail
from server.db import originals
from server.db.tables import documents, jobs
from server.db.tables import originals as originals_table
from tests.integration.mail.conftest import Deps, Inbox, free_port
from tests.integration.mail.letters import bomb, gb_letter, letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ME, YOU = "order@huachuan.example", "orders@sluice.example"


@pytest.fixture
def receiver(inbox: Inbox) -> Iterator[MailReceiver]:
    door = MailReceiver(inbox, host="127.0.0.1", port=free_port(), domains=["sluice.example"]).start()
    yield door
    door.stop()


def client(receiver: MailReceiver, kind: type[smtplib.SMTP] = smtplib.SMTP) -> smtplib.SMTP:
    return kind("127.0.0.1", receiver.port, local_hostname="client.example", timeout=20)


def counts(deps: Deps) -> tuple[int, int, int]:
    with deps.store.db.read() as conn:
        tables = (documents, originals_table, jobs)
        return tuple(conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)  # type: ignore[return-value]


def served(deps: Deps) -> MailReceiver:
    return MailReceiver(lambda raw, came: mail.accept(deps, raw, came), host="127.0.0.1", port=free_port()).start()


def test_IN_07_mail_over_smtp_is_handed_on_byte_for_byte_with_its_envelope(
    receiver: MailReceiver, inbox: Inbox
) -> None:
    raw = letter().as_bytes().replace(b"\n", b"\r\n")
    with client(receiver) as smtp:
        smtp.sendmail(ME, [YOU, "sales@sluice.example"], raw)
    ((got, envelope),) = inbox.messages
    assert got.rstrip() == raw.rstrip()
    assert (envelope.door, envelope.mail_from) == ("smtp", ME)
    assert envelope.recipients == (YOU, "sales@sluice.example")


@pytest.mark.parametrize("spare", [16, -16])
def test_IN_07_mail_of_one_long_line_is_taken_up_to_the_limit(receiver: MailReceiver, inbox: Inbox, spare: int) -> None:
    raw = b"Subject: PO\r\n\r\n" + b"A-1001 300 " * ((LONGEST_LINE - 2 - spare) // 11) + b"\r\n"
    with client(receiver) as smtp:
        if spare > 0:
            smtp.sendmail(ME, [YOU], raw)
        else:
            with pytest.raises(smtplib.SMTPDataError):
                smtp.sendmail(ME, [YOU], raw)
    assert len(inbox.messages) == (spare > 0)


def test_IN_07_lmtp_answers_for_each_recipient(inbox: Inbox) -> None:
    door = MailReceiver(inbox, host="127.0.0.1", port=free_port(), lmtp=True).start()
    try:
        with socket.create_connection(("127.0.0.1", door.port), timeout=20) as sock, sock.makefile("rwb") as wire:
            said = [wire.readline()]
            for command in (b"LHLO client", b"MAIL FROM:<a@x>", b"RCPT TO:<b@y>", b"RCPT TO:<c@y>", b"DATA"):
                wire.write(command + b"\r\n")
                wire.flush()
                said.append(wire.readline())
                while said[-1][3:4] == b"-":
                    said.append(wire.readline())
            wire.write(letter().as_bytes().replace(b"\n", b"\r\n") + b".\r\nQUIT\r\n")
            wire.flush()
            answers = [wire.readline()[:3] for _ in range(3)]
    finally:
        door.stop()
    assert answers == [b"250", b"250", b"221"]
    assert [envelope.door for _, envelope in inbox.messages] == ["lmtp"]


def test_recipient_of_another_domain_is_refused(receiver: MailReceiver, inbox: Inbox) -> None:
    with client(receiver) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        smtp.sendmail(ME, ["someone@elsewhere.example"], letter().as_bytes())
    assert caught.value.recipients["someone@elsewhere.example"][0] == 550
    assert inbox.messages == []


def test_recipients_of_which_one_is_unknown_still_get_the_mail(receiver: MailReceiver, inbox: Inbox) -> None:
    with client(receiver) as smtp:
        refused = smtp.sendmail(ME, [YOU, "x@elsewhere.example"], letter().as_bytes())
    assert list(refused) == ["x@elsewhere.example"]
    assert inbox.messages[0][1].recipients == (YOU,)


def test_recipients_over_the_limit_are_deferred(receiver: MailReceiver, inbox: Inbox) -> None:
    many = [f"r{number}@sluice.example" for number in range(MAX_RECIPIENTS + 1)]
    with client(receiver) as smtp:
        refused = smtp.sendmail(ME, many, letter().as_bytes())
    assert [code for code, _ in refused.values()] == [452]
    assert len(inbox.messages[0][1].recipients) == MAX_RECIPIENTS


def test_mail_over_25_mb_is_refused_with_552(receiver: MailReceiver, inbox: Inbox) -> None:
    with client(receiver) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == str(25 * 1024 * 1024)
        assert smtp.docmd("MAIL", f"FROM:<{ME}> SIZE={25 * 1024 * 1024 + 1}")[0] == 552
        smtp.esmtp_features.pop("size")
        huge = b"Subject: x\r\n\r\n" + (b"x" * 900 + b"\r\n") * (27 * 1024 * 1024 // 900)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            smtp.sendmail(ME, [YOU], huge)
    assert caught.value.smtp_code == 552
    assert inbox.messages == []


def test_mail_that_cannot_be_stored_now_is_deferred_so_that_the_sender_keeps_it(
    receiver: MailReceiver, inbox: Inbox
) -> None:
    inbox.fail = TransportError("the database is away", permanent=False)
    with client(receiver) as smtp, pytest.raises(smtplib.SMTPDataError) as caught:
        smtp.sendmail(ME, [YOU], letter().as_bytes())
    assert caught.value.smtp_code == 451
    inbox.fail = ZeroDivisionError("unforeseen")
    with client(receiver) as smtp, pytest.raises(smtplib.SMTPDataError) as caught:
        smtp.sendmail(ME, [YOU], letter().as_bytes())
    assert caught.value.smtp_code == 451


def test_message_smuggled_behind_a_bare_line_feed_is_one_message(receiver: MailReceiver, inbox: Inbox) -> None:
    raw = b"Subject: a\r\n\r\nbody\n.\nMAIL FROM:<evil@x>\r\nRCPT TO:<orders@sluice.example>\r\n"
    with client(receiver) as smtp:
        smtp.sendmail(ME, [YOU], raw)
    assert len(inbox.messages) == 1


# --- with the server behind it ---------------------------------------------------------------------------------------


def test_IN_07_mail_is_stored_with_its_document_and_job_before_250(deps: Deps) -> None:
    door = served(deps)
    try:
        with client(door) as smtp:
            smtp.send_message(letter())
    finally:
        door.stop()
    with deps.store.db.read() as conn:
        document = conn.execute(select(documents)).mappings().one()
        original = originals.fetch(conn, deps.store, document["original_id"])
        job = conn.execute(select(jobs)).mappings().one()
    assert (document["door"], document["message_id"]) == ("mail", "<one@huachuan.example>")
    assert (document["state"], document["sender"], document["account"]) == ("received", ME, ME)
    assert original.content_type == "message/rfc822"
    assert b"<one@huachuan.example>" in original.data
    assert job["kind"] == "read_document"
    assert document["id"] in job["args"]
    assert deps.woken == 1


def test_IN_07_same_message_id_twice_gives_one_document(deps: Deps) -> None:
    door = served(deps)
    try:
        for _ in range(2):
            with client(door) as smtp:
                smtp.send_message(letter())
    finally:
        door.stop()
    assert counts(deps) == (1, 1, 1)


def test_IN_07_same_message_delivered_by_eight_at_once_gives_one_document(deps: Deps) -> None:
    door = served(deps)
    answers: list[dict] = []

    def deliver() -> None:
        with client(door) as smtp:
            answers.append(smtp.sendmail(ME, [YOU], letter().as_bytes()))

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    door.stop()
    assert answers == [{}] * 8
    assert counts(deps) == (1, 1, 1)


def test_IN_07_mail_without_a_message_id_is_known_by_its_bytes(deps: Deps) -> None:
    raw = letter(None).as_bytes()
    came = mail_envelope()
    assert mail.accept(deps, raw, came) is not None
    assert mail.accept(deps, raw, came) is None
    assert mail.accept(deps, raw + b"more\n", came) is not None
    assert counts(deps)[0] == 2


def test_other_text_under_a_known_message_id_is_kept_but_becomes_no_document(deps: Deps) -> None:
    came = mail_envelope()
    mail.accept(deps, letter().as_bytes(), came)
    relayed = b"Received: from a by b\n" + letter().as_bytes()
    assert mail.accept(deps, relayed, came) is None
    assert counts(deps) == (1, 1, 1)
    assert mail.accept(deps, letter(text="A-1002 5个").as_bytes(), came) is None
    assert counts(deps) == (1, 2, 1)


def test_mail_bomb_is_refused_for_good_and_leaves_nothing(deps: Deps) -> None:
    door = served(deps)
    try:
        with client(door) as smtp, pytest.raises(smtplib.SMTPDataError) as caught:
            smtp.sendmail(ME, [YOU], bomb())
    finally:
        door.stop()
    assert caught.value.smtp_code == 554
    assert b"200 parts" in caught.value.smtp_error
    assert counts(deps) == (0, 0, 0)


@pytest.mark.parametrize("declared", ["gb2312", "gbk", "x-gbk", "GB_2312-80", "x-unknown"])
def test_mail_in_gb_arrives_whole(deps: Deps, declared: str) -> None:
    assert mail.accept(deps, gb_letter(declared), mail_envelope()) is not None


def test_mail_refused_by_the_database_is_deferred(deps: Deps) -> None:
    deps.store.db.close()
    broken = Deps(deps.store, deps.clock)
    with deps.store.db.write() as conn:
        conn.exec_driver_sql("ALTER TABLE jobs RENAME TO jobs_gone")
    with pytest.raises(TransportError) as caught:
        mail.accept(broken, letter().as_bytes(), mail_envelope())
    assert not caught.value.permanent
    with deps.store.db.write() as conn:
        conn.exec_driver_sql("ALTER TABLE jobs_gone RENAME TO jobs")
    assert counts(deps) == (0, 0, 0)


def mail_envelope() -> mail.Envelope:
    from adapters.channels.mail import Envelope

    return Envelope(door="smtp", mail_from=ME, recipients=(YOU,))


SERVER = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from adapters.channels.mail_smtp import MailReceiver
from server import mail
from server.db.database import Database
from server.db.store import open_store

url, home, key, port, crash = sys.argv[1:]
store = open_store(Database(url), [key], data_dir=Path(home), now=datetime(2026, 11, 22, tzinfo=UTC))

class Deps:
    store = store
    clock = staticmethod(lambda: datetime(2026, 11, 22, tzinfo=UTC))
    def wake(self): pass

def accept(raw, came):
    mail.accept(Deps(), raw, came)
    if crash == "crash":
        os.kill(os.getpid(), 9)

MailReceiver(accept, host="127.0.0.1", port=int(port)).start()
print("ready", flush=True)
time.sleep(60)
"""


def test_IN_07_crash_between_storing_and_250_leaves_one_document(
    sqlite_deps: Deps, sqlite_url: str, data_key: str, tmp_path: Path
) -> None:
    def serve(port: int, mood: str) -> subprocess.Popen[bytes]:
        script = textwrap.dedent(SERVER)
        arguments = [sqlite_url, str(tmp_path / "data"), data_key, str(port), mood]
        process = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdout.close()
        return process

    port = free_port()
    dying = serve(port, "crash")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        smtplib.SMTP("127.0.0.1", port, timeout=20).send_message(letter())
    assert dying.wait(timeout=20) == -signal.SIGKILL
    living = serve(port, "live")
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
            assert smtp.send_message(letter()) == {}
    finally:
        os.kill(living.pid, signal.SIGKILL)
        living.wait(timeout=20)
    assert counts(sqlite_deps) == (1, 1, 1)
