"""Alert: a channel says that an order of ours has changed there. What was decided stays; the order waits for a person.

Place in the order's way: beside the commit of a decision. The order's version is raised, so that every screen, list and
listener sees it at once; goods that have not left are held back before the warehouse, the ERP hears if it knew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from orders.hold import Gate, Hold, Message
from server.commit import rows
from server.commit.cancel import CANCELLABLE
from server.db import audit, messages, standing
from server.db.outbox import ERP, NOTIFY, WEBHOOKS
from server.db.tables import holds, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.standing import Standing
    from server.db.store import Store

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


def alert(store: Store, order_id: str, kind: str, *, actor: Actor, now: datetime) -> bool:
    """Note that the channel changed or cancelled an order; False where that is known already. Raises Conflict."""
    with store.db.write() as conn:
        before = standing.read(conn, order_id)
        if any(hold["code"] == CODE and hold["message"]["zh"] == _SAID[kind].zh for hold in before.active_holds):
            return False
        standing.raise_version(conn, before, {"last_actor": actor.id, "updated_at": now})
        _write(conn, before, kind, actor, now)
    return True


def _write(conn: Connection, before: Standing, kind: str, actor: Actor, now: datetime) -> None:
    held = before.state in CANCELLABLE
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
    audit.record(conn, before.id, audit.Entry("channel_changed", actor.id, {"kind": kind, "held": held}), now)
