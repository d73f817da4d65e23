"""Read: the second step of an order's way. Bytes → draft orders with evidence, by what the file is, not by its name.

Pictures and PDFs go to `readers/document`, canonical JSON to `readers/payload`, B2B standards to
`readers/standard`, sheets, mails and texts to their own readers. Nothing is decided here and no database is asked:
the catalogue is handed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from intake.canonical import parse_order
from intake.known.customer_terms import with_customer_terms
from intake.layout_hint import Retold, hinted
from intake.lesson import titles_of, with_lessons
from intake.media import Media, media
from intake.readers.charset import decode
from intake.readers.document import Recognizer, read_document
from intake.readers.mails.mail_order import is_newsletter, read_mail
from intake.readers.payload import load_strict
from intake.readers.sheets.table import read_table
from intake.readers.standards.standard import read_standard
from intake.readers.text import MAX_TALK_CHARS, read_text
from intake.values.paper import NOT_AN_ORDER, checked
from intake.values.prescription import as_prescription, is_prescription, still_asked
from ocr.trouble import trouble
from orders.draft import DraftField, DraftOrder, FieldStatus, ReadResult
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from intake.readers.mails.mail import Attachment
    from ocr.page import PageSet
    from orders.catalogue import Catalogue

_DEEPEST_MAIL = 3
_SPOKEN = re.compile(r"语音|录音|voice|transcript", re.IGNORECASE)


@dataclass(frozen=True)
class _Scene:
    """What every reader may need beside the bytes."""

    catalogue: Catalogue
    recognizer: Recognizer
    timezone: str
    received_on: date | None
    insist: bool = False
    retold: Retold = field(default_factory=Retold)
    depth: int = 0


def read(  # noqa: PLR0913 - what a reader may need is six things and a day
    data: bytes,
    filename: str,
    content_type: str,
    catalogue: Catalogue,
    recognizer: Recognizer,
    *,
    timezone: str = "Asia/Shanghai",
    received_on: date | None = None,
    insist: bool = False,
) -> ReadResult:
    """Read any document into draft orders.

    ``received_on`` is the local day of arrival, for words like 月底前; without it such words stay open. ``insist``: a
    person says that it is an order, whatever it looks like.

    Raises:
        UnreadableDocument: with a code, the page and what to do next, in both languages.
        InvalidOrder: canonical JSON that breaks the schema, by JSON pointer.

    """
    scene = _Scene(catalogue, Once(recognizer), timezone, received_on, insist)
    result = _read(data, filename, content_type, scene)
    if result.kind == "payload":  # a machine says what it means
        return result
    if titles := titles_of(result, catalogue):
        result = hinted(result, _read(data, filename, content_type, replace(scene, retold=Retold(titles))))
    known = (with_lessons(draft, catalogue) for draft in result.orders)
    return replace(result, orders=tuple(still_asked(with_customer_terms(draft, catalogue)) for draft in known))


class Once:
    """A recogniser that remembers, so that a second reading of the same bytes costs no recognition."""

    def __init__(self, real: Recognizer) -> None:
        self._real = real
        self._known: dict[bytes, PageSet] = {}

    def read(self, data: bytes) -> PageSet:
        """Read a picture or a PDF, the first time by the real recogniser."""
        if data not in self._known:
            self._known[data] = self._real.read(data)
        return self._known[data]


def rows_of(data: bytes, filename: str, content_type: str, catalogue: Catalogue, recognizer: Recognizer) -> list[str]:
    """Return a document's rows as the reader sees them, cells parted by tabs. Raises as `read`."""
    scene = _Scene(catalogue, recognizer, "Asia/Shanghai", None, insist=True)
    _read(data, filename, content_type, scene)
    return scene.retold.rows


def _read(data: bytes, filename: str, content_type: str, scene: _Scene) -> ReadResult:
    match media(data, filename, content_type):
        case Media.PICTURE:
            pages = scene.retold.recognizer(scene.recognizer)
            zone, day = scene.timezone, scene.received_on
            return read_document(data, scene.catalogue, pages, timezone=zone, insist=scene.insist, today=day)
        case Media.PAYLOAD:
            return _read_payload(data)
        case Media.STANDARD:
            return read_standard(data, scene.catalogue, timezone=scene.timezone)
        case Media.SHEET:
            return _read_sheet(data, filename, scene)
        case Media.MAIL:
            return _read_mail(data, scene)
        case Media.TEXT:
            return _read_words(decode(data), filename, scene)
        case kind:
            raise _refusal("empty_file" if kind is Media.EMPTY else "unknown_format")


def _read_sheet(data: bytes, filename: str, scene: _Scene) -> ReadResult:
    day, cells = scene.received_on, scene.retold.cells
    return _found(read_table(data, filename, scene.catalogue, today=day, insist=scene.insist, cells=cells))


def _read_words(text: str, filename: str, scene: _Scene) -> ReadResult:
    _require_readable(text)
    spoken = _SPOKEN.search(filename) is not None
    read_as_said = read_text(scene.retold.text(text), scene.catalogue, today=scene.received_on, spoken=spoken)
    found = _found(checked(read_as_said, text.splitlines(), insist=scene.insist))
    if is_prescription(text):
        return replace(found, orders=tuple(as_prescription(one, scene.catalogue) for one in found.orders))
    return found


def _require_readable(text: str) -> None:
    if len(text) > MAX_TALK_CHARS:
        raise UnreadableDocument(
            f"The text has more than {MAX_TALK_CHARS} characters: send only the part with the order, or a sheet",
            f"文字超过 {MAX_TALK_CHARS} 字：请只发有订单的那一段，或用表格发",
            code="text_too_long",
        )


def _refusal(code: str) -> UnreadableDocument:
    error = trouble(code)
    return UnreadableDocument(error.message_en, error.message_zh, code=code)


def _found(result: ReadResult) -> ReadResult:
    if not result.orders:
        raise _no_order()
    return result


def _no_order() -> UnreadableDocument:
    return UnreadableDocument(
        "No order was found in this document: check that it is the right file, or type the order in",
        "这份文件里没有找到订单内容，请确认文件是否正确，或手工录入",
        code="no_order",
    )


def _read_payload(data: bytes) -> ReadResult:
    """Take canonical JSON: one order, a list, or ``{"orders": […]}``."""
    value = load_strict(data)
    if isinstance(value, dict) and set(value) == {"orders"}:
        value = value["orders"]
    orders = value if isinstance(value, list) else [value]
    if not orders:
        raise _no_order()
    for order in orders:
        parse_order(order)
    return ReadResult("payload", 1, orders=tuple(DraftOrder(order, tuple(_leaves("", order))) for order in orders))


def _leaves(path: str, value: Any) -> Iterator[DraftField]:
    """Yield a certain field for each value of a JSON order."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(f"{path}/{name}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _leaves(f"{path}/{index}", part)
    elif value is not None:
        yield DraftField(path, value, str(value), 1.0, FieldStatus.AUTO, ("JSON",))


def _read_mail(data: bytes, scene: _Scene) -> ReadResult:
    """Read the new text of a mail and each attachment, mails inside it as deep as `_DEEPEST_MAIL`."""
    if scene.depth >= _DEEPEST_MAIL:
        raise _refusal("too_complex")

    def read_file(attachment: Attachment, today: date | None) -> ReadResult:
        inner = replace(scene, received_on=today, depth=scene.depth + 1)
        return _read(attachment.data, attachment.filename, attachment.content_type, inner)

    day, words = scene.received_on, scene.retold.text
    found = read_mail(data, scene.catalogue, read_file, timezone=scene.timezone, received_on=day, retold=words)
    if not scene.insist and is_newsletter(found):
        raise UnreadableDocument(
            "This is a mail to many from a sender that is no customer: its text was not read as an order. "
            "It is kept; if it is an order after all, have it read as one",
            "这是群发邮件，发件人不在客户档案里，正文没有当作订单。原件已保留；如果确实是订单，请选“按订单读取”",
            code=NOT_AN_ORDER,
        )
    return found
