"""Our answer to an order in the standard that it came in, written from where the order stands now.

Place in the order's way: after the commit; whoever sent the order fetches the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.acknowledge.answer import Answer, Verdict
from adapters.acknowledge.registry import ANSWERS
from orders.errors import NotFound
from orders.hold import HoldState
from orders.state import OrderState
from server.db.order import holds as hold_rows
from server.db.order import orders as order_rows

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

_NOTES = {
    Verdict.ACCEPTED: "",
    Verdict.PENDING: "Received; we are looking at it and will answer again",
    Verdict.REJECTED: "Not accepted; please contact us",
}
"""Why an order is held is ours to know: the sender hears only where it stands."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Our answer: the document, its content type, the standard that it is in and what it says.

    ``document_number`` is the sender's number of the order, or our id.
    """

    document_number: str
    document: bytes
    mime: str
    standard: str
    verdict: Verdict
    version: str


def acknowledgement(deps: Deps, actor: Actor, order_id: str, standard: str | None = None) -> tuple[bytes, str]:
    """Return the document and its content type. Raises NotFound when the order came in no standard that answers."""
    told = acknowledged(deps, actor, order_id, standard)
    if told is None:
        raise NotFound(
            "The order came in no standard with an answer; name one: cxml, edifact, ubl, x12",
            "该订单不是以带回执的标准报文收到的；可指定 cxml、edifact、ubl、x12",
        )
    return told.document, told.mime


def acknowledged(deps: Deps, actor: Actor, order_id: str, standard: str | None = None) -> Acknowledged | None:
    """Return our answer to an order; None when it came in no standard that answers. Raises NotFound: no such order."""
    with deps.store.db.read() as conn:
        stored = order_rows.get(conn, deps.store, order_id, actor)
        held = hold_rows.of_order(conn, order_id, HoldState.ACTIVE)
    own = stored.order.attributes.get("standard")
    name = standard or (own if isinstance(own, str) else "")
    if name not in ANSWERS:
        return None
    write, mime = ANSWERS[name]
    verdict = _verdict(stored.state, held=bool(held))
    version = f"{stored.id}-{stored.version}"
    document = write(Answer(version, stored.id, stored.order, verdict, stored.row["updated_at"], _NOTES[verdict]))
    return Acknowledged(stored.order.number or stored.id, document, mime, name, verdict, version)


def _verdict(state: OrderState, *, held: bool) -> Verdict:
    if state in (OrderState.REJECTED, OrderState.CANCELLED):
        return Verdict.REJECTED
    return Verdict.PENDING if held or state in (OrderState.TO_CONFIRM, OrderState.PENDING_REVIEW) else Verdict.ACCEPTED
