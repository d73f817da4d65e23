"""Bytes of a message or a sheet → text, whatever they claim to be: Chinese senders name charsets loosely.

Repairs (facts of 625 real messages): gb2312 and its misnamings mean gb18030; a declared GB text is often UTF-8; an
unknown or missing name is tried as UTF-8, then GB18030; words of one header split inside a character.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re

_MEANS = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb2312-80": "gb18030",
    "csgb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "euc-cn": "gb18030",
    "gb18030": "gb18030",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "big5": "big5hkscs",
    "us-ascii": "",
    "ascii": "",
    "x-unknown": "",
    "unknown-8bit": "",
    "unknown": "",
    "default": "",
    "": "",
}
_UNSAFE = frozenset({"utf-7", "utf7", "unicode-1-1-utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape"})
_WORD = re.compile(rb"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(r"[\r\n]+[ \t]*")


def decode(data: bytes, declared: str | None = None) -> str:
    """Return text for certain: the declared charset where it fits, else UTF-8, else GB18030, else with holes."""
    name = (declared or "").strip().strip("\"'").lower()
    charset = _MEANS.get(name, name if _is_text_codec(name) else "")
    if charset in {"", "gb18030", "utf-8"}:
        return _utf8_or_gb(data, prefer_gb=charset == "gb18030")
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return _utf8_or_gb(data, prefer_gb=False)


def _is_text_codec(name: str) -> bool:
    if name in _UNSAFE:
        return False
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def _utf8_or_gb(data: bytes, *, prefer_gb: bool) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _gb(data)
    if prefer_gb and not text.isascii() and not any(character >= "\u0800" for character in text):
        return _gb(data)  # two GB bytes that happen to be one Greek or Arabic letter in UTF-8
    return text


def _gb(data: bytes) -> str:
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def decode_header(raw: str, limit: int = 8192) -> str:
    """Return a header's text: encoded words of one charset are joined as bytes first; raw 8-bit text is decoded."""
    data = _FOLD.sub(" ", raw)[:limit].encode("ascii", "surrogateescape") if _is_wire(raw) else None
    if data is None:
        return _FOLD.sub(" ", raw)[:limit].strip()
    pieces: list[str] = []
    pending, charset, position = b"", "", 0
    for word in _WORD.finditer(data):
        between = data[position : word.start()]
        named = word[1].decode("ascii", "replace").lower()
        joined = pending and not between.strip() and named == charset
        if not joined:
            pieces.append(decode(pending, charset))
            pieces.append("" if pending and not between.strip() else decode(between))
            pending = b""
        pending, charset, position = pending + _word_bytes(word[2], word[3]), named, word.end()
    return "".join([*pieces, decode(pending, charset), decode(data[position:])]).strip()


def _is_wire(raw: str) -> bool:
    """Say whether the text is bytes as the parser keeps them: ASCII and escaped 8-bit only."""
    return all(character < "\x80" or "\udc80" <= character <= "\udcff" for character in raw)


def _word_bytes(kind: bytes, payload: bytes) -> bytes:
    if kind in b"qQ":
        return quopri.decodestring(payload.replace(b"_", b" "))
    try:
        return binascii.a2b_base64(payload + b"=" * (-len(payload) % 4))
    except binascii.Error:
        return payload
