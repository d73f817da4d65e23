"""A mail as it arrived → who wrote, what is new in it, what is attached (read, the second step of an order's way).

The standard library splits the message (headers kept raw: its own header parser is slow and loses split characters);
what the bytes mean is decided by `intake/readers/charset.py`. Finds no order: `intake/readers/text.py` does.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING

from intake.readers.charset import decode, decode_header
from intake.readers.html import html_to_text, is_tabular
from intake.readers.mails.authenticity import NONE, authenticated, automatic, bulk
from intake.readers.mails.mail_limit import MAX_BYTES, MAX_HEADER_BYTES, check_raw, check_tree, inside, refused
from intake.readers.mails.quote import new_text
from intake.readers.mails.tnef import Broken, is_tnef, open_tnef

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

MAX_TEXT_CHARS = 200_000
SMALL_PICTURE_BYTES = 20_000


class _Raw(Compat32):
    """Headers as they stand on the wire, 8-bit ones included; the library's own fetch replaces those by holes."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - the library names it
        """Return the value untouched."""
        return value


_AS_IT_IS = _Raw()
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail. ``inline``: shown inside the text, such as a pasted picture or a company's logo."""

    filename: str
    content_type: str
    data: bytes
    inline: bool = False

    @property
    def decorative(self) -> bool:
        """Say whether it is a small picture in the text: a logo or a smiley, no order."""
        return self.inline and self.content_type.startswith("image/") and len(self.data) < SMALL_PICTURE_BYTES


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. ``text`` is what is new in it, ``quoted`` what it answers or forwards.

    ``message_id`` is the sender's, or made of the content where he gave none. ``sent_at`` is aware.
    ``authenticated``: what our mail server found, pass, fail or none; ``automatic``: a machine wrote it;
    ``bulk``: to many at once.
    ``answers``: the Message-IDs that it says it replies to.
    """

    message_id: str
    subject: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    sent_at: datetime | None
    text: str
    quoted: str
    attachments: tuple[Attachment, ...]
    authenticated: str = NONE
    automatic: bool = False
    bulk: bool = False
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """What a mail is known by before it is read."""

    message_id: str
    sender: str


def open_mail(data: bytes) -> Mail:
    """Open one RFC 5322 message, or the winmail.dat that somebody saved out of one.

    Raises:
        UnreadableDocument: it is a mail bomb (size, parts, depth, header), checked before anything is parsed; or a
            winmail.dat that is not whole.

    """
    if is_tnef(data):
        return _open_wrapped(data)
    check_raw(data)
    message = message_from_bytes(data, policy=_AS_IT_IS)
    check_tree(message)
    texts: list[str] = []
    attachments: list[Attachment] = []
    forwarded = {
        id(leaf) for part in message.walk() if part.get_content_type() == "message/rfc822" for leaf in part.walk()
    }
    for part in _leaves(message):
        before = len(texts)
        _sort(part, texts, attachments)
        if id(part) in forwarded:  # what that mail quotes is as old as in a mail of its own
            texts[before:] = [new_text(text)[0] for text in texts[before:]]
    subject = decode_header(str(message.get("subject", "")), 2000)
    text, quoted = new_text("\n\n".join(texts)[:MAX_TEXT_CHARS], subject)
    name, address = (_addresses(message, "from", "sender", "reply-to") or [("", "")])[0]
    recipients = tuple(address.lower() for _, address in _addresses(message, "to", "cc") if address)
    return Mail(
        message_id=message_id(message, data),
        subject=subject,
        sender=address.lower(),
        sender_name=name,
        recipients=recipients,
        sent_at=_date(message),
        text=text,
        quoted=quoted,
        attachments=tuple(attachments),
        authenticated=authenticated(message, recipients),
        automatic=automatic(message, address),
        bulk=bulk(message),
        answers=_answered(message),
    )


def _open_wrapped(data: bytes) -> Mail:
    """Open a winmail.dat without its mail: nobody is known to have sent it."""
    if len(data) > MAX_BYTES:
        raise refused("mail_too_large")
    texts: list[str] = []
    attachments: list[Attachment] = []
    if not _unwrapped(data, texts, attachments):
        raise refused("mail_broken")
    text, quoted = new_text("\n\n".join(texts)[:MAX_TEXT_CHARS], "")
    return Mail(_made_id(data), "", "", "", (), None, text, quoted, tuple(attachments))


def _made_id(data: bytes) -> str:
    return f"<{hashlib.sha256(data).hexdigest()}@content.invalid>"


def message_id(message: Message, data: bytes) -> str:
    """Return the Message-ID; a mail without one gets one made of its bytes."""
    found = _MESSAGE_ID.search(str(message.get("message-id", "")))
    return found.group() if found else _made_id(data)


def _answered(message: Message) -> tuple[str, ...]:
    told = " ".join(str(message.get(name, "")) for name in ("in-reply-to", "references"))
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(told[:MAX_HEADER_BYTES])))


def identify(data: bytes) -> Identity:
    """Tell one message from every other, from its head alone. Raises UnreadableDocument for a mail bomb."""
    check_raw(data)
    head = message_from_bytes(data[: MAX_HEADER_BYTES + 4], policy=_AS_IT_IS)
    _, address = (_addresses(head, "from", "sender", "reply-to") or [("", "")])[0]
    return Identity(message_id(head, data), address.lower()[:254])


def _addresses(message: Message, *headers: str) -> list[tuple[str, str]]:
    for header in headers:
        raw = [decode_header(str(value), 4096) for value in message.get_all(header, [])]
        found = [(name.strip(), address.strip()) for name, address in getaddresses(raw) if "@" in address]
        if found:
            return found
    return []


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message["date"])[:100])
    except (TypeError, ValueError, OverflowError):
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware if 2002 <= aware.year < 2200 else None  # the library reads the year 0001 as 2001


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that hold content; of alternatives the best one only."""
    if message.get_content_type() == "multipart/alternative" and message.is_multipart():
        yield from _best_alternative(message)
        return
    if message.is_multipart():
        for part in inside(message):
            yield from _leaves(part)
        return
    yield message


def _best_alternative(message: Message) -> Iterator[Message]:
    leaves = [leaf for part in inside(message) for leaf in _leaves(part)]
    plain = next((leaf for leaf in leaves if _is(leaf, "text/plain") and _text(leaf).strip()), None)
    page = next((leaf for leaf in leaves if _is(leaf, "text/html")), None)
    chosen = page if page is not None and (plain is None or is_tabular(_text(page))) else plain
    for leaf in leaves:
        if leaf is chosen or not (_is(leaf, "text/plain") or _is(leaf, "text/html")):
            yield leaf


def _is(part: Message, content_type: str) -> bool:
    return part.get_content_type() == content_type and not _filename(part)


def _sort(part: Message, texts: list[str], attachments: list[Attachment]) -> None:
    """Put one part where it belongs: into the text or among the attachments."""
    kind = part.get_content_type()
    filename = _filename(part)
    disposition = str(part.get("content-disposition", "")).strip().lower()
    if not filename and not disposition.startswith("attachment") and _reads_as_text(part):
        text = _text(part)
        texts.append(html_to_text(text) if kind == "text/html" else text)
        return
    data = _bytes(part)
    if is_tnef(data) and _unwrapped(data, texts, attachments):
        return
    if data:
        inline = "content-id" in part and not disposition.startswith("attachment")
        attachments.append(Attachment(filename or _made_name(kind), kind, data, inline))


def _unwrapped(data: bytes, texts: list[str], attachments: list[Attachment]) -> bool:
    """Put what Outlook wrapped in a winmail.dat where it belongs; False when it is broken: it stays a file then."""
    try:
        found = open_tnef(data)
    except Broken:
        return False
    if not any(text.strip() for text in texts):
        texts.append(found.text or html_to_text(found.html))
    kind = "application/octet-stream"
    attachments += [Attachment(_bare(file.name) or _made_name(kind), kind, file.data) for file in found.files]
    return True


def _reads_as_text(part: Message) -> bool:
    """Say whether a part is body text; a leaf that calls itself multipart is taken for text too."""
    kind = part.get_content_type()
    return kind in {"text/plain", "text/html"} or kind.startswith("multipart/")


def _made_name(kind: str) -> str:
    endings = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "text/csv": "csv"}
    return f"attachment.{endings.get(kind, 'bin')}"


def _bytes(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError):
        payload = None
    if isinstance(payload, bytes):
        return payload
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def _text(part: Message) -> str:
    charset = part.get_param("charset", "")
    return decode(_bytes(part), charset[2] if isinstance(charset, tuple) else str(charset)).replace("\r\n", "\n")


def _filename(part: Message) -> str:
    """Return the file's bare name, however it is encoded; never a path."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        value = part.get_param(parameter, None, header)
        if isinstance(value, tuple):
            name = decode(value[2].encode("latin-1", "replace"), value[0])
        elif value:
            name = decode_header(str(value), 1000)
        else:
            continue
        return _bare(name)
    return ""


def _bare(name: str) -> str:
    bare = re.split(r"[/\\]", name)[-1]
    return "".join(letter for letter in bare if letter.isprintable())[:200].strip()
