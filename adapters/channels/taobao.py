"""Taobao and Tmall (TOP): calls signed with MD5 or HMAC-MD5 over the sorted parameters; orders pulled by change.

Source: TOP, signing (document 101617), taobao.trades.sold.increment.get, taobao.trade.fullinfo.get, error codes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.incoming import md5
from adapters.channels.pull import Call, Page, Platform, RateLimited, Seen, TokenExpired, back, from_local, local, rows
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.pull import Answer, Shop, Span, Status

PAGE = 100
FORM = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
_BAN = re.compile(r"last for (\d+)")
_WAIT = {"TRADE_NO_CREATE_PAY", "WAIT_BUYER_PAY", "PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM"}
_READY = {"WAIT_SELLER_SEND_GOODS", "PAID_FORBID_CONSIGN"}


def sign(params: dict[str, str], secret: str, method: str = "md5") -> str:
    """Sign a call; upper hex. Empty values are left out, ``sign`` itself too."""
    told = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign" and params[name] != "")
    if method == "hmac":
        return hmac.new(secret.encode(), told.encode(), hashlib.md5).hexdigest().upper()
    return md5(secret.encode(), told.encode(), secret.encode()).upper()


def status_of(word: Any) -> Status:
    """Return what the platform's word for an order's state means."""
    if word in _WAIT:
        return "wait"
    if word in _READY:
        return "ready"
    return "cancelled" if str(word).startswith("TRADE_CLOSED") else "gone"


def _call(shop: Shop, method: str, **own: str) -> Call:
    told = {"method": method, "app_key": shop.secret("app_key"), "session": shop.secret("access_token")}
    told |= {"timestamp": local(shop.now), "format": "json", "v": "2.0", "sign_method": "md5", **own}
    told["sign"] = sign(told, shop.secret("app_secret"))
    return Call("POST", f"{shop.url}/router/rest", urlencode(told).encode(), FORM)


def _listing(shop: Shop, span: Span, token: str | None) -> Call:
    between = {"start_modified": local(span.since), "end_modified": local(span.until)}
    page = {"page_no": token or "1", "page_size": str(PAGE)}
    return _call(shop, "taobao.trades.sold.increment.get", fields="tid,status,modified", **between, **page)


def _listed(answer: Answer, token: str | None) -> Page:
    told = answer.json()["trades_sold_increment_get_response"]
    return Page(tuple(map(_seen, rows(told, "trades", "trade"))), back(token, told.get("total_results"), PAGE))


def _seen(trade: dict[str, Any]) -> Seen:
    return Seen(str(trade["tid"]), from_local(trade.get("modified")), status_of(trade.get("status")))


_FIELDS = (
    "tid,tid_str,status,modified,created,pay_time,payment,post_fee,discount_fee,adjust_fee,buyer_open_uid,ouid,buyer_nick,"
    "buyer_message,seller_memo,receiver_name,receiver_mobile,receiver_phone,receiver_state,receiver_city,receiver_district,"
    "receiver_town,receiver_address,receiver_zip,promotion_details,service_tags,orders"
)


def _detail(shop: Shop, number: str) -> Call:
    return _call(shop, "taobao.trade.fullinfo.get", tid=number, fields=_FIELDS)


def _detailed(value: Any) -> Seen:
    trade = value["trade_fullinfo_get_response"]["trade"]
    return Seen(
        str(trade.get("tid_str") or trade["tid"]), from_local(trade.get("modified")), status_of(trade["status"]), value
    )


def _fault(answer: Answer) -> None:
    error = answer.json().get("error_response")
    if error is None:
        return
    code, more = str(error.get("code", "")), f"{error.get('sub_code', '')} {error.get('sub_msg', '')}"
    if code in ("26", "27"):  # missing and invalid session
        raise TokenExpired
    if code == "7" or "limited-by" in more:
        ban = _BAN.search(more)
        raise RateLimited(float(ban[1]) + 1 if ban else 60.0)
    raise TransportError(
        f"{code} {more}"[:200], f"平台报错 {code} {more}"[:200], permanent=False, code=f"top_{code}"[:32]
    )


def _refresh(shop: Shop) -> Call:
    told = {
        "grant_type": "refresh_token",
        "client_id": shop.secret("app_key"),
        "client_secret": shop.secret("app_secret"),
    }
    told["refresh_token"] = shop.secret("refresh_token")
    address = "https://oauth.taobao.com" if shop.url == HOME else shop.url
    return Call("POST", f"{address}/token", urlencode(told).encode(), FORM)


HOME = "https://eco.taobao.com"
PLATFORM = Platform(HOME, _fault, _detail, _detailed, _listing, _listed, _refresh)
