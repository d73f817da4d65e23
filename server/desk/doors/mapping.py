"""Templates as people work on them: drafted, previewed on what really came, compared, published.

Place in the order's way: beside read. Knows no HTTP.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from intake.mapping.engine import records, run
from intake.mapping.explain import explain
from intake.mapping.preset import presets
from intake.mapping.suggest import suggest, suggested_template
from intake.mapping.template import load_template, template_json
from orders.decision import canonical_bytes
from orders.errors import NotFound, SluiceError
from server.db import originals
from server.db.doors import channels
from server.db.tables import documents
from server.desk.intake import Delivery, compiled, record_of

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.db.originals import Original
    from server.deps import Deps

Json = dict[str, Any]
MOST_ORIGINALS = 50


def draft_version(deps: Deps, actor: Actor, name: str, body: Json) -> int:
    """Check a template and keep it as a new draft; return its version. Raises InvalidOrder at its place."""
    checked = template_json(load_template({**body, "name": name}))
    with deps.store.db.write() as conn:
        return channels.add_version(conn, name, checked, actor=actor, now=deps.clock())


def publish(deps: Deps, name: str, version: int) -> int:
    """Publish a version; return how many channels use it now."""
    with deps.store.db.write() as conn:
        return channels.publish(conn, name, version, deps.clock())


def clone_preset(deps: Deps, actor: Actor, platform: str, name: str) -> int:
    """Take a preset over under a name of one's own and publish it; return its version. Raises NotFound."""
    preset = presets().get(platform)
    if preset is None:
        raise NotFound(f"There is no preset for {platform}", f"没有 {platform} 的预置模板")
    version = draft_version(deps, actor, name, template_json(preset))
    publish(deps, name, version)
    return version


def from_sample(deps: Deps, actor: Actor, sample: bytes, unit: str, name: str) -> int:
    """Make a template of what a sample record suggests and publish it. Raises InvalidOrder when it says too little."""
    record = record_of(Delivery("sample", sample, ""))
    version = draft_version(deps, actor, name, suggested_template(record, unit))
    publish(deps, name, version)
    return version


def preview(deps: Deps, body: Json, record: Any) -> list[Json]:
    """Say for each order of a record, field by field: source path, raw words, result, error."""
    plan = compiled(canonical_bytes(template_json(load_template(body))), deps.settings.timezone)
    return [
        {"fields": [asdict(item) for item in explain(plan, one)], "order": run(plan, one).order}
        for one in records(plan, record)[:20]
    ]


def originals_of(deps: Deps, actor: Actor, channel: str, limit: int = MOST_ORIGINALS) -> list[Original]:
    """Return the last deliveries of a channel as they came, the newest first; only what the actor set up or may see."""
    query = (
        select(documents.c.original_id)
        .where(documents.c.channel == channel, documents.c.owner_id == actor.id)
        .order_by(documents.c.received_at.desc())
        .limit(min(limit, MOST_ORIGINALS))
    )
    with deps.store.db.read() as conn:
        ids = list(conn.execute(query).scalars())
        return [originals.fetch(conn, deps.store, original_id) for original_id in ids]


def difference(deps: Deps, actor: Actor, channel: str, old: Json, new: Json, limit: int = 20) -> list[Json]:
    """Run two templates over the channel's last deliveries; return each value that would come out differently."""
    zone = deps.settings.timezone
    plans = [compiled(canonical_bytes(template_json(load_template(body))), zone) for body in (old, new)]
    found: list[Json] = []
    for original in originals_of(deps, actor, channel, limit):
        record = record_of(Delivery(channel, original.data, original.content_type))
        before, after = (_flat(plan, record) for plan in plans)
        found += [
            {"original": original.id, "path": path, "old": before.get(path), "new": after.get(path)}
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)
        ]
    return found[:500]


def _flat(plan: Any, record: Any) -> dict[str, str]:
    try:
        orders = [run(plan, one) for one in records(plan, record)]
    except SluiceError as error:
        return {"": error.message_zh}
    told: dict[str, str] = {}
    for index, one in enumerate(orders):
        _leaves(f"/{index}", one.order, told)
        told |= {f"/{index}{place}": f"! {need.reason} {need.value}".strip() for place, need in one.needs}
    return told


def _leaves(path: str, value: Any, told: dict[str, str]) -> None:
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            _leaves(f"{path}/{name}", inner, told)
    else:
        told[path] = str(value)


def suggestions(sample: Any) -> list[Json]:
    """Propose where each field of the order comes from, with a score; a person confirms."""
    return [asdict(item) for item in suggest(sample)]
