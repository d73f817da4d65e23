"""Alert: a channel says that an order of ours has changed there. What was decided stays; the order waits for a person.

Place in the order's way: beside the commit of a decision. The order's version is raised, so that every screen, list and
listener sees it at once; goods that have not left are held back before the warehouse, the ERP hears if it knew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from orders.decision import sha256_hex
from orders.hold import Gate, Hold, Message
from server.commit import rows
from server.commit.cancel import CANCELLABLE
from server.db import audit, originals
from server.db.facts import standing
from server.db.outlets import messages
from server.db.outlets.outbox import ERP, NOTIFY, WEBHOOKS
from server.db.tables import holds, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.facts.standing import Standing
    from server.db.originals import Arrived
    from server.db.store import Store

Json = dict[str, Any]
ACTION = "channel_changed"
CODE = "CHANNEL_CHANGE"
RULE = "channel"
WHO = ("sales", "sales_supervisor")
_SAID = {
    "change": Message(
        zh="渠道发来了内容不同的同一张订单：请核对后放行或取消",
        en="The channel sent this order with other content: look at it, then release or cancel",
    ),
    "cancel": Message(
        zh="渠道已取消或退款：请核对后取消本单",
        en="The channel cancelled or refunded this order: look at it, then cancel it here",
    ),
}


@dataclass(frozen=True, slots=True)
class Word:
    """What a channel said of an order: ``kind`` is change or cancel, with its bytes or the id of what is stored."""

    kind: str
    arrived: Arrived | None = None
    original_id: str | None = None


def alert(store: Store, order_id: str, word: Word, *, actor: Actor, now: datetime) -> bool:
    """Note what a channel said of an order, its bytes kept; False where that is known already. Raises Conflict."""
    with store.db.write() as conn:
        before = standing.read(conn, order_id)
        waits = any(h["code"] == CODE and h["message"]["zh"] == _SAID[word.kind].zh for h in before.active_holds)
        digest = None if word.arrived is None else sha256_hex(word.arrived.data)
        if waits and digest in (None, _last_digest(conn, order_id)):
            return False
        standing.raise_version(conn, before, {"last_actor": actor.id, "updated_at": now})
        detail = {"kind": word.kind, "original_id": word.original_id, "sha256": digest}
        if word.arrived is not None and word.original_id is None:
            owner = {"owner_id": before.row["owner_id"], "org_id": before.row["org_id"]}
            detail["original_id"] = originals.keep(conn, store, word.arrived, **owner)
        _write(conn, before, detail, actor, now, waits=waits)
    return True


def _last_digest(conn: Connection, order_id: str) -> str | None:
    told = [json.loads(row["detail"]) for row in audit.of(conn, order_id) if row["action"] == ACTION]
    return told[-1].get("sha256") if told else None


def _write(conn: Connection, before: Standing, detail: Json, actor: Actor, now: datetime, *, waits: bool) -> None:
    kind, held = detail["kind"], before.state in CANCELLABLE and not waits
    if held:
        hold = Hold(code=CODE, gate=Gate.RELEASE_TO_WAREHOUSE, rule=RULE, message=_SAID[kind], who=WHO,
                    needs_human=True)  # fmt: skip
        owner = (before.row["owner_id"], before.row["org_id"])
        conn.execute(insert(holds), rows.hold_rows(before.id, [hold], before.row["decision_id"], owner, now))
    told = messages.Told(
        order_id=before.id,
        number=before.row["number"],
        state=before.state,
        version=before.version + 1,
        outcome=before.row["outcome"],
        holds=[*(hold["code"] for hold in before.active_holds), *([CODE] if held else [])],
        flags=(),
    )
    outlets = (ERP, WEBHOOKS, NOTIFY) if before.told_erp else (WEBHOOKS, NOTIFY)
    notify = [{"to": before.row["owner_id"], "zh": _SAID[kind].zh, "en": _SAID[kind].en}]
    conn.execute(insert(outbox), messages.event_rows(told, "order.changed", now, notify=notify, destinations=outlets))
    audit.record(conn, before.id, audit.Entry(ACTION, actor.id, {**detail, "held": held or waits}), now)
