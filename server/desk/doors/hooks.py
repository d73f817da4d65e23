"""Platforms that call us: checked, stored and acknowledged at once; a job takes the orders afterwards.

Place in the order's way: received, at the doors where nobody waits. The same delivery again is the same document, and
what a template leaves open waits as a draft. What is acknowledged lies in the inbox (`server/desk/inbox.py` makes
documents of it). Knows no HTTP.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from adapters.channels.incoming import BadSignature
from adapters.channels.registry import verifier
from intake.values.compose import Composer
from orders.actor import Actor, Role
from orders.decision import sha256_hex
from orders.draft import DraftField, DraftOrder, FieldStatus
from orders.errors import Conflict, InvalidOrder, NotFound, SenderError
from server import rush
from server.commit import AlreadyThere, Committed
from server.db import inbox, originals
from server.db.doors import doorstep, pulls
from server.db.papers import documents, drafts
from server.db.papers.documents import Reason
from server.desk.inbox import DOOR
from server.desk.intake import Coming, Delivery, live_channel, read_delivery, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.channels.incoming import Incoming
    from orders.errors import Problem, SluiceError
    from server.db.doors.channels import Channel
    from server.db.doors.doorstep import Caller
    from server.deps import Deps

log = logging.getLogger(__name__)


def receive(deps: Deps, code: str, incoming: Incoming) -> str:
    """Check and store a delivery; return its document. Raises NotFound, BadSignature, Refused, Conflict."""
    rush.HERE.called()
    known = deps.callers.get(code)
    if known is not None:
        with contextlib.suppress(BadSignature):  # by a key that is newer, perhaps
            message_id = _message_id(known, incoming)
            if _kept(deps, known, incoming, message_id):
                return inbox.document_id(message_id)
    return _received_anew(deps, code, incoming)


def _received_anew(deps: Deps, code: str, incoming: Incoming) -> str:
    """Check a call against what the channel is now: the first one, a repeated one, one after a change."""
    caller = _caller(deps, code)
    message_id = _message_id(caller, incoming)
    if _kept(deps, caller, incoming, message_id):
        return inbox.document_id(message_id)
    found = inbox.known(deps.store.db.look(), message_id)
    if found is None:
        raise Conflict("The channel was being changed; send it again", "渠道正在修改，请重发", code="race_lost")
    return found


def _kept(deps: Deps, caller: Caller, incoming: Incoming, message_id: str) -> bool:
    """Store a call; False where it is known, or the channel is not as it was when ``caller`` was read."""
    posted = inbox.Posted(
        {
            "id": inbox.document_id(message_id),
            "channel": caller.code,
            "message_id": message_id,
            "content_type": incoming.header("content-type").partition(";")[0],
            "sealed": deps.store.vault.seal(caller.key, incoming.body),
            "received_at": incoming.received_at,
            "platform": caller.platform,
            "secrets": caller.sealed,
        }
    )
    deps.store.db.post(posted)
    if posted.kept:
        for opener in deps.openers:
            opener()
    return posted.kept


def _caller(deps: Deps, code: str) -> Caller:
    caller = doorstep.caller(deps.store, code, deps.clock())
    if caller is None:
        deps.callers.pop(code, None)
        live_channel(deps, code)  # says so where it is switched off
        raise NotFound(f"There is no channel {code}", f"没有渠道 {code}")
    deps.callers[code] = caller
    return caller


def _message_id(caller: Caller, incoming: Incoming) -> str:
    """Return under which id a delivery is kept. Raises BadSignature."""
    own = verifier(caller.platform)(incoming, caller.secrets)
    return f"{caller.code}:{own or sha256_hex(incoming.body)}"


def actor_of(channel: Channel | Caller) -> Actor:
    """Return who acts for a channel: it takes orders, and they belong to whoever set it up."""
    return Actor(channel.owner_id, channel.code, "key", frozenset({Role.SALES}), channel.org_id, channel.account)


def take_delivery(deps: Deps, document_id: str, code: str) -> str:
    """Take the orders of a stored delivery; return the document's new state. Harmless when done twice."""
    channel = live_channel(deps, code)
    if channel is None:
        raise NotFound(f"There is no channel {code}", f"没有渠道 {code}")
    actor = actor_of(channel)
    with deps.store.db.write() as conn:
        if not documents.start_reading(conn, document_id, deps.clock()):
            return str(documents.get(conn, document_id, actor)["state"])
    with deps.store.db.read() as conn:
        row = documents.get(conn, document_id, actor)
        original = originals.fetch(conn, deps.store, row["original_id"])
    delivery = Delivery(code, original.data, original.content_type, original.filename or "", door=row["door"])
    try:
        found = read_delivery(deps, delivery, channel, original.id)
    except SenderError as refused:
        return _refuse(deps, document_id, code, row["door"], refused)
    _take_all(deps, row, delivery, found, actor)
    return "ready"


def _refuse(deps: Deps, document_id: str, code: str, door: str, refused: SenderError) -> str:
    """Note why there is no order in it; a platform's bell needs none, the puller reads what it is about."""
    with deps.store.db.write() as conn:
        if door == DOOR and refused.code == "no_order" and pulls.pulled(conn, code):
            documents.finish(conn, document_id, {"kind": "ping", "pages": 1, "quality": {"orders": []}}, deps.clock())
            return "ready"
        reason = Reason(refused.code, refused.message_zh, refused.message_en)
        documents.refuse(conn, document_id, reason, deps.clock())
    return "refused"


def _take_all(deps: Deps, row: dict[str, Any], delivery: Delivery, found: list[Coming], actor: Actor) -> None:
    orders, waiting = [], []
    for coming in found:
        taken = take(deps, actor, delivery, row["original_id"], coming)
        if isinstance(taken.outcome, Committed | AlreadyThere):
            orders.append(taken.outcome.order_id)
        else:
            waiting.append(draft_of(coming, taken.error))
    told = {"kind": "payload", "pages": 1, "quality": {"orders": orders}}
    now = deps.clock()
    with deps.store.db.write() as conn:
        if documents.finish(conn, row["id"], told, now):
            for position, draft in enumerate(waiting):
                drafts.add(conn, deps.store, row, position, draft, now=now)
    log.info(
        "Delivery %s gave %d orders, %d drafts",
        row["id"],
        len(orders),
        len(waiting),
        extra={"action": "delivery_taken"},
    )


def draft_of(coming: Coming, error: SluiceError | None) -> DraftOrder:
    """Return what could not be taken as a draft: every value as read, what stands against it to be confirmed."""
    problems = list(error.problems) if isinstance(error, InvalidOrder) else []
    warnings = () if problems else (error.message_zh if error else "该订单号已有内容不同的订单",)
    order = _whole(coming.order if isinstance(coming.order, dict) else {})
    fields = {path: _field(path, value) for path, value in _leaves("", order) if value is not None}
    for problem in problems:
        fields[problem.pointer] = _open(problem, fields.get(problem.pointer))
    return DraftOrder(order, tuple(fields.values()), warnings)


def _whole(found: dict[str, Any]) -> dict[str, Any]:
    """Lay what was mapped over an empty draft, so that every field can be filled in."""
    composer = Composer()
    for line in found.get("lines") or ():
        at = composer.add_line()
        composer.order["lines"][int(at.rpartition("/")[2])] |= line
    return _over(composer.order, {name: value for name, value in found.items() if name != "lines"})


def _over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for name, value in over.items():
        inner = merged.get(name)
        merged[name] = _over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(f"{path}/{name}", inner)
    else:
        yield path, value


def _field(path: str, value: Any) -> DraftField:
    return DraftField(path, value, str(value), 0.98, FieldStatus.AUTO, ("渠道模板",))


def _open(problem: Problem, known: DraftField | None) -> DraftField:
    value, raw = (known.value, known.raw) if known else (None, "")
    among = problem.candidates
    return DraftField(problem.pointer, value, raw, 0.3, FieldStatus.CONFIRM, (problem.message_zh,), alternatives=among)
