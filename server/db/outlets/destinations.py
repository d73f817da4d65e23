"""Destinations that people set up: an ERP, a robot, a warehouse; their secrets lie sealed, their conditions are data.

Place in the order's way: the fan-out asks who wants an event, dispatch asks where to send, the screens keep the list.
A destination's messages stand in the outbox under ``to:{code}``; the code ``erp`` takes the ERP's own route.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from orders.errors import NotFound
from server.db.tables import destinations, outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.store import Store

Json = dict[str, Any]
PREFIX = "to:"
ERP = "erp"
ANY = "any"
SUBJECT = "system:destinations"
SHOWN = (
    "code", "name", "kind", "shown_url", "settings", "conditions", "state", "disabled_reason", "version", "created_at",
    "updated_at",
)  # fmt: skip
_COLUMNS = [destinations.c[name] for name in SHOWN]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A destination to be. ``secrets``: None keeps those that are there, and the address with them."""

    name: str
    kind: str
    shown_url: str
    settings: Json
    conditions: list[Json]
    state: str = "enabled"
    url: str | None = None
    secrets: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """An enabled destination with its address and secrets in the clear."""

    code: str
    kind: str
    url: str
    secrets: tuple[str, ...]
    settings: Json


def name_of(code: str) -> str:
    """Return what a destination is called in the outbox."""
    return ERP if code == ERP else PREFIX + code


def code_of(name: str) -> str | None:
    """Return the code of an outbox destination; None for those that nobody sets up."""
    return name if name == ERP else name.removeprefix(PREFIX) if name.startswith(PREFIX) else None


def put(conn: Connection, store: Store, code: str, wanted: Wanted, *, actor: Actor, now: datetime) -> bool:
    """Make or change a destination; say whether it is new."""
    told: Json = {name: getattr(wanted, name) for name in ("name", "kind", "shown_url", "settings", "conditions")}
    told |= {"state": wanted.state, "disabled_reason": None, "updated_at": now}
    if wanted.url is not None:
        told["sealed"] = _seal(conn, store, {"url": wanted.url, "secrets": list(wanted.secrets or ())}, now)
    changed = update(destinations).where(destinations.c.code == code)
    if conn.execute(changed.values({**told, "version": destinations.c.version + 1})).rowcount:
        return False
    owned = {"created_by": actor.id, "created_at": now, "owner_id": actor.id, "org_id": actor.org_id}
    conn.execute(insert(destinations), {**told, **owned, "code": code})
    return True


def _seal(conn: Connection, store: Store, value: Json, now: datetime) -> bytes:
    return store.vault.seal(store.vault.system_key(conn, SUBJECT, now), json.dumps(value).encode())


def opened(conn: Connection, store: Store, code: str) -> Json:
    """Return address and secrets in the clear, to be changed: ``{"url", "secrets"}``."""
    sealed = conn.execute(select(destinations.c.sealed).where(destinations.c.code == code)).scalar()
    return {"url": "", "secrets": []} if sealed is None else dict(json.loads(store.vault.unseal(conn, sealed)))


def get(conn: Connection, code: str) -> Json:
    """Return a destination without its secrets. Raises NotFound."""
    row = conn.execute(select(*_COLUMNS).where(destinations.c.code == code)).one_or_none()
    if row is None:
        raise NotFound(f"There is no destination {code}", f"没有去向 {code}")
    return dict(zip(SHOWN, row, strict=True))


def listed(conn: Connection) -> list[Json]:
    """Return the destinations without their secrets, by code."""
    rows = conn.execute(select(*_COLUMNS).order_by(destinations.c.code))
    return [dict(zip(SHOWN, row, strict=True)) for row in rows]


def live(conn: Connection, store: Store, code: str) -> Live | None:
    """Return a destination to send to; None if there is none or it is disabled."""
    row = conn.execute(select(destinations).where(destinations.c.code == code)).one_or_none()
    if row is None or row.state != "enabled":
        return None
    known = json.loads(store.vault.unseal(conn, row.sealed))
    return Live(code, row.kind, known["url"], tuple(known["secrets"]), dict(row.settings))


def kind_of(conn: Connection, code: str) -> str | None:
    """Return the kind of a destination, enabled or not."""
    found: str | None = conn.execute(select(destinations.c.kind).where(destinations.c.code == code)).scalar()
    return found


def set_state(conn: Connection, code: str, state: str, *, reason: str | None, now: datetime) -> bool:
    """Enable or disable a destination; its unsent messages wait meanwhile."""
    changed = {"state": state, "disabled_reason": reason, "updated_at": now}
    return conn.execute(update(destinations).where(destinations.c.code == code).values(changed)).rowcount == 1


def subscribed(conn: Connection) -> list[tuple[str, list[Json]]]:
    """Return (code, conditions) of every enabled destination that hears of events by its conditions."""
    query = (
        select(destinations.c.code, destinations.c.conditions)
        .where(destinations.c.state == "enabled", destinations.c.code != ERP)
        .order_by(destinations.c.code)
    )
    return [(row.code, list(row.conditions)) for row in conn.execute(query)]


def bookkeeping(conn: Connection, kinds: Collection[str]) -> list[tuple[str, Json]]:
    """Return (code, settings) of every enabled destination of these kinds."""
    query = select(destinations.c.code, destinations.c.settings).where(
        destinations.c.state == "enabled", destinations.c.kind.in_(kinds)
    )
    return [(row.code, dict(row.settings)) for row in conn.execute(query.order_by(destinations.c.code))]


def wants(conditions: Sequence[Json], event: str, fired: Callable[[], Collection[str]]) -> bool:
    """Say whether a condition names the event and, where it asks for a rule or a code, that one ``fired``."""
    met = [item["rule"] for item in conditions if fnmatchcase(event, item["event"])]
    return ANY in met or bool(met and set(met) & set(fired()))


# --- the limit of calls a minute --------------------------------------------------------------------------------------


def take_calls(conn: Connection, code: str, per_minute: int, wanted: int, now: datetime) -> int:
    """Take up to ``wanted`` calls out of a destination's bucket and return how many it gave.

    The bucket is shared by all processes: the row is locked until the transaction ends. It holds a quarter of the limit
    and three quarters flow in a minute: whatever was saved up, no minute sees more calls than the limit.
    """
    query = select(destinations.c.tokens, destinations.c.tokens_at).where(destinations.c.code == code)
    row = conn.execute(query.with_for_update()).one_or_none()
    if row is None:
        return 0
    most = max(1000, per_minute * 250)
    passed_s = 0.0 if row.tokens_at is None else max((now - row.tokens_at).total_seconds(), 0.0)
    have = most if row.tokens_at is None else min(most, row.tokens + int(passed_s * per_minute * 750 / 60))
    given = min(wanted, have // 1000)
    told = {"tokens": have - given * 1000, "tokens_at": now}
    conn.execute(update(destinations).where(destinations.c.code == code).values(told))
    return given


def next_call_s(per_minute: int) -> float:
    """Return after how many seconds an empty bucket gives a call again."""
    return 60_000 / (per_minute * 750) + 0.05


# --- health -----------------------------------------------------------------------------------------------------------


def traffic(conn: Connection, since: datetime) -> dict[str, Json]:
    """Return what each outbox destination has waiting and dead, since when, its last error and last success."""
    found: dict[str, Json] = {}
    unsent = (
        select(outbox.c.destination, outbox.c.state, func.count(), func.min(outbox.c.created_at))
        .where(outbox.c.state.in_(("waiting", "sending", "dead")))
        .group_by(outbox.c.destination, outbox.c.state)
    )
    for destination, state, count, oldest in conn.execute(unsent):
        told = found.setdefault(destination, {})
        told[state] = count
        if state != "dead":
            told["oldest"] = min(oldest, told.get("oldest", oldest))
    for destination, told in found.items():
        told["error"] = _last_error(conn, destination)
    sent = (
        select(outbox.c.destination, func.count(), func.max(outbox.c.sent_at))
        .where(outbox.c.state == "sent", outbox.c.sent_at >= since)
        .group_by(outbox.c.destination)
    )
    for destination, count, last in conn.execute(sent):
        found.setdefault(destination, {}).update(sent=count, last_sent=last)
    return found


def _last_error(conn: Connection, destination: str) -> str | None:
    query = (
        select(outbox.c.last_error)
        .where(outbox.c.destination == destination, outbox.c.state.in_(("waiting", "sending", "dead")))
        .where(outbox.c.last_error.is_not(None))
        .order_by(outbox.c.seq.desc())
        .limit(1)
    )
    found: str | None = conn.execute(query).scalar()
    return found
