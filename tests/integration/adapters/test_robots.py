"""The robots, mail and text messages against fakes that verify signatures by themselves and answer as vendors do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

import pytest
from werkzeug import Response

from adapters.mail.smtp import letter
from adapters.message import Message, Target
from adapters.registry import KINDS
from adapters.robots.words import cut
from adapters.sms.template import harmless, parameters, phones
from orders.errors import TransportError
from tests.servers import free_port

NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
NOTICE = {"to": "risk", "zh": "代收点高额订单，请核实", "en": "High value to a pickup point"}
HELD = {"event": "order.held", "order_id": "ord_1", "number": "PO-1", "state": "pending_review", "notify": [NOTICE]}
SECRET = "SEC0123456789abcdef"


def message(payload=HELD, event="order.held"):
    return Message("out_1", event, "ord_1", "ord_1:held", NOW, json.dumps(payload).encode())


def deliver(kind, url, secrets=(), settings=None, payload=HELD):
    known = {item.name: item.default for item in KINDS[kind].settings} | (settings or {})
    return KINDS[kind].make(lambda: NOW)(message(payload), Target(url, 3.0, settings=known), secrets)


class Group:
    """A chat group behind an address: keeps what it was told, answers with what it was told to answer."""

    def __init__(self, httpserver):
        self.said, self.answer, self.queries = [], None, []
        httpserver.expect_request("/robot").respond_with_handler(self.hear)
        self.url = httpserver.url_for("/robot")
        self.good = None

    def hear(self, request):
        body = request.get_json()
        self.queries.append(dict(request.args))
        self.said.append(body)
        told = self.answer if self.answer is not None else {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}
        if self.good is not None and not self.good(request, body):
            told = {"errcode": 310000, "errmsg": "sign not match", "code": 19021, "msg": "sign match fail"}
        return Response(told if isinstance(told, str) else json.dumps(told), content_type="application/json")


@pytest.fixture
def group(httpserver):
    return Group(httpserver)


def dingtalk_signed(request, body):
    at = request.args["timestamp"]
    digest = hmac.new(SECRET.encode(), f"{at}\n{SECRET}".encode(), hashlib.sha256).digest()
    return at == str(int(NOW.timestamp() * 1000)) and request.args["sign"] == base64.b64encode(digest).decode()


def feishu_signed(request, body):
    digest = hmac.new(f"{body['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    return body["timestamp"] == str(int(NOW.timestamp())) and body["sign"] == base64.b64encode(digest).decode()


def test_NTF_01_dingtalk_hears_a_signed_sentence(group):
    group.good = dingtalk_signed
    assert deliver("robot.dingtalk", group.url + "?access_token=t0ken", (SECRET,)).status == 200
    assert group.queries[0]["access_token"] == "t0ken"
    assert group.said[0]["text"]["content"] == "订单 PO-1 已挂起：代收点高额订单，请核实"


def test_NTF_01_wrong_secret_of_dingtalk_is_a_dead_letter_with_its_reason(group):
    group.good = dingtalk_signed
    with pytest.raises(TransportError) as refused:
        deliver("robot.dingtalk", group.url, ("SECother",))
    assert (refused.value.permanent, refused.value.code) == (True, "code_310000")
    assert "sign not match" in refused.value.message_en


def test_NTF_02_wecom_hears_a_sentence(group):
    assert deliver("robot.wecom", group.url, settings={"mentions": "13800138000, @all"}).status == 200
    assert group.said[0]["text"]["mentioned_mobile_list"] == ["13800138000", "@all"]


def test_NTF_01_feishu_hears_a_signed_sentence_that_calls_nobody(group):
    group.good = feishu_signed
    loud = {**HELD, "notify": [{**NOTICE, "zh": '<at user_id="all"></at>'}]}
    assert deliver("robot.feishu", group.url, (SECRET,), payload=loud).status == 200
    assert "<at" not in group.said[0]["content"]["text"]


@pytest.mark.parametrize(
    ("kind", "answer", "permanent"),
    [
        ("robot.dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, False),
        ("robot.dingtalk", {"errcode": -1, "errmsg": "system busy"}, False),
        ("robot.dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}, True),
        ("robot.wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, False),
        ("robot.wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, True),
        ("robot.feishu", {"code": 11232, "msg": "frequency limited"}, False),
        ("robot.feishu", {"code": 9499, "msg": "Too Many Request"}, False),
        ("robot.feishu", {"code": 9499, "msg": "Bad Request"}, True),
        ("robot.feishu", {"code": 19024, "msg": "Key Words Not Found"}, True),
        ("robot.feishu", "<html>busy</html>", False),
        ("robot.wecom", {}, False),
    ],
)
def test_NTF_01_error_inside_200_is_an_error(group, kind, answer, permanent):
    group.answer = answer
    with pytest.raises(TransportError) as failed:
        deliver(kind, group.url, (SECRET,))
    assert failed.value.permanent is permanent


@pytest.mark.parametrize(
    ("body", "permanent"), [('{"code":11232,"msg":"trigger rate limit"}', False), ('{"code":9499}', True), ("no", True)]
)
def test_NTF_01_feishus_400_means_what_its_code_says(httpserver, body, permanent):
    httpserver.expect_request("/feishu").respond_with_data(body, status=400)
    with pytest.raises(TransportError) as failed:
        deliver("robot.feishu", httpserver.url_for("/feishu"), (SECRET,))
    assert failed.value.permanent is permanent


@pytest.mark.parametrize("kind", ["robot.dingtalk", "robot.wecom", "robot.feishu"])
def test_NTF_01_keyword_stands_in_every_sentence_and_once(group, kind):
    deliver(kind, group.url, ("",), {"keyword": "Sluice"})
    deliver(kind, group.url, ("",), {"keyword": "订单"})
    first, second = (json.dumps(said, ensure_ascii=False) for said in group.said)
    assert "Sluice 订单" in first
    assert second.count("订单 PO-1") == 1
    assert "订单 订单" not in second


def test_NTF_02_long_sentence_is_cut_at_the_vendors_limit_and_stays_text(group):
    long = {**HELD, "notify": [{**NOTICE, "zh": "挂" * 3000}]}
    deliver("robot.wecom", group.url, payload=long)
    text = group.said[0]["text"]["content"]
    assert len(text.encode()) <= 2048
    assert text.endswith("挂…")
    assert cut("abc", 3) == "abc"


def test_NTF_01_digest_names_how_many_it_stands_for(group):
    deliver("robot.wecom", group.url, payload={"digest": [HELD, {**HELD, "number": "PO-2"}]})
    assert group.said[0]["text"]["content"].splitlines()[0].startswith("2 条消息")
    assert "PO-2" in group.said[0]["text"]["content"]


def test_NTF_04_letter_has_one_id_for_every_attempt_and_no_header_of_a_stranger():
    settings = {"from": "sluice@example.com", "to": "a@example.com, b@example.com\nBcc: x@example.com"}
    evil = {**HELD, "number": "PO-1\r\nBcc: x@example.com"}
    mail = letter(message(evil), settings)
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == letter(message(evil), settings)["Message-ID"]
    assert "订单 PO-1" in str(mail["Subject"])


# --- text messages ----------------------------------------------------------------------------------------------------

SHIPPED = {
    "event": "order.shipped",
    "order_id": "ord_1",
    "number": "PO-1",
    "state": "shipped",
    "order": {"buyer": {"name": "张总", "contact": {"phone": "+86 138-0013-8000"}}},
    "fulfilments": [{"carrier": "SF", "waybill": "SF1234567890"}],
}
SMS = {"access_key": "AK1", "sign_name": "恒力", "template": "SMS_1"}


@pytest.fixture
def aliyun(httpserver):
    """A fake that signs for itself, as the vendor's page says, and keeps what it sent."""
    sent = []

    def answer(request):
        text = request.get_data(as_text=True)
        told = dict(parse_qsl(text, keep_blank_values=True))
        theirs = told.pop("Signature")
        line = "&".join(f"{quote(name, safe='-_.~')}={quote(told[name], safe='-_.~')}" for name in sorted(told))
        digest = hmac.new(b"s3cret&", f"POST&%2F&{quote(line, safe='-_.~')}".encode(), hashlib.sha1).digest()
        if theirs != base64.b64encode(digest).decode():
            return Response(json.dumps({"Code": "SignatureDoesNotMatch", "Message": "wrong"}), status=400)
        sent.append(told)
        return Response(json.dumps(answer.told or {"Code": "OK", "BizId": "9001"}), status=answer.status)

    answer.told, answer.status = None, 200
    httpserver.expect_request("/").respond_with_handler(answer)
    answer.url, answer.sent = httpserver.url_for("/"), sent
    return answer


def test_NTF_05_customer_gets_carrier_and_number_once_shipped(aliyun):
    assert deliver("sms.aliyun", aliyun.url, ("s3cret",), SMS, SHIPPED).reference == "9001"
    assert aliyun.sent[0]["PhoneNumbers"] == "13800138000"
    told = json.loads(aliyun.sent[0]["TemplateParam"])
    assert told == {"number": "PO-1", "carrier": "SF", "waybill": "SF1234567890"}


def test_NTF_03_wrong_secret_is_final_and_too_many_are_tried_again(aliyun):
    with pytest.raises(TransportError) as refused:
        deliver("sms.aliyun", aliyun.url, ("other",), SMS, SHIPPED)
    assert (refused.value.permanent, refused.value.code) == (True, "signaturedoesnotmatch")
    for code, status in (("isv.BUSINESS_LIMIT_CONTROL", 200), ("Throttling.User", 400)):
        aliyun.told, aliyun.status = {"Code": code, "Message": "too many"}, status
        with pytest.raises(TransportError) as busy:
            deliver("sms.aliyun", aliyun.url, ("s3cret",), SMS, SHIPPED)
        assert not busy.value.permanent


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ('王"五\n\r\t', '王"五'),
        ("请点 https://evil.example/x 领券", "请点  领券"),
        ("a\u202eb\u200bc", "a b c"),
        ("长" * 40, "长" * 35),
    ],
)
def test_NTF_03_value_of_a_template_is_harmless(raw, safe):
    assert harmless(raw) == safe
    assert json.loads(json.dumps(parameters("n=number", {"number": raw})))["n"] == safe


def test_NTF_03_template_names_only_values_that_there_are():
    with pytest.raises(TransportError, match="is no value of ours"):
        parameters("x=price", SHIPPED)


def test_NTF_05_order_without_a_mobile_number_is_a_dead_letter_with_its_reason():
    with pytest.raises(TransportError) as failed:
        phones("customer", {"order": {"buyer": {"contact": {"phone": "0512-6666666"}}}})
    assert failed.value.code == "no_phone"
    assert phones("13800138000, 13900139000", {}) == ["13800138000", "13900139000"]


# --- mail over a real server ------------------------------------------------------------------------------------------


class Post:
    """A mail server's handler: answers as told and keeps the letters."""

    def __init__(self):
        self.told, self.letters = "250 OK", []

    async def handle_DATA(self, server, session, envelope):
        self.letters.append((envelope.rcpt_tos, envelope.content.decode()))
        return self.told


@pytest.fixture
def post_office():
    from aiosmtpd.controller import Controller

    handler = Post()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


MAIL = {"from": "sluice@example.com", "to": "a@example.com, b@example.com"}


def test_NTF_04_notice_arrives_by_mail(post_office):
    receipt = deliver("mail.smtp", post_office.url, ("",), MAIL)
    [(to, letter_text)] = post_office.letters
    assert to == ["a@example.com", "b@example.com"]
    assert receipt.reference in letter_text


@pytest.mark.parametrize(("told", "permanent"), [("451 later", False), ("554 refused", True)])
def test_NTF_04_mail_server_says_whether_to_try_again(post_office, told, permanent):
    post_office.told = told
    with pytest.raises(TransportError) as failed:
        deliver("mail.smtp", post_office.url, ("",), MAIL)
    assert failed.value.permanent is permanent
