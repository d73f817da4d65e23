"""Platforms that call us: checked, stored and acknowledged at once; a job takes the orders afterwards.

Place in the order's way: received, at the doors where nobody waits. The same delivery again is the same document, and
what a template leaves open waits as a draft. Knows no HTTP.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from adapters.channels.incoming import BadSignature
from adapters.channels.registry import PULLED, verifier
from intake.compose import Composer
from orders.actor import Actor, Role
from orders.decision import sha256_hex
from orders.draft import DraftField, DraftOrder, FieldStatus
from orders.errors import InvalidOrder, NotFound, SenderError
from server import rush
from server.commit import AlreadyThere, Committed
from server.db import documents, doorstep, drafts, jobs, originals, pulls
from server.db.batch import Batch
from server.db.documents import Reason, Source
from server.db.ids import new_id
from server.db.originals import Arrived
from server.desk.intake import Coming, Delivery, live_channel, read_delivery, take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from adapters.channels.incoming import Incoming
    from orders.errors import Problem, SluiceError
    from server.db.channels import Channel
    from server.db.doorstep import Caller, Step
    from server.deps import Deps

log = logging.getLogger(__name__)

DOOR = "webhook"
TAKE_JOB = "take_delivery"


def receive(deps: Deps, code: str, incoming: Incoming) -> str:
    """Check and store a delivery; return its document. Raises NotFound, BadSignature, Refused."""
    rush.HERE.called()
    caller, message_id, step = _checked(deps, code, incoming)
    if step.known is not None:
        return step.known
    now = incoming.received_at
    arrived = Arrived(incoming.body, incoming.header("content-type").partition(";")[0], None, now)
    document_id, rows = _rows(deps, arrived, Source(DOOR, code, caller.account, message_id), actor_of(caller))
    try:
        deps.store.db.keep_together(rows)
    except IntegrityError:  # the same delivery, at the same moment
        known = documents.of_message(deps.store.db.look(), message_id)
        if known is None:
            raise
        return known
    if step.pulled:
        with deps.store.db.write() as conn:
            _pull_soon(conn, caller, incoming.body, now)
    log.info("Delivery %s of %s received", document_id, code, extra={"action": "delivery_received"})
    deps.wake()
    return document_id


def _checked(deps: Deps, code: str, incoming: Incoming) -> tuple[Caller, str, Step]:
    """Return whose call it is, under which id it is kept, and what is known of both.

    What this process unsealed for an earlier call stands for as long as the channel's row is the one it came from.
    """
    caller = deps.callers.get(code)
    if caller is not None:
        with contextlib.suppress(BadSignature):  # by a key that is newer, perhaps
            message_id = _message_id(caller, incoming)
            step = doorstep.at(deps.store.db.look(), code, message_id)
            if step.row == caller.row:
                return caller, message_id, step
    caller = _caller(deps, code)
    message_id = _message_id(caller, incoming)
    return caller, message_id, doorstep.at(deps.store.db.look(), code, message_id)


def _caller(deps: Deps, code: str) -> Caller:
    with deps.store.db.read() as conn:
        caller = doorstep.caller(conn, deps.store, code)
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


def _rows(deps: Deps, arrived: Arrived, source: Source, actor: Actor) -> tuple[str, Batch]:
    """Return the document's id, and all that a delivery is kept as, with the job that takes it."""
    now, original_id = arrived.received_at, new_id("ori", arrived.received_at)
    key = deps.store.vault.key_of(None, f"original:{original_id}", now)
    original = originals.row_of(deps.store, arrived, key, original_id)
    document = documents.row_of(original_id, source, actor, now)
    job = jobs.row_of(TAKE_JOB, {"document_id": document["id"], "channel": source.channel}, now)
    rows = Batch()
    rows.add("subject_keys", key.row)
    rows.add("originals", {**original, "owner_id": actor.id, "org_id": actor.org_id})
    rows.add("documents", document)
    rows.add("jobs", {**job, "dedupe": document["id"]})
    return document["id"], rows


def _pull_soon(conn: Connection, channel: Caller, body: bytes, now: datetime) -> None:
    """Let a push also be a bell: where the channel is pulled, what it is about is read from the platform at once.

    Should the process end before this, the next pull, which comes by itself, finds the order.
    """
    platform = PULLED.get(channel.platform)
    if platform is not None and platform.pinged is not None:
        pulls.ask_for(conn, channel.code, platform.pinged(body), now)
    pulls.soon(conn, channel.code, now)


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
