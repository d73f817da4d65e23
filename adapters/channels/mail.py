"""What the mail doors share: the envelope, and the callback that keeps a message before anybody is told it arrived.

Place in the order's way: received. The doors know neither orders nor tables: the server hands them ``accept``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MAX_MESSAGE_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a message came: ``door`` smtp, lmtp or imap; from whom, for whom; ``place`` is the peer or the mailbox."""

    door: str
    mail_from: str = ""
    recipients: tuple[str, ...] = ()
    place: str = ""


Accept = Callable[[bytes, Envelope], None]
"""Store the raw message durably, then return. Raises SenderError for a message that will never be taken (it is refused
for good) and TransportError when it can't be stored now (the sender tries again). The same message may come twice."""
