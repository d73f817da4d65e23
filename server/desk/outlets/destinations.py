"""Destinations as people handle them: set up from a kind, told what to hear of, seen in words, tried with a message.

Place in the order's way: beside it; `server/db/outlets/destinations.py` keeps them, dispatch sends. Knows no HTTP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from adapters.kind import TEST
from adapters.registry import KINDS
from orders.errors import NotFound, Problem, Refused, SenderError
from server.db import audit
from server.db.ids import new_id
from server.db.outlets import destinations, outbox, webhooks
from server.db.outlets.destinations import ANY, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.kind import Kind
    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")
_CONDITION = re.compile(
    r"((?:order|parcel|report)\.(?:\*|[a-z][a-z_]{0,39})|notice\.personal)(?:\s+(\S{1,80}))?\Z", re.ASCII
)
TRAFFIC = timedelta(days=1)
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Health:
    """How a destination fares: ``mood`` is good, waiting, bad or off; the rest is what the sentence is made of.

    ``nowhere``: nobody said yet where it is.
    """

    name: str
    mood: str
    waiting: int
    dead: int
    sent: int
    oldest: datetime | None
    last_sent: datetime | None
    error: str | None
    nowhere: bool = False


def save(deps: Deps, actor: Actor, code: str, form: Mapping[str, str]) -> bool:
    """Make or change a destination from a form; say whether it is new.

    ``form``: name, kind, url, conditions (one a line: event, then a rule or code), and the kind's fields. An address or
    a secret that is left empty stays as it was. Raises SenderError, whose problems name the fields.
    """
    kind = KINDS.get(form.get("kind", ""))
    if kind is None or not CODE.match(code):
        problem = Problem("/code", "bad_code", "编码用小写字母、数字和 - _", "Use small letters, digits, - and _")
        raise _unfit([problem] if kind else [_problem("kind", "没有这种去向", "There is no such kind")])
    with deps.store.db.write() as conn:
        if destinations.kind_of(conn, code) not in (None, kind.name):
            raise _unfit([_problem("kind", "类型不能改，请新建一个", "The kind stays: make another one")])
        known = destinations.opened(conn, deps.store, code)
        old = dict(zip((item.name for item in kind.secrets), known["secrets"], strict=False))
        url = _told(form, "url") or known["url"]
        secrets = [_told(form, item.name) or old.get(item.name, "") for item in kind.secrets]
        settings = {item.name: _told(form, item.name) or item.default for item in kind.settings}
        conditions, wrong = _conditions(form.get("conditions", ""))
        problems = [*_problems(kind, form, url), *_missing(kind, settings, secrets), *wrong]
        if problems:
            raise _unfit(problems)
        wanted = Wanted(
            _told(form, "name"), kind.name, shown(kind, url), settings, conditions, url=url, secrets=secrets
        )
        fresh = destinations.put(conn, deps.store, code, wanted, actor=actor, now=deps.clock())
        detail = {"destination": code, "kind": kind.name, "events": [item["event"] for item in conditions]}
        audit.record(conn, "outlets", audit.Entry("destination_saved", actor.id, detail), deps.clock())
    deps.wake()
    return fresh


def shown(kind: Kind, url: str) -> str:
    """Return an address without what may be a secret in it: password, query, and a robot's path."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    place = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    return place + ("/…" if kind.name.startswith("robot.") else parts.path)


def switch(deps: Deps, actor: Actor, code: str, *, on: bool, reason: str = "") -> None:
    """Switch a destination on or off; what waits for it stays. Raises NotFound."""
    state, now = "enabled" if on else "disabled", deps.clock()
    with deps.store.db.write() as conn:
        if not destinations.set_state(conn, code, state, reason=reason[:200] or None, now=now):
            raise NotFound(f"There is no destination {code}", f"没有去向 {code}")
        entry = audit.Entry("destination_switched", actor.id, {"destination": code, "state": state})
        audit.record(conn, "outlets", entry, now)
    deps.wake()


def send_test(deps: Deps, code: str) -> None:
    """Send a message to see whether it arrives. Raises Refused for what would enter an order somewhere."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        row = destinations.get(conn, code)
        kind = KINDS.get(row["kind"])
        if kind is None or not kind.tested:
            raise Refused("This kind of destination has no test message", "这种去向没有测试消息")
        event = outbox.Event(TEST, None, new_id("test", now), _test(kind, row["settings"], now))
        outbox.add(conn, event, now, (destinations.name_of(code),))
    deps.wake()


def _test(kind: Kind, settings: Mapping[str, str], now: datetime) -> Json:
    """Return a message of nobody's order that has everything which a kind asks of one."""
    note = {"to": "test", "zh": "测试消息，收到即表示接通", "en": "A test: it works when you read this"}
    told = {"event": TEST, "order_id": "TEST", "number": "TEST", "state": "test", "version": 1, "at": now.isoformat()}
    if not kind.order:
        return {**told, "notify": [note]}
    who = {"scheme": settings.get("customer_scheme", ""), "value": settings.get("default_customer") or "TEST"}
    order = {"buyer": {"name": "TEST", "ids": [who]}, "lines": [], "requested_date": now.date().isoformat()}
    return {**told, "notify": [note], "order": order}


def names(deps: Deps) -> dict[str, str]:
    """Return what people call each outbox destination: its given name, a webhook's host."""
    with deps.store.db.read() as conn:
        told = {destinations.name_of(row["code"]): str(row["name"]) for row in destinations.listed(conn)}
        hooks = webhooks.list_page(conn, limit=1000)
    return told | {webhooks.PREFIX + row["id"]: urlsplit(row["url"]).netloc for row in hooks}


def replay_dead(deps: Deps, actor: Actor, name: str) -> int:
    """Send every dead letter of an outbox destination again; return how many."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        count = outbox.replay_dead(conn, name, now)
        audit.record(conn, "outlets", audit.Entry("dead_letters_replayed", actor.id, {"to": name, "n": count}), now)
    deps.wake()
    return count


def health(deps: Deps) -> list[Health]:
    """Return how every destination fares that is set up or has messages, the worst first."""
    now = deps.clock()
    with deps.store.db.read() as conn:
        traffic = destinations.traffic(conn, now - TRAFFIC)
        states = {destinations.name_of(row["code"]): row["state"] for row in destinations.listed(conn)}
    names = sorted({*traffic, *states})
    found = [_health(name, traffic.get(name, {}), states.get(name, "enabled")) for name in names]
    if not (deps.settings.erp_url or outbox.ERP in states):
        found = [replace(item, nowhere=item.name == outbox.ERP) for item in found]
    return sorted(found, key=lambda item: ("bad", "waiting", "good", "off").index(item.mood))


def _health(name: str, told: Json, state: str) -> Health:
    waiting, dead = told.get("waiting", 0) + told.get("sending", 0), told.get("dead", 0)
    stuck = waiting and told.get("error")
    mood = "off" if state == "disabled" else "bad" if dead or stuck else "waiting" if waiting else "good"
    times = told.get("oldest"), told.get("last_sent")
    return Health(name, mood, waiting, dead, told.get("sent", 0), *times, told.get("error"))


def _told(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()[:LONGEST]


def _problems(kind: Kind, form: Mapping[str, str], url: str) -> list[Problem]:
    found = []
    if not 0 < len(_told(form, "name")) <= 40:
        found.append(_problem("name", "请填名称", "Give it a name"))
    if urlsplit(url).scheme.partition("+")[0] not in schemes(kind):
        found.append(_problem("url", f"地址形如 {kind.url}", f"The address looks like {kind.url}"))
    return found


def schemes(kind: Kind) -> tuple[str, ...]:
    """Return which schemes an address of a kind may have."""
    scheme = urlsplit(kind.url).scheme
    return {"https": ("https", "http"), "smtps": ("smtps", "smtp")}.get(
        scheme, ("oracle", "mssql", "mysql", "postgresql", "sqlite")
    )


def _missing(kind: Kind, settings: Mapping[str, str], secrets: list[str]) -> list[Problem]:
    told = {**settings, **dict(zip((item.name for item in kind.secrets), secrets, strict=True))}
    return [
        _problem(item.name, f"请填{item.zh}", f"{item.en} is needed")
        for item in kind.fields
        if item.required and not told[item.name]
    ]


def _conditions(text: str) -> tuple[list[Json], list[Problem]]:
    found, wrong = [], []
    for line in (line.strip() for line in text.splitlines()):
        match = _CONDITION.match(line)
        if match:
            found.append({"event": match[1], "rule": match[2] or ANY})
        elif line:
            wrong.append(_problem("conditions", f"看不懂条件：{line}", f"Not a condition: {line}"))
    return found, wrong


def _problem(name: str, zh: str, en: str) -> Problem:
    return Problem(f"/{name}", "unfit", zh, en)


def _unfit(problems: list[Problem]) -> SenderError:
    zh, en = "；".join(item.message_zh for item in problems), "; ".join(item.message_en for item in problems)
    return SenderError(en, zh, code="unfit", problems=tuple(problems))
