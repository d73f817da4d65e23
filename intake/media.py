"""What kind of document some bytes are: by what they hold; the declared type and the name only break ties."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath

from intake.readers.mails.tnef import is_tnef
from intake.readers.standards.standard import is_standard
from ocr.sniff import sniff


class Media(StrEnum):
    """The kinds of document that a reader exists for."""

    PICTURE = "picture"
    PAYLOAD = "payload"
    STANDARD = "standard"
    SHEET = "sheet"
    MAIL = "mail"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"


_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOK = (b"xl/workbook", b"xl/_rels", b"application/vnd.oasis.opendocument.spreadsheet", b"xl/")
_OTHER_OFFICE = tuple(
    name.encode("utf-16-le") for name in ("__properties_version1.0", "WordDocument", "PowerPoint Document")
)
"""What an Outlook message, a Word and a PowerPoint file of the same container hold."""
_HEAD_BYTES = 4096
_HEADER = re.compile(
    rb"(?:From |(?:Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Subject|From|To|Date|DKIM-Signature"
    rb"|Authentication-Results|Received-SPF|Reply-To|Sender|ARC-[\w-]+|X-[\w-]+)[ \t]*:)",
    re.IGNORECASE,
)
_ANY_HEADER = re.compile(rb"(?:From |[\x21-\x39\x3b-\x7e]{1,76}[ \t]*:)")
_TELLING = re.compile(rb"^(?:From|Subject|MIME-Version|Message-ID|Received)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MARKUP = re.compile(rb"<(?:html|table|!doctype html)", re.IGNORECASE)
_MAIL = "message/rfc822"
_MAIL_TYPES = frozenset({_MAIL, "application/octet-stream", "text/plain", ""})
_SHEET_SUFFIXES = frozenset({".csv", ".tsv"})


def media(data: bytes, filename: str = "", content_type: str = "") -> Media:
    """Return the kind of document. A wrong extension changes nothing."""
    if not data:
        return Media.EMPTY
    if sniff(data) is not None:
        return Media.PICTURE
    if is_tnef(data):
        return Media.MAIL
    if data.startswith(_OLE):
        return Media.UNKNOWN if any(mark in data for mark in _OTHER_OFFICE) else Media.SHEET
    if data.startswith(_ZIP):
        return Media.SHEET if any(mark in data for mark in _WORKBOOK) else Media.UNKNOWN
    return _of_text(data, filename, content_type.partition(";")[0].strip().lower())


def _of_text(data: bytes, filename: str, content_type: str) -> Media:
    head = data[:_HEAD_BYTES]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return Media.PAYLOAD
    if is_standard(data):
        return Media.STANDARD
    if _is_mail(start, head, content_type):
        return Media.MAIL
    if _MARKUP.search(head):
        return Media.SHEET
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Media.UNKNOWN
    named = content_type == "text/csv" or PurePath(filename).suffix.lower() in _SHEET_SUFFIXES
    return Media.SHEET if named or _delimited(head) else Media.TEXT


def _is_mail(start: bytes, head: bytes, content_type: str) -> bool:
    """Say whether a mail begins: at a mail door, or a file that says so, with any header; else with a mail's own."""
    if content_type == _MAIL:
        return _ANY_HEADER.match(start) is not None
    return bool(_HEADER.match(start) and _TELLING.search(head) and content_type in _MAIL_TYPES)


def _delimited(head: bytes) -> bool:
    """Say whether most lines are cut into the same number (3 or more) of cells by one delimiter."""
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    for delimiter in (b"\t", b",", b";"):
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        if len(lines) >= 2 and usual >= 2 and counts.count(usual) >= 0.6 * len(lines):
            return True
    return False
