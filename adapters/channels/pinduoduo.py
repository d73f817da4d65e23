"""Pinduoduo: calls signed with MD5 over the sorted parameters; a clock ten minutes off is refused; orders by change.

Source: PDD open platform, signing (document 8EC06C399636041E), pdd.order.number.list.increment.get (spans of at most 30
minutes, read backward) and pdd.order.information.get.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.channels.pull import Call, Page, Platform, RateLimited, Seen, TokenExpired, back, from_local, rows
from adapters.channels.taobao import sign
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.pull import Answer, Shop, Span, Status

__all__ = ["CLOCK_TOLERANCE_S", "HOME", "PLATFORM", "sign"]

CLOCK_TOLERANCE_S = 600
PAGE = 100
REFUNDED = 4
_EXPIRED = {"10018", "10019", "10035"}  # no, expired, withdrawn access_token
_LIMITED = {"52101", "52102", "52103", "70031"}


def _status(order: dict[str, Any]) -> Status:
    if str(order.get("refund_status")) == str(REFUNDED):
        return "cancelled"
    return {"0": "wait", "1": "ready"}.get(str(order.get("order_status")), "gone")  # type: ignore[return-value]


def _call(shop: Shop, kind: str, **own: str) -> Call:
    told = {"type": kind, "client_id": shop.secret("app_key"), "timestamp": str(int(shop.now.timestamp()))}
    told |= {"data_type": "JSON", **own}
    told["sign"] = sign(told, shop.secret("app_secret"))
    return Call("POST", f"{shop.url}/api/router", json.dumps(told).encode(), {"Content-Type": "application/json"})


def _listing(shop: Shop, span: Span, token: str | None) -> Call:
    own = {"start_updated_at": str(int(span.since.timestamp())), "end_updated_at": str(int(span.until.timestamp()))}
    own |= {
        "order_status": "5",
        "refund_status": "5",
        "is_lucky_flag": "0",
        "page": token or "1",
        "page_size": str(PAGE),
    }
    return _call(shop, "pdd.order.number.list.increment.get", access_token=shop.secret("access_token"), **own)


def _listed(answer: Answer, token: str | None) -> Page:
    told = answer.json()["order_sn_increment_get_response"]
    return Page(tuple(map(_seen, rows(told, "order_sn_list"))), back(token, told.get("total_count"), PAGE))


def _seen(order: dict[str, Any], record: Any = None) -> Seen:
    return Seen(str(order["order_sn"]), from_local(order.get("updated_at")), _status(order), record)


def _detail(shop: Shop, number: str) -> Call:
    return _call(shop, "pdd.order.information.get", access_token=shop.secret("access_token"), order_sn=number)


def _detailed(value: Any) -> Seen:
    return _seen(value["order_info_get_response"]["order_info"], value)


def _fault(answer: Answer) -> None:
    error = answer.json().get("error_response")
    if error is None:
        return
    codes = {str(error.get("error_code", "")), str(error.get("sub_code", ""))}
    if codes & _EXPIRED:
        raise TokenExpired
    if codes & _LIMITED:
        raise RateLimited(30.0)
    said = f"{error.get('error_code')} {error.get('sub_msg') or error.get('error_msg')}"
    raise TransportError(
        said[:200], f"平台报错 {said}"[:200], permanent=False, code=f"pdd_{error.get('error_code')}"[:32]
    )


def _refresh(shop: Shop) -> Call:
    return _call(shop, "pdd.pop.auth.token.refresh", refresh_token=shop.secret("refresh_token"))


HOME = "https://gw-api.pinduoduo.com"
PLATFORM = Platform(HOME, _fault, _detail, _detailed, _listing, _listed, _refresh, widest=timedelta(minutes=30))
