"""Signatures of platforms: right ones pass, every other byte, key or age is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.channels import alibaba, douyin, jd, meituan, pinduoduo, standard, taobao
from adapters.channels.incoming import BadSignature, Incoming, in_time, same, text_of
from adapters.channels.registry import verifier

NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
BODY = '{"order":1,"名":"值"}'.encode()
KEY = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SECRETS: dict[str, Any] = {
    "app_key": "K",
    "app_secret": "S",
    "token": "T",
    "signing": [KEY],
    "url": "https://us.example/hook",
}


def md5(text: bytes) -> str:
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def b64(body: bytes) -> str:
    return base64.b64encode(hmac.new(b"S", body, hashlib.sha256).digest()).decode()


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def meituan_form() -> bytes:
    fields = {"order_id": "7", "timestamp": STAMP}
    return form(**fields, sig=md5(f"https://us.example/hook?order_id=7&timestamp={STAMP}S".encode()))


def alibaba_form() -> bytes:
    told = 'message{"orderId":1}msgId9'
    return form(
        message='{"orderId":1}',
        msgId="9",
        _aop_signature=hmac.new(b"S", told.encode(), hashlib.sha1).hexdigest().upper(),
    )


CALLS: dict[str, tuple[bytes, dict[str, str], dict[str, str], str]] = {
    "generic": (
        BODY,
        {
            "webhook-id": "m1",
            "webhook-timestamp": STAMP,
            "webhook-signature": "v1,bm8= v1," + standard.sign(KEY, "m1", STAMP, BODY),
        },
        {},
        "m1",
    ),
    "douyin": (BODY, {"event-sign": md5(b"K" + BODY + b"S")}, {}, ""),
    "youzan": (BODY, {"event-sign": md5(b"K" + BODY + b"S"), "msg-id": "y1"}, {}, "y1"),
    "shopify": (BODY, {"x-shopify-hmac-sha256": b64(BODY), "x-shopify-webhook-id": "s1"}, {}, "s1"),
    "woocommerce": (BODY, {"x-wc-webhook-signature": b64(BODY), "x-wc-webhook-delivery-id": "w1"}, {}, "w1"),
    "wechat": (
        BODY,
        {},
        {
            "timestamp": STAMP,
            "nonce": "n",
            "signature": hashlib.sha1("".join(sorted(("T", STAMP, "n"))).encode(), usedforsecurity=False).hexdigest(),
        },
        f"{STAMP}-n",
    ),
    "meituan": (meituan_form(), {}, {}, "7"),
    "alibaba": (alibaba_form(), {}, {}, "9"),
}
SIGNS_ITS_BODY = [name for name in CALLS if name != "wechat"]


def call(platform: str, *, body: bytes | None = None, secrets: dict[str, Any] | None = None, at: datetime = NOW) -> str:
    own, headers, query, _ = CALLS[platform]
    return verifier(platform)(
        Incoming(own if body is None else body, headers, query, at), SECRETS if secrets is None else secrets
    )


@pytest.mark.parametrize("platform", CALLS)
def test_IN_02_a_platforms_own_signature_passes_and_names_the_delivery(platform: str) -> None:
    assert call(platform) == CALLS[platform][3]


@pytest.mark.parametrize("platform", SIGNS_ITS_BODY)
def test_IN_02_one_other_byte_is_refused(platform: str) -> None:
    own = CALLS[platform][0]
    for body in (own[:-1] + b"x", own + b" ", b""):
        with pytest.raises(BadSignature):
            call(platform, body=body)


@pytest.mark.parametrize("platform", CALLS)
def test_IN_02_another_key_or_none_is_refused(platform: str) -> None:
    other = {**SECRETS, "app_secret": "X", "token": "X", "signing": ["whsec_bm8="]}
    for secrets in (other, {}, {"app_key": "", "app_secret": "", "token": "", "signing": []}):
        with pytest.raises(BadSignature):
            call(platform, secrets=secrets)


@pytest.mark.parametrize("platform", CALLS)
def test_IN_02_an_unsigned_call_is_refused(platform: str) -> None:
    with pytest.raises(BadSignature):
        verifier(platform)(Incoming(CALLS[platform][0].replace(b"sig", b"x"), {}, {}, NOW), SECRETS)


@pytest.mark.parametrize("platform", ["generic", "wechat", "meituan"])
@pytest.mark.parametrize(("age_s", "passes"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_IN_02_a_replay_outside_the_window_is_refused(platform: str, age_s: int, passes: bool) -> None:
    at = datetime.fromtimestamp(NOW.timestamp() + age_s, UTC)
    if passes:
        call(platform, at=at)
    else:
        with pytest.raises(BadSignature):
            call(platform, at=at)


@pytest.mark.parametrize("stamp", ["", "-1", "²", "1" * 5000, "1795320900.0"])
def test_IN_02_a_time_of_signing_that_is_none_is_refused(stamp: str) -> None:
    with pytest.raises(BadSignature):
        in_time(stamp, Incoming(b"", {}, {}, NOW))


@pytest.mark.parametrize("given", ["", "a", "é"])
def test_IN_02_an_empty_or_odd_signature_is_never_the_same(given: str) -> None:
    with pytest.raises(BadSignature):
        same(given, "" if not given else "b")


@pytest.mark.parametrize("secrets", [{}, {"app_secret": ""}, {"app_secret": None}, {"app_secret": 7}])
def test_IN_02_a_channel_without_a_secret_lets_nothing_in(secrets: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        text_of(secrets, "app_secret")


def test_IN_02_a_delivery_without_an_id_is_refused_however_it_is_signed() -> None:
    body, stamp = b"{}", str(int(NOW.timestamp()))
    headers = {
        "webhook-id": "",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{standard.sign('whsec_bm8=', '', stamp, body)}",
    }
    with pytest.raises(BadSignature):
        standard.verify(Incoming(body, headers, {}, NOW), {"signing": ["whsec_bm8="]})


@pytest.mark.parametrize(("key", "label"), [("whsec_bm8=", "v1a"), ("whsec_bm8=", "v2"), ("whsec_***", "v1")])
def test_IN_02_another_scheme_or_a_damaged_key_lets_nothing_in(key: str, label: str) -> None:
    stamp = str(int(NOW.timestamp()))
    right = standard.sign("whsec_bm8=" if key == "whsec_bm8=" else "whsec_", "d1", stamp, b"{}")
    headers = {"webhook-id": "d1", "webhook-timestamp": stamp, "webhook-signature": f"{label},{right}"}
    with pytest.raises(BadSignature):
        standard.verify(Incoming(b"{}", headers, {}, NOW), {"signing": [key]})


@pytest.mark.parametrize("secrets", [{}, {"signing": []}, {"signing": None}])
def test_IN_02_a_channel_without_a_signing_key_lets_nothing_in(secrets: dict[str, Any]) -> None:
    stamp = str(int(NOW.timestamp()))
    signed = f"v1,{standard.sign('whsec_', 'd1', stamp, b'{}')}"
    headers = {"webhook-id": "d1", "webhook-timestamp": stamp, "webhook-signature": signed}
    with pytest.raises(BadSignature):
        standard.verify(Incoming(b"{}", headers, {}, NOW), secrets)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"=", b"a", b"%%%", "中".encode()])
@pytest.mark.parametrize("platform", ["alibaba", "meituan"])
def test_a_form_that_is_none_is_refused(platform: str, body: bytes) -> None:
    with pytest.raises(BadSignature):
        call(platform, body=body)


def test_calls_are_signed_as_in_the_examples_that_vendors_publish() -> None:
    """Sources: TOP document 101617; open.1688.com/doc/signature.htm; PDD document 8EC06C399636041E; JOS listId 2643."""
    top = {"method": "taobao.item.seller.get", "app_key": "12345678", "session": "test", "format": "json", "v": "2.0"}
    top |= {"timestamp": "2016-01-01 12:00:00", "sign_method": "md5", "fields": "num_iid,title,nick,price,num"}
    assert taobao.sign({**top, "num_iid": "11223344"}, "helloworld") == "66987CB115214E59E6EC978214934FB8"
    path = "param2/1/system/currentTime/1000000"
    assert alibaba.sign(path, {"b": "2", "a": "1"}, "test123") == "33E54F4F7B989E3E0E912D3FBD2F1A03CA7CCE88"
    pdd = {"access_token": "asd78172s8ds9a921j9qqwda12312w1w21211", "client_id": "1", "data_type": "XML", "page": "1"}
    pdd |= {"order_status": "1", "page_size": "10", "timestamp": "1480411125", "type": "pdd.order.number.list.get"}
    assert pinduoduo.sign(pdd, "testSecret") == "E4DE3ED21002510DED352819E7AE6775"
    own = '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT","page":"1","page_size":"200"'
    jos = {"360buy_param_json": own + ',"start_date":null}', "access_token": "yourtoken", "app_key": "yourappkey"}
    jos |= {"method": "jingdong.pop.order.search", "timestamp": "2021-05-07 09:20:39.683+0800", "v": "2.0"}
    assert jd.sign(jos, "yourappSecret") == "D70825340F4084360B9362B60DFD7930"


def test_calls_to_platforms_are_signed_as_their_documents_say() -> None:
    params = {"method": "taobao.trade.fullinfo.get", "app_key": "12345678", "v": "2.0", "empty": ""}
    told = "app_key12345678methodtaobao.trade.fullinfo.getv2.0"
    assert taobao.sign(params, "s") == md5(f"s{told}s".encode()).upper()
    assert taobao.sign(params, "s", "hmac") == hmac.new(b"s", told.encode(), hashlib.md5).hexdigest().upper()
    assert douyin.param_json({"b": 1, "a": {"d": "中", "c": 2}}) == '{"a":{"c":2,"d":"中"},"b":1}'
    call_ = {"app_key": "k", "method": "order.orderDetail", "param_json": "{}", "timestamp": "t", "v": "2"}
    told = "sapp_keykmethodorder.orderDetailparam_json{}timestamptv2s"
    assert douyin.sign(call_, "s") == hmac.new(b"s", told.encode(), hashlib.sha256).hexdigest()
    assert meituan.sign("http://x", {"b": "2", "a": "1"}, "s") == md5(b"http://x?a=1&b=2s")
