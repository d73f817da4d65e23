"""Tracking: open parcels are asked for every 15 minutes, and only a change is told (INT-04, NTF-08).

Place in the order's way: after shipping. Event ``parcel.moved`` goes to whoever listens; no order moves by itself.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.carriers import kuaidi100
from adapters.message import Target
from orders.decision import canonical_bytes, sha256_hex
from orders.errors import TransportError
from server.db import destinations, outbox, parcels

if TYPE_CHECKING:
    from server.db.destinations import Live
    from server.deps import Deps

Json = dict[str, Any]
log = logging.getLogger(__name__)
EVERY = timedelta(minutes=15)
TIMEOUT_S = 10.0
EVENT = "parcel.moved"


def poll(deps: Deps) -> int:
    """Ask for every open parcel that is due; return how many had moved. Without a tracker nothing is asked."""
    tracker = _tracker(deps)
    if tracker is None:
        return 0
    now = deps.clock()
    with deps.store.db.write() as conn:
        parcels.follow(conn, now)
        waiting = [parcel for parcel in parcels.due(conn, now) if parcels.claim(conn, parcel, now + EVERY)]
    return sum(_ask(deps, tracker, parcel) for parcel in waiting)


def _tracker(deps: Deps) -> Live | None:
    with deps.store.db.read() as conn:
        for row in destinations.listed(conn):
            if row["kind"] == kuaidi100.KIND.name:
                found = destinations.live(conn, deps.store, row["code"])
                if found is not None:
                    return found
    return None


def _ask(deps: Deps, tracker: Live, parcel: Json) -> bool:
    """Ask for one parcel; a failure is counted and stops no other."""
    target = Target(tracker.url, TIMEOUT_S, settings=tracker.settings)
    try:
        track = kuaidi100.ask(target, tracker.secrets, parcel["carrier"], parcel["waybill"])
    except TransportError as error:
        log.warning("Parcel %s not found: %s", parcel["id"], error.code, extra={"action": "track_failed"})
        with deps.store.db.write() as conn:
            parcels.keep(conn, parcel["id"], {"failures": parcel["failures"] + 1})
        return False
    return _keep(deps, parcel, track)


def _keep(deps: Deps, parcel: Json, track: kuaidi100.Track) -> bool:
    """Keep an answer and tell of it if it says something new."""
    now, nodes = deps.clock(), list(track.nodes)
    digest = sha256_hex(canonical_bytes([track.state, nodes]))
    told: Json = {"checked_at": now, "failures": 0}
    if digest == parcel["hash"]:
        with deps.store.db.write() as conn:
            parcels.keep(conn, parcel["id"], told)
        return False
    told |= {"state": track.state, "nodes": nodes, "hash": digest, "changed_at": now}
    about = {name: parcel[name] for name in ("order_id", "carrier", "waybill")}
    payload = {"event": EVENT, **about, "state": track.state, "last": nodes[0] if nodes else None, "notify": []}
    event = outbox.Event(EVENT, parcel["order_id"], f"{parcel['id']}:{digest[:16]}", payload)
    with deps.store.db.write() as conn:
        parcels.keep(conn, parcel["id"], told)
        outbox.add(conn, event, now, (outbox.WEBHOOKS,))
    deps.wake()
    return True
