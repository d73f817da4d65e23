"""WeChat shop: pushes carry SHA-1 over the sorted token, timestamp and nonce; orders pulled by change.

The list gives numbers only. Source: WeChat, message push; channels/ec/order/list/get and order/get; stable_token.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.incoming import in_time, same, text_of
from adapters.channels.pull import Call, Page, Platform, RateLimited, Seen, TokenExpired, from_epoch
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets
    from adapters.channels.pull import Answer, Shop, Span, Status

PAGE = 100
_EXPIRED = {40001, 40014, 41001, 42001}  # invalid, illegal, missing, expired access_token
_LIMITED = {45009, 45011}


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check ``signature``; the nonce names the delivery."""
    stamp, nonce = incoming.query.get("timestamp", ""), incoming.query.get("nonce", "")
    in_time(stamp, incoming)
    told = "".join(sorted((text_of(secrets, "token"), stamp, nonce)))
    same(incoming.query.get("signature", ""), hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest())
    return f"{stamp}-{nonce}"


def _status(word: Any) -> Status:
    words: dict[str, Status] = {"10": "wait", "12": "wait", "13": "wait", "20": "ready", "21": "ready"}
    return {**words, "200": "cancelled", "250": "cancelled"}.get(str(word), "gone")


def _call(shop: Shop, path: str, own: dict[str, Any]) -> Call:
    url = f"{shop.url}{path}?{urlencode({'access_token': shop.secret('access_token')})}"
    return Call("POST", url, json.dumps(own).encode(), {"Content-Type": "application/json"})


def _listing(shop: Shop, span: Span, token: str | None) -> Call:
    between = {"start_time": int(span.since.timestamp()), "end_time": int(span.until.timestamp())}
    own = {"update_time_range": between, "page_size": PAGE, "next_key": token or ""}
    return _call(shop, "/channels/ec/order/list/get", own)


def _listed(answer: Answer, _token: str | None) -> Page:
    told = answer.json()
    seen = tuple(Seen(str(number), None, "ready") for number in told.get("order_id_list") or ())
    return Page(seen, str(told["next_key"]) if told.get("has_more") else None)


def _detail(shop: Shop, number: str) -> Call:
    return _call(shop, "/channels/ec/order/get", {"order_id": number})


def _detailed(value: Any) -> Seen:
    order = value["order"]
    return Seen(str(order["order_id"]), from_epoch(order.get("update_time")), _status(order.get("status")), value)


def _fault(answer: Answer) -> None:
    told = answer.json()
    code = told.get("errcode", 0)
    if code == 0:
        return
    if code in _EXPIRED:
        raise TokenExpired
    if code in _LIMITED:
        raise RateLimited(60.0)
    said = f"{code} {told.get('errmsg', '')}"[:200]
    raise TransportError(said, f"平台报错 {said}", permanent=False, code=f"wx_{code}"[:32])


def _refresh(shop: Shop) -> Call:
    own = {"grant_type": "client_credential", "appid": shop.secret("app_key"), "secret": shop.secret("app_secret")}
    return Call(
        "POST", f"{shop.url}/cgi-bin/stable_token", json.dumps(own).encode(), {"Content-Type": "application/json"}
    )


HOME = "https://api.weixin.qq.com"
PLATFORM = Platform(
    HOME,
    _fault,
    _detail,
    _detailed,
    _listing,
    _listed,
    _refresh,
    overlap=timedelta(minutes=1),  # without times in the list every order of the overlap is read again
    needs=("app_key", "app_secret"),
)
