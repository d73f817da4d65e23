"""Dialects whose calls carry a token or a password only: WeChat shop, Youzan, Shopify, WooCommerce."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.stub.dialect import NAME, PHONE, STREET, Dialect, Reply, Wish, china, epoch, in_china

if TYPE_CHECKING:
    from adapters.channels.stub.dialect import Listed, Request
    from adapters.channels.stub.shop import Order, Shop


# --- WeChat shop ------------------------------------------------------------------------------------------------------


def _wechat_read(request: Request, shop: Shop) -> Wish:
    own = json.loads(request.body)
    if request.path == "/cgi-bin/stable_token":
        return Wish("renew", own.get("secret") == shop.secret, renewal=None)
    token = request.query.get("access_token", "")
    if request.path == "/channels/ec/order/get":
        return Wish("detail", token=token, number=own["order_id"])
    span = own["update_time_range"]
    page, size = int(own["next_key"] or 1), own["page_size"]
    return Wish("list", True, token, epoch(span["start_time"]), epoch(span["end_time"]), page, size)


def _wechat_listing(listed: Listed) -> Reply:
    told: dict[str, Any] = {
        "errcode": 0,
        "order_id_list": [one.number for one in listed.orders],
        "has_more": listed.more,
    }
    return Reply({**told, "next_key": str(listed.page + 1)})


def _wechat_detail(order: Order) -> Reply:
    return Reply({"errcode": 0, "order": {**order.record["order"], "update_time": int(order.changed_at.timestamp())}})


def _wechat_refused(why: str, _shop: Shop) -> Reply:
    code = {"signature": 40125, "token": 42001, "limit": 45009}.get(why, 10020051)
    return Reply({"errcode": code, "errmsg": why})


def _wechat_sample(number: str, at: datetime) -> dict[str, Any]:
    stamp = int(at.timestamp())
    line: dict[str, Any] = {"sku_code": "A-1001", "title": "A型接头", "sku_cnt": 2, "sale_price": 1250, "sku_id": "1"}
    place: dict[str, Any] = {
        "user_name": NAME,
        "tel_number": PHONE,
        "province_name": "江苏省",
        "city_name": "苏州市",
        "county_name": "虎丘区",
    }
    detail: dict[str, Any] = {
        "product_infos": [line],
        "price_info": {"order_price": 2500, "freight": 0, "discounted_price": 0},
    }
    detail |= {"pay_info": {"pay_time": stamp}, "delivery_info": {"address_info": {**place, "detail_info": STREET}}}
    order: dict[str, Any] = {
        "order_id": number,
        "status": 20,
        "create_time": stamp,
        "update_time": stamp,
        "openid": "o1",
    }
    return {"errcode": 0, "order": {**order, "order_detail": detail}}


WECHAT = Dialect(_wechat_read, _wechat_listing, _wechat_detail, _wechat_refused, _wechat_sample)


# --- Youzan -----------------------------------------------------------------------------------------------------------


def _youzan_read(request: Request, shop: Shop) -> Wish:
    own = json.loads(request.body)
    if request.path == "/auth/token":
        return Wish("renew", own.get("client_secret") == shop.secret, renewal=own.get("refresh_token", ""))
    token = request.query.get("access_token", "")
    if "youzan.trade.get/" in request.path:
        return Wish("detail", token=token, number=own["tid"])
    return Wish(
        "list", True, token, china(own["start_update"]), china(own["end_update"]), own["page_no"], own["page_size"]
    )


def _youzan_order(order: Order) -> dict[str, Any]:
    whole = order.record["data"]["full_order_info"]
    return {
        "full_order_info": {**whole, "order_info": {**whole["order_info"], "update_time": in_china(order.changed_at)}}
    }


def _youzan_listing(listed: Listed) -> Reply:
    told: dict[str, Any] = {
        "full_order_info_list": list(map(_youzan_order, listed.orders)),
        "total_results": listed.total,
    }
    return Reply({"success": True, "code": 200, "data": told})


def _youzan_refused(why: str, _shop: Shop) -> Reply:
    told: dict[str, Any] = {"token": (4203, "token过期"), "limit": (4301, "接口限流")}
    code, said = told.get(why, (5000, why))
    return Reply({"gw_err_resp": {"err_code": code, "err_msg": said}})


def _youzan_sample(number: str, at: datetime) -> dict[str, Any]:
    order: dict[str, Any] = {
        "tid": number,
        "status": "WAIT_SELLER_SEND_GOODS",
        "created": in_china(at),
        "pay_time": in_china(at),
    }
    place: dict[str, Any] = {
        "receiver_name": NAME,
        "receiver_tel": PHONE,
        "delivery_province": "江苏省",
        "delivery_city": "苏州市",
    }
    line: dict[str, Any] = {
        "outer_sku_id": "A-1001",
        "title": "A型接头",
        "num": 2,
        "price": "12.50",
        "payment": "25.00",
        "oid": number,
    }
    whole: dict[str, Any] = {
        "order_info": {**order, "update_time": in_china(at)},
        "buyer_info": {"yz_open_id": "yz1"},
        "orders": [line],
    }
    whole |= {"address_info": {**place, "delivery_district": "虎丘区", "delivery_address": STREET}}
    return {
        "data": {
            "full_order_info": {**whole, "pay_info": {"payment": "25.00", "post_fee": "0.00", "total_fee": "25.00"}}
        }
    }


YOUZAN = Dialect(
    _youzan_read,
    _youzan_listing,
    lambda order: Reply({"success": True, "code": 200, "data": _youzan_order(order)}),
    _youzan_refused,
    _youzan_sample,
    lambda tokens: Reply({"success": True, "code": 200, "data": tokens}),
)


# --- Shopify ----------------------------------------------------------------------------------------------------------


def _iso(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _shopify_read(request: Request, _shop: Shop) -> Wish:
    token = request.headers.get("x-shopify-access-token", "")
    name = request.path.rpartition("/")[2].removesuffix(".json")
    if name != "orders":
        return Wish("detail", token=token, number=name)
    query = dict(request.query)
    if "page_info" in query:  # the cursor holds the span; nothing else may stand beside it
        since, until, page = base64.urlsafe_b64decode(query["page_info"]).decode().split("|")
        return Wish(
            "list",
            set(query) == {"limit", "page_info"},
            token,
            _iso(since),
            _iso(until),
            int(page),
            int(query["limit"]),
        )
    return Wish(
        "list", True, token, _iso(query["updated_at_min"]), _iso(query["updated_at_max"]), 1, int(query["limit"])
    )


def _shopify_listing(listed: Listed) -> Reply:
    headers = {}
    if listed.more:
        query = listed.request.query
        span = (
            base64.urlsafe_b64decode(query["page_info"]).decode().split("|")[:2]
            if "page_info" in query
            else [query["updated_at_min"], query["updated_at_max"]]
        )
        cursor = base64.urlsafe_b64encode("|".join([*span, str(listed.page + 1)]).encode()).decode()
        url = f"http://{listed.request.headers['host']}{listed.request.path}"
        headers["Link"] = f'<{url}?{urlencode({"limit": query["limit"], "page_info": cursor})}>; rel="next"'
    return Reply({"orders": list(map(_shopify_order, listed.orders))}, 200, headers)


def _shopify_order(order: Order) -> dict[str, Any]:
    return {**order.record["order"], "updated_at": order.changed_at.isoformat()}


def _shopify_refused(why: str, shop: Shop) -> Reply:
    if why == "limit":
        return Reply({"errors": "Exceeded 2 calls per second"}, 429, {"Retry-After": f"{shop.mood.retry_after_s}.0"})
    return Reply({"errors": why}, {"token": 401, "signature": 400}.get(why, 404))


def _shopify_sample(number: str, at: datetime) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": 1,
        "sku": "A-1001",
        "name": "A型接头",
        "title": "A型接头",
        "quantity": 2,
        "price": "12.50",
    }
    money = {"total_line_items_price": "25.00", "total_discounts": "0.00", "total_tax": "0.00", "total_price": "25.00"}
    place: dict[str, Any] = {
        "name": NAME,
        "phone": PHONE,
        "address1": STREET,
        "city": "苏州市",
        "province": "江苏省",
        "zip": "215000",
    }
    order: dict[str, Any] = {
        "id": int(number),
        "name": f"#{number}",
        "created_at": at.isoformat(),
        "updated_at": at.isoformat(),
    }
    order |= {"currency": "CNY", "financial_status": "paid", "fulfillment_status": None, "cancelled_at": None}
    return {"order": {**order, **money, "shipping_address": {**place, "country": "China"}, "line_items": [line]}}


SHOPIFY = Dialect(
    _shopify_read,
    _shopify_listing,
    lambda order: Reply({"order": _shopify_order(order)}),
    _shopify_refused,
    _shopify_sample,
)


# --- WooCommerce ------------------------------------------------------------------------------------------------------


def _woo_read(request: Request, shop: Shop) -> Wish:
    right = "Basic " + base64.b64encode(f"{shop.key}:{shop.secret}".encode()).decode()
    signed = request.headers.get("authorization") == right
    name = request.path.rpartition("/")[2]
    if name != "orders":
        return Wish("detail", signed, number=name)
    query = request.query
    span = (_iso(query["modified_after"]), _iso(query["modified_before"]))
    return Wish("list", signed, None, *span, int(query["page"]), int(query["per_page"]))


def _woo_order(order: Order) -> dict[str, Any]:
    return {**order.record, "date_modified_gmt": order.changed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")}


def _woo_sample(number: str, at: datetime) -> dict[str, Any]:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    line: dict[str, Any] = {
        "id": 1,
        "sku": "A-1001",
        "name": "A型接头",
        "quantity": 2,
        "price": 12.5,
        "subtotal": "25.00",
        "total": "25.00",
    }
    order: dict[str, Any] = {
        "id": int(number),
        "number": number,
        "status": "processing",
        "currency": "CNY",
        "customer_id": 0,
    }
    order |= {"date_created_gmt": stamp, "date_paid_gmt": stamp, "date_modified_gmt": stamp, "total": "25.00"}
    order |= {"discount_total": "0.00", "shipping_total": "0.00", "total_tax": "0.00", "line_items": [line]}
    place: dict[str, Any] = {
        "first_name": "工",
        "last_name": "王",
        "address_1": STREET,
        "city": "苏州市",
        "state": "江苏省",
        "country": "CN",
    }
    return {**order, "billing": {**place, "phone": PHONE, "email": "w@example.com"}, "shipping": place}


def _woo_refused(why: str, shop: Shop) -> Reply:
    if why == "limit":
        return Reply({"code": "too_many_requests"}, 429, {"Retry-After": str(shop.mood.retry_after_s)})
    return Reply({"code": why}, {"signature": 401}.get(why, 404))


WOOCOMMERCE = Dialect(
    _woo_read,
    lambda listed: Reply(list(map(_woo_order, listed.orders)), 200, {"X-WP-Total": str(listed.total)}),
    lambda order: Reply(_woo_order(order)),
    _woo_refused,
    _woo_sample,
)
