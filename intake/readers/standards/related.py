"""multipart/related as cXML senders post it: the message out of its wrapping, and what is attached beside it (read).

The HTTP header that names the boundary need not come along: the first line of the body is the boundary. Attachments
stay in the stored original; the order names them. Source: RFC 2387, cXML 1.2 User's Guide, Attachments.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

from intake.readers.standards.markup import refused

if TYPE_CHECKING:
    from email.message import MIMEPart

_START = re.compile(rb"--([^\s\"]{1,70})[ \t]*\r?\n(?=[Cc]ontent-)")
_XML = frozenset({"text/xml", "application/xml"})
MAX_PARTS = 50


def is_related(data: bytes) -> bool:
    """Say whether the bytes begin as a multipart body whose first part is XML."""
    start = data[:4096].lstrip()
    return _START.match(start) is not None and b"xml" in start[:400].lower()


def unwrapped(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the XML of the first part and the names of the others. Raises UnreadableDocument when there is none."""
    data = data.lstrip()
    start = _START.match(data)
    if start is None or data.count(b"\n--" + start[1]) > MAX_PARTS:
        raise _broken()
    head = b'Content-Type: multipart/related; boundary="' + start[1] + b'"\r\n\r\n'
    parts = [part for part in message_from_bytes(head + data, policy=default).iter_parts() if _is_leaf(part)]
    root = next((part for part in parts if part.get_content_type() in _XML), None)
    if root is None:
        raise _broken()
    return bytes(root.get_payload(decode=True)), tuple(_name(part) for part in parts if part is not root)


def _is_leaf(part: MIMEPart) -> bool:
    return not part.is_multipart()


def _name(part: MIMEPart) -> str:
    return part.get_filename() or str(part.get("Content-ID", "")).strip("<> ") or part.get_content_type()


def _broken() -> Exception:
    return refused(
        "multipart_broken", "multipart 报文里找不到 XML，请检查分隔行", "There is no XML in the multipart body"
    )
