"""企业微信 robot of a group: text of at most 2048 bytes, the key in the address, at most 20 messages a minute.

Source: developer.work.weixin.qq.com, group robot: text with mentioned_list of user ids; errcode 45009 means too many
calls, -1 that the system is busy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.http import post
from adapters.kind import Clock, Field, Kind
from adapters.robots.answer import judge
from adapters.robots.words import mentioned, words
from orders.decision import canonical_bytes

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Receipt, Secrets, Target

LIMIT_BYTES = 2048
BUSY = (-1, 45009)


def _make(_clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:  # noqa: ARG001 - the key is in the URL
        text = words(message, LIMIT_BYTES, target.settings.get("keyword", ""))
        mobiles = [part.strip() for part in target.settings.get("mentions", "").split(",") if part.strip()]
        told = {"content": text, "mentioned_mobile_list": mobiles, "mentioned_list": mentioned(message)}
        body = {"msgtype": "text", "text": told}
        answer = post(target.url, canonical_bytes(body), {"Content-Type": "application/json"}, target.timeout_s)
        return judge(answer, "errcode", "errmsg", BUSY)

    return deliver


KIND = Kind(
    "robot.wecom",
    "企业微信机器人",
    "WeCom robot",
    _make,
    url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    fields=(
        Field("keyword", "关键词", "Keyword"),
        Field("mentions", "@手机号（逗号分开）", "@ mobile numbers (comma between)"),
    ),
    per_minute=20,
    tested=True,
)
