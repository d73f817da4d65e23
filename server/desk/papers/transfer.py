"""The whole configuration of one installation as one file, and that file into another one.

Place in the order's way: before it. Mappings, channels, rules with their parameters and lists, destinations, switches,
sites and products: what is no secret, nobody's data and no order. What needs a secret comes over switched off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from intake.mapping.template import load_template, template_json
from orders.errors import Problem, Refused, SenderError
from rules.bundle import load_bundle
from rules.examples import test as failing_examples
from server.db import audit, master
from server.db import tables as t
from server.db.doors import channels, pulls
from server.db.facts import configuration
from server.db.outlets import destinations
from server.db.rulework import bundles
from server.desk import own_fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from rules.bundle import Bundle
    from server.db.store import Store

Json = dict[str, Any]
FORMAT = "sluice-configuration/1"
MASTER = ("sites", "skus")
NEEDS_SECRETS = "configuration imported: fill in the address and the secrets"
_CHANNEL = ("code", "name", "platform", "template", "state", "account", "settings")
_DESTINATION = ("code", "name", "kind", "settings", "conditions")
_SHAPE: dict[str, type] = {
    "format": str, "templates": list, "channels": list, "rules": dict, "destinations": list, "settings": dict,
    "master": dict,
}  # fmt: skip


def export(store: Store) -> Json:
    """Return the configuration: JSON that the same configuration always gives, byte for byte."""
    with store.db.read() as conn:
        live = bundles.live(conn)
        return {
            "format": FORMAT,
            "templates": list(_templates(conn)),
            "channels": [_channel(conn, row) for row in channels.listed(conn, limit=10_000)],
            "rules": {} if live is None else dict(sorted(bundles.files(conn, bundles.source(conn, live)).items())),
            "destinations": [{name: row[name] for name in _DESTINATION} for row in destinations.listed(conn)],
            "settings": {row.name: row.value for row in conn.execute(select(t.settings).order_by(t.settings.c.name))},
            "master": {kind: list(_items(conn, store, kind)) for kind in MASTER},
        }


def _templates(conn: Connection) -> Iterator[Json]:
    """Give each template's newest published version, which its channels use."""
    for name in sorted({row["name"] for row in channels.template_versions(conn)}):
        version = channels.published_version(conn, name)
        if version is not None:
            yield {"name": name, "body": channels.template(conn, name, version)["body"]}


def _channel(conn: Connection, row: Json) -> Json:
    pull = pulls.get(conn, row["code"])
    pulled = None if pull is None else {"every_s": pull["every_s"], "url": pull["url"]}
    return {**{name: row[name] for name in _CHANNEL}, "pull": pulled}


def _items(conn: Connection, store: Store, kind: str) -> Iterator[Json]:
    after, fields = None, master.kind_of(kind).fields
    while True:
        page = master.list_page(conn, store, kind, limit=500, after=after)
        for item in page.rows:
            yield {name: item[name] for name in fields if name in item}
        if page.next_cursor is None:
            return
        after = page.next_cursor


def take_over(store: Store, actor: Actor, value: Any, now: datetime) -> dict[str, int]:
    """Put a configuration in place, all of it or nothing; return how many of each. Again changes nothing.

    Raises SenderError (no such file), InvalidOrder (a template), RuleAuthorError, Refused: an example of the rules
    fails, or other rules decide here already, which two people replace.
    """
    told = _checked(value)
    bundle = _proven(told["rules"]) if told["rules"] else None
    bodies = [(str(one["name"]), template_json(load_template(one["body"]))) for one in told["templates"]]
    with store.db.write() as conn:
        if bundle is not None:
            _publish(conn, bundle, actor, now)
        _put_master(conn, store, told["master"], actor, now)
        for name, body in bodies:
            _template(conn, name, body, actor, now)
        for one in told["channels"]:
            _put_channel(conn, store, one, actor, now)
        for one in told["destinations"]:
            _put_destination(conn, store, one, actor, now)
        _put_settings(conn, told["settings"], actor, now)
        counts = {name: len(part) for name, part in told.items() if name != "format"}
        audit.record(conn, configuration.CHAIN, audit.Entry("configuration_imported", actor.id, counts), now)
    return counts


def _put_master(conn: Connection, store: Store, told: Json, actor: Actor, now: datetime) -> None:
    for kind in MASTER:
        for item in told.get(kind) or ():
            master.upsert(conn, store, kind, item, actor=actor, now=now)


def _put_settings(conn: Connection, told: Json, actor: Actor, now: datetime) -> None:
    if own_fields.SETTING in told:
        told = {**told, own_fields.SETTING: own_fields.checked(told[own_fields.SETTING])}
    for name, value in told.items():
        if configuration.get(conn, name) != value:
            configuration.put(conn, name, value, actor=actor.id, now=now)


def _checked(value: Any) -> Json:
    """Return the file's value once every part is there and has its shape. Raises SenderError at the place."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _unfit("/format", f"不是配置文件（{FORMAT}）", f"This is no configuration ({FORMAT})")
    for name in value:
        if name not in _SHAPE:
            raise _unfit(f"/{name}", "没有这一部分", "There is no such part")
    for name, kind in _SHAPE.items():
        if not isinstance(value.get(name), kind):
            raise _unfit(f"/{name}", "缺少这一部分", "This part is missing")
    for name, needed in (("templates", ("name", "body")), ("channels", _CHANNEL), ("destinations", _DESTINATION)):
        _require_fields(name, value[name], needed)
    return value


def _require_fields(name: str, rows: list[Any], needed: tuple[str, ...]) -> None:
    for index, one in enumerate(rows):
        missing = [key for key in needed if not isinstance(one, dict) or key not in one]
        if missing:
            raise _unfit(f"/{name}/{index}/{missing[0]}", "缺少这个字段", "This field is missing")


def _unfit(pointer: str, zh: str, en: str) -> SenderError:
    problem = Problem(pointer, "invalid_configuration", zh, en)
    return SenderError(f"{pointer}: {en}", f"{pointer}：{zh}", code="invalid_request", problems=(problem,))


def _proven(files: dict[str, str]) -> Bundle:
    """Compile the rules and judge their examples. Raises RuleAuthorError, Refused."""
    bundle = load_bundle(files)
    failing = failing_examples(bundle)
    if failing:
        raise Refused(f"{len(failing)} examples fail", f"{len(failing)} 个示例未通过", code="examples_fail")
    return bundle


def _publish(conn: Connection, bundle: Bundle, actor: Actor, now: datetime) -> None:
    """Make the rules live where nobody but the first start has published any. Raises Refused."""
    live = bundles.live(conn)
    if live == bundle.hash:
        return
    if live is not None and len(bundles.publications(conn)) > 1:
        raise Refused(
            "Other rules decide here: replace them with two people, `python -m server rules publish`",
            "这里已有发布过的规则：请由两人用 `python -m server rules publish` 替换",
            code="rules_differ",
        )
    bundles.put(conn, bundle.hash, bundle.files, actor=actor.id, now=now)
    bundles.publish(conn, bundle.hash, actor=actor.id, now=now, reason="configuration imported")


def _template(conn: Connection, name: str, body: Json, actor: Actor, now: datetime) -> None:
    version = channels.published_version(conn, name)
    if version is None or channels.template(conn, name, version)["body"] != body:
        channels.publish(conn, name, channels.add_version(conn, name, body, actor=actor, now=now), now)


def _put_channel(conn: Connection, store: Store, one: Json, actor: Actor, now: datetime) -> None:
    wanted = channels.Wanted(**{name: one[name] for name in _CHANNEL if name != "code"})
    channels.put(conn, store, one["code"], wanted, actor=actor, now=now)
    if one.get("pull") and pulls.get(conn, one["code"]) is None:
        pulls.set_up(conn, one["code"], {**one["pull"], "state": "paused"}, since=now, now=now)


def _put_destination(conn: Connection, store: Store, one: Json, actor: Actor, now: datetime) -> None:
    """Put a destination in place; a new one hears of nothing until somebody fills in its address and secrets."""
    fresh = destinations.kind_of(conn, one["code"]) is None
    shape = (one["name"], one["kind"], "", one["settings"], one["conditions"])
    if not fresh:
        known = destinations.get(conn, one["code"])
        if all(known[name] == one[name] for name in _DESTINATION):
            return
        wanted = destinations.Wanted(*shape, state=known["state"])
        destinations.put(conn, store, one["code"], wanted, actor=actor, now=now)
        return
    destinations.put(conn, store, one["code"], destinations.Wanted(*shape, url="", secrets=()), actor=actor, now=now)
    destinations.set_state(conn, one["code"], "disabled", reason=NEEDS_SECRETS, now=now)
