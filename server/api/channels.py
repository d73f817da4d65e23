"""Channels and their templates: set up, mapped, previewed, compared and published; what needs mapping."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import AfterValidator, BaseModel, Field

from intake.mapping.preset import presets
from intake.mapping.template import Template, template_json, template_schema
from intake.values import scalar
from orders.actor import Role
from orders.errors import InvalidOrder, NotFound, Problem, SenderError, UnreadableDocument
from orders.source import SourceType
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, Query, read_json
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.idempotency import idempotent
from server.api.call.path import OrderPath
from server.api.call.shapes import ANYTHING, MAYBE, MAYBE_TIME, TEXT, TIME, WHOLE, arr, obj, one_of
from server.api.intake import ANY, BINARY, ChannelPath
from server.db.doors import channels
from server.db.order import orders
from server.desk.doors import mapping
from server.desk.intake import Delivery, record_of

api = APIBlueprint("channels", __name__)

MAYBE_WHOLE = {"type": ["integer", "null"]}
CHANNEL = obj(
    code=TEXT,
    name=TEXT,
    platform=TEXT,
    template=MAYBE,
    template_version=MAYBE_WHOLE,
    state=one_of("enabled", "disabled"),
    account=TEXT,
    settings=ANYTHING,
    has_secrets={"type": "boolean"},
    last_at=MAYBE_TIME,
    last_error=MAYBE,
    version=WHOLE,
    created_at=TIME,
    updated_at=TIME,
)
VERSION = obj(
    name=TEXT, version=WHOLE, state=one_of("draft", "published"), hash=TEXT, created_at=TIME, published_at=MAYBE_TIME
)
NEED = obj(
    id=TEXT, channel=TEXT, target=TEXT, reason=TEXT, source=TEXT, value=TEXT, count=WHOLE, first_at=TIME, last_at=TIME
)
TEMPLATE = {**ANYTHING, "description": "docs/channels.md; its JSON Schema is GET /v1/channel-templates/schema"}


class NewChannel(Body):
    """A channel as an operator sets it up. ``secrets`` are kept sealed and never shown again."""

    name: str = Field(min_length=1, max_length=60)
    platform: str = Field("generic", pattern=r"^[a-z0-9_]{1,32}$")
    template: str | None = Field(None, min_length=1, max_length=60)
    state: Literal["enabled", "disabled"] = "enabled"
    account: str = Field("", max_length=100)
    source_type: SourceType | None = Field(None, strict=False)
    currency: Annotated[str, AfterValidator(scalar.currency)] | None = Field(
        None, description="what messages of a standard are in that name none (ISO 4217); a template has its own"
    )
    secrets: dict[str, str] | None = Field(None, max_length=20)


class TemplatePath(BaseModel):
    """One template, by its name."""

    name: str = Field(min_length=1, max_length=60)


class VersionPath(TemplatePath):
    """One version of a template."""

    version: int = Field(ge=1, le=1_000_000)


class NeedPath(BaseModel):
    """One entry of what needs mapping."""

    need_id: str = Field(max_length=64)


class NewVersion(Body):
    """A template's body, or the preset to start from."""

    body: Template | None = None
    preset: str | None = Field(None, max_length=32)


class DifferenceQuery(Query):
    """Which version to compare with the live one, over how many of the last deliveries."""

    version: int = Field(ge=1, le=1_000_000)
    last: int = Field(20, ge=1, le=50)


class NeedsQuery(Query):
    """Of which channel."""

    channel: str | None = Field(None, max_length=64)


@api.get("/v1/channels")
@open_to(*EVERYONE)
@answers({200: obj(data=arr(CHANNEL))})
def list_channels() -> Response:
    """List the channels, without their secrets."""
    with here.deps().store.db.read() as conn:
        return ok({"data": [_shown(row) for row in channels.listed(conn)]})


@api.get("/v1/channels/<channel>")
@open_to(*EVERYONE)
@answers({200: CHANNEL})
def show_channel(path: ChannelPath) -> Response:
    """Show one channel, without its secrets."""
    with here.deps().store.db.read() as conn:
        return ok(_shown(channels.get(conn, path.channel)))


@api.put("/v1/channels/<channel>")
@open_to()
@answers({200: CHANNEL, 201: CHANNEL}, body=NewChannel)
def put_channel(path: ChannelPath) -> Response:
    """Set a channel up, or change it. Without `secrets` the ones that are there stay."""
    wanted = read_json(NewChannel)
    deps = here.deps()
    told = channels.Wanted(
        name=wanted.name,
        platform=wanted.platform,
        template=wanted.template,
        state=wanted.state,
        account=wanted.account,
        settings=_settings(wanted),
        secrets=dict(wanted.secrets) if wanted.secrets is not None else None,
    )
    with deps.store.db.write() as conn:
        new = channels.put(conn, deps.store, path.channel, told, actor=here.actor(), now=here.now())
        shown = _shown(channels.get(conn, path.channel))
    return ok(shown, 201 if new else 200, {"Location": f"/v1/channels/{path.channel}"} if new else None)


def _settings(wanted: NewChannel) -> dict[str, Any]:
    told = {"source_type": wanted.source_type and wanted.source_type.value, "currency": wanted.currency}
    return {name: value for name, value in told.items() if value}


@api.post("/v1/channels/<channel>/rotate")
@open_to()
@answers({200: obj(code=TEXT, secret=TEXT)}, idempotent=True)
@idempotent
def rotate_channel_key(path: ChannelPath) -> Response:
    """Give the channel a new signing key, shown this once; the one before it is valid until the next rotation."""
    deps, fresh = here.deps(), channels.new_secret()
    with deps.store.db.write() as conn:
        channels.get(conn, path.channel)
        known = channels.secrets_of(conn, deps.store, path.channel)
        keys = [fresh, *(known.get("signing") or [])[:1]]
        channels.set_secrets(conn, deps.store, path.channel, {**known, "signing": keys}, here.now())
    return ok({"code": path.channel, "secret": fresh})


@api.get("/v1/channels/<channel>/difference")
@open_to(Role.SALES_SUPERVISOR)
@answers({200: obj(data=arr(ANYTHING))}, problems=(409,))
def compare_templates(path: ChannelPath, query: DifferenceQuery) -> Response:
    """Run another version of the channel's template over its last deliveries; list each value that would differ."""
    with here.deps().store.db.read() as conn:
        row = channels.get(conn, path.channel)
        if row["template"] is None:
            raise NotFound("The channel has no template", "这个渠道没有模板")
        old = channels.template(conn, row["template"], row["template_version"])["body"]
        new = channels.template(conn, row["template"], query.version)["body"]
    return ok({"data": mapping.difference(here.deps(), here.actor(), path.channel, old, new, query.last)})


@api.get("/v1/channel-needs")
@open_to(*EVERYONE)
@answers({200: obj(data=arr(NEED))})
def list_needs(query: NeedsQuery) -> Response:
    """List the values that nobody has mapped yet, the latest first."""
    with here.deps().store.db.read() as conn:
        found = channels.open_needs(conn, query.channel)
    return ok({"data": [{name: row[name] for name in NEED["properties"]} for row in found]})


@api.post("/v1/channel-needs/<need_id>/resolve")
@open_to(Role.SALES_SUPERVISOR)
@answers({204: None})
def resolve_need(path: NeedPath) -> Response:
    """Take an entry off the list; it comes back when the value comes again."""
    with here.deps().store.db.write() as conn:
        if not channels.resolve_need(conn, path.need_id, here.now()):
            raise NotFound(f"There is no open entry {path.need_id}", f"没有待对照项 {path.need_id}")
    return Response(status=204)


@api.get("/v1/orders/<order_id>/template")
@open_to(*EVERYONE)
@answers({200: obj(order=TEXT, original=MAYBE, template=MAYBE, version=MAYBE_WHOLE, hash=MAYBE)})
def show_mapper(path: OrderPath) -> Response:
    """Show which version of which template mapped the order, by its hash; nulls for an order that none did."""
    deps = here.deps()
    with deps.store.db.read() as conn:
        original = orders.get(conn, deps.store, path.order_id, here.actor()).row["original_id"]
        by = channels.mapper_of(conn, original) or {"name": None, "version": None, "hash": None}
    told = {"template": by["name"], "version": by["version"], "hash": by["hash"]}
    return ok({"order": path.order_id, "original": original, **told})


@api.get("/v1/channel-templates")
@open_to(*EVERYONE)
@answers({200: obj(data=arr(VERSION), presets=arr(ANYTHING))})
def list_templates() -> Response:
    """List every version of every template, and the presets to start from."""
    with here.deps().store.db.read() as conn:
        found = channels.template_versions(conn)
    shown = [{"platform": platform, "name": preset.name} for platform, preset in presets().items()]
    return ok({"data": [{name: row[name] for name in VERSION["properties"]} for row in found], "presets": shown})


@api.get("/v1/channel-templates/schema")
@open_to(*EVERYONE)
@answers({200: ANYTHING})
def show_template_schema() -> Response:
    """Show the JSON Schema of templates."""
    return ok(template_schema())


@api.get("/v1/channel-templates/<name>")
@open_to(*EVERYONE)
@answers({200: obj(**VERSION["properties"], body=TEMPLATE)})
def show_template(path: TemplatePath) -> Response:
    """Show the newest version of a template with its body."""
    with here.deps().store.db.read() as conn:
        row = channels.template(conn, path.name)
    return ok({name: row[name] for name in (*VERSION["properties"], "body")})


@api.post("/v1/channel-templates/<name>")
@open_to(Role.SALES_SUPERVISOR)
@answers({201: obj(name=TEXT, version=WHOLE)}, body=NewVersion, idempotent=True)
@idempotent
def draft_template(path: TemplatePath) -> Response:
    """Keep a new draft of a template, from a body or from a preset."""
    wanted = read_json(NewVersion)
    body = template_json(wanted.body) if wanted.body is not None else None
    if wanted.preset is not None and body is None:
        preset = presets().get(wanted.preset)
        if preset is None:
            raise NotFound(f"There is no preset {wanted.preset}", f"没有预置模板 {wanted.preset}")
        body = template_json(preset)
    if body is None:
        said = ("缺少 body 或 preset", "Give a body or a preset")
        raise SenderError(said[1], said[0], code="invalid_request", problems=(Problem("/body", "required", *said),))
    version = mapping.draft_version(here.deps(), here.actor(), path.name, body)
    return ok({"name": path.name, "version": version}, 201)


@api.post("/v1/channel-templates/<name>/versions/<int:version>/publish")
@open_to(Role.SALES_SUPERVISOR)
@answers({200: obj(name=TEXT, version=WHOLE, channels=WHOLE)}, problems=(409,))
def publish_template(path: VersionPath) -> Response:
    """Publish a version; the channels that use the template move to it at once."""
    moved = mapping.publish(here.deps(), path.name, path.version)
    return ok({"name": path.name, "version": path.version, "channels": moved})


@api.post("/v1/channel-templates/<name>/versions/<int:version>/preview")
@open_to(Role.SALES, Role.SALES_SUPERVISOR)
@answers({200: obj(data=arr(ANYTHING))}, body=BINARY, body_type=ANY)
def preview_template(path: VersionPath) -> Response:
    """Run a version on a record as it would come: for each field source path, raw words, result and error."""
    with here.deps().store.db.read() as conn:
        body = channels.template(conn, path.name, path.version)["body"]
    return ok({"data": mapping.preview(here.deps(), body, _record())})


@api.post("/v1/channel-templates:suggest")
@open_to(Role.SALES, Role.SALES_SUPERVISOR)
@answers({200: obj(data=arr(ANYTHING))}, body=BINARY, body_type=ANY)
def suggest_template() -> Response:
    """Propose from a sample, JSON or a sheet, where each field comes from, with a score; a person confirms."""
    return ok({"data": mapping.suggestions(_record())})


def _record() -> Any:
    """Return the body as the record that it holds. Raises UnreadableDocument (422) when it holds none."""
    try:
        return record_of(Delivery("sample", request.get_data(cache=True), request.mimetype))
    except InvalidOrder as fault:
        raise UnreadableDocument(fault.message_en, fault.message_zh, code=fault.code) from fault


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in CHANNEL["properties"]}
