"""Orders that staff type in: a customer on the phone, in QQ, at the counter (IN-15, MAP-08, VAL-01).

Place in the order's way: received and read at once. What was typed is kept as the original, becomes a draft of which
every value is a person's, and goes the rest of the way like any other draft.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from intake.canonical import parse_order, without_holes
from intake.known.match import index_of, key
from intake.normalize import normalize
from intake.values.compose import Composer
from orders.decision import canonical_bytes
from orders.errors import Conflict, InvalidOrder, Refused
from orders.required import missing
from server.db import originals
from server.db.originals import Arrived
from server.db.papers import documents, drafts
from server.db.papers.documents import Source
from server.desk.papers.drafts import submit_draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from orders.catalogue import Catalogue, CustomerEntry
    from orders.draft import DraftOrder
    from server.commit import Outcome
    from server.deps import Deps

KIND = "entry"
ENTERED = "人工录入 / typed in by a person"
FROM_FILE = "客户档案 / customer file"
SOURCES = {"phone": "TEL", "hotline": "HOT", "qq": "QQ", "wechat": "WX", "counter": "CTR"}
"""How the customer spoke to us: the order's channel → what its number begins with."""
_TOKEN_CHARS = 12
_LINE = ("sku", "quantity", "unit", "unit_price")


@dataclass(frozen=True, slots=True)
class Entered:
    """One form as it was typed: ``values`` by JSON pointer, ``lines`` by field name.

    ``token`` names the form, so that sending it twice is one order. ``customer`` is a code of the customer file, of
    which ``contact`` and ``place`` choose one each.
    """

    token: str
    source: str
    values: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    customer: str | None = None
    contact: int | None = None
    place: int | None = None
    submit: bool = field(default=True, kw_only=True)


def enter(deps: Deps, actor: Actor, entered: Entered) -> tuple[str, Outcome | None]:
    """Keep what was typed as a draft and submit it if that is wished; return the draft's id and what came of it.

    Nothing is stored of a form to be submitted that cannot be an order yet.
    Raises InvalidOrder naming each field, Refused when this form was submitted before with other content.
    """
    now = deps.clock()
    draft = _draft(deps, entered, now)
    if entered.submit:
        _require_whole(deps, draft.order, now)
    with deps.store.db.write() as conn:
        draft_id = _kept(conn, deps, actor, entered, draft)
    return draft_id, submit_draft(deps, actor, draft_id) if entered.submit else None


def _require_whole(deps: Deps, order: dict[str, Any], now: datetime) -> None:
    gaps = missing(order)
    if gaps:
        first = gaps[0]
        raise InvalidOrder(first.message_en, first.message_zh, code="draft_incomplete", problems=gaps)
    zone = deps.settings.timezone
    normalize(
        parse_order(without_holes(order)), deps.catalogue(), channel=order["channel"], received_at=now, timezone=zone
    )


def _draft(deps: Deps, entered: Entered, now: datetime) -> DraftOrder:
    known = _customer(entered, deps.catalogue())
    composer = Composer()
    composer.order |= {"channel": entered.source, "attributes": {}}
    day = now.astimezone(ZoneInfo(deps.settings.timezone)).strftime("%Y%m%d")
    own = f"{SOURCES[entered.source]}-{day}-{entered.token[:6].upper()}"
    for path, value, why in (("/number", own, ENTERED), *_file(entered, known), *_typed(entered)):
        if value not in (None, ""):
            composer.put(path, value, str(value), confidence=1.0, why=why)
    _receiver(composer)
    for line in entered.lines:
        at = composer.add_line()
        composer.order["lines"][-1]["attributes"] = {}
        for name in (*_LINE, *(name for name in line if name.startswith("attributes/"))):
            if line.get(name) not in (None, ""):
                composer.put(f"{at}/{name}", line[name], str(line[name]), confidence=1.0, why=ENTERED)
    return composer.draft()


def _typed(entered: Entered) -> Iterator[tuple[str, Any, str]]:
    for path, value in entered.values.items():
        yield path, value, ENTERED


def _customer(entered: Entered, catalogue: Catalogue) -> CustomerEntry | None:
    """Return the customer that was chosen, or whose whole name was typed."""
    if entered.customer:
        return catalogue.customers.get(entered.customer)
    name = str(entered.values.get("/buyer/name") or "")
    codes = index_of(catalogue).customers_by_key.get(f"name:{key(name)}", ()) if name else ()
    return catalogue.customers[codes[0]] if len(codes) == 1 else None


def _file(entered: Entered, known: CustomerEntry | None) -> Iterator[tuple[str, Any, str]]:
    """Give what the customer's file says of what was chosen there."""
    if known is None:
        return
    yield "/buyer/name", known.name, FROM_FILE
    if entered.contact is not None and entered.contact < len(known.contacts):
        yield "/buyer/contact/name", known.contacts[entered.contact], FROM_FILE
        if len(known.phones) == len(known.contacts):
            yield "/buyer/contact/phone", known.phones[entered.contact], FROM_FILE
    if entered.place is not None and entered.place < len(known.addresses):
        yield "/ship_to/address/text", known.addresses[entered.place][1], FROM_FILE


def _receiver(composer: Composer) -> None:
    """Have the buyer's contact take the goods where nobody else is named."""
    if composer.value("/ship_to/contact/name") or composer.value("/ship_to/contact/phone"):
        return
    for name in ("name", "phone"):
        value = composer.value(f"/buyer/contact/{name}")
        if value:
            composer.put(f"/ship_to/contact/{name}", value, "", why="没有写收货人，按联系人")


def _kept(conn: Connection, deps: Deps, actor: Actor, entered: Entered, draft: DraftOrder) -> str:
    """Store the draft, or find the one that this form made already."""
    form = f"{KIND}:{actor.id}:{entered.token}"
    before = documents.of_message(conn, form)
    if before is not None:
        return _again(conn, deps, actor, before, draft)
    now = deps.clock()
    data = canonical_bytes(without_holes(draft.order))
    arrived = Arrived(data, "application/json", f"{draft.order['number']}.json", now)
    original_id = originals.keep(conn, deps.store, arrived, owner_id=actor.id, org_id=actor.org_id)
    source = Source(door=KIND, channel=entered.source, account=actor.account, message_id=form)
    document_id = documents.add(conn, original_id, source, actor=actor, now=now)
    if document_id is None:
        raise Conflict("this form is being sent at this moment", "这张单正在提交，请稍候", code="entry_in_flight")
    documents.start_reading(conn, document_id, now)
    documents.finish(conn, document_id, {"kind": KIND, "pages": 1, "quality": {}}, now)
    return drafts.add(conn, deps.store, documents.get(conn, document_id, actor), 0, draft, now=now)


def _again(conn: Connection, deps: Deps, actor: Actor, document_id: str, draft: DraftOrder) -> str:
    (row,) = documents.drafts_of(conn, [document_id])[document_id]
    stored = drafts.get(conn, deps.store, row["id"], actor)
    if stored.draft.order == draft.order:
        return stored.id
    if stored.state not in drafts.EDITABLE:
        raise Refused(
            "this form was submitted before: what was changed since is not part of the order",
            "这张单之前已经提交，后来的改动没有生效；请打开订单处理",
            code="entry_sent",
        )
    drafts.replace(conn, deps.store, stored, draft, actor=actor, now=deps.clock())
    return stored.id
