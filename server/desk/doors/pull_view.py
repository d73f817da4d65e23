"""Pulling as operators see it: set up, paused, hurried; how a channel stands, in words with what to do.

Place in the order's way: beside `pull.py`. Knows no HTTP; API and screens show the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.channels.registry import PULLED
from adapters.webhook import guard
from orders.errors import NotFound, Refused, SenderError, TransportError
from server.db.doors import channels, pulls

if TYPE_CHECKING:
    from datetime import datetime

    from server.deps import Deps

Json = dict[str, Any]
FRESH_S = 30
"""From the platform to an order here; wanted for 99 of 100. Source: requirements, IN-01."""
LOOK_BACK = timedelta(hours=24)
OLDEST = timedelta(days=30)

TO_DO: dict[str, tuple[str, str]] = {
    "token_refused": (
        "到平台重新授权，再把新的令牌填到下面保存",
        "Authorise the shop again at the platform and fill in the new token below",
    ),
    "no_credentials": ("把缺的密钥填到下面保存", "Fill in the missing secret below"),
    "rate_limited": ("不用处理，到时间自动继续", "Nothing to do; it goes on by itself"),
    "timeout": ("不用处理，会自动重试；平台恢复后从断点补齐", "Nothing to do; it is tried again and caught up"),
    "unreachable": ("不用处理，会自动重试；平台恢复后从断点补齐", "Nothing to do; it is tried again and caught up"),
    "address_refused": ("检查店铺地址：必须是公网 https 地址", "Check the address: a public https address"),
    "unexpected_answer": (
        "平台可能改了接口，请联系支持并暂停拉取",
        "The platform may have changed its interface: ask support",
    ),
    "channel_disabled": ("渠道已停用；启用后继续", "The channel is switched off; switch it on"),
}
"""What a person does about an error, by its code: 中文, English."""
OTHERWISE = (
    "会自动重试；持续失败时按平台的报错检查应用权限",
    "It is tried again; if it stays, check the app's rights at the platform",
)


def set_up(deps: Deps, code: str, told: Json, *, since: datetime | None = None) -> None:
    """Begin to pull a channel, or change how: state, url, every_s. Raises NotFound, Refused, SenderError."""
    now, url = deps.clock(), str(told.get("url", ""))
    with deps.store.db.read() as conn:
        platform = channels.get(conn, code)["platform"]
    if platform not in PULLED:
        raise Refused(f"{platform} cannot be pulled", f"平台 {platform} 不支持拉取", code="not_pulled")
    if url:
        _check(url, allow_private=deps.settings.webhook_allow_private)
    begin = now if since is None else max(min(since, now), now - OLDEST)
    with deps.store.db.write() as conn:
        pulls.set_up(conn, code, told, since=begin, now=now)


def _check(url: str, *, allow_private: bool) -> None:
    try:
        guard.check(url, allow_private=allow_private)
    except TransportError as error:
        raise SenderError(error.message_en, error.message_zh, code="invalid_request") from error


def hurry(deps: Deps, code: str) -> None:
    """Pull a channel at once. Raises NotFound where it is not pulled."""
    with deps.store.db.write() as conn:
        if pulls.get(conn, code) is None:
            raise _not_pulled(code)
        pulls.soon(conn, code, deps.clock())


def health(deps: Deps, code: str) -> Json:
    """Say how the pulling of a channel stands. Raises NotFound where it is not pulled."""
    now = deps.clock()
    with deps.store.db.read() as conn:
        row = pulls.get(conn, code)
        if row is None:
            raise _not_pulled(code)
        delays = pulls.delays_s(conn, code, now - LOOK_BACK)
        outcomes, counted = pulls.tally(conn, code, now - LOOK_BACK), pulls.counted(conn, code)
    return {
        **{name: row[name] for name in ("state", "url", "every_s", "cursor_at", "pulled_at", "next_at", "failures")},
        "health": _health(row, now),
        "lag_s": max(0, int((now - row["cursor_at"]).total_seconds())),
        "error": _error(row),
        "delay_s": {
            "orders": len(delays),
            "p50": percentile(delays, 50),
            "p99": percentile(delays, 99),
            "wanted": FRESH_S,
        },
        "outcomes": outcomes,
        "counts": [_shown(one) for one in counted],
    }


def _not_pulled(code: str) -> NotFound:
    return NotFound(f"The channel {code} is not pulled", f"渠道 {code} 没有设置拉取")


FOR_A_PERSON = frozenset({"token_refused", "no_credentials", "address_refused", "channel_disabled"})


def _health(row: Json, now: datetime) -> str:
    if row["state"] == "paused":
        return "paused"
    if row["error_code"] is not None:
        return "limited" if row["error_code"] == "rate_limited" else "failing"
    late = (now - row["cursor_at"]).total_seconds() > max(FRESH_S, 3 * row["every_s"])
    return "late" if late else "well"


def _error(row: Json) -> Json | None:
    if row["error_code"] is None:
        return None
    do_zh, do_en = TO_DO.get(row["error_code"], OTHERWISE)
    said = {"zh": row["error_zh"], "en": row["error_en"], "do_zh": do_zh, "do_en": do_en}
    return {"code": row["error_code"], "by_hand": row["error_code"] in FOR_A_PERSON, **said}


def _shown(one: Json) -> Json:
    return {name: one[name] for name in ("since", "until", "platform", "ours", "missing", "counted_at")}


def percentile(values: list[float], percent: int) -> float | None:
    """Return the value that so many per cent do not exceed; None of nothing."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1) if ordered else None
