"""Channels and their templates: who sends what, how it is mapped, and which values nobody has mapped yet.

Place in the order's way: received asks it who a channel is; the desk and the screens keep it. Secrets lie sealed and
are never shown again.
"""

from __future__ import annotations

import base64
import json
import secrets as random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from orders.decision import canonical_bytes, sha256_hex
from orders.errors import Conflict, NotFound
from server.db.facts import catalogue
from server.db.ids import new_id
from server.db.statement import Statement, as_json
from server.db.tables import channel_needs as needs
from server.db.tables import channel_templates as templates
from server.db.tables import channels, originals

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.store import Store

Json = dict[str, Any]
SUBJECT = "system:channels"
_LIVE = Statement("""
    SELECT code, state, platform, account, settings, secrets, template, template_version, cursor, owner_id, org_id
    FROM channels WHERE code = :code""")
SHOWN = (
    "code", "name", "platform", "template", "template_version", "state", "account", "settings", "cursor", "last_at",
    "last_error", "version", "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Channel:
    """An enabled channel, its secrets in the clear and its template's body. ``mapped_by`` names the template."""

    code: str
    platform: str
    account: str
    settings: Json
    secrets: Json
    template: Json | None
    owner_id: str
    org_id: str
    cursor: str | None = None
    mapped_by: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an operator says of a channel; None leaves what is there."""

    name: str
    platform: str = "generic"
    template: str | None = None
    state: str = "enabled"
    account: str = ""
    settings: Json = field(default_factory=dict)
    secrets: Json | None = None


def new_secret() -> str:
    """Return a fresh signing key for deliveries. Source: Standard Webhooks 1.0."""
    return f"whsec_{base64.b64encode(random.token_bytes(32)).decode()}"


def put(conn: Connection, store: Store, code: str, wanted: Wanted, *, actor: Actor, now: datetime) -> bool:
    """Make or change a channel; say whether it is new. Raises NotFound when its template has no published version."""
    catalogue.moved(conn, actor.id, now)
    version = published_version(conn, wanted.template) if wanted.template else None
    if wanted.template and version is None:
        raise NotFound(
            f"The template {wanted.template} has no published version", f"模板 {wanted.template} 还没有发布的版本"
        )
    told: Json = {
        "name": wanted.name,
        "platform": wanted.platform,
        "template": wanted.template,
        "template_version": version,
        "state": wanted.state,
        "account": wanted.account,
        "settings": wanted.settings,
        "updated_at": now,
    }
    if wanted.secrets is not None:
        told["secrets"] = _seal(conn, store, {**secrets_of(conn, store, code), **wanted.secrets}, now)
    changed = conn.execute(
        update(channels).where(channels.c.code == code).values({**told, "version": channels.c.version + 1})
    )
    if changed.rowcount:
        return False
    owned = {"created_by": actor.id, "created_at": now, "owner_id": actor.id, "org_id": actor.org_id}
    conn.execute(insert(channels), {**told, **owned, "code": code})
    return True


def settle(conn: Connection, code: str, told: Json, now: datetime) -> None:
    """Change single settings of a channel; None takes one away. Raises NotFound."""
    known = {**(get(conn, code)["settings"] or {}), **told}
    kept = {name: value for name, value in known.items() if value is not None}
    changed = {"settings": kept, "updated_at": now, "version": channels.c.version + 1}
    conn.execute(update(channels).where(channels.c.code == code).values(changed))


def _seal(conn: Connection, store: Store, value: Json, now: datetime) -> bytes:
    return store.vault.seal(store.vault.system_key(conn, SUBJECT, now), json.dumps(value).encode())


def set_secrets(conn: Connection, store: Store, code: str, value: Json, now: datetime) -> None:
    """Replace a channel's secrets: a signing key rotated, a token refreshed."""
    conn.execute(update(channels).where(channels.c.code == code).values(secrets=_seal(conn, store, value, now)))


def secrets_of(conn: Connection, store: Store, code: str) -> Json:
    """Return a channel's secrets in the clear, to be changed."""
    sealed = conn.execute(select(channels.c.secrets).where(channels.c.code == code)).scalar()
    return dict(json.loads(store.vault.unseal(conn, sealed))) if sealed else {}


def get(conn: Connection, code: str) -> Json:
    """Return a channel without its secrets. Raises NotFound."""
    columns = [channels.c[name] for name in SHOWN] + [channels.c.secrets.is_not(None).label("has_secrets")]
    row = conn.execute(select(*columns).where(channels.c.code == code)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no channel {code}", f"没有渠道 {code}")
    return dict(row)


def listed(conn: Connection, *, limit: int = 200, after: str = "") -> list[Json]:
    """Return the channels without their secrets, by code."""
    columns = [channels.c[name] for name in SHOWN] + [channels.c.secrets.is_not(None).label("has_secrets")]
    query = select(*columns).where(channels.c.code > after).order_by(channels.c.code).limit(limit)
    return [dict(row) for row in conn.execute(query).mappings()]


def live(conn: Connection, store: Store, code: str) -> Channel | None:
    """Return a channel to take deliveries from; None if there is none or it is disabled."""
    row = _LIVE.first(conn, {"code": code})
    if row is None or row.state != "enabled":
        return None
    own = json.loads(store.vault.unseal(conn, row.secrets)) if row.secrets else {}
    found = template(conn, row.template, row.template_version) if row.template else None
    body, by = (found["body"], _named(found)) if found else (None, None)
    settings = dict(as_json(row.settings) or {})
    return Channel(row.code, row.platform, row.account, settings, own, body, row.owner_id, row.org_id, row.cursor, by)


def _named(row: Json) -> str:
    """Name a version of a template so that it can be found again: name, version, hash."""
    return json.dumps([row["name"], row["version"], row["hash"]], ensure_ascii=False)


def mapped(conn: Connection, original_id: str, by: str | None) -> None:
    """Remember which version of a template mapped an original first: its orders came of that one."""
    here = (originals.c.id == original_id) & originals.c.template.is_(None)
    conn.execute(update(originals).where(here).values(template=by))


def mapper_of(conn: Connection, original_id: str | None) -> Json | None:
    """Return name, version and hash of the template that mapped an original; None where none did."""
    by = conn.execute(select(originals.c.template).where(originals.c.id == original_id)).scalar()
    return dict(zip(("name", "version", "hash"), json.loads(by), strict=True)) if by else None


def disabled(conn: Connection, code: str) -> bool:
    """Say whether there is such a channel and it is switched off."""
    return conn.execute(select(channels.c.state).where(channels.c.code == code)).scalar() == "disabled"


def saw(conn: Connection, code: str, now: datetime, *, error: str | None = None, cursor: str | None = None) -> None:
    """Note a delivery, and how far a pulled channel has been read."""
    told: Json = {"last_at": now, "last_error": error}
    if cursor is not None:
        told["cursor"] = cursor
    conn.execute(update(channels).where(channels.c.code == code).values(told))


# --- templates --------------------------------------------------------------------------------------------------------


def add_version(conn: Connection, name: str, body: Json, *, actor: Actor, now: datetime) -> int:
    """Keep a new draft of a template; return its version. A published version never changes."""
    last = conn.execute(select(func.max(templates.c.version)).where(templates.c.name == name)).scalar() or 0
    row = {
        "name": name,
        "version": last + 1,
        "state": "draft",
        "hash": sha256_hex(canonical_bytes(body)),
        "body": body,
        "actor": actor.id,
        "created_at": now,
    }
    conn.execute(insert(templates), row)
    return int(last) + 1


def publish(conn: Connection, name: str, version: int, now: datetime) -> int:
    """Publish a version; the channels that use the template move to it. Returns how many. Raises NotFound, Conflict."""
    row = template(conn, name, version)
    if row["state"] == "published":
        raise Conflict("This version is published already", "这个版本已经发布", code="already_published")
    here = (templates.c.name == name) & (templates.c.version == version)
    conn.execute(update(templates).where(here).values(state="published", published_at=now))
    moved = conn.execute(
        update(channels).where(channels.c.template == name).values(template_version=version, updated_at=now)
    )
    return int(moved.rowcount)


def template(conn: Connection, name: str, version: int | None = None) -> Json:
    """Return a version of a template, the newest when none is named. Raises NotFound."""
    query = select(templates).where(templates.c.name == name).order_by(templates.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(templates.c.version == version)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no template {name} {version or ''}", f"没有模板 {name} {version or ''}")
    return dict(row)


def published_version(conn: Connection, name: str | None) -> int | None:
    """Return the newest published version of a template."""
    query = select(func.max(templates.c.version)).where(templates.c.name == name, templates.c.state == "published")
    found: int | None = conn.execute(query).scalar()
    return found


def template_versions(conn: Connection, name: str | None = None) -> list[Json]:
    """Return the versions of one template, or of all, the newest first, without their bodies."""
    shown = [
        templates.c[column] for column in ("name", "version", "state", "hash", "actor", "created_at", "published_at")
    ]
    query = select(*shown).order_by(templates.c.name, templates.c.version.desc()).limit(500)
    if name is not None:
        query = query.where(templates.c.name == name)
    return [dict(row) for row in conn.execute(query).mappings()]


# --- what needs mapping -----------------------------------------------------------------------------------------------


def note_need(conn: Connection, channel: str, told: Json, original_id: str | None, now: datetime) -> None:
    """Put a value that nobody has mapped on the list, once; ``told``: target, reason, source, value."""
    here = [needs.c.channel == channel] + [needs.c[name] == told[name] for name in ("target", "reason", "value")]
    again = {"count": needs.c.count + 1, "last_at": now, "original_id": original_id, "resolved_at": None}
    if conn.execute(update(needs).where(*here).values(again)).rowcount:
        return
    row = {"id": new_id("need", now), "channel": channel, **told, "original_id": original_id}
    conn.execute(insert(needs), {**row, "first_at": now, "last_at": now})


def open_needs(conn: Connection, channel: str | None = None) -> list[Json]:
    """Return what still needs mapping, the latest first."""
    query = select(needs).where(needs.c.resolved_at.is_(None)).order_by(needs.c.last_at.desc(), needs.c.id).limit(500)
    if channel is not None:
        query = query.where(needs.c.channel == channel)
    return [dict(row) for row in conn.execute(query).mappings()]


def resolve_need(conn: Connection, need_id: str, now: datetime) -> bool:
    """Take an entry off the list; it comes back when the value comes again."""
    here = (needs.c.id == need_id) & needs.c.resolved_at.is_(None)
    return bool(conn.execute(update(needs).where(here).values(resolved_at=now)).rowcount)
