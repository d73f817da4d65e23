"""Dialects that sign each in a way of its own: Douyin, 1688, Meituan.

Written from the platforms' documents; the names of their fields and their spelling mistakes are theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from adapters.channels.stub.dialect import NAME, PHONE, STREET, Dialect, Reply, Wish, china, epoch, in_china, md5

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.channels.stub.dialect import Listed, Request
    from adapters.channels.stub.shop import Order, Shop

# --- Douyin -----------------------------------------------------------------------------------------------------------


def _douyin_read(request: Request, shop: Shop) -> Wish:
    query, body = request.query, request.body.decode()
    told = f"app_key{query['app_key']}method{query['method']}param_json{body}timestamp{query['timestamp']}v{query['v']}"
    right = hmac.new(shop.secret.encode(), f"{shop.secret}{told}{shop.secret}".encode(), hashlib.sha256).hexdigest()
    signed = (
        hmac.compare_digest(query.get("sign", ""), right) and request.path == f"/{query['method'].replace('.', '/')}"
    )
    own = json.loads(body)
    if query["method"] == "token.refresh":
        return Wish("renew", signed, renewal=own.get("refresh_token", ""))
    if query["method"] == "order.orderDetail":
        return Wish("detail", signed, query["access_token"], number=own["shop_order_id"])
    span = (epoch(own["update_time_start"]), epoch(own["update_time_end"]))
    return Wish("list", signed, query["access_token"], *span, own["page"] + 1, own["size"])


def _douyin_order(order: Order) -> dict[str, Any]:
    return {**order.record["data"]["shop_order_detail"], "update_time": int(order.changed_at.timestamp())}


def _douyin_listing(listed: Listed) -> Reply:
    told: dict[str, Any] = {
        "shop_order_list": list(map(_douyin_order, listed.orders)),
        "total": listed.total,
        "page": listed.page - 1,
    }
    return Reply({"code": 10000, "msg": "success", "data": told})


def _douyin_refused(why: str, _shop: Shop) -> Reply:
    told: dict[str, Any] = {
        "signature": (30003, "isv.sign-invalid"),
        "token": (30002, "isv.access-token-expired"),
        "limit": (40003, "isp.rate-limit"),
    }
    code, more = told.get(why, (50002, "isv.business-failed:order-not-found"))
    return Reply({"code": code, "msg": why, "sub_code": more, "sub_msg": why})


def _douyin_sample(number: str, at: datetime) -> dict[str, Any]:
    place: dict[str, Any] = {
        "province": {"name": "江苏省"},
        "city": {"name": "苏州市"},
        "town": {"name": "虎丘区"},
        "detail": STREET,
    }
    stamp = int(at.timestamp())
    order: dict[str, Any] = {
        "order_id": number,
        "order_status": 2,
        "create_time": stamp,
        "update_time": stamp,
        "pay_time": stamp,
    }
    line: dict[str, Any] = {"order_id": number, "sku_id": 1, "code": "A-1001", "product_name": "A型接头", "item_num": 2}
    order |= {
        "sku_order_list": [{**line, "origin_amount": 1250, "pay_amount": 2500}],
        "pay_amount": 2500,
        "post_amount": 0,
    }
    return {"data": {"shop_order_detail": {**order, "post_receiver": NAME, "post_tel": PHONE, "post_addr": place}}}


DOUYIN = Dialect(
    _douyin_read,
    _douyin_listing,
    lambda order: Reply({"code": 10000, "data": {"shop_order_detail": _douyin_order(order)}}),
    _douyin_refused,
    _douyin_sample,
    lambda tokens: Reply({"code": 10000, "data": tokens}),
)


# --- 1688 -------------------------------------------------------------------------------------------------------------


def _alibaba_read(request: Request, shop: Shop) -> Wish:
    form = request.form
    if request.path.startswith("/openapi/http/1/system.oauth2/getToken/"):
        return Wish("renew", form.get("client_secret") == shop.secret, renewal=form.get("refresh_token", ""))
    path = request.path.removeprefix("/openapi/")
    told = path + "".join(f"{name}{form[name]}" for name in sorted(form) if name != "_aop_signature")
    signed = (
        form.get("_aop_signature") == hmac.new(shop.secret.encode(), told.encode(), hashlib.sha1).hexdigest().upper()
    )
    if "/alibaba.trade.get.sellerView/" in path:
        return Wish("detail", signed, form["access_token"], number=form["orderId"])
    span = (_aop_time(form["modifyStartTime"]), _aop_time(form["modifyEndTime"]))
    return Wish("list", signed, form["access_token"], *span, int(form["page"]), int(form["pageSize"]))


def _aop_time(text: str) -> datetime:
    return china(text[:14], "%Y%m%d%H%M%S")


def _alibaba_order(order: Order) -> dict[str, Any]:
    told: dict[str, Any] = order.record["result"]
    return {**told, "baseInfo": {**told["baseInfo"], "modifyTime": in_china(order.changed_at, "%Y%m%d%H%M%S000+0800")}}


def _alibaba_listing(listed: Listed) -> Reply:
    found = [{"baseInfo": _alibaba_order(one)["baseInfo"]} for one in listed.orders]
    return Reply({"result": found, "totalRecord": listed.total})


def _alibaba_refused(why: str, _shop: Shop) -> Reply:
    told: dict[str, Any] = {
        "signature": ("403", "Invalid signature"),
        "token": ("401", "Request need user authorized"),
        "limit": ("403", "FlowLimit"),
    }
    code, said = told.get(why, ("500_3", "order not found"))
    return Reply({"error_code": code, "error_message": said}, 400)


def _alibaba_sample(number: str, at: datetime) -> dict[str, Any]:
    stamp = in_china(at, "%Y%m%d%H%M%S000+0800")
    base: dict[str, Any] = {
        "idOfStr": number,
        "id": int(number),
        "status": "waitsellersend",
        "createTime": stamp,
        "payTime": stamp,
    }
    base |= {"totalAmount": 25, "discount": 0, "shippingFee": 0, "modifyTime": stamp, "buyerContact": {"name": "张总"}}
    line: dict[str, Any] = {
        "cargoNumber": "A-1001",
        "name": "A型接头",
        "quantity": 2,
        "unit": "个",
        "price": 12.5,
        "itemAmount": 25,
    }
    place: dict[str, Any] = {
        "contactPerson": NAME,
        "mobile": PHONE,
        "province": "江苏省",
        "city": "苏州市",
        "area": "虎丘区",
        "address": STREET,
    }
    return {"result": {"baseInfo": base, "productItems": [line], "nativeLogistics": place}}


ALIBABA = Dialect(
    _alibaba_read,
    _alibaba_listing,
    lambda order: Reply({"result": _alibaba_order(order), "success": "true"}),
    _alibaba_refused,
    _alibaba_sample,
)


# --- Meituan ----------------------------------------------------------------------------------------------------------


def _meituan_read(request: Request, shop: Shop) -> Wish:
    own = "&".join(f"{name}={request.query[name]}" for name in sorted(request.query) if name != "sig")
    url = f"http://{request.headers['host']}{request.path}"
    return Wish(
        "detail", request.query.get("sig") == md5(f"{url}?{own}{shop.secret}"), number=request.query["order_id"]
    )


def _meituan_detail(order: Order) -> Reply:
    return Reply({"data": {**order.record["data"], "utime": int(order.changed_at.timestamp())}})


def _meituan_refused(why: str, _shop: Shop) -> Reply:
    told: dict[str, Any] = {"signature": (703, "签名验证错误"), "limit": (705, "调用频率超限")}
    code, said = told.get(why, (808, "不存在此订单"))
    return Reply({"data": "ng", "error": {"code": code, "msg": said}})


def _meituan_sample(number: str, at: datetime) -> dict[str, Any]:
    line: dict[str, Any] = {
        "app_food_code": "A-1001",
        "food_name": "A型接头",
        "quantity": 2,
        "unit": "个",
        "price": 12.5,
    }
    order: dict[str, Any] = {
        "order_id": int(number),
        "wm_order_id_view": int(number),
        "status": 2,
        "ctime": int(at.timestamp()),
        "pay_type": 2,
    }
    order |= {"recipient_name": NAME, "recipient_phone": PHONE, "recipient_address": f"江苏省苏州市虎丘区{STREET}"}
    return {"data": {**order, "shipping_fee": 0, "total": 25, "detail": json.dumps([line], ensure_ascii=False)}}


MEITUAN = Dialect(_meituan_read, lambda _listed: Reply({}), _meituan_detail, _meituan_refused, _meituan_sample)
