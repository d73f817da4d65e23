"""Screenshots of a chat → the customer's messages in their order → drafts (IN-10), by the reader of plain words.

Place in the order's way: part of **read**, called by `readers/document` when a picture shows no form. The other
person's bubbles stand to the left; what stands to the right was written on this phone, what is centred is a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from intake.readers.text import read_lines
from ocr.layout.rows import Row, rows
from orders.draft import DraftField, DraftOrder, FieldStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ocr.page import Page
    from orders.catalogue import Catalogue

WHY = "取自聊天截图，请核对 / from a chat, please check"
_CLOCK = re.compile(r"\d{1,2}:\d{2}\Z")
_LEFT_SHARE, _RIGHT_SHARE = 0.3, 0.7


@dataclass(frozen=True)
class Bubble:
    """What one message says, the page and place where it stands, and who wrote it."""

    text: str
    page: int
    box: tuple[float, float, float, float]
    ours: bool


def read_chat(pages: Sequence[Page], catalogue: Catalogue, today: date | None = None) -> tuple[DraftOrder, ...]:
    """Return the orders that the customer's messages make; nothing in them is taken without a look."""
    said = [bubble for page in pages for bubble in bubbles(page) if not bubble.ours]
    drafts = read_lines([bubble.text for bubble in said], catalogue, today=today)
    return tuple(replace(draft, fields=tuple(_placed(field, said) for field in draft.fields)) for draft in drafts)


def bubbles(page: Page) -> list[Bubble]:
    """Return the messages of a page from top to bottom; a wrapped one is one."""
    said = [word for word in page.words if any(char.isalnum() for char in word.text)]
    lines = [row for row in rows(said) if not _centred(row, page) and not _CLOCK.match(row.text)]
    groups: list[list[Row]] = []
    for row in lines:
        if groups and _goes_on(groups[-1][-1], row):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [_bubble(page, group) for group in groups]


def _centred(row: Row, page: Page) -> bool:
    left, right = row.at.x0, page.width - row.at.x1
    return left > _LEFT_SHARE * page.width and abs(left - right) < 0.08 * page.width


def _goes_on(last: Row, row: Row) -> bool:
    """Say whether a row is the wrapped rest of the one above: same left edge, no bubble's border between."""
    height = median((last.at.height, row.at.height))
    return abs(last.at.x0 - row.at.x0) < 0.6 * height and row.at.y0 - last.at.y1 < 0.75 * height


def _bubble(page: Page, group: list[Row]) -> Bubble:
    text = ""
    for row in group:
        meet = text and text[-1].isascii() and row.text[:1].isascii()
        text += (" " if meet else "") + row.text
    at = group[0].at
    for row in group[1:]:
        at = at.join(row.at)
    ours = at.x1 > _RIGHT_SHARE * page.width and at.x0 > page.width - at.x1 + 0.05 * page.width
    box = page.box_of(at)
    return Bubble(text, page.number, (box.x0, box.y0, box.x1, box.y1), ours)


def _placed(field: DraftField, said: list[Bubble]) -> DraftField:
    """Show where a value was said: the first message that holds its raw text."""
    bubble = next((item for item in said if field.raw and field.raw in item.text), None)
    return replace(
        field,
        status=FieldStatus.CONFIRM,
        why=(*(why for why in field.why if field.status is FieldStatus.CONFIRM), WHY),
        confidence=min(field.confidence, 0.9),
        page=bubble.page if bubble else None,
        box=bubble.box if bubble else None,
    )
