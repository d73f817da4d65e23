"""Douyin: calls signed with HMAC-SHA256, pushes with MD5 over the raw body; orders pulled by change, whole in the list.

Source: Douyin open platform, signing, order.searchList, token.refresh.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.incoming import md5, same, text_of
from adapters.channels.pull import Call, Page, Platform, RateLimited, Seen, TokenExpired, back, from_epoch, rows
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets
    from adapters.channels.pull import Answer, Shop, Span, Status

PAGE = 100
OK = 10000


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check a push: ``event-sign`` = md5(app_key + body + app_secret); the message's own id names the delivery."""
    key, secret = text_of(secrets, "app_key"), text_of(secrets, "app_secret")
    same(incoming.header("event-sign").lower(), md5(key.encode(), incoming.body, secret.encode()))
    try:
        told = json.loads(incoming.body)
    except ValueError:
        return ""
    first = told[0] if isinstance(told, list) and told else told
    return str(first.get("msg_id", "")) if isinstance(first, dict) else ""


def param_json(value: Any) -> str:
    """Write the call's parameters as the platform signs them: keys sorted, nothing escaped, no blanks."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sign(params: dict[str, str], secret: str) -> str:
    """Sign a call: hex HMAC-SHA256(secret, secret + app_key…method…param_json…timestamp…v… + secret)."""
    names = ("app_key", "method", "param_json", "timestamp", "v")
    told = secret + "".join(name + params[name] for name in names) + secret
    return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()


def _status(word: Any) -> Status:
    words: dict[str, Status] = {"1": "wait", "103": "wait", "105": "ready", "2": "ready", "4": "cancelled"}
    return words.get(str(word), "gone")


def _call(shop: Shop, method: str, own: dict[str, Any], token: str) -> Call:
    told = {"app_key": shop.secret("app_key"), "method": method, "param_json": param_json(own)}
    told |= {"timestamp": str(int(shop.now.timestamp())), "v": "2"}
    signed = {"sign": sign(told, shop.secret("app_secret")), "sign_method": "hmac-sha256", "access_token": token}
    query = {name: value for name, value in told.items() if name != "param_json"}
    url = f"{shop.url}/{method.replace('.', '/')}?{urlencode({**query, **signed})}"
    return Call("POST", url, told["param_json"].encode(), {"Content-Type": "application/json"})


def _listing(shop: Shop, span: Span, token: str | None) -> Call:
    own = {"update_time_start": int(span.since.timestamp()), "update_time_end": int(span.until.timestamp())}
    own |= {"size": PAGE, "page": int(token or 1) - 1}
    return _call(
        shop, "order.searchList", {**own, "order_by": "update_time", "order_asc": True}, shop.secret("access_token")
    )


def _listed(answer: Answer, token: str | None) -> Page:
    told = answer.json().get("data") or {}
    return Page(tuple(map(_seen, rows(told, "shop_order_list"))), back(token, told.get("total"), PAGE))


def _seen(order: dict[str, Any]) -> Seen:
    record = {"data": {"shop_order_detail": order}}
    return Seen(
        str(order["order_id"]), from_epoch(order.get("update_time")), _status(order.get("order_status")), record
    )


def _detail(shop: Shop, number: str) -> Call:
    return _call(shop, "order.orderDetail", {"shop_order_id": number}, shop.secret("access_token"))


def _detailed(value: Any) -> Seen:
    return _seen(value["data"]["shop_order_detail"])


def _fault(answer: Answer) -> None:
    told = answer.json()
    code, more = told.get("code", OK), str(told.get("sub_code") or "")
    if code in (OK, 0):
        return
    if code in (30001, 30002) or "access-token" in more:
        raise TokenExpired
    if "limit" in more:
        raise RateLimited(10.0)
    said = f"{code} {more} {told.get('sub_msg') or told.get('msg') or ''}"
    raise TransportError(said[:200], f"平台报错 {said}"[:200], permanent=False, code=f"douyin_{code}"[:32])


def _refresh(shop: Shop) -> Call:
    own = {"refresh_token": shop.secret("refresh_token"), "grant_type": "refresh_token"}
    return _call(shop, "token.refresh", own, "")


HOME = "https://openapi-fxg.jinritemai.com"
PLATFORM = Platform(HOME, _fault, _detail, _detailed, _listing, _listed, _refresh)
