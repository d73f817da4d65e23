"""Deliveries: any body that a known standard or the channel's template reads, each order in it taken by itself.

Place in the order's way: received and read, at the doors of machines. The bytes are stored before anything is read, so
that a delivery that cannot be read can be read again. Knows no HTTP.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from intake.canonical import without_holes
from intake.mapping.engine import compile_template, records, run
from intake.mapping.template import load_template
from intake.media import Media, media
from intake.read import read
from intake.readers.payload import load_strict
from intake.readers.sheets.sheet import rows
from orders.decision import canonical_bytes
from orders.draft import DraftOrder, FieldStatus
from orders.errors import InvalidOrder, Problem, Refused, SluiceError, UnreadableDocument
from server.arrival import Arrival
from server.change import tell_conflict
from server.db import originals
from server.db.doors import channels
from server.db.originals import Arrived
from server.pipeline import process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from intake.mapping.engine import Plan
    from intake.mapping.template import NeedsMapping
    from orders.actor import Actor
    from server.commit import Outcome
    from server.db.doors.channels import Channel
    from server.deps import Deps

    Way = Callable[[Deps, Arrival], Outcome]

log = logging.getLogger(__name__)

MOST = 500
FORM = "application/x-www-form-urlencoded"
DOOR = "intake"
CURRENCY_FROM = "currency_from"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came through a channel's door, and how it was described."""

    channel: str
    data: bytes
    content_type: str = ""
    filename: str = ""
    request_id: str | None = None
    door: str = DOOR


@dataclass(frozen=True, slots=True)
class Coming:
    """One order of a delivery: canonical JSON as far as it was read, who sent it, and what stands against it.

    ``account``, where it is known, is whose numbers a template's orders bear; ``draft`` has the evidence of each value.
    """

    order: Any
    sender: str = ""
    account: str | None = None
    problems: tuple[Problem, ...] = ()
    draft: DraftOrder | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one order: an outcome, or why not. ``data`` is the canonical JSON that was taken."""

    data: bytes
    outcome: Outcome | None = None
    error: SluiceError | None = None


def take_in(deps: Deps, actor: Actor, delivery: Delivery, way: Way = process) -> list[Taken]:
    """Store a delivery, then take each of its orders. Raises SenderError when it cannot be read at all."""
    channel = live_channel(deps, delivery.channel)
    original_id = keep(deps, actor, delivery)
    found = read_delivery(deps, delivery, channel, original_id)
    return [take(deps, actor, delivery, original_id, coming, way) for coming in found]


def rehearse_in(deps: Deps, actor: Actor, delivery: Delivery, way: Way) -> list[Taken]:
    """Read a delivery of a test key and take each of its orders by a ``way`` that stores none; nothing is noted."""
    found = read_delivery(deps, delivery, live_channel(deps, delivery.channel), None)
    return [take(deps, actor, delivery, "", coming, way) for coming in found]


def live_channel(deps: Deps, code: str) -> Channel | None:
    """Return what is known of a channel; None for one that nobody has set up. Raises Refused when it is off."""
    with deps.store.db.read() as conn:
        found = channels.live(conn, deps.store, code)
        if found is None and channels.disabled(conn, code):
            raise Refused(f"The channel {code} is switched off", f"渠道 {code} 已停用", code="channel_disabled")
    return found


def keep(deps: Deps, actor: Actor, delivery: Delivery) -> str:
    """Store the bytes as they came; return the id of the original."""
    arrived = Arrived(delivery.data, delivery.content_type, delivery.filename or None, deps.clock())
    with deps.store.db.write() as conn:
        return originals.keep(conn, deps.store, arrived, owner_id=actor.id, org_id=actor.org_id)


def read_delivery(deps: Deps, delivery: Delivery, channel: Channel | None, original_id: str | None) -> list[Coming]:
    """Read the orders of a delivery. Raises SenderError: not readable, or no order in it.

    What the channel's template leaves open is put on the list of what needs mapping, unless nothing was stored.
    """
    kind = media(delivery.data, delivery.filename, delivery.content_type)
    if (
        channel is not None
        and channel.template is not None
        and (kind in (Media.PAYLOAD, Media.SHEET) or delivery.content_type == FORM)
    ):
        return _mapped(deps, delivery, channel, original_id)
    if kind is Media.PICTURE:
        raise UnreadableDocument(
            "Send pictures and PDFs to POST /v1/documents; a person confirms what was read",
            "图片和 PDF 请发到 POST /v1/documents，由人核对后成单",
            code="send_as_document",
        )
    settled = str(channel.settings.get("currency") or "") if channel is not None else ""
    found = _payload(delivery) if kind is Media.PAYLOAD else _drafts(deps, delivery, settled)
    if len(found) > MOST:
        raise UnreadableDocument(f"At most {MOST} orders a delivery", f"一次最多 {MOST} 张订单", code="too_many_orders")
    return found


def _mapped(deps: Deps, delivery: Delivery, channel: Channel, original_id: str | None) -> list[Coming]:
    plan = compiled(canonical_bytes(channel.template), deps.settings.timezone)
    found = [run(plan, record) for record in records(plan, record_of(delivery))]
    if original_id is not None:
        _note_mapping(deps, channel, [need for one in found for _, need in one.needs], original_id)
    return [
        Coming(one.order, "", channel.account, tuple(need.problem(place) for place, need in one.needs)) for one in found
    ]


def _note_mapping(deps: Deps, channel: Channel, needs: list[NeedsMapping], original_id: str) -> None:
    """Put what is open on the list, and remember by which version of the template the original was mapped."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        for need in needs[:100]:
            label = need.value if need.reason == "unknown_label" else ""
            told = {"target": need.target, "reason": need.reason, "source": need.source, "value": label}
            channels.note_need(conn, channel.code, told, original_id, now)
        channels.saw(conn, channel.code, now, error=f"{len(needs)} 处需要对照" if needs else None)
        channels.mapped(conn, original_id, channel.mapped_by)


@lru_cache(maxsize=256)
def compiled(template: bytes, zone: str) -> Plan:
    """Compile a template, once for each version."""
    return compile_template(load_template(json.loads(template)), zone)


def record_of(delivery: Delivery) -> Any:
    """Return the platform's record: JSON, or the rows of a sheet by their titles."""
    if media(delivery.data, delivery.filename, delivery.content_type) is Media.PAYLOAD:
        return load_strict(delivery.data)
    if delivery.content_type == FORM:
        return dict(parse_qsl(delivery.data.decode("utf-8", "replace"), keep_blank_values=True))
    found = rows(delivery.data, delivery.filename).rows
    titles = [title.strip() for title in found[0]] if found else []
    return [dict(zip(titles, row, strict=False)) for row in found[1:]]


def _payload(delivery: Delivery) -> list[Coming]:
    """Take canonical JSON apart: one order, a list, or ``{"orders": […]}``."""
    value = load_strict(delivery.data)
    if isinstance(value, dict) and set(value) == {"orders"}:
        value = value["orders"]
    orders = value if isinstance(value, list) else [value]
    if not orders:
        raise UnreadableDocument("There is no order in it", "里面没有订单", code="no_order")
    return [Coming(order) for order in orders]


def _drafts(deps: Deps, delivery: Delivery, currency: str) -> list[Coming]:
    zone = deps.settings.timezone
    today = deps.clock().astimezone(ZoneInfo(zone)).date()
    described = (delivery.data, delivery.filename, delivery.content_type)
    result = read(*described, deps.catalogue(), deps.recognizer, timezone=zone, received_on=today)
    return [coming_of(in_currency(draft, currency)) for draft in result.orders]


def in_currency(draft: DraftOrder, currency: str) -> DraftOrder:
    """Return a draft whose message names no currency in the one that is settled with its channel, and say so in it."""
    silent = [item for item in draft.fields if item.path == "/currency" and not item.raw]
    if not currency or not silent:
        return draft
    settled = replace(
        silent[0], value=currency, confidence=1.0, status=FieldStatus.AUTO, why=("按渠道约定的币种",), alternatives=()
    )
    own = {**(draft.order.get("attributes") or {}), CURRENCY_FROM: "channel"}
    fields = tuple(settled if item is silent[0] else item for item in draft.fields)
    return replace(draft, order={**draft.order, "currency": currency, "attributes": own}, fields=fields)


def coming_of(draft: DraftOrder) -> Coming:
    """Return a read order with what a person would have to confirm as what stands against it."""
    problems = tuple(_open(draft))
    return Coming(without_holes(draft.order), sender_of(draft.order), None, problems, draft)


def _open(draft: DraftOrder) -> Iterable[Problem]:
    for item in draft.fields:
        if item.status is FieldStatus.CONFIRM:
            code = "unknown_sku" if item.path.endswith("/sku") else "unconfirmed"
            why = item.why[0] if item.why else "请核对"
            said = f"{why}：{item.raw[:60]}" if item.raw else why
            english = f"Not certain: {item.raw[:60]!r}" if item.raw else "Missing"
            yield Problem(item.path, code, said, english, item.alternatives)


def sender_of(order: dict[str, Any]) -> str:
    """Return whose numbers the order's number belongs to: two buyers behind one key may both have a PO 1."""
    buyer = order.get("buyer") or {}
    named = [f"{one['scheme']}:{one['value']}" for one in buyer.get("ids") or ()]
    own = (order.get("attributes") or {}).get("sender_id")
    return str(next(iter(named), None) or buyer.get("name") or own or "")


def take(deps: Deps, actor: Actor, delivery: Delivery, original_id: str, coming: Coming, way: Way = process) -> Taken:
    """Take one order the whole way; what stands against it is an answer, not a break."""
    order = {**coming.order, "channel": delivery.channel} if isinstance(coming.order, dict) else coming.order
    data = canonical_bytes(order) if coming.draft is not None else _bytes(order)
    try:
        if coming.problems:
            first = coming.problems[0]
            raise InvalidOrder(
                f"{first.pointer}: {first.message_en}",
                f"{first.pointer}：{first.message_zh}",
                problems=coming.problems,
            )
        sender = replace(actor, account=_account(actor, coming))
        outcome = way(deps, _arrival(deps, sender, delivery, original_id, data))
        if delivery.door != DOOR:
            tell_conflict(deps, sender, outcome)
    except SluiceError as error:
        return Taken(data, error=error)
    return Taken(data, outcome)


def _account(actor: Actor, coming: Coming) -> str:
    """Return whose numbers the order's number belongs to."""
    if actor.is_dealer:
        return actor.account
    if coming.account is not None:
        return coming.account
    return account_of(actor.account, coming.sender)


def account_of(account: str, sender: str) -> str:
    """Return whose numbers a sender's are behind an account: those of one buyer of several, or the account's own."""
    return f"{account}/{sender}"[:200] if sender else account


def _arrival(deps: Deps, actor: Actor, delivery: Delivery, original_id: str, data: bytes) -> Arrival:
    return Arrival(
        door=delivery.door,
        channel=delivery.channel,
        actor=actor,
        data=data,
        received_at=deps.clock(),
        original_id=original_id,
        request_id=delivery.request_id,
    )


def _bytes(value: Any) -> bytes:
    """Write an order of somebody's JSON; a number stays a number, so that it is refused where text belongs."""
    return json.dumps(value, ensure_ascii=False, default=float).encode()
