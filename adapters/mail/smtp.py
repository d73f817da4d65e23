"""A notice by e-mail over the company's own SMTP server.

Place in the order's way: dispatch. The Message-ID is made of the idempotency key, so that a second attempt is
recognised as the same letter by servers and mail programs. 4xx answers are tried again, 5xx are final (RFC 5321).
"""

from __future__ import annotations

import json
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from adapters.robots.words import DIGEST, words
from orders.decision import sha256_hex
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Secrets, Target

LIMIT_BYTES = 200_000
SUBJECT_BYTES = 120


def letter(message: Message, settings: dict[str, str]) -> EmailMessage:
    """Return the letter of a message."""
    text = words(message, LIMIT_BYTES)
    found = EmailMessage()
    first = text.splitlines()[0] if text else message.event
    found["Subject"] = _one_line(first if message.event != DIGEST else f"Sluice：{first}")
    found["From"] = _one_line(settings["from"])
    found["To"] = ", ".join(_one_line(part) for part in settings["to"].split(",") if part.strip())
    found["Date"] = format_datetime(message.created_at)
    found["Message-ID"] = f"<{sha256_hex(message.idempotency_key.encode())[:32]}@sluice>"
    found["Auto-Submitted"] = "auto-generated"
    found.set_content(text + "\n")
    sheet = json.loads(message.body).get("sheet")
    if isinstance(sheet, dict):
        data = str(sheet["text"]).encode("utf-8-sig")  # Excel takes it for UTF-8 then
        found.add_attachment(data, maintype="text", subtype="csv", filename=_one_line(str(sheet["name"])))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())[:SUBJECT_BYTES]


def _make(_clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
        return posted(letter(message, dict(target.settings)), target, secrets)

    return deliver


def posted(mail: EmailMessage, target: Target, secrets: Secrets, *, return_path: str | None = None) -> Receipt:
    """Send one letter; ``return_path`` is where failure notices go, ``<>`` nowhere. Raises TransportError."""
    try:
        with _connected(target) as server:
            if target.settings.get("user"):
                server.login(target.settings["user"], secrets[0] if secrets else "")
            server.send_message(mail, from_addr=return_path)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _refused(min(codes, default=550), "recipients refused") from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, str(error.smtp_error)[:200]) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TransportError(
            f"cannot reach it: {type(error).__name__}", "无法连接邮件服务器", permanent=False, code="unreachable"
        ) from error
    return Receipt(status=250, reference=mail["Message-ID"])


def _connected(target: Target) -> smtplib.SMTP:
    parts = urlsplit(target.url)
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=target.timeout_s, context=context)
    server = smtplib.SMTP(host, parts.port or 25, timeout=target.timeout_s)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
    return server


def _refused(code: int, told: str) -> TransportError:
    return TransportError(
        f"answered {code}: {told}", f"邮件服务器应答 {code}：{told}", permanent=code >= 500, code=f"smtp_{code}"
    )


KIND = Kind(
    "mail.smtp",
    "邮件通知",
    "E-mail notice",
    _make,
    url="smtps://mail.example.com:465",
    fields=(
        Field("from", "发件人", "From", required=True),
        Field("to", "收件人（逗号分开）", "To (comma between)", required=True),
        Field("user", "用户名", "User name"),
        Field("password", "密码", "Password", secret=True),
    ),
    per_minute=60,
    tested=True,
)
