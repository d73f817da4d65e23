"""What a sender says of orders that are here already: a change, a cancellation, other content under the same number.

Place in the order's way: in the commit's stead for what is no order, and after a delivery nobody waits for. Nothing is
overwritten and nothing is ordered twice: the order is held, its people are told, a person decides.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from orders.errors import Conflict, InvalidOrder, Problem
from orders.order import DocType
from server.commit import AlreadyThere, ConflictThere
from server.commit.alert import Word, alert
from server.db import there
from server.db.originals import Arrived

if TYPE_CHECKING:
    from orders.actor import Actor
    from orders.order import Order
    from server.arrival import Arrival
    from server.commit import Outcome
    from server.deps import Deps

log = logging.getLogger(__name__)
TRIES = 3


def take_change(deps: Deps, arrival: Arrival, order: Order) -> AlreadyThere:
    """Hold the order that a change or a cancellation is about; return it. Raises InvalidOrder where there is none."""
    found = None
    if order.number and not arrival.actor.test:
        with deps.store.db.read() as conn:
            found = there.of_key(conn, order.channel, arrival.actor.account, order.number)
    if found is None:
        said = ("没有这个单号的订单可以变更或取消", "There is no order of this number to change or cancel")
        problem = Problem("/number", "nothing_to_change", *said)
        raise InvalidOrder(said[1], said[0], code="nothing_to_change", problems=(problem,))
    kind = "cancel" if order.doc_type is DocType.CANCEL else "change"
    arrived = Arrived(arrival.data, arrival.content_type, arrival.filename, arrival.received_at)
    _tell(deps, arrival.actor, found.id, Word(kind, arrived, arrival.original_id))
    return AlreadyThere(found.id)


def tell_conflict(deps: Deps, actor: Actor, outcome: Outcome | None) -> None:
    """Hold the order whose number came again with other content, where nobody waits for that answer."""
    if isinstance(outcome, ConflictThere):
        _tell(deps, actor, outcome.order_id, Word("change"))


def _tell(deps: Deps, actor: Actor, order_id: str, word: Word, tries: int = TRIES) -> None:
    try:
        told = alert(deps.store, order_id, word, actor=actor, now=deps.clock())
    except Conflict:  # somebody changed the order at this moment
        if tries <= 1:
            raise
        _tell(deps, actor, order_id, word, tries - 1)
        return
    if told:
        deps.wake()
        log.info("A %s of %s came in", word.kind, order_id, extra={"action": "channel_changed"})
