"""The mail doors: a message is stored with its document and its reading job in one transaction, then acknowledged.

Place in the order's way: received, before the jobs read. One document for one Message-ID, however often it is sent.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from adapters.channels.mail_imap import MailboxPoller, account_of
from adapters.channels.mail_smtp import MailReceiver
from intake.readers.mails.mail import identify
from orders.actor import POOL, SYSTEM, Actor
from orders.decision import sha256_hex
from orders.errors import TransportError
from server.db import originals
from server.db.facts import configuration
from server.db.originals import Arrived
from server.db.owner import customer_owner
from server.db.papers import documents
from server.db.papers.documents import Source
from server.desk.papers.documents import order_reading

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from adapters.channels.mail import Envelope
    from intake.readers.mails.mail import Identity
    from server.deps import Deps

log = logging.getLogger(__name__)

CHANNEL = "mail"
CONTENT_TYPE = "message/rfc822"


class Door(Protocol):
    """Something that was started and can be stopped."""

    def stop(self) -> None:
        """End it and wait."""


class _AlreadyHere(Exception):
    """Another delivery of the same message won the race: nothing of this one is kept."""


def start_doors(deps: Deps) -> list[Door]:
    """Open the doors that the settings name: SMTP with ``smtp_port``, IMAP with ``imap_url``."""
    settings = deps.settings
    doors: list[Door] = []

    def take(raw: bytes, envelope: Envelope) -> None:
        accept(deps, raw, envelope)

    if settings.smtp_port:
        receiver = MailReceiver(take, host=settings.host, port=settings.smtp_port, domains=settings.smtp_domains)
        doors.append(receiver.start())
    if settings.imap_url:
        doors.append(MailboxPoller(account_of(settings.imap_url), take, _Memory(deps)).start())
    return doors


def accept(deps: Deps, raw: bytes, envelope: Envelope) -> str | None:
    """Store a message and order its reading; return the document's id, None when the message is here already.

    Raises SenderError for a mail bomb, TransportError when it can't be stored now.
    """
    identity = identify(raw)
    try:
        document_id = _stored(deps, raw, identity, envelope)
    except Exception as error:
        # the loop of the mail door: whatever fails, the sender keeps the message and tries again
        raise TransportError("The mail can't be stored now", "邮件暂时无法保存", permanent=False) from error
    if document_id is None:
        log.info("A mail came again by %s", envelope.door, extra={"action": "mail_repeated"})
        return None
    log.info(
        "Document %s received by %s",
        document_id,
        envelope.door,
        extra={"action": "document_received", "document_id": document_id},
    )
    deps.wake()
    return document_id


def _stored(deps: Deps, raw: bytes, identity: Identity, envelope: Envelope) -> str | None:
    try:
        return _store(deps, raw, identity, envelope)
    except _AlreadyHere:
        _keep_if_other(deps, raw, identity)
        return None


def _keep_if_other(deps: Deps, raw: bytes, identity: Identity) -> None:
    """Keep another text that came under a known Message-ID: it becomes no document, but nothing received is lost."""
    with deps.store.db.read() as conn:
        known = documents.get(conn, str(documents.of_message(conn, identity.message_id)), SYSTEM)
        first = originals.fetch(conn, deps.store, known["original_id"])
    if _body(first.data) == _body(raw):
        return
    with deps.store.db.write() as conn:
        original_id = _keep(deps, conn, raw, _receiver(deps, conn, identity.sender))
    log.warning(
        "Another mail has the Message-ID of document %s: kept as %s only",
        known["id"],
        original_id,
        extra={"action": "mail_id_reused", "document_id": known["id"]},
    )


def _body(raw: bytes) -> bytes:
    """Return the message below its header: what relays don't change."""
    return b"\n".join(raw.splitlines()).partition(b"\n\n")[2].strip()


def _receiver(deps: Deps, conn: Connection, sender: str) -> Actor:
    """Return whom a mail belongs to: who looks after the sender's company, else everybody in the organisation."""
    owner = customer_owner(conn, deps.store.vault, "email", sender)
    return replace(SYSTEM, id=owner[0], org_id=owner[1]) if owner else replace(SYSTEM, id=POOL)


def _keep(deps: Deps, conn: Connection, raw: bytes, receiver: Actor) -> str:
    arrived = Arrived(data=raw, content_type=CONTENT_TYPE, filename="mail.eml", received_at=deps.clock())
    return originals.keep(conn, deps.store, arrived, owner_id=receiver.id, org_id=receiver.org_id)


def _store(deps: Deps, raw: bytes, identity: Identity, envelope: Envelope) -> str:
    now = deps.clock()
    source = Source(
        door="mail",
        channel=CHANNEL,
        account=identity.sender,
        message_id=identity.message_id,
        sender=identity.sender,
        return_path=None if envelope.door == "imap" else envelope.mail_from.strip("<> ")[:320],
    )
    with deps.store.db.write() as conn:
        if documents.of_message(conn, identity.message_id):
            raise _AlreadyHere
        receiver = _receiver(deps, conn, identity.sender)
        original_id = _keep(deps, conn, raw, receiver)
        document_id = documents.add(conn, original_id, source, actor=receiver, now=now)
        if document_id is None:
            raise _AlreadyHere
        order_reading(conn, document_id, now)
    return document_id


class _Memory:
    """How far each mailbox is read, among the settings of the database."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def last_uid(self, account: str, uid_validity: int) -> int:
        """Return the highest UID taken under this UIDVALIDITY."""
        with self._deps.store.db.read() as conn:
            known = configuration.get(conn, _name(account), {})
        return int(known.get("uid", 0)) if known.get("validity") == uid_validity else 0

    def remember(self, account: str, uid_validity: int, uid: int) -> None:
        """Keep the highest UID taken."""
        with self._deps.store.db.write() as conn:
            value = {"validity": uid_validity, "uid": uid}
            configuration.put(conn, _name(account), value, actor=SYSTEM.id, now=self._deps.clock())


def _name(account: str) -> str:
    return f"mailbox:{sha256_hex(account.encode())[:32]}"
