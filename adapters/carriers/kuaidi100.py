"""快递100: where a parcel is, asked one by one, and told by the platform itself where it is subscribed to.

Place in the order's way: after shipping; `server/desk/outlets/tracking.py` asks every 15 minutes for open parcels only,
and subscribes each once where an address for calls is named. A call is signed with the salt of the subscription.
Source: api.kuaidi100.com, real-time query: POST form of customer, param and sign = upper hex MD5(param + key +
customer); ``phone`` of sender or receiver is needed for 顺丰; state 0 在途 1 揽收 2 疑难 3 签收 4 退签 5 派件 6 退回
8 清关 14 拒签. Subscription: POST /poll of schema=json and param {company, number, key, parameters {callbackurl, salt,
phone}}; returnCode 200, or 501 where it stands already. Call: form of param and sign = MD5(param + salt); param holds
status (polling, shutdown, abort, updateall) and lastResult {com, nu, state, data}, the whole track, newest first.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.incoming import md5, refused, same
from adapters.http import json_object, post
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from orders.errors import SenderError, TransportError

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Secrets, Target

Json = dict[str, Any]
OPEN, EXCEPTION, SIGNED, RETURNED = "open", "exception", "signed", "returned"
_STATES = {"2": EXCEPTION, "3": SIGNED, "4": RETURNED, "6": RETURNED, "14": RETURNED}
_PHONE = re.compile(r"(?<!\d)(\+?86)?1[3-9]\d{9}(?!\d)|0\d{2,3}-?\d{7,8}")
MOST_NODES = 100
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SUBSCRIBED = ("200", "501")
_COMPANIES = (
    "SF=shunfeng,ZTO=zhongtong,YTO=yuantong,STO=shentong,YUNDA=yunda,JT=jtexpress,DPK=debangkuaidi,EMS=ems,JD=jd"
)


@dataclass(frozen=True, slots=True)
class Track:
    """Where a parcel is: its state and what happened, newest first, without telephone numbers."""

    state: str
    nodes: tuple[Json, ...]


def ask(target: Target, secrets: Secrets, carrier: str, waybill: str) -> Track:
    """Ask where a parcel is. Raises TransportError, permanent when the number can never be found."""
    wanted = {"com": companies(target).get(carrier, carrier.lower()), "num": waybill, **_phone(target)}
    param = json.dumps(wanted, separators=(",", ":"))
    customer = target.settings["customer"]
    sign = hashlib.md5(f"{param}{secrets[0]}{customer}".encode(), usedforsecurity=False).hexdigest().upper()
    body = urlencode({"customer": customer, "sign": sign, "param": param}).encode()
    url = f"{target.url.rstrip('/')}/poll/query.do"
    value = json_object(post(url, body, _FORM, target.timeout_s))
    if str(value.get("status")) != "200":
        code, told = str(value.get("returnCode", "")), str(value.get("message", ""))[:200]
        raise TransportError(f"refused: {code} {told}", f"快递100：{told}", permanent=False, code=f"code_{code}")
    return _track(value)


def companies(target: Target) -> dict[str, str]:
    """Return the platform's code of each carrier of ours that the destination maps."""
    pairs = dict(pair.split("=", 1) for pair in target.settings["carriers"].split(",") if "=" in pair)
    return {name.strip(): code.strip() for name, code in pairs.items()}


def _phone(target: Target) -> dict[str, str]:
    phone = target.settings.get("phone", "")
    return {"phone": phone} if phone else {}


def subscribe(target: Target, secrets: Secrets, carrier: str, waybill: str) -> None:
    """Ask to be called when a parcel moves. Raises TransportError."""
    parameters = {"callbackurl": target.settings["callback_url"], "salt": salt_of(secrets), **_phone(target)}
    company = companies(target).get(carrier, carrier.lower())
    param = {"company": company, "number": waybill, "key": secrets[0], "parameters": parameters}
    body = urlencode({"schema": "json", "param": json.dumps(param, separators=(",", ":"))}).encode()
    value = json_object(post(f"{target.url.rstrip('/')}/poll", body, _FORM, target.timeout_s))
    code = str(value.get("returnCode", ""))
    if code not in _SUBSCRIBED:
        told = str(value.get("message", ""))[:200]
        raise TransportError(f"refused: {code} {told}", f"快递100：{told}", permanent=False, code=f"code_{code}")


def salt_of(secrets: Secrets) -> str:
    """Return what calls are signed with; empty where none was set."""
    return secrets[1] if len(secrets) > 1 else ""


@dataclass(frozen=True, slots=True)
class Call:
    """What a call says: of which parcel, by the platform's code of the carrier."""

    company: str
    waybill: str
    track: Track


def heard(param: str, sign: str, salt: str) -> Call:
    """Read a call. Raises BadSignature (also where no salt was set), SenderError when it says nothing of a parcel."""
    if not salt:
        raise refused("No salt is set to check calls with", "没有设置签名用的 salt")
    same(sign.strip().lower(), md5(param.encode(), salt.encode()))
    try:
        value = json.loads(param)
    except ValueError:
        value = None
    last = value.get("lastResult") if isinstance(value, dict) else None
    if not isinstance(last, dict) or not last.get("nu"):
        raise SenderError("The call names no parcel", "回调里没有运单", code="unfit")
    return Call(str(last.get("com") or ""), str(last["nu"]), _track(last))


def _track(value: Json) -> Track:
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
        Field("carriers", "承运商对照", "Carriers", default=_COMPANIES),
        Field("phone", "寄件人手机（顺丰必填）", "Sender's phone (SF needs it)"),
        Field(
            "callback_url", "推送到（本站 /v1/tracks/编码 的公网地址）", "Push to (public address of /v1/tracks/code)"
        ),
        Field("salt", "推送签名 salt", "Salt that signs pushes", secret=True),
    ),
    events=(),
)
