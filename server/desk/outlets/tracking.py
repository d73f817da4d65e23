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
from orders.errors import NotFound, TransportError
from server.db.outlets import destinations, outbox, parcels

if TYPE_CHECKING:
    from server.db.outlets.destinations import Live
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
    if parcel["checked_at"] is None and target.settings.get("callback_url"):
        _subscribe(target, tracker, parcel)
    try:
        track = kuaidi100.ask(target, tracker.secrets, parcel["carrier"], parcel["waybill"])
    except TransportError as error:
        log.warning("Parcel %s not found: %s", parcel["id"], error.code, extra={"action": "track_failed"})
        with deps.store.db.write() as conn:
            parcels.keep(conn, parcel["id"], {"failures": parcel["failures"] + 1})
        return False
    return _keep(deps, parcel, track)


def _subscribe(target: Target, tracker: Live, parcel: Json) -> None:
    """Ask to be called; where that is refused, asking every 15 minutes goes on by itself."""
    try:
        kuaidi100.subscribe(target, tracker.secrets, parcel["carrier"], parcel["waybill"])
    except TransportError as error:
        log.warning("Parcel %s not subscribed: %s", parcel["id"], error.code, extra={"action": "subscription_failed"})


def hear(deps: Deps, code: str, param: str, sign: str) -> bool:
    """Take the platform's own call; say whether it told something new. A parcel that is none of ours is passed over.

    Raises NotFound (no such tracker), BadSignature, SenderError.
    """
    with deps.store.db.read() as conn:
        tracker = destinations.live(conn, deps.store, code)
    if tracker is None or tracker.kind != kuaidi100.KIND.name:
        raise NotFound(f"There is no tracker {code}", f"没有轨迹查询 {code}")
    call = kuaidi100.heard(param, sign, kuaidi100.salt_of(tracker.secrets))
    known = kuaidi100.companies(Target(tracker.url, settings=tracker.settings))
    carrier = next((ours for ours, theirs in known.items() if theirs == call.company), call.company.upper())
    with deps.store.db.write() as conn:
        parcels.follow(conn, deps.clock())
        parcel = parcels.find(conn, carrier, call.waybill)
    return parcel is not None and not _stale(parcel, call.track) and _keep(deps, parcel, call.track)


def _stale(parcel: Json, track: kuaidi100.Track) -> bool:
    """Say whether a call was overtaken: its latest moment lies before the one that is known."""
    if not parcel["nodes"]:
        return False
    return not track.nodes or track.nodes[0]["at"] < parcel["nodes"][0]["at"]


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
