"""Dead letters: seen with their reason, mended with a second look at what changes, sent again under the old key.

Place in the order's way: after dispatch gave a message up. Whom an order names is shown to those who may see it, and
recorded; the trail keeps which places changed and two hashes, never the values. Knows no HTTP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.decision import canonical_bytes, sha256_hex
from orders.errors import NotFound, Problem, Refused, SenderError
from server.db import audit
from server.db.outlets import dead_letters, outbox
from server.desk.holds import required_reason
from server.dispatch import outlets
from server.receipt import FIELD as RECEIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
FIXED = ("event", "order_id")
"""What a message is about: another event of another order is another message."""
ORDER, EDITED = "order", "edited"
MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that changes; None where there was, or will be, nothing."""

    pointer: str
    before: Any
    after: Any


def shown(deps: Deps, actor: Actor, message_id: str) -> tuple[Json, Json]:
    """Return a dead letter's row and its content as it would go out. Raises NotFound, Refused, Erased."""
    with deps.store.db.read() as conn:
        row, body = _letter(conn, deps, message_id)
    if ORDER in body:
        _record(deps, row, audit.Entry("personal_data_revealed", actor.id, {"reason": "dead letter"}))
    return row, body


def differences(deps: Deps, message_id: str, text: str) -> list[Difference]:
    """Return what ``text`` (JSON) would change, for a second look. Raises SenderError where it cannot be sent."""
    with deps.store.db.read() as conn:
        _, body = _letter(conn, deps, message_id)
    return _checked(body, text)[1]


def mend(deps: Deps, actor: Actor, message_id: str, text: str, reason: str) -> list[Difference]:
    """Replace the content and send it again; return what changed. Raises SenderError, Refused, NotFound."""
    reason, now = required_reason(reason), deps.clock()
    with deps.store.db.write() as conn:
        row, body = _letter(conn, deps, message_id)
        wanted, changed = _checked(body, text)
        if not changed:
            raise Refused(
                "Nothing was changed: send it again as it is", "没有改动，直接重发即可", code="nothing_changed"
            )
        order = wanted.pop(ORDER, None)
        told = {**wanted, EDITED: {"by": actor.id, "at": now.isoformat()}}
        sealed = None if order is None else _sealed(conn, deps, message_id, order)
        if not dead_letters.mend(conn, message_id, canonical_bytes(told).decode(), sealed, now):
            raise Refused("The message is no dead letter any more", "这条推送已不是失败状态", code="message_under_way")
        detail = {"message": message_id, "reason": reason, "changed": [item.pointer for item in changed][:50]}
        detail |= {"before": _hash(body), "after": _hash({**wanted, **({} if order is None else {ORDER: order})})}
        audit.record(conn, row["order_id"] or "outbox", audit.Entry("message_edited", actor.id, detail), now)
    deps.wake()
    return changed


def _letter(conn: Connection, deps: Deps, message_id: str) -> tuple[Json, Json]:
    row, found = outbox.get(conn, message_id), outbox.find(conn, message_id)
    if row is None or found is None:
        raise NotFound(f"There is no message {message_id}", f"没有消息 {message_id}")
    if row["state"] != "dead" or row["destination"] == outbox.ANSWER:
        raise Refused("Only a dead letter can be edited", "只有失败的推送可以修改", code="not_dead")
    body: Json = json.loads(outlets.message_of(conn, deps.store, found).body)
    return row, {name: value for name, value in body.items() if name not in (RECEIPT, EDITED)}


def _checked(body: Json, text: str) -> tuple[Json, list[Difference]]:
    """Return the content that ``text`` says and how it differs."""
    try:
        wanted = json.loads(text) if len(text.encode()) <= MOST_BYTES else None
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise _unfit("", "不是 JSON 对象", "This is no JSON object")
    for name in FIXED:
        if wanted.get(name) != body.get(name):
            raise _unfit(f"/{name}", f"{name} 不能改", f"{name} stays as it is")
    if (ORDER in wanted) != (ORDER in body):
        raise _unfit(f"/{ORDER}", "订单内容不能整个增删", "The order can be neither added nor left out")
    return wanted, list(_differences("", body, wanted))


def _unfit(pointer: str, zh: str, en: str) -> SenderError:
    return SenderError(en, zh, code="unfit", problems=(Problem(pointer, "unfit", zh, en),))


def _differences(at: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _differences(f"{at}/{step}", before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{at}/{place}", one, other)
    else:
        yield Difference(at, before, after)


def _sealed(conn: Connection, deps: Deps, message_id: str, order: Json) -> tuple[bytes, str]:
    subject = dead_letters.subject_of(conn, message_id)
    if subject is None:
        raise Refused("Nobody's key is known for this order", "找不到该订单的密钥", code="erased")
    key = deps.store.vault.subject_key(conn, subject, deps.clock())
    deps.store.vault.keep(conn, key)
    return deps.store.vault.seal(key, canonical_bytes(order)), subject


def _hash(body: Json) -> str:
    return sha256_hex(canonical_bytes(body))


def _record(deps: Deps, row: Json, entry: audit.Entry) -> None:
    with deps.store.db.write() as conn:
        audit.record(conn, row["order_id"] or "outbox", entry, deps.clock())
