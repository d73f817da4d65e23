"""What a robot or a mail says of an event: one line an order, the rest cut to what the other side takes.

Place in the order's way: under the robots and the mail notice. The payload holds codes and the rules' own sentences.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orders.state import STATE_ZH, OrderState

if TYPE_CHECKING:
    from adapters.message import Message

Json = dict[str, Any]
DIGEST = "digest"
"""The event of a message that stands for several: its body is ``{"digest": [payload, …]}``."""

EVENT_ZH = {
    "order.created": "已接收",
    "order.accepted": "已放行",
    "order.held": "已挂起",
    "order.released": "挂起已放行",
    "order.to_approve": "待审批",
    "order.changed": "已变更",
    "order.cancelled": "已取消",
    "order.logistics_exception": "物流异常",
}
_CUT = "…"


def words(message: Message, limit_bytes: int, keyword: str = "") -> str:
    """Return the text of a message, at most ``limit_bytes`` of UTF-8, with the keyword that a robot insists on."""
    value: Json = json.loads(message.body)
    lines = [line(item) for item in value[DIGEST]] if DIGEST in value else [line(value)]
    head = [f"{len(lines)} 条消息（超出频率限制，合并发送）"] if len(lines) > 1 else []
    text = "\n".join([*head, *lines])
    if keyword and keyword not in text:
        text = f"{keyword} {text}"
    return cut(text, limit_bytes)


def line(payload: Json) -> str:
    """Say one event in one line; a report says its own lines."""
    if isinstance(payload.get("text"), str):
        return str(payload["text"])
    event = str(payload.get("event", ""))
    number = payload.get("number") or payload.get("order_id") or ""
    told = [str(note["zh"]) for note in payload.get("notify") or ()] or [str(code) for code in payload.get("holds", ())]
    about = "；".join(dict.fromkeys(told))
    return f"订单 {number} {event_zh(event)}" + (f"：{about}" if about else "")


def event_zh(event: str) -> str:
    """Return an event in Chinese."""
    known = EVENT_ZH.get(event)
    if known:
        return known
    state = event.removeprefix("order.")
    return STATE_ZH[OrderState(state)] if state in set(OrderState) else event


def cut(text: str, limit_bytes: int) -> str:
    """Shorten a text to so many bytes of UTF-8, never inside a letter."""
    data = text.encode()
    if len(data) <= limit_bytes:
        return text
    return data[: limit_bytes - len(_CUT.encode())].decode(errors="ignore") + _CUT


def mentioned(message: Message) -> list[str]:
    """Return the ids, at the robot's own platform, of the people whom a message is for."""
    value: Json = json.loads(message.body)
    notices = [note for item in value.get(DIGEST, [value]) for note in item.get("notify") or ()]
    return list(dict.fromkeys(str(note["mention"]) for note in notices if note.get("mention")))
