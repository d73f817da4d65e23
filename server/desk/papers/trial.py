"""A lesson's trial: past documents of the customer are read again without it and with it, against what was confirmed.

Place in the order's way: beside it, in a job. Pictures are recognised once for both readings. Nothing is stored here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from intake.lesson import with_lesson
from intake.read import Once, read
from orders.actor import SYSTEM
from orders.draft import DraftOrder, FieldStatus
from orders.errors import SenderError
from server.db import originals
from server.db.papers import drafts, lessons

if TYPE_CHECKING:
    from intake.readers.document import Recognizer
    from orders.catalogue import Catalogue
    from server.db.originals import Original
    from server.db.papers.drafts import Draft
    from server.db.papers.lessons import Stored
    from server.deps import Deps

Json = dict[str, Any]
MOST_DRAFTS = 30
"""So many of the newest past drafts are read again: a trial of photos takes a minute or two."""
MOST_NAMED = 50
_HEAD = ("/number", "/buyer/name", "/buyer/contact/name", "/buyer/contact/phone", "/requested_date", "/payment_terms",
         "/currency", "/ship_to/contact/name", "/ship_to/contact/phone", "/ship_to/address/text")  # fmt: skip
_LINE = ("sku", "quantity", "unit", "unit_price")


@dataclass(frozen=True, slots=True)
class _Past:
    """One past draft: what people confirmed, and the document that it was read from."""

    draft: Draft
    original: Original


def trial_of(deps: Deps, stored: Stored) -> Json:
    """Return ``drafts`` (replayed), ``newest`` of them, ``unread``, ``better`` and ``worse`` (draft_id and path)."""
    base = deps.catalogue()
    if stored.customer not in base.customers:
        return {"drafts": 0, "newest": "", "unread": 0, "better": [], "worse": []}
    past = _past(deps, stored)
    recognizer = Once(deps.recognizer)
    without = [_again(deps, one, base, recognizer) for one in past]
    candidate = with_lesson(base, stored.customer, stored.lesson)
    with_it = [_again(deps, one, candidate, recognizer) for one in past]
    better: list[Json] = []
    worse: list[Json] = []
    for one, before, after in zip(past, without, with_it, strict=True):
        gained, lost = compared(one.draft.draft.order, before, after)
        better += [{"draft_id": one.draft.id, "path": path} for path in gained]
        worse += [{"draft_id": one.draft.id, "path": path} for path in lost]
    unread = sum(before is None for before in without)
    newest = past[0].draft.id if past else ""
    named = {"better": better[:MOST_NAMED], "worse": worse[:MOST_NAMED]}
    return {"drafts": len(past), "newest": newest, "unread": unread, **named}


def _past(deps: Deps, stored: Stored) -> list[_Past]:
    with deps.store.db.read() as conn:
        found = []
        for draft_id in lessons.past_drafts(conn, stored.row["customer_id"], MOST_DRAFTS):
            draft = drafts.get(conn, deps.store, draft_id, SYSTEM)
            found.append(_Past(draft, originals.fetch(conn, deps.store, draft.original_id)))
    return found


def _again(deps: Deps, past: _Past, catalogue: Catalogue, recognizer: Recognizer) -> DraftOrder | None:
    """Read a past document as it would be read now; None when it no longer gives this draft."""
    original = past.original
    day = original.received_at.astimezone(ZoneInfo(deps.settings.timezone)).date()
    told = (original.data, original.filename or "", original.content_type)
    try:
        result = read(*told, catalogue, recognizer, timezone=deps.settings.timezone, received_on=day, insist=True)
    except SenderError:
        return None
    return result.orders[past.draft.position] if past.draft.position < len(result.orders) else None


def compared(confirmed: Json, before: DraftOrder | None, after: DraftOrder | None) -> tuple[list[str], list[str]]:
    """Return the paths that are read better and worse with the lesson, measured by what people confirmed.

    Worse is: no longer what was confirmed; or marked as certain though it is not what was confirmed.
    """
    if before is None or after is None:
        return [], ["/"] if before is not None else []
    better, worse = [], []
    for path in _paths(confirmed, before, after):
        right = _plain(_at(confirmed, path))
        was, now = _plain(_at(before.order, path)), _plain(_at(after.order, path))
        sure_before, sure_now = _sure(before, path), _sure(after, path)
        if (was == right and now != right) or (now != right and sure_now and not (sure_before and was == now)):
            worse.append(path)
        elif now == right and (was != right or (sure_now and not sure_before)):
            better.append(path)
    return better, worse


def _paths(confirmed: Json, before: DraftOrder, after: DraftOrder) -> list[str]:
    """Return what can be compared; lines only where all three have as many of them."""
    counts = {len(order.get("lines") or ()) for order in (confirmed, before.order, after.order)}
    if len(counts) == 1:
        return [*_HEAD, *(f"/lines/{number}/{name}" for number in range(counts.pop()) for name in _LINE)]
    changed = len(before.order.get("lines") or ()) != len(after.order.get("lines") or ())
    return [*_HEAD, "/lines"] if changed else list(_HEAD)


def _at(order: Json, path: str) -> Any:
    node: Any = order
    for part in path.strip("/").split("/"):
        if isinstance(node, list):
            node = node[int(part)] if int(part) < len(node) else None
        else:
            node = node.get(part) if isinstance(node, dict) else None
    return len(node) if isinstance(node, list) else node


def _plain(value: Any) -> str:
    return "" if value is None else "".join(str(value).split()).casefold()


def _sure(draft: DraftOrder, path: str) -> bool:
    return any(item.path == path and item.status is FieldStatus.AUTO for item in draft.fields)
