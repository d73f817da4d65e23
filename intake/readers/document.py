"""Pictures and PDFs → draft orders: the document door of **read** (IN-08, IN-09).

The recogniser (a subprocess that may be killed) gives pages; `intake/fields` gives them meaning. A page that cannot be
read refuses the document when it is the only one, else it becomes a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from intake.fields.extract import drafts
from intake.readers.chat import read_chat
from intake.readers.text import read_lines
from intake.values.paper import other_paper
from intake.values.prescription import as_prescription, is_prescription
from ocr.layout.comma import with_decimal_points
from ocr.layout.rows import rows
from ocr.page import Page, PageSet, Unreadable
from orders.draft import DraftOrder, ReadResult
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from datetime import date

    from orders.catalogue import Catalogue

_HOPELESS = 0.6

Progress = Callable[[int, int], None]


class Recognizer(Protocol):
    """What reads pages: `ocr.sandbox.Sandbox`, or its `watched` view with progress and cancel."""

    def read(self, data: bytes) -> PageSet:
        """Read a picture or a PDF. Raises ocr.page.Unreadable."""
        ...


def read_document(
    data: bytes,
    catalogue: Catalogue,
    recognizer: Recognizer,
    *,
    timezone: str = "Asia/Shanghai",
    insist: bool = False,
    today: date | None = None,
) -> ReadResult:
    """Read a picture or a PDF. Raises UnreadableDocument with the page and what to do; ``insist``: it is an order.

    ``today``: the day of arrival, for words like 下周三 in a chat.
    """
    pages, readable = _readable(data, recognizer)
    readable = with_decimal_points(readable)
    sheets = [["\t".join(word.text for word in row.words) for row in rows(list(page.words))] for page in readable]
    other = None if insist else other_paper(sheets)
    if other is not None and other.sure:
        raise other.refusal()
    found = drafts(readable, catalogue, timezone)
    written = [line for sheet in sheets for line in sheet]
    if is_prescription("\n".join(written)):
        found = _prescribed(found, written, catalogue)
    elif not any(order.order["lines"] for order in found):
        found = read_chat(readable, catalogue, today) or found
    if not found:
        raise other.refusal() if other is not None else _no_order()
    if other is not None:
        found = tuple(other.doubted(order) for order in found)
    return ReadResult(pages.kind, len(pages.pages), _quality(pages), _warned(found, pages, readable))


def _readable(data: bytes, recognizer: Recognizer) -> tuple[PageSet, list[Page]]:
    try:
        pages = recognizer.read(data)
    except Unreadable as error:
        raise refusal(error) from error
    readable = [page for page in pages.pages if not page.quality.hopeless]
    if not readable:
        quality = pages.pages[0].quality
        raise UnreadableDocument(quality.message_en, quality.message_zh, code=quality.code)
    return pages, readable


def _no_order() -> UnreadableDocument:
    return UnreadableDocument(
        "No order was found in this document: check that it is the right file, or type the order in",
        "这份文件里没有找到订单内容，请确认文件是否正确，或手工录入",
        code="no_order",
    )


def _prescribed(found: tuple[DraftOrder, ...], written: list[str], catalogue: Catalogue) -> tuple[DraftOrder, ...]:
    """Return a prescription's drafts, from its table or else from its lines of words; all of it is to be confirmed."""
    if not any(order.order["lines"] for order in found):
        said = read_lines([line.replace("\t", " ") for line in written], catalogue)
        found = tuple(said) or found
    return tuple(as_prescription(order, catalogue) for order in found)


def refusal(error: Unreadable) -> UnreadableDocument:
    """Return the same trouble in the words that all rooms share."""
    return UnreadableDocument(error.message_en, error.message_zh, code=error.code)


def _warned(found: tuple[DraftOrder, ...], pages: PageSet, readable: list[Page]) -> tuple[DraftOrder, ...]:
    """Tell the first draft of pages that could not be read."""
    kept = {page.number for page in readable}
    lost = [page.quality for page in pages.pages if page.number not in kept]
    notes = tuple(f"{quality.message_zh} / {quality.message_en}" for quality in lost)
    first = found[0]
    return (DraftOrder(first.order, first.fields, first.warnings + notes), *found[1:])


def _quality(pages: PageSet) -> dict[str, Any]:
    return {
        "engine": pages.engine,
        "seconds": pages.seconds,
        "pages": [
            {
                "page": page.number,
                "source": page.source,
                "turned": page.turned,
                "code": page.quality.code,
                "message": f"{page.quality.message_zh} / {page.quality.message_en}" if page.quality.code else None,
                "score": page.quality.score,
                "text_px": page.quality.text_px,
                "sharpness": page.quality.sharpness,
            }
            for page in pages.pages
        ],
    }
