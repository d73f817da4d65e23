"""Dialects that sign with MD5 between two secrets: Taobao, JD, Pinduoduo.

Written from the platforms' documents; the names of their fields and their spelling mistakes are theirs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from adapters.channels.stub.dialect import NAME, PHONE, STREET, Dialect, Reply, Wish, china, epoch, in_china, wrapped

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.channels.stub.dialect import Listed, Request
    from adapters.channels.stub.shop import Order, Shop


# --- Taobao -----------------------------------------------------------------------------------------------------------


def _taobao_read(request: Request, shop: Shop) -> Wish:
    form = request.form
    if request.path == "/token":
        return Wish("renew", form.get("client_secret") == shop.secret, renewal=form.get("refresh_token", ""))
    signed = form.get("sign") == wrapped({k: v for k, v in form.items() if v}, shop.secret)
    if form["method"] == "taobao.trade.fullinfo.get":
        return Wish("detail", signed, form["session"], number=form["tid"])
    span = (china(form["start_modified"]), china(form["end_modified"]))
    return Wish("list", signed, form["session"], *span, int(form["page_no"]), int(form["page_size"]))


def _taobao_listing(listed: Listed) -> Reply:
    trades = [{"tid": int(one.number), **_pick(_trade(one), "status", "modified")} for one in listed.orders]
    return Reply({"trades_sold_increment_get_response": {"total_results": listed.total, "trades": {"trade": trades}}})


def _trade(order: Order) -> dict[str, Any]:
    trade: dict[str, Any] = order.record["trade_fullinfo_get_response"]["trade"]
    return {**trade, "modified": in_china(order.changed_at)}


def _taobao_refused(why: str, shop: Shop) -> Reply:
    told: dict[str, Any] = {
        "signature": {"code": 25, "msg": "Invalid signature"},
        "token": {"code": 27, "msg": "Invalid session", "sub_code": "invalid-sessionkey"},
        "limit": {
            "code": 7,
            "msg": "App Call Limited",
            "sub_msg": f"This ban will last for {shop.mood.retry_after_s} more seconds",
        },
    }
    return Reply({"error_response": told.get(why, {"code": 15, "sub_code": "isv.trade-not-exist"})})


def _taobao_sample(number: str, at: datetime) -> dict[str, Any]:
    line: dict[str, Any] = {
        "oid": int(number),
        "outer_sku_id": "A-1001",
        "title": "A型接头",
        "num": 2,
        "price": "12.50",
        "payment": "25.00",
    }
    trade: dict[str, Any] = {
        "tid": int(number),
        "tid_str": number,
        "status": "WAIT_SELLER_SEND_GOODS",
        "payment": "25.00",
        "post_fee": "0.00",
    }
    trade |= {"created": in_china(at), "modified": in_china(at), "pay_time": in_china(at), "discount_fee": "0.00"}
    trade |= {"receiver_name": NAME, "receiver_mobile": PHONE, "receiver_state": "江苏省", "receiver_city": "苏州市"}
    trade |= {"receiver_district": "虎丘区", "receiver_address": STREET, "orders": {"order": [line]}}
    return {"trade_fullinfo_get_response": {"trade": trade}}


TAOBAO = Dialect(
    _taobao_read,
    _taobao_listing,
    lambda order: Reply({"trade_fullinfo_get_response": {"trade": _trade(order)}}),
    _taobao_refused,
    _taobao_sample,
)


# --- JD ---------------------------------------------------------------------------------------------------------------


def _jd_read(request: Request, shop: Shop) -> Wish:
    form = request.form
    if request.path == "/oauth2/refresh_token":
        return Wish("renew", form.get("app_secret") == shop.secret, renewal=form.get("refresh_token", ""))
    signed, own = form.get("sign") == wrapped(form, shop.secret), json.loads(form["360buy_param_json"])
    if form["method"] == "jingdong.pop.order.get":
        return Wish("detail", signed, form["access_token"], number=own["order_id"])
    span = (china(own["start_date"]), china(own["end_date"]))
    return Wish("list", signed, form["access_token"], *span, int(own["page"]), int(own["page_size"]))


def _jd_listing(listed: Listed) -> Reply:
    found = [_pick(_jd_order(one), "orderId", "orderState", "modified") for one in listed.orders]
    told: dict[str, Any] = {"orderInfoList": found, "orderTotal": listed.total, "apiResult": {"success": True}}
    return Reply({"jingdong_pop_order_search_responce": {"code": "0", "searchorderinfo_result": told}})


def _jd_order(order: Order) -> dict[str, Any]:
    return {
        **order.record["jingdong_pop_order_get_responce"]["orderDetailInfo"]["orderInfo"],
        "modified": in_china(order.changed_at),
    }


def _jd_refused(why: str, _shop: Shop) -> Reply:
    told: dict[str, Any] = {
        "signature": ("12", "无效签名"),
        "token": ("19", "token已过期或者不存在"),
        "limit": ("10100", "调用频率超限"),
    }
    code, said = told.get(why, ("62", "订单不存在"))
    return Reply({"error_response": {"code": code, "zh_desc": said, "en_desc": why}})


def _jd_sample(number: str, at: datetime) -> dict[str, Any]:
    order: dict[str, Any] = {
        "orderId": number,
        "orderState": "WAIT_SELLER_STOCK_OUT",
        "orderStartTime": in_china(at),
        "modified": in_china(at),
    }
    order |= {
        "paymentConfirmTime": in_china(at),
        "orderPayment": "25.00",
        "freightPrice": "0.00",
        "sellerDiscount": "0.00",
    }
    who = {"fullname": NAME, "mobile": PHONE, "province": "江苏", "city": "苏州市", "county": "虎丘区"}
    line: dict[str, Any] = {
        "outerSkuId": "A-1001",
        "skuName": "A型接头",
        "itemTotal": "2",
        "jdPrice": "12.50",
        "skuId": "1",
    }
    told: dict[str, Any] = {
        **order,
        "consigneeInfo": {**who, "fullAddress": f"江苏省苏州市虎丘区{STREET}"},
        "itemInfoList": [line],
    }
    return {"jingdong_pop_order_get_responce": {"code": "0", "orderDetailInfo": {"orderInfo": told}}}


JD = Dialect(
    _jd_read,
    _jd_listing,
    lambda order: Reply(
        {"jingdong_pop_order_get_responce": {"code": "0", "orderDetailInfo": {"orderInfo": _jd_order(order)}}}
    ),
    _jd_refused,
    _jd_sample,
)


# --- Pinduoduo --------------------------------------------------------------------------------------------------------


def _pdd_read(request: Request, shop: Shop) -> Wish:
    told = json.loads(request.body)
    signed = (
        told.get("sign") == wrapped(told, shop.secret) and abs(int(told["timestamp"]) - shop.clock().timestamp()) < 600
    )
    if told["type"] == "pdd.pop.auth.token.refresh":
        return Wish("renew", signed, renewal=told.get("refresh_token", ""))
    if told["type"] == "pdd.order.information.get":
        return Wish("detail", signed, told["access_token"], number=told["order_sn"])
    since, until = epoch(told["start_updated_at"]), epoch(told["end_updated_at"])
    signed = signed and (until - since).total_seconds() <= 1800
    return Wish("list", signed, told["access_token"], since, until, int(told["page"]), int(told["page_size"]))


def _pdd_listing(listed: Listed) -> Reply:
    found = [_pick(_pdd_order(one), "order_sn", "order_status", "refund_status", "updated_at") for one in listed.orders]
    return Reply({"order_sn_increment_get_response": {"order_sn_list": found, "total_count": listed.total}})


def _pdd_order(order: Order) -> dict[str, Any]:
    return {**order.record["order_info_get_response"]["order_info"], "updated_at": in_china(order.changed_at)}


def _pdd_refused(why: str, _shop: Shop) -> Reply:
    told: dict[str, Any] = {
        "signature": (20004, "签名sign校验失败"),
        "token": (10019, "access_token已过期"),
        "limit": (70031, "调用过于频繁"),
    }
    code, said = told.get(why, (50001, "订单不存在"))
    return Reply({"error_response": {"error_code": code, "error_msg": said, "sub_msg": said, "request_id": "1"}})


def _pdd_sample(number: str, at: datetime) -> dict[str, Any]:
    order: dict[str, Any] = {
        "order_sn": number,
        "created_time": in_china(at),
        "updated_at": in_china(at),
        "pay_time": in_china(at),
    }
    order |= {"order_status": 1, "refund_status": 1, "pay_amount": 25.0, "discount_amount": 0, "postage": 0}
    order |= {"receiver_name": NAME, "receiver_phone": PHONE, "province": "江苏省", "city": "苏州市", "town": "虎丘区"}
    line: dict[str, Any] = {
        "outer_id": "A-1001",
        "goods_name": "A型接头",
        "goods_count": 2,
        "goods_price": 12.5,
        "sku_id": 1,
    }
    return {"order_info_get_response": {"order_info": {**order, "address": STREET, "item_list": [line]}}}


PINDUODUO = Dialect(
    _pdd_read,
    _pdd_listing,
    lambda order: Reply({"order_info_get_response": {"order_info": _pdd_order(order)}}),
    _pdd_refused,
    _pdd_sample,
    lambda tokens: Reply({"pop_auth_token_refresh_response": tokens}),
)


def _pick(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value[name] for name in names}
