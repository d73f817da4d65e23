"""Our answer to somebody's mail: an acknowledgement, or a question back.

Place in the order's way: dispatch, destination ``answer``. The letter says of itself that a machine wrote it and gives
failure notices nowhere to go, so that two machines never write to each other. Source: RFC 3834.
"""

from __future__ import annotations

import json
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from adapters.mail.smtp import posted
from orders.decision import sha256_hex

if TYPE_CHECKING:
    from adapters.message import Message, Receipt, Secrets, Target

MARK = "sluice.answer."
"""How the Message-ID of every answer begins: a mail that answers one is known by it."""
NAME = "mail.answer"
_SUBJECT_CHARS = 150


def letter(message: Message, sender: str) -> EmailMessage:
    """Return the letter of a message whose body has ``to``, ``subject``, ``text`` and ``answers`` (a Message-ID)."""
    told = json.loads(message.body)
    found = EmailMessage()
    found["Subject"] = " ".join(told["subject"].split())[:_SUBJECT_CHARS]
    found["From"] = sender
    found["To"] = told["to"]
    found["Date"] = format_datetime(message.created_at)
    domain = sender.rpartition("@")[2].strip("> ")
    found["Message-ID"] = f"<{MARK}{sha256_hex(message.idempotency_key.encode())[:32]}@{domain}>"
    found["In-Reply-To"] = told["answers"]
    found["References"] = told["answers"]
    found["Auto-Submitted"] = "auto-replied"
    found["X-Auto-Response-Suppress"] = "All"
    found.set_content(told["text"])
    return found


def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
    """Send the answer by the server at ``target.url``. Raises TransportError."""
    return posted(letter(message, target.settings["from"]), target, secrets, return_path="<>")
