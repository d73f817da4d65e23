"""IMAP poller: messages of a mailbox that people go on using; nothing in it is marked, moved or deleted.

Place in the order's way: received. What was taken already is known by (account, UIDVALIDITY, UID); where that memory is
lost, every message comes again, and the server knows it by its Message-ID.
"""

from __future__ import annotations

import contextlib
import imaplib
import logging
import re
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxUnencrypted

from adapters.channels.mail import MAX_MESSAGE_BYTES, Envelope
from orders.errors import SenderError, TransportError

if TYPE_CHECKING:
    from adapters.channels.mail import Accept

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 20.0
IDLE_S = 15.0
MAX_BACKOFF_S = 60.0
BATCH = 50


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox to watch."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    tls: bool = True

    @property
    def name(self) -> str:
        """Return what the mailbox is remembered by; holds no secret."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


def account_of(url: str) -> Account:
    """Read ``imap(s)://user:password@host:port/folder``. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise ValueError("an IMAP address looks like imaps://user:password@host:993/INBOX")
    tls = parts.scheme == "imaps"
    return Account(
        host=parts.hostname,
        port=parts.port or (993 if tls else 143),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        tls=tls,
    )


class Memory(Protocol):
    """Where the poller remembers how far it is; the server keeps it in the database."""

    def last_uid(self, account: str, uid_validity: int) -> int:
        """Return the highest UID taken, 0 if none."""

    def remember(self, account: str, uid_validity: int, uid: int) -> None:
        """Keep the highest UID taken."""


class MailboxPoller:
    """Watches one mailbox on a thread of its own: IDLE where the server can, else polling; reconnects with backoff."""

    def __init__(self, account: Account, accept: Accept, memory: Memory, *, every_s: float = 30.0) -> None:
        """Prepare; `start` begins."""
        self._account = account
        self._accept = accept
        self._memory = memory
        self._every_s = every_s
        self._stopped = threading.Event()
        self._idling: BaseMailBox | None = None
        self._thread = threading.Thread(target=self._run, name="imap-poller", daemon=True)

    def start(self) -> MailboxPoller:
        """Begin to watch."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop after the message at hand; a poller that waits for news is woken."""
        self._stopped.set()
        idling = self._idling
        if idling is not None:
            with contextlib.suppress(OSError):
                idling.client.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=IDLE_S + CONNECT_TIMEOUT_S)

    def _run(self) -> None:
        pause = 1.0
        while not self._stopped.is_set():
            try:
                self._watch()
                pause = 1.0
            except (OSError, UnicodeError, imaplib.IMAP4.error, ImapToolsError, TransportError) as error:
                log.warning(
                    "Mailbox %s: %s; again in %.0f s",
                    self._account.name,
                    type(error).__name__,
                    pause,
                    extra={"action": "mailbox_failed"},
                )
                self._stopped.wait(pause)
                pause = min(2 * pause, MAX_BACKOFF_S)

    def _watch(self) -> None:
        """Stay connected and take what comes, until stopped or the connection fails."""
        mailbox = self._connected()
        try:
            while not self._stopped.is_set():
                take_new(mailbox, self._account, self._accept, self._memory)
                self._wait(mailbox)
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                mailbox.logout()
            with contextlib.suppress(OSError):
                mailbox.client.shutdown()

    def _connected(self) -> BaseMailBox:
        account = self._account
        opened: BaseMailBox
        if account.tls:
            opened = MailBox(account.host, account.port, timeout=CONNECT_TIMEOUT_S)
        else:
            opened = MailBoxUnencrypted(account.host, account.port, timeout=CONNECT_TIMEOUT_S)
        try:
            return opened.login(account.user, account.password, initial_folder=account.folder)
        except (OSError, UnicodeError, imaplib.IMAP4.error, ImapToolsError):
            opened.client.shutdown()
            raise

    def _wait(self, mailbox: BaseMailBox) -> None:
        if "IDLE" not in mailbox.client.capabilities:
            self._stopped.wait(self._every_s)
            return
        self._idling = mailbox
        try:
            if not self._stopped.is_set():
                mailbox.idle.wait(timeout=min(IDLE_S, self._every_s))
        finally:
            self._idling = None


def take_new(mailbox: BaseMailBox, account: Account, accept: Accept, memory: Memory) -> int:
    """Hand every message behind the remembered one to ``accept``, oldest first; return how many.

    A message that is refused for good is passed over and logged. Raises TransportError when storing fails: the message
    comes again.
    """
    validity = int(mailbox.folder.status(account.folder, ["UIDVALIDITY"])["UIDVALIDITY"])
    last = memory.last_uid(account.name, validity)
    new = sorted(int(uid) for uid in mailbox.uids(f"UID {last + 1}:*") if int(uid) > last)
    envelope = Envelope(door="imap", place=account.name)
    for number, uid in enumerate(new, 1):
        _take(mailbox, uid, accept, envelope)
        if number % BATCH == 0 or number == len(new):
            memory.remember(account.name, validity, uid)
    return len(new)


def _take(mailbox: BaseMailBox, uid: int, accept: Accept, envelope: Envelope) -> None:
    raw = _fetch(mailbox, uid)
    if raw is None:
        return
    try:
        accept(raw, envelope)
    except SenderError as error:
        log.warning("Mail %s of %s refused: %s", uid, envelope.place, error.code, extra={"action": "mail_refused"})


def _fetch(mailbox: BaseMailBox, uid: int) -> bytes | None:
    """Return the message as it lies there; None if it is too large or gone meanwhile. It stays unread."""
    size = _size(mailbox.client.uid("fetch", str(uid), "(RFC822.SIZE)")[1])
    if size > MAX_MESSAGE_BYTES:
        log.warning("Mail %s has %s bytes: too large", uid, size, extra={"action": "mail_refused"})
        return None
    _, found = mailbox.client.uid("fetch", str(uid), "(BODY.PEEK[])")
    return next((item[1] for item in found or [] if isinstance(item, tuple)), None)


def _size(answer: list[Any]) -> int:
    told = b" ".join(item if isinstance(item, bytes) else item[0] for item in answer if item)
    found = re.search(rb"RFC822\.SIZE (\d+)", told)
    return int(found[1]) if found else 0
