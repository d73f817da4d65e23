"""What the request log shows of a body: people and secrets masked whatever their names, goods and numbers not."""

from __future__ import annotations

import json

import pytest

from server.desk.doors.call_log import masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"buyer": {"contact": {"phone": "13800138000"}}}, {"buyer": {"contact": {"phone": "138****8000"}}}),
        ({"receiver_mobile": "13800138000"}, {"receiver_mobile": "138****8000"}),
        ({"收货人": "王小明", "手机": "13800138000"}, {"收货人": "王**", "手机": "138****8000"}),
        ({"x": ["打 13800138000 联系"]}, {"x": ["打 138****8000 联系"]}),
        ({"address": {"a": "江苏省苏州市星湖街328号"}}, {"address": {"a": "江苏省苏州市****"}}),
        ({"buyer": {"ids": [{"scheme": "id_card", "value": "320503199001011234"}]}},
         {"buyer": {"ids": [{"scheme": "id_card", "value": "320503****"}]}}),
        ({"secrets": {"app_secret": "s3cret", "more": "t"}}, {"secrets": {"app_secret": "****", "more": "****"}}),
        ({"access_token": "t0ken"}, {"access_token": "****"}),
        ({"lines": [{"sku": "A-1001", "name": "A型接头", "quantity": "5"}]},
         {"lines": [{"sku": "A-1001", "name": "A型接头", "quantity": "5"}]}),
        ({"number": "20261122138001380001", "n": 5}, {"number": "20261122138001380001", "n": 5}),
    ],
)  # fmt: skip
def test_people_and_secrets_are_masked_and_goods_are_not(value: object, shown: object) -> None:
    assert json.loads(masked(json.dumps(value, ensure_ascii=False).encode()) or "") == shown


@pytest.mark.parametrize("body", [b"UNB+UNOC:3'", b"<Order/>", b"\xff\xfe", b'{"a":1,"a":2}'])
def test_what_nobody_can_take_apart_is_not_shown(body: bytes) -> None:
    assert masked(body) is None
