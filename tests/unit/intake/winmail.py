"""Writes a winmail.dat, as Outlook does ([MS-OXTNEF]): for the tests of its reader."""

from __future__ import annotations

import struct


def attribute(level: int, number: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def text_property(number: int, text: str) -> bytes:
    value = text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<III", number << 16 | 0x1F, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def named_property(number: int, name: str, value: int) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<I", number << 16 | 0x03) + b"g" * 16 + struct.pack("<II", 1, len(written))
    return head + written + b"\0" * (-len(written) % 4) + struct.pack("<I", value)


def winmail(*files: tuple[str, bytes], body: str = "", long_names: bool = True, codepage: int = 936) -> bytes:
    found = struct.pack("<IH", 0x223E9F78, 1)
    found += attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    found += attribute(1, 0x00069007, struct.pack("<II", codepage, 0))
    if body:
        found += attribute(1, 0x0002800C, body.encode(f"cp{codepage}") + b"\0")
    for name, data in files:
        found += attribute(2, 0x00069002, b"\x01\0" + b"\xff" * 4 + b"\0" * 8)
        found += attribute(2, 0x00018010, ("ATT~1.DAT" if long_names else name).encode(f"cp{codepage}") + b"\0")
        found += attribute(2, 0x0006800F, data)
        if long_names:
            properties = struct.pack("<I", 2) + named_property(0x8001, "keep", 7) + text_property(0x3707, name)
            found += attribute(2, 0x00069005, properties)
    return found
