"""The timeline of an order in words: what each entry of the audit trail says to people.

Place in the order's way: the order page; entries come from `server.desk.orders.timeline`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web.i18n import translate
from web.wording import (
    CAUSE_ZH,
    CHANNEL_ZH,
    OUTCOME_ZH,
    code_name,
    named,
    role_name,
    state_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _received(detail: Mapping[str, Any]) -> str:
    door, channel = (named(CHANNEL_ZH, detail[name]) for name in ("door", "channel"))
    return translate("由{door}进来，渠道 {channel}", door=door, channel=channel)


def _decided(detail: Mapping[str, Any]) -> str:
    parts = [named(OUTCOME_ZH, detail["outcome"])]
    if detail.get("cause"):
        parts.insert(0, named(CAUSE_ZH, detail["cause"]))
    parts += [code_name(code) for code in detail.get("holds", ())]
    if detail.get("state") and detail.get("from") != detail["state"]:
        parts.append(f"→ {state_name(detail['state'])}")
    return " · ".join(parts)


def _hold(detail: Mapping[str, Any]) -> str:
    return code_name(str(detail.get("code", "")))


def _step(detail: Mapping[str, Any]) -> str:
    return role_name(detail.get("step", ""))


def _moved(detail: Mapping[str, Any]) -> str:
    return f"{state_name(detail.get('from'))} → {state_name(detail.get('to'))}"


def _channel_said(detail: Mapping[str, Any]) -> str:
    return translate("取消或退款") if detail["kind"] == "cancel" else translate("内容不同")


def _differs(detail: Mapping[str, Any]) -> str:
    match detail["why"]:
        case "body changed":
            return translate("存下的判定被改动过")
        case "not what the trail says":
            return translate("存下的判定与审计链不符")
        case "facts changed":
            return translate("存下的事实被改动过")
        case "its rules are missing":
            return translate("当时的规则找不到了")
        case _:
            return translate("用当时的规则和事实再判一遍，结果与存下的不同")


_TELLERS = {
    "replay_differs": _differs,
    "channel_changed": _channel_said,
    "order_received": _received,
    "order_decided": _decided,
    "hold_released": _hold,
    "approval_given": _step,
    "approval_refused": _step,
    "order_moved": _moved,
}


def told(action: str, detail: Mapping[str, Any]) -> str:
    """Return what an entry says besides its name; the reason that a person gave stands last."""
    teller = _TELLERS.get(action)
    said = teller(detail) if teller else ""
    reason = str(detail.get("reason") or "")
    return " · ".join(part for part in (said, f"“{reason}”" if reason else "") if part)


def shown_timeline(events: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Return the entries with words; ``names`` are the people's by their id."""
    return tuple(
        {
            **event,
            "told": told(event["action"], event["detail"]),
            "actor_name": names.get(event["actor"], event["actor"]),
        }
        for event in events
    )
