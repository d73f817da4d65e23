"""The poller before a real dovecot: everything once, nothing touched, back after trouble."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from imap_tools import MailBoxUnencrypted
from sqlalchemy import select

from adapters.channels import mail_imap
from adapters.channels.mail_imap import MailboxPoller, account_of, take_new
from orders.errors import TransportError
from server import mail
from server.db.tables import documents
from tests.integration.mail.letters import bomb, letter
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.mail.conftest import Deps, Dovecot, Inbox


class Memory:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], int] = {}

    def last_uid(self, account: str, uid_validity: int) -> int:
        return self.kept.get((account, uid_validity), 0)

    def remember(self, account: str, uid_validity: int, uid: int) -> None:
        self.kept[account, uid_validity] = uid


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Iterator[MailBoxUnencrypted]:
    with MailBoxUnencrypted("127.0.0.1", dovecot.port).login(dovecot.user, dovecot.password) as opened:
        yield opened


def put(mailbox: MailBoxUnencrypted, raw: bytes) -> None:
    mailbox.append(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), "INBOX")


def test_IN_07_mails_are_taken_in_order_and_once(dovecot: Dovecot, mailbox: MailBoxUnencrypted, inbox: Inbox) -> None:
    memory, account = Memory(), account_of(dovecot.url())
    for number in range(3):
        put(mailbox, letter(f"<{number}@x>").as_bytes())
    assert take_new(mailbox, account, inbox, memory) == 3
    assert take_new(mailbox, account, inbox, memory) == 0
    put(mailbox, letter("<3@x>").as_bytes())
    assert take_new(mailbox, account, inbox, memory) == 1
    found = [raw.split(b"Message-ID: ")[1].split(b"\r\n")[0] for raw, _ in inbox.messages]
    assert found == [b"<0@x>", b"<1@x>", b"<2@x>", b"<3@x>"]


def test_mailbox_is_left_as_it_was(dovecot: Dovecot, mailbox: MailBoxUnencrypted, inbox: Inbox) -> None:
    put(mailbox, letter().as_bytes())
    take_new(mailbox, account_of(dovecot.url()), inbox, Memory())
    (message,) = mailbox.fetch(mark_seen=False)
    assert "\\Seen" not in message.flags


def test_mail_that_cannot_be_stored_comes_again(dovecot: Dovecot, mailbox: MailBoxUnencrypted, inbox: Inbox) -> None:
    memory, account = Memory(), account_of(dovecot.url())
    put(mailbox, letter().as_bytes())
    inbox.fail = TransportError("away", permanent=False)
    with pytest.raises(TransportError):
        take_new(mailbox, account, inbox, memory)
    inbox.fail = None
    assert take_new(mailbox, account, inbox, memory) == 1
    assert len(inbox.messages) == 1


def test_mail_bomb_is_passed_over_and_the_next_mail_is_taken(
    dovecot: Dovecot, mailbox: MailBoxUnencrypted, sqlite_deps: Deps
) -> None:
    put(mailbox, bomb())
    put(mailbox, letter().as_bytes())
    take_new(mailbox, account_of(dovecot.url()), lambda raw, came: mail.accept(sqlite_deps, raw, came), Memory())
    assert stored(sqlite_deps) == ["<one@huachuan.example>"]


def stored(deps: Deps) -> list[str]:
    with deps.store.db.read() as conn:
        return list(conn.execute(select(documents.c.message_id).order_by(documents.c.id)).scalars())


def test_IN_07_memory_lost_gives_no_second_document(
    dovecot: Dovecot, mailbox: MailBoxUnencrypted, sqlite_deps: Deps
) -> None:
    put(mailbox, letter().as_bytes())
    for _ in range(2):
        take_new(mailbox, account_of(dovecot.url()), lambda raw, came: mail.accept(sqlite_deps, raw, came), Memory())
    assert stored(sqlite_deps) == ["<one@huachuan.example>"]


def test_memory_of_another_uidvalidity_is_not_used(dovecot: Dovecot, deps: Deps) -> None:
    memory = mail._Memory(deps)
    memory.remember("a", 7, 42)
    assert memory.last_uid("a", 7) == 42
    assert memory.last_uid("a", 8) == 0
    assert memory.last_uid("b", 7) == 0
    memory.remember("a", 8, 1)
    assert (memory.last_uid("a", 8), memory.last_uid("a", 7)) == (1, 0)


def test_IN_07_poller_takes_what_comes_and_returns_after_the_server_was_away(
    dovecot: Dovecot, sqlite_deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_imap, "IDLE_S", 300.0)
    sqlite_deps.settings = sqlite_deps.settings.model_copy(update={"imap_url": dovecot.url()})
    (door,) = mail.start_doors(sqlite_deps)  # type: ignore[arg-type]
    try:
        deliver(dovecot, "<1@x>")
        until(lambda: stored(sqlite_deps) == ["<1@x>"])
        dovecot.stop()
        dovecot.start()
        deliver(dovecot, "<2@x>")
        until(lambda: stored(sqlite_deps) == ["<1@x>", "<2@x>"])
    finally:
        asked = time.monotonic()
        door.stop()
    assert time.monotonic() - asked < 20  # it is woken: by itself it would look again after 30 s


def deliver(dovecot: Dovecot, message_id: str) -> None:
    with MailBoxUnencrypted("127.0.0.1", dovecot.port).login(dovecot.user, dovecot.password) as opened:
        put(opened, letter(message_id).as_bytes())


def test_poller_survives_a_wrong_password_and_stops_when_asked(
    dovecot: Dovecot, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    account = account_of(f"imap://nobody:wrong@127.0.0.1:{dovecot.port}")
    poller = MailboxPoller(account, inbox, Memory()).start()
    until(lambda: [record for record in caplog.records if getattr(record, "action", "") == "mailbox_failed"])
    assert poller._thread.is_alive()
    poller.stop()
    assert not poller._thread.is_alive()


@pytest.mark.parametrize("url", ["", "http://a:b@c", "imap://host", "imaps://:x@host/"])
def test_imap_address_that_is_wrong_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="looks like"):
        account_of(url)


def test_imap_address_is_read_with_its_defaults_and_hides_its_password() -> None:
    account = account_of("imaps://a%40b.cn:p%2Fw@imap.example/%E8%AE%A2%E5%8D%95")
    assert (account.port, account.user, account.password, account.folder) == (993, "a@b.cn", "p/w", "订单")
    assert "p/w" not in account.name


def test_settings_without_doors_open_none(sqlite_deps: Deps) -> None:
    assert mail.start_doors(sqlite_deps) == []  # type: ignore[arg-type]


def test_mail_over_25_mb_is_left_in_the_mailbox_and_the_next_one_is_taken(
    dovecot: Dovecot, mailbox: MailBoxUnencrypted, inbox: Inbox
) -> None:
    put(mailbox, letter("<big@x>").as_bytes() + (b"x" * 900 + b"\n") * (26 * 1024 * 1024 // 900))
    put(mailbox, letter("<small@x>").as_bytes())
    take_new(mailbox, account_of(dovecot.url()), inbox, Memory())
    assert [b"<small@x>" in raw for raw, _ in inbox.messages] == [True]
