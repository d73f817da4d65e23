"""winmail.dat: what Outlook wraps attachments in when it writes to a program that is not Outlook (read; IN-07).

Part of opening a mail. Nothing in it is unpacked, so what it yields is never larger than the file itself; every length
is checked against what is there. Source: [MS-OXTNEF].
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.readers.charset import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILES = 100
MAX_PROPERTIES = 2_000
_MAGIC = struct.pack("<I", 0x223E9F78)
_BODY, _DATA, _TITLE, _BEGIN, _MESSAGE_PROPERTIES, _PROPERTIES, _CODEPAGE = (
    0x0002800C, 0x0006800F, 0x00018010, 0x00069002, 0x00069003, 0x00069005, 0x00069007,
)  # fmt: skip
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of a property's value by its type; what is not here has its own length before it."""
_TEXT8, _TEXT16 = 0x1E, 0x1F
_PLAIN_BODY, _HTML_BODY, _LONG_NAME, _DISPLAY_NAME, _OBJECT = 0x1000, 0x1013, 0x3707, 0x3001, 0x3701


class Broken(Exception):
    """It ends in the middle, or a length in it is wrong."""


@dataclass
class File:
    """An attached file."""

    name: str = ""
    data: bytes = b""


@dataclass
class Winmail:
    """What was in it: the mail's text, where it has one, and its files."""

    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)


def is_tnef(data: bytes) -> bool:
    """Say whether the bytes are a winmail.dat, whatever they are called."""
    return data.startswith(_MAGIC)


def open_tnef(data: bytes) -> Winmail:
    """Take a winmail.dat apart. Raises Broken."""
    found, codepage = Winmail(), "gb18030"
    for attribute, value in _attributes(data):
        if attribute == _CODEPAGE and len(value) >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _BEGIN:
            if len(found.files) == MAX_FILES:
                raise Broken
            found.files.append(File())
        elif attribute in (_BODY, _MESSAGE_PROPERTIES):
            _of_message(found, attribute, value, codepage)
        elif found.files:
            _of_file(found.files[-1], attribute, value, codepage)
    found.files = [file for file in found.files if file.data]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (attribute, value): a level, an attribute, a length, the value and a checksum each."""
    if not is_tnef(data):
        raise Broken
    at = 6
    while at < len(data):
        if at + 9 > len(data):
            raise Broken
        attribute, length = struct.unpack_from("<II", data, at + 1)
        end = at + 9 + length
        if end + 2 > len(data):
            raise Broken
        yield attribute, data[at + 9 : end]
        at = end + 2


def _of_message(found: Winmail, attribute: int, value: bytes, codepage: str) -> None:
    if attribute == _BODY:
        found.text = _text(value, _TEXT8, codepage)
        return
    for number, kind, content in _properties(value):
        if number == _PLAIN_BODY and not found.text:
            found.text = _text(content, kind, codepage)
        elif number == _HTML_BODY:
            found.html = decode(content, codepage)


def _of_file(file: File, attribute: int, value: bytes, codepage: str) -> None:
    if attribute == _TITLE and not file.name:
        file.name = _text(value, _TEXT8, codepage)
    elif attribute == _DATA:
        file.data = value
    elif attribute == _PROPERTIES:
        told = {number: (kind, content) for number, kind, content in _properties(value)}
        for number in (_DISPLAY_NAME, _LONG_NAME):  # the long name says most
            if number in told:
                file.name = _text(told[number][1], told[number][0], codepage) or file.name
        if _OBJECT in told and not file.data and told[_OBJECT][0] == 0x102:
            file.data = told[_OBJECT][1]


def _text(value: bytes, kind: int, codepage: str) -> str:
    if kind == _TEXT16:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    return decode(value.rstrip(b"\0"), codepage)


class _Cursor:
    """Reads numbers and bytes, each padded to four bytes. Raises Broken beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def take(self, length: int) -> bytes:
        end = self._at + length
        if length < 0 or end > len(self._data):
            raise Broken
        found = self._data[self._at : end]
        self._at = min(len(self._data), end + -length % 4)
        return found


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (property, type, value); of several values the first."""
    cursor = _Cursor(value)
    for _ in range(min(cursor.number(), MAX_PROPERTIES)):
        tag = cursor.number()
        number, kind = tag >> 16, tag & 0xFFFF
        if number >= 0x8000:
            _skip_name(cursor)
        several = bool(kind & 0x1000)
        base = kind & 0x0FFF
        sized = base not in _FIXED
        count = cursor.number() if several or sized else 1
        if count > MAX_PROPERTIES:
            raise Broken
        values = [cursor.take(cursor.number() if sized else _FIXED[base]) for _ in range(count)]
        if values:
            yield number, base, values[0]


def _skip_name(cursor: _Cursor) -> None:
    cursor.take(16)
    named = cursor.number()
    if named:
        cursor.take(cursor.number())
    else:
        cursor.number()
