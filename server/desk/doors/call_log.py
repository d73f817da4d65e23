"""The request log as keys and people read it: own calls, or all of them; bodies masked; what may be sent again.

Place in the order's way: after the answer. Knows no HTTP.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from intake.readers.payload import load_strict
from orders.actor import Role
from orders.errors import InvalidOrder, Refused
from server.db import audit, people
from server.db.doors import calls
from server.db.mask import mask_email, mask_name, mask_phone, mask_text
from server.desk.view import require_revealer

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.db.doors.calls import Wanted
    from server.deps import Deps

Json = dict[str, Any]
CHAIN = "requests"
SEES_ALL = (Role.AUDITOR,)
PLACES = (
    ("secret", ("secret", "token", "password", "passwd", "authorization", "api_key", "app_key", "密码", "密钥")),
    ("phone", ("phone", "mobile", "tel", "电话", "手机")),
    ("email", ("email", "mail", "邮箱")),
    ("text", ("address", "addr", "text", "detail", "note", "remark", "street", "地址", "备注", "留言")),
    ("name", ("name", "contact", "receiver", "consignee", "姓名", "联系人", "收货人", "收件人", "买家")),
    ("id", ("idcard", "id_card", "value", "身份证")),
)
"""What a key of anybody's JSON holds that may be a person's, or a secret, by what stands in its name."""
OF_GOODS = ("line", "item", "goods", "product", "sku", "商品", "产品", "型号")
MASKS = {
    "secret": lambda _: "****",
    "phone": mask_phone,
    "email": mask_email,
    "text": mask_text,
    "name": mask_name,
    "id": mask_text,
}
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as shown: ``shown`` is its body as text, masked unless ``whole``; None where none may be shown."""

    row: Json
    problem: Json | None
    shown: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be sent again, and as whom."""

    call_id: str
    actor: Actor
    method: str
    path: str
    query: str
    content_type: str
    body: bytes
    idempotency_key: str | None


def scope_of(actor: Actor) -> str | None:
    """Return whose calls the actor sees: those of its own key, or (None) all."""
    return None if actor.has(*SEES_ALL) and not actor.test else actor.id


def listed(deps: Deps, actor: Actor, wanted: Wanted, *, limit: int, after: str | None) -> tuple[list[Json], str | None]:
    """Return a page of entries, newest first, and the cursor of the next."""
    mine = scope_of(actor)
    if mine is not None:
        wanted = replace(wanted, key_id=mine)
    with deps.store.db.read() as conn:
        found = calls.list_page(conn, wanted, limit=limit, after=after)
        replays = calls.replays_of(conn, [row["id"] for row in found.rows])
    return [_told(row, replays) for row in found.rows], found.next_cursor


def entry(deps: Deps, actor: Actor, call_id: str, *, reveal: str | None = None) -> Entry:
    """Return one entry; with a reason its body whole, which is recorded. Raises NotFound, Forbidden."""
    with deps.store.db.read() as conn:
        row, problem, body = calls.get(conn, deps.store, call_id, scope_of(actor))
        replays = calls.replays_of(conn, [call_id])
    told = _told(row, replays)
    if body is None:
        return Entry(told, problem, None, whole=False)
    if reveal is None:
        return Entry(told, problem, masked(body), whole=False)
    require_revealer(actor)
    detail = {"request": call_id, "reason": reveal}
    with deps.store.db.write() as conn:
        audit.record(conn, CHAIN, audit.Entry("personal_data_revealed", actor.id, detail), deps.clock())
    return Entry(told, problem, body.decode("utf-8", "replace"), whole=True)


def to_replay(deps: Deps, actor: Actor, call_id: str) -> Again:
    """Return a failed call as it is to be sent again. Raises NotFound, Refused."""
    with deps.store.db.read() as conn:
        row, _, body = calls.get(conn, deps.store, call_id, scope_of(actor))
        sender = people.actor_of_key_id(conn, row["key_id"])
    if body is None or not _may_replay(row):
        raise Refused(
            "Only a failed call whose body was kept can be sent again",
            "只有未成功且保留了内容的请求可以重发",
            code="not_replayable",
        )
    if sender is None:
        raise Refused("The key that sent it was revoked", "发送它的密钥已吊销", code="key_revoked")
    if actor.id != sender.id:
        with deps.store.db.write() as conn:
            detail = {"request": call_id, "key": sender.id}
            audit.record(conn, CHAIN, audit.Entry("request_replayed", actor.id, detail), deps.clock())
    sent = (row["method"], row["path"], row["query"], row["content_type"])
    return Again(call_id, sender, *sent, body, row["idempotency_key"])


def _told(row: Json, replays: dict[str, int]) -> Json:
    return {**row, "may_replay": _may_replay(row), "replayed_status": replays.get(row["id"])}


def _may_replay(row: Json) -> bool:
    return bool(row["has_body"]) and row["method"] != "GET" and (row["status"] >= 400 or row["failed"] > 0)


def masked(body: bytes) -> str | None:
    """Return a JSON body with what may be a person's masked; None for anything else, whose parts nobody can tell."""
    try:
        value = load_strict(body)
    except InvalidOrder:
        return None
    return json.dumps(_masked(value, "", of_goods=False), ensure_ascii=False, indent=2, default=str)


def _masked(value: Any, kind: str, *, of_goods: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: _masked(item, _kind(name, kind), of_goods=of_goods or _goods(name)) for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, kind, of_goods=of_goods) for item in value]
    if not isinstance(value, str) or (of_goods and kind in ("name", "text", "")):
        return value
    return MASKS[kind](value) if kind else _MOBILE.sub(r"\1****\2", value)


def _kind(name: str, outer: str) -> str:
    low = name.lower()
    return next((kind for kind, parts in PLACES if any(part in low for part in parts)), outer)


def _goods(name: str) -> bool:
    low = name.lower()
    return any(part in low for part in OF_GOODS)
