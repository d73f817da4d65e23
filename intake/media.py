"""What kind of document some bytes are: by what they hold; the declared type and the name only break ties."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath

from intake.readers.standard import is_standard
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
_HEAD_BYTES = 4096
_HEADER = re.compile(
    rb"(?:From |(?:Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Subject|From|To|Date|DKIM-Signature"
    rb"|X-[\w-]+)[ \t]*:)",
    re.IGNORECASE,
)
_TELLING = re.compile(rb"^(?:From|Subject|MIME-Version|Message-ID|Received)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MARKUP = re.compile(rb"<(?:html|table|!doctype html)", re.IGNORECASE)
_MAIL_TYPES = frozenset({"message/rfc822", "application/octet-stream", "text/plain", ""})
_SHEET_SUFFIXES = frozenset({".csv", ".tsv"})


def media(data: bytes, filename: str = "", content_type: str = "") -> Media:
    """Return the kind of document. A wrong extension changes nothing."""
    if not data:
        return Media.EMPTY
    if sniff(data) is not None:
        return Media.PICTURE
    if data.startswith((_ZIP, _OLE)):
        return Media.SHEET if data.startswith(_OLE) or any(mark in data for mark in _WORKBOOK) else Media.UNKNOWN
    return _of_text(data, filename, content_type.partition(";")[0].strip().lower())


def _of_text(data: bytes, filename: str, content_type: str) -> Media:
    head = data[:_HEAD_BYTES]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return Media.PAYLOAD
    if is_standard(data):
        return Media.STANDARD
    if _HEADER.match(start) and _TELLING.search(head) and content_type in _MAIL_TYPES:
        return Media.MAIL
    if _MARKUP.search(head):
        return Media.SHEET
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Media.UNKNOWN
    named = content_type == "text/csv" or PurePath(filename).suffix.lower() in _SHEET_SUFFIXES
    return Media.SHEET if named or _delimited(head) else Media.TEXT


def _delimited(head: bytes) -> bool:
    """Say whether most lines are cut into the same number (3 or more) of cells by one delimiter."""
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    for delimiter in (b"\t", b",", b";"):
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        if len(lines) >= 2 and usual >= 2 and counts.count(usual) >= 0.6 * len(lines):
            return True
    return False
