"""SMTP and LMTP receiver: the mail server of the house hands messages over; 250 is said once they are stored.

Place in the order's way: received, at a door where nobody waits. Runs an event loop on a thread of its own; storing
happens on worker threads.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from adapters.channels.mail import MAX_MESSAGE_BYTES, Envelope
from orders.errors import SenderError, TransportError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from adapters.channels.mail import Accept

log = logging.getLogger(__name__)

MAX_RECIPIENTS = 100
IDLE_TIMEOUT_S = 120
STORING_THREADS = 2
LONGEST_LINE = 256 * 1024
"""HTML mails of ordering systems come as one line; the protocol's 1,000 octets are kept by few."""


class MailReceiver:
    """Listens for mail. ``domains``: those whose recipients are accepted, or whole addresses; empty: any."""

    def __init__(
        self,
        accept: Accept,
        *,
        host: str,
        port: int,
        domains: Sequence[str] = (),
        lmtp: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; `start` begins to listen."""
        self.host = host
        self.port = port
        self._threads = ThreadPoolExecutor(max_workers=STORING_THREADS, thread_name_prefix="mail-store")
        door = _Door(accept, frozenset(domain.lower() for domain in domains), self._threads, lmtp=lmtp)
        self._controller = _Controller(door, lmtp=lmtp, tls=tls, hostname=host, port=port)

    def start(self) -> MailReceiver:
        """Begin to listen. Raises OSError when the port is taken."""
        self._controller.start()
        log.info("Mail receiver listens on %s:%s", self.host, self.port, extra={"action": "mail_door_opened"})
        return self

    def stop(self) -> None:
        """Stop listening; a message that is being stored is stored to the end."""
        self._controller.stop(no_assert=True)
        self._threads.shutdown(wait=True)


class _Smtp(SMTP):
    line_length_limit = LONGEST_LINE


class _Lmtp(LMTP):
    line_length_limit = LONGEST_LINE


class _Controller(Controller):
    def __init__(self, handler: _Door, *, lmtp: bool, tls: ssl.SSLContext | None, hostname: str, port: int) -> None:
        self._protocol = _Lmtp if lmtp else _Smtp
        super().__init__(
            handler,
            hostname=hostname,
            port=port,
            ready_timeout=10,
            data_size_limit=MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            tls_context=tls,
            timeout=IDLE_TIMEOUT_S,
            ident="Sluice",
        )

    def factory(self) -> Any:
        return self._protocol(self.handler, **self.SMTP_kwargs)


class _Door:
    """aiosmtpd calls these at each command of a session."""

    def __init__(self, accept: Accept, domains: frozenset[str], threads: ThreadPoolExecutor, *, lmtp: bool) -> None:
        self._accept = accept
        self._domains = domains
        self._threads = threads
        self._lmtp = lmtp

    async def handle_RCPT(  # noqa: N802 - the library names it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Accept a recipient of our own domains only: the receiver is no relay."""
        if not self._is_ours(address):
            return "550 5.1.1 No such recipient here"
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    def _is_ours(self, address: str) -> bool:
        name, at, domain = address.lower().rpartition("@")
        if not (name and at and domain):
            return False
        return not self._domains or domain in self._domains or f"{name}@{domain}" in self._domains

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - named by the library
        """Store the message, then answer; LMTP wants one answer for each recipient."""
        came = Envelope(
            door="lmtp" if self._lmtp else "smtp",
            mail_from=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            place=str(session.peer[0]) if session.peer else "",
        )
        answer = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._stored, bytes(envelope.content), came
        )
        return "\r\n".join([answer] * (len(came.recipients) if self._lmtp else 1))

    def _stored(self, raw: bytes, came: Envelope) -> str:
        try:
            self._accept(raw, came)
        except SenderError as error:
            log.warning("A mail from %s was refused: %s", came.place, error.code, extra={"action": "mail_refused"})
            return f"{_status(error)} {_ascii(error.message_en)}"
        except TransportError:
            log.exception("A mail could not be stored", extra={"action": "mail_deferred"})
            return "451 4.3.0 Can't be stored now, try again later"
        return "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        """Answer anything unforeseen with "try again": the sender keeps the message."""
        log.error("The mail door failed", exc_info=error, extra={"action": "mail_deferred"})
        return "451 4.3.0 Internal error, try again later"


def _status(error: SenderError) -> str:
    return "552 5.3.4" if error.code == "mail_too_large" else "554 5.6.0"


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")[:400]
