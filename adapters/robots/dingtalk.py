r"""钉钉 robot of a group: text, signed; at most 20 messages a minute.

Source: open.dingtalk.com, custom robot: ``sign`` = urlencode(base64(HMAC-SHA256(secret, "{ms}\n{secret}"))), the time
stamp in ms within an hour; errcode 130101 "send too fast" and 410100 mean to wait, -1 that the system is busy.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from adapters.http import post
from adapters.kind import Clock, Field, Kind
from adapters.robots.answer import judge
from adapters.robots.words import words
from orders.decision import canonical_bytes

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Receipt, Secrets, Target

LIMIT_BYTES = 18_000
BUSY = (-1, 130101, 410100)


def signature(secret: str, at_ms: int) -> str:
    """Return the sign of a call, ready for the query."""
    digest = hmac.new(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256).digest()
    return quote_plus(base64.b64encode(digest))


def _make(clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
        at_ms = int(clock().timestamp() * 1000)
        url = target.url
        if secrets and secrets[0]:
            url += f"{'&' if '?' in url else '?'}timestamp={at_ms}&sign={signature(secrets[0], at_ms)}"
        text = words(message, LIMIT_BYTES, target.settings.get("keyword", ""))
        mobiles = [part.strip() for part in target.settings.get("mentions", "").split(",") if part.strip()]
        body = {"msgtype": "text", "text": {"content": text}, "at": {"atMobiles": mobiles, "isAtAll": False}}
        answer = post(url, canonical_bytes(body), {"Content-Type": "application/json"}, target.timeout_s)
        return judge(answer, "errcode", "errmsg", BUSY)

    return deliver


KIND = Kind(
    "robot.dingtalk",
    "钉钉机器人",
    "DingTalk robot",
    _make,
    url="https://oapi.dingtalk.com/robot/send?access_token=…",
    fields=(
        Field("secret", "加签密钥（SEC…）", "Signing secret (SEC…)", secret=True),
        Field("keyword", "关键词", "Keyword"),
        Field("mentions", "@手机号（逗号分开）", "@ mobile numbers (comma between)"),
    ),
    per_minute=20,
    tested=True,
)
