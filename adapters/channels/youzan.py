"""Youzan: pushes signed with MD5 over client id, raw body and secret; orders pulled by change, whole in the list.

Source: Youzan open platform, message push, youzan.trades.sold.get 4.0.4, youzan.trade.get 4.0.2, auth/token.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.incoming import md5, same, text_of
from adapters.channels.pull import Call, Page, Platform, RateLimited, Seen, TokenExpired, back, from_local, local, rows
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets
    from adapters.channels.pull import Answer, Shop, Span, Status

PAGE = 100
_EXPIRED = {4201, 4202, 4203}  # missing, invalid, expired token


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check ``event-sign``."""
    key, secret = text_of(secrets, "app_key"), text_of(secrets, "app_secret")
    same(incoming.header("event-sign").lower(), md5(key.encode(), incoming.body, secret.encode()))
    return incoming.header("msg-id")


def _status(word: Any) -> Status:
    words: dict[str, Status] = {"WAIT_BUYER_PAY": "wait", "WAIT_CONFIRM": "wait", "TRADE_PAID": "ready"}
    words |= {"WAIT_SELLER_SEND_GOODS": "ready", "TRADE_CLOSED": "cancelled"}
    return words.get(str(word), "gone")


def _call(shop: Shop, name: str, version: str, own: dict[str, Any]) -> Call:
    url = f"{shop.url}/api/{name}/{version}?{urlencode({'access_token': shop.secret('access_token')})}"
    return Call("POST", url, json.dumps(own).encode(), {"Content-Type": "application/json"})


def _listing(shop: Shop, span: Span, token: str | None) -> Call:
    own = {"start_update": local(span.since), "end_update": local(span.until)}
    return _call(shop, "youzan.trades.sold.get", "4.0.4", {**own, "page_no": int(token or 1), "page_size": PAGE})


def _listed(answer: Answer, token: str | None) -> Page:
    told = answer.json().get("data") or {}
    return Page(tuple(map(_seen, rows(told, "full_order_info_list"))), back(token, told.get("total_results"), PAGE))


def _seen(order: dict[str, Any]) -> Seen:
    told = order["full_order_info"]["order_info"]
    return Seen(str(told["tid"]), from_local(told.get("update_time")), _status(told.get("status")), {"data": order})


def _detail(shop: Shop, number: str) -> Call:
    return _call(shop, "youzan.trade.get", "4.0.2", {"tid": number})


def _detailed(value: Any) -> Seen:
    return _seen(value["data"])


def _fault(answer: Answer) -> None:
    told = answer.json()
    error = told.get("gw_err_resp") or {}
    code = error.get("err_code") or (0 if told.get("success", True) else told.get("code", -1))
    if code in (0, 200):
        return
    if code in _EXPIRED:
        raise TokenExpired
    said = f"{code} {error.get('err_msg') or told.get('message') or ''}"[:200]
    if "限流" in said or "频" in said:
        raise RateLimited(10.0)
    raise TransportError(said, f"平台报错 {said}", permanent=False, code=f"youzan_{code}"[:32])


def _refresh(shop: Shop) -> Call:
    own = {"authorize_type": "refresh_token", "client_id": shop.secret("app_key")}
    own |= {"client_secret": shop.secret("app_secret"), "refresh_token": shop.secret("refresh_token")}
    return Call("POST", f"{shop.url}/auth/token", json.dumps(own).encode(), {"Content-Type": "application/json"})


HOME = "https://open.youzanyun.com"
PLATFORM = Platform(HOME, _fault, _detail, _detailed, _listing, _listed, _refresh)
