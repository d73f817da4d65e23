"""快递100: where a parcel is, asked one by one.

Place in the order's way: after shipping; `server/desk/tracking.py` asks every 15 minutes for open parcels only.
Source: api.kuaidi100.com, real-time query: POST form of customer, param and sign = upper hex MD5(param + key +
customer); state 0 在途 1 揽收 2 疑难 3 签收 4 退签 5 派件 6 退回 8 清关 14 拒签.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.http import json_object, post
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Secrets, Target

Json = dict[str, Any]
OPEN, EXCEPTION, SIGNED, RETURNED = "open", "exception", "signed", "returned"
_STATES = {"2": EXCEPTION, "3": SIGNED, "4": RETURNED, "6": RETURNED, "14": RETURNED}
_PHONE = re.compile(r"(?<!\d)(\+?86)?1[3-9]\d{9}(?!\d)|0\d{2,3}-?\d{7,8}")
MOST_NODES = 100


@dataclass(frozen=True, slots=True)
class Track:
    """Where a parcel is: its state and what happened, newest first, without telephone numbers."""

    state: str
    nodes: tuple[Json, ...]


def ask(target: Target, secrets: Secrets, carrier: str, waybill: str) -> Track:
    """Ask where a parcel is. Raises TransportError, permanent when the number can never be found."""
    names = dict(pair.split("=", 1) for pair in target.settings["carriers"].split(",") if "=" in pair)
    company = {name.strip(): code.strip() for name, code in names.items()}.get(carrier, carrier.lower())
    param = json.dumps({"com": company, "num": waybill}, separators=(",", ":"))
    customer = target.settings["customer"]
    sign = hashlib.md5(f"{param}{secrets[0]}{customer}".encode(), usedforsecurity=False).hexdigest().upper()
    body = urlencode({"customer": customer, "sign": sign, "param": param}).encode()
    url = f"{target.url.rstrip('/')}/poll/query.do"
    value = json_object(post(url, body, {"Content-Type": "application/x-www-form-urlencoded"}, target.timeout_s))
    if str(value.get("status")) != "200":
        code, told = str(value.get("returnCode", "")), str(value.get("message", ""))[:200]
        raise TransportError(f"refused: {code} {told}", f"快递100：{told}", permanent=False, code=f"code_{code}")
    nodes = tuple(_node(item) for item in value.get("data") or () if isinstance(item, dict))[:MOST_NODES]
    return Track(_STATES.get(str(value.get("state")), OPEN), nodes)


def _node(item: Json) -> Json:
    text = _PHONE.sub("***", str(item.get("context", "")))[:300]
    return {"at": str(item.get("ftime") or item.get("time") or ""), "text": text}


def _make(_clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:  # noqa: ARG001 - it is asked, not told
        return Receipt(detail="asked")

    return deliver


KIND = Kind(
    "carrier.kuaidi100",
    "快递100 轨迹查询",
    "Kuaidi100 tracking",
    _make,
    url="https://poll.kuaidi100.com",
    fields=(
        Field("customer", "授权 customer", "customer", required=True),
        Field("key", "授权 key", "key", required=True, secret=True),
        Field("carriers", "承运商对照", "Carriers", default="SF=shunfeng,ZTO=zhongtong,YTO=yuantong,EMS=ems,JD=jd"),
    ),
    events=(),
)
