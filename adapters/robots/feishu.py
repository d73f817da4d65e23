r"""飞书 robot of a group: text, signed in the body; at most 100 messages a minute and 20 kB each.

Source: open.feishu.cn, custom robot: sign = base64(HMAC-SHA256(key = "{seconds}\n{secret}", empty message)); code
11232 means too fast. ``<at …>`` inside a text would call people: an angle bracket of ours is written full width.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from adapters.http import post
from adapters.kind import Clock, Field, Kind
from adapters.robots.answer import JUDGED, judge
from adapters.robots.words import cut, words
from orders.decision import canonical_bytes

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Receipt, Secrets, Target

LIMIT_BYTES = 18_000
BUSY = (-1, 11232)


def signature(secret: str, at_s: int) -> str:
    """Return the sign of a call."""
    return base64.b64encode(hmac.new(f"{at_s}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def _make(clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
        text = cut(words(message, LIMIT_BYTES, target.settings.get("keyword", "")).replace("<", "＜"), LIMIT_BYTES)
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if secrets and secrets[0]:
            at_s = int(clock().timestamp())
            body |= {"timestamp": str(at_s), "sign": signature(secrets[0], at_s)}
        head = {"Content-Type": "application/json"}
        answer = post(target.url, canonical_bytes(body), head, target.timeout_s, accept=JUDGED)
        return judge(answer, "code", "msg", BUSY)

    return deliver


KIND = Kind(
    "robot.feishu",
    "飞书机器人",
    "Feishu robot",
    _make,
    url="https://open.feishu.cn/open-apis/bot/v2/hook/…",
    fields=(
        Field("secret", "签名校验密钥", "Signing secret", secret=True),
        Field("keyword", "关键词", "Keyword"),
    ),
    per_minute=100,
    tested=True,
)
