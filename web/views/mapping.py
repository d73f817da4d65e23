"""Channels: set up from a preset, mapped field by field, previewed on what came, published; what needs mapping.

Place in the order's way: before it; `server/desk/doors/mapping.py` and `server/db/doors/channels.py` do the work.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for

from intake.mapping.preset import presets
from intake.readers.payload import load_strict
from intake.values.currency import CURRENCIES
from orders.errors import InvalidOrder, Problem, Refused, SenderError, SluiceError
from orders.source import SOURCE_ZH, SourceType
from server.db.doors import channels, pulls
from server.desk.doors import mapping as desk
from server.desk.intake import Delivery, record_of
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.mapping import ALL_FORMS, ALL_TARGETS, body_of, rows_of
from web.page import notify
from web.views.pulling import pull_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as AnyResponse

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")


@screens.get("/channels")
@opens(Screen.CHANNELS)
def channel_list() -> str:
    """List the channels, what needs mapping, and how to add one."""
    return _list()


def _list(error: str = "", secret: str = "", code: str = "") -> str:
    with the_deps().store.db.read() as conn:
        rows, needs, known = channels.listed(conn), channels.open_needs(conn), pulls.listed(conn)
    return render_template(
        "channels.html",
        channels=rows,
        pulls=known,
        needs=needs,
        sources=SOURCE_ZH,
        presets={platform: preset.name for platform, preset in presets().items()},
        may=may_write(the_actor(), Screen.CHANNELS),
        error=error,
        secret=secret,
        code=code,
    )


@screens.post("/channels")
@changes(Screen.CHANNELS)
def add_channel() -> str | tuple[str, int]:
    """Set a channel up from a preset: its own copy of the template, published, and a signing key shown once."""
    deps, actor, form = the_deps(), the_actor(), request.form
    code, name, platform = form.get("code", "").strip(), form.get("name", "").strip(), form.get("platform", "")
    if not _CODE.match(code) or not 0 < len(name) <= 40 or (platform and platform not in presets()):
        return _list(translate("渠道编码用小写字母、数字和 - _ .；名称不能为空。")), 422
    sample = "" if platform else form.get("sample", "").strip()[:100_000]
    own = f"{presets()[platform].name if platform else translate('自定义')} {code}"[:60] if platform or sample else ""
    secret = channels.new_secret()
    try:
        _require_new(code)
        if platform:
            desk.clone_preset(deps, actor, platform, own)
        elif sample:
            unit = "fen" if form.get("unit") == "fen" else "yuan"
            desk.from_sample(deps, actor, sample.encode(), unit, own)
        wanted = channels.Wanted(
            name=name,
            platform=platform or "generic",
            template=own or None,
            account=form.get("account", "").strip()[:100],
            settings=_settings(form),
            secrets={"signing": [secret]},
        )
        with deps.store.db.write() as conn:
            channels.put(conn, deps.store, code, wanted, actor=actor, now=deps.clock())
    except SluiceError as error:
        return _list(say({"zh": error.message_zh, "en": error.message_en})), 422
    return _list(secret=secret, code=code)


def _settings(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form settles with a channel. Raises InvalidOrder: no currency."""
    told = {"source_type": form["source_type"]} if form.get("source_type") in set(SourceType) else {}
    wanted = form.get("currency", "").strip().upper()
    if wanted and wanted not in CURRENCIES:
        raise Refused(f"{wanted[:10]} is no ISO 4217 currency", f"{wanted[:10]} 不是 ISO 4217 币种", code="currency")
    return {**told, "currency": wanted} if wanted else told


def _own_targets() -> list[str]:
    """Return the places of the company's own fields."""
    fields = the_deps().catalogue().fields
    return [field.word.replace("order.", "", 1).replace("line.", "lines.", 1) for field in fields]


def _require_new(code: str) -> None:
    with the_deps().store.db.read() as conn:
        if any(row["code"] == code for row in channels.listed(conn)):
            raise Refused(f"There is a channel {code} already", f"渠道 {code} 已经有了")


@screens.get("/channels/<code>")
@opens(Screen.CHANNELS)
def channel_page(code: str) -> str:
    """Show a channel and its template, with a preview on the last delivery."""
    row, body = _channel(code)
    return _page(row, body, _sample(row))


def _channel(code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    with the_deps().store.db.read() as conn:
        row = channels.get(conn, code)
        body = channels.template(conn, row["template"])["body"] if row["template"] else {"fields": {}}
    return row, body


def _sample(row: dict[str, Any]) -> str:
    """Return the last delivery as it came, as JSON to be looked at."""
    found = desk.originals_of(the_deps(), the_actor(), row["code"], 1)
    if not found:
        return ""
    try:
        record = record_of(Delivery(row["code"], found[0].data, found[0].content_type))
    except SenderError:
        return ""
    return json.dumps(record, ensure_ascii=False, indent=1, default=str)


def _page(
    row: dict[str, Any],
    body: dict[str, Any],
    sample: str,
    problems: tuple[Problem, ...] = (),
    changed: list[dict[str, Any]] | None = None,
) -> str:
    shown: list[dict[str, Any]] = []
    if sample.strip() and body.get("fields") and not problems:
        try:
            shown = desk.preview(the_deps(), {"name": "x", **body}, load_strict(sample.encode()))
        except SenderError as error:
            problems = error.problems or (Problem("", error.code, error.message_zh, error.message_en),)
    return render_template(
        "channel.html",
        channel=row,
        pull=pull_of(row),
        body=body,
        rows=rows_of(body),
        sample=sample,
        preview=shown,
        changed=changed,
        problems=problems,
        forms=ALL_FORMS,
        targets=[*ALL_TARGETS, *_own_targets()],
        may=may_write(the_actor(), Screen.CHANNELS),
    )


def _difference(row: dict[str, Any], base: dict[str, Any], body: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return what would come out differently in what really came; None where nothing came yet or it cannot work."""
    if not row["template"] or not desk.originals_of(the_deps(), the_actor(), row["code"], 1):
        return None
    try:
        return desk.difference(the_deps(), the_actor(), row["code"], base, {"name": "x", **body})
    except SluiceError:
        return None  # the preview names what is wrong


@screens.post("/channels/<code>")
@changes(Screen.CHANNELS)
def save_template(code: str) -> str | tuple[str, int] | AnyResponse:
    """Preview the form's template, or keep it as a new version and publish it."""
    row, base = _channel(code)
    body, sample = body_of(request.form, base), request.form.get("sample", "")[:1_000_000]
    if request.form.get("do") != "publish" or not row["template"]:
        return _page(row, body, sample, changed=_difference(row, base, body))
    try:
        version = desk.draft_version(the_deps(), the_actor(), row["template"], body)
        desk.publish(the_deps(), row["template"], version)
    except InvalidOrder as error:
        return _page(row, body, sample, error.problems), 422
    notify(translate("已发布第 {n} 版，使用这个模板的渠道立即生效。", n=version))
    return redirect(url_for("screens.channel_page", code=code))


@screens.post("/channels/<code>/currency")
@changes(Screen.CHANNELS)
def settle_currency(code: str) -> AnyResponse:
    """Settle what a channel's messages are in that name no currency."""
    try:
        wanted = _settings(request.form).get("currency")
    except Refused as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}))
        return redirect(url_for("screens.channel_page", code=code))
    with the_deps().store.db.write() as conn:
        channels.settle(conn, code, {"currency": wanted}, the_deps().clock())
    notify(translate("已保存，下一份报文起生效。"))
    return redirect(url_for("screens.channel_page", code=code))


@screens.post("/channels/needs/<need_id>")
@changes(Screen.CHANNELS)
def resolve_mapping_need(need_id: str) -> AnyResponse:
    """Take an entry off the list of what needs mapping."""
    with the_deps().store.db.write() as conn:
        channels.resolve_need(conn, need_id, the_deps().clock())
    notify(translate("已从清单移除；这个值再来时会再次出现。"))
    return redirect(url_for("screens.channel_list"))
