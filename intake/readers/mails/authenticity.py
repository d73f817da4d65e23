"""Is a mail from whom it says: what our own mail server found (SPF, DKIM, DMARC), and is it a machine's (read; IN-07).

Source: RFC 8601. Only the topmost Authentication-Results counts, and only from a server of a recipient's domain: it
takes away what senders write there themselves. Auto-replies: RFC 3834.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

PASS, FAIL, NONE = "pass", "fail", "none"
_METHOD = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_BAD = frozenset({"fail", "softfail", "permerror"})
_MACHINE = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounce)", re.IGNORECASE)
_MAX_CHARS = 4_000


def authenticated(message: Message, recipients: tuple[str, ...]) -> str:
    """Return ``pass``, ``fail`` or ``none`` (nobody whom we trust has looked)."""
    header = str(message.get("authentication-results", ""))[:_MAX_CHARS]
    server = header.split(";", 1)[0].strip().split(" ")[0].lower()
    domains = {address.rpartition("@")[2] for address in recipients} - {""}
    if not any(server == domain or server.endswith(f".{domain}") for domain in domains):
        return NONE
    found = {method.lower(): result.lower() for method, result in _METHOD.findall(header)}
    if found.get("dmarc") == "pass" or found.get("dkim") == "pass":
        return PASS
    if found.get("dmarc") in _BAD or (_BAD & set(found.values()) and "pass" not in found.values()):
        return FAIL
    return PASS if found.get("spf") == "pass" else NONE


def automatic(message: Message, sender: str) -> bool:
    """Say whether a machine wrote it: an out-of-office note, a bounce, a newsletter. Nobody answers those."""
    submitted = str(message.get("auto-submitted", "no")).strip().lower()
    replied = _precedence(message) == "auto_reply" or message.get("x-autoreply") is not None
    nobody = str(message.get("return-path", "")).strip() == "<>"
    return submitted != "no" or bulk(message) or replied or nobody or bool(_MACHINE.match(sender))


def bulk(message: Message) -> bool:
    """Say whether it went to many at once: a newsletter, a mailing list."""
    listed = any(message.get(name) is not None for name in ("list-id", "list-unsubscribe"))
    return listed or _precedence(message) in {"bulk", "junk", "list"}


def _precedence(message: Message) -> str:
    return str(message.get("precedence", "")).strip().lower()
