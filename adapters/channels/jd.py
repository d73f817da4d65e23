"""JD: calls signed with MD5 over the sorted parameters, ``360buy_param_json`` among them; orders pulled by change.

Source: JOS, signing (open.jd.com, listId 2643), jingdong.pop.order.search and jingdong.pop.order.get.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.pull import Call, Page, Platform, RateLimited, Seen, TokenExpired, back, from_local, local, rows
from adapters.channels.taobao import FORM, sign
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.pull import Answer, Shop, Span, Status

__all__ = ["HOME", "PLATFORM", "sign"]

PAGE = 100
STATES = "WAIT_SELLER_STOCK_OUT,WAIT_SELLER_DELIVERY,WAIT_GOODS_RECEIVE_CONFIRM,FINISHED_L,TRADE_CANCELED,LOCKED,PAUSE"
_FIELDS = (
    "orderId,orderState,modified,orderStartTime,paymentConfirmTime,orderTotalPrice,orderPayment,freightPrice,sellerDiscount,"
    "orderRemark,venderRemark,pin,open_id_buyer,consigneeInfo,itemInfoList,couponDetailList,invoiceInfo"
)
_READY = {"WAIT_SELLER_STOCK_OUT", "WAIT_SELLER_DELIVERY", "LOCKED", "PAUSE"}


def _status(word: Any) -> Status:
    if word in _READY:
        return "ready"
    return "cancelled" if word == "TRADE_CANCELED" else "gone"


def _call(shop: Shop, method: str, own: dict[str, Any]) -> Call:
    told = {
        "method": method,
        "app_key": shop.secret("app_key"),
        "access_token": shop.secret("access_token"),
        "v": "2.0",
    }
    told["timestamp"] = local(shop.now, "%Y-%m-%d %H:%M:%S.") + f"{shop.now.microsecond // 1000:03d}+0800"
    told["360buy_param_json"] = json.dumps(own, sort_keys=True, separators=(",", ":"))
    told["sign"] = sign(told, shop.secret("app_secret"))
    return Call("POST", f"{shop.url}/routerjson", urlencode(told).encode(), FORM)


def _listing(shop: Shop, span: Span, token: str | None) -> Call:
    own = {"start_date": local(span.since), "end_date": local(span.until), "order_state": STATES, "dateType": 0}
    own |= {
        "sortType": 0,
        "optional_fields": "orderId,orderState,modified",
        "page": token or "1",
        "page_size": str(PAGE),
    }
    return _call(shop, "jingdong.pop.order.search", own)


def _listed(answer: Answer, token: str | None) -> Page:
    told = answer.json()["jingdong_pop_order_search_responce"]["searchorderinfo_result"]
    return Page(tuple(map(_seen, rows(told, "orderInfoList"))), back(token, told.get("orderTotal"), PAGE))


def _seen(order: dict[str, Any], record: Any = None) -> Seen:
    return Seen(str(order["orderId"]), from_local(order.get("modified")), _status(order.get("orderState")), record)


def _detail(shop: Shop, number: str) -> Call:
    return _call(
        shop, "jingdong.pop.order.get", {"order_id": number, "optional_fields": _FIELDS, "order_state": STATES}
    )


def _detailed(value: Any) -> Seen:
    return _seen(value["jingdong_pop_order_get_responce"]["orderDetailInfo"]["orderInfo"], value)


def _fault(answer: Answer) -> None:
    error = answer.json().get("error_response")
    if error is None:
        return
    code, said = str(error.get("code", "")), str(error.get("zh_desc") or error.get("en_desc") or "")
    if code in ("18", "19"):  # missing and invalid access_token
        raise TokenExpired
    if "超限" in said or "频" in said or "limit" in said.lower():
        raise RateLimited(60.0)
    raise TransportError(
        f"{code} {said}"[:200], f"平台报错 {code} {said}"[:200], permanent=False, code=f"jd_{code}"[:32]
    )


def _refresh(shop: Shop) -> Call:
    told = {"app_key": shop.secret("app_key"), "app_secret": shop.secret("app_secret"), "grant_type": "refresh_token"}
    told["refresh_token"] = shop.secret("refresh_token")
    address = "https://open-oauth.jd.com" if shop.url == HOME else shop.url
    return Call("POST", f"{address}/oauth2/refresh_token", urlencode(told).encode(), FORM)


HOME = "https://api.jd.com"
PLATFORM = Platform(HOME, _fault, _detail, _detailed, _listing, _listed, _refresh)
