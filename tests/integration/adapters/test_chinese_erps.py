"""用友 U8 and 金蝶云星空 against fakes that keep papers as the vendors do: by trade id, by bill number."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug import Response

from adapters.erp.papers import RECEIVABLE
from adapters.message import Message, Target
from adapters.registry import KINDS
from orders.errors import TransportError

NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
ORDER = {
    "number": "PO-1",
    "issued_at": "2026-11-22T10:15:00+08:00",
    "requested_date": "2026-11-30",
    "buyer": {"name": "苏州恒力", "ids": [{"scheme": "customer_code", "value": "C-1001"}]},
    "ship_to": {"contact": {"name": "王工", "phone": "13900139000"}, "address": {"text": "苏州市星湖街328号"}},
    "lines": [
        {"line_no": 1, "sku": "A-1001", "quantity": "1000", "unit": "个", "unit_price": "12.50", "amount": "12500.00"},
        {"line_no": 2, "sku": "A-1003", "quantity": "2", "unit_price": None, "requested_date": "2026-12-01"},
    ],
}
ACCEPTED = {"event": "order.accepted", "order_id": "ord_1", "number": "PO-1", "order": ORDER}
DUE = {"event": RECEIVABLE, "order_id": "ord_1", "number": "PO-1", "order": ORDER, "amount": "12500.00",
       "at": "2026-11-23T08:00:00+00:00"}  # fmt: skip


class Memory:
    """What the outbox row would keep."""

    def __init__(self):
        self.noted = None

    def recall(self):
        return self.noted

    def note(self, text):
        self.noted = text


def message(value, memory=None):
    return Message("out_1", value["event"], "ord_1", "key", NOW, json.dumps(value).encode(), memory)


def target(kind, url, **told):
    settings = {item.name: item.default for item in KINDS[kind].settings}
    return Target(url, 3.0, settings={**settings, **told})


class Erp:
    """What both fakes share: papers, moods, and what was called."""

    def __init__(self, httpserver):
        self.papers, self.calls, self.lose_at, self.refuse = {}, [], None, None
        httpserver.expect_request(re.compile(".*")).respond_with_handler(self.answer)
        self.url = httpserver.url_for("")

    def answer(self, request):
        self.calls.append(request.path.rpartition("Service.")[2].partition(".")[0] or request.path)
        value = self.take(request)
        if len(self.calls) == self.lose_at:
            return Response(status=504)  # done, but nobody hears of it
        return Response(json.dumps(value), content_type="application/json")


class U8(Erp):
    """Gives out tokens and trade ids; a trade id that it knows gets its first answer."""

    tokens = 0
    trades = 0
    refuse_code = "30001"
    pending = 0

    def take(self, request):
        told = request.args
        if request.path == "/system/token":
            if told["app_secret"] != "s3cret":
                return {"errcode": "20001", "errmsg": "invalid app_secret"}
            self.tokens += 1
            return {"errcode": "0", "errmsg": "", "token": {"id": f"tok-{self.tokens}", "expiresIn": 7200}}
        if told["token"] != f"tok-{self.tokens}":
            return {"errcode": "20003", "errmsg": "invalid token"}
        if request.path == "/system/tradeid":
            self.trades += 1
            return {"errcode": "0", "trade": {"id": f"trade-{self.trades}"}}
        if self.refuse:
            return {"errcode": self.refuse_code, "errmsg": self.refuse}
        assert {told["from_account"], told["to_account"], told["app_key"]} == {"me", "you", "opa1"}
        number = self.papers.setdefault(told["tradeid"], (request.path, request.get_json()))
        assert number[0] == request.path
        assert told["sync"] == "1"
        if self.pending:
            self.pending -= 1
            return {"errcode": "0", "url": "https://api.yonyouup.com/result/1"}
        return {"errcode": "0", "id": f"U8-{list(self.papers).index(told['tradeid']) + 1}"}


U8_SETTINGS = {"from_account": "me", "to_account": "you", "app_key": "opa1"}


@pytest.fixture
def u8(httpserver):
    return U8(httpserver)


@pytest.fixture
def to_u8(u8):
    clock = {"now": NOW}
    deliver = KINDS["erp.yonyou_u8"].make(lambda: clock["now"])

    def send(value=ACCEPTED, memory=None, secrets=("s3cret",), **told):
        settings = {**U8_SETTINGS, **told}
        return deliver(message(value, memory), target("erp.yonyou_u8", u8.url, **settings), secrets)

    send.clock = clock
    return send


def test_INT_05_accepted_order_becomes_a_sale_order_of_u8(u8, to_u8):
    memory = Memory()
    receipt = to_u8(memory=memory)
    assert (receipt.reference, receipt.keep, memory.noted) == ("U8-1", "trade-1", "trade-1")
    path, body = u8.papers["trade-1"]
    assert path == "/api/saleorder/add"
    order = body["saleorder"]
    assert (order["custcode"], order["date"], len(order["code"])) == ("C-1001", "2026-11-22", 20)
    assert (order["businesstype"], order["ccusperson"]) == ("普通销售", "王工 13900139000")
    assert [(line["inventorycode"], line["quantity"]) for line in order["entry"]] == [
        ("A-1001", "1000"),
        ("A-1003", "2"),
    ]
    assert [(line["rowno"], line["bgift"]) for line in order["entry"]] == [(1, 0), (2, 0)]
    assert order["dpredatebt"] == "2026-11-30"


@pytest.mark.parametrize(("code", "permanent"), [("20001", True), ("18000", False), ("18003", False), ("19000", False)])
def test_INT_05_error_code_of_u8_says_whether_to_try_again(u8, to_u8, code, permanent):
    u8.refuse, u8.refuse_code = "单据新增失败", code
    with pytest.raises(TransportError) as refused:
        to_u8()
    assert refused.value.permanent is permanent


def test_INT_05_answer_of_u8_that_is_not_done_yet_is_asked_for_again_under_its_trade_id(u8, to_u8):
    memory, u8.pending = Memory(), 1
    with pytest.raises(TransportError) as pending:
        to_u8(memory=memory)
    assert (pending.value.code, pending.value.permanent) == ("pending", False)
    assert to_u8(memory=memory).reference == "U8-1"
    assert list(u8.papers) == ["trade-1"]


def test_INT_06_lost_answer_of_u8_makes_no_second_receivable(u8, to_u8):
    memory, u8.lose_at = Memory(), 3
    with pytest.raises(TransportError) as lost:
        to_u8(DUE, memory)
    assert not lost.value.permanent
    assert to_u8(DUE, memory).reference == "U8-1"
    [(path, body)] = u8.papers.values()
    assert (path, body["oughtreceive"]["amount"]) == ("/api/oughtreceive/add", "12500.00")
    assert u8.trades == 1


def test_INT_05_token_of_u8_is_kept_an_hour_and_asked_for_anew_when_it_is_stale(u8, to_u8):
    to_u8()
    to_u8()
    assert u8.tokens == 1
    to_u8.clock["now"] += timedelta(hours=1)
    to_u8()
    assert u8.tokens == 2
    u8.tokens = 9  # the platform forgot it
    with pytest.raises(TransportError) as stale:
        to_u8()
    assert (stale.value.permanent, stale.value.code) == (False, "stale_token")
    to_u8()
    assert u8.tokens == 10


def test_INT_05_refusal_of_u8_is_final_with_its_words(u8, to_u8):
    u8.refuse = "存货编码 A-1001 不存在"
    with pytest.raises(TransportError, match="A-1001") as refused:
        to_u8()
    assert refused.value.permanent


def test_INT_05_wrong_secret_of_u8_waits_for_somebody_to_mend_it(u8, to_u8):
    with pytest.raises(TransportError) as failed:
        to_u8(secrets=("other",))
    assert (failed.value.permanent, failed.value.code) == (False, "login_failed")


class Kingdee(Erp):
    """Bills by number with their status; nothing without a session."""

    session = "sid-1"

    def take(self, request):
        body, step = request.get_json(), self.calls[-1]
        if step == "LoginByAppSecret":
            good = body["parameters"] == ["acct", "robot", "app", "s3cret", 2052]
            return {"LoginResultType": 1 if good else 0, "KDSVCSessionId": self.session, "Message": "密码错误"}
        if request.cookies.get("kdservice-sessionid") != self.session:
            return {"Result": {"ResponseStatus": {"IsSuccess": False, "MsgCode": 1, "Errors": []}}}
        return {"Result": self.bill(step, body["formid"], body["data"])}

    def bill(self, step, form, data):
        if step == "View":
            bill = self.papers.get((form, data["Number"]))
            return {"ResponseStatus": None, "Result": {"DocumentStatus": bill["status"]}} if bill else failed("不存在")
        if self.refuse:
            return failed(self.refuse)
        if step == "Save":
            number = data["Model"]["FBillNo"]
            if (form, number) in self.papers:
                return failed("编码唯一")
            self.papers[form, number] = {"status": "A", "model": data["Model"]}
        else:
            bill = self.papers[form, data["Numbers"][0]]
            assert bill["status"] == {"Submit": "A", "Audit": "B"}[step]
            bill["status"] = {"Submit": "B", "Audit": "C"}[step]
        return {"ResponseStatus": {"IsSuccess": True, "MsgCode": 0, "Errors": []}}


def failed(text):
    return {"ResponseStatus": {"IsSuccess": False, "MsgCode": 11, "Errors": [{"FieldName": "F", "Message": text}]}}


@pytest.fixture
def kingdee(httpserver):
    return Kingdee(httpserver)


@pytest.fixture
def to_kingdee(kingdee):
    deliver = KINDS["erp.kingdee"].make(lambda: NOW)

    def send(value=ACCEPTED, secrets=("s3cret",)):
        settings = {"account_id": "acct", "user": "robot", "app_id": "app"}
        return deliver(message(value), target("erp.kingdee", kingdee.url, **settings), secrets)

    return send


def test_INT_05_accepted_order_is_saved_submitted_and_audited_in_kingdee(kingdee, to_kingdee):
    receipt = to_kingdee()
    [((form, number), bill)] = kingdee.papers.items()
    assert (form, number, bill["status"]) == ("SAL_SaleOrder", receipt.reference, "C")
    assert bill["model"]["FCustId"] == {"FNumber": "C-1001"}
    assert [line["FMaterialId"]["FNumber"] for line in bill["model"]["FSaleOrderEntry"]] == ["A-1001", "A-1003"]
    assert kingdee.calls == ["LoginByAppSecret", "View", "Save", "Submit", "Audit"]


@pytest.mark.parametrize("lost", [2, 3, 4])
def test_INT_06_whatever_answer_of_kingdee_is_lost_there_is_one_receivable(kingdee, to_kingdee, lost):
    kingdee.lose_at = lost + 1
    with pytest.raises(TransportError) as failure:
        to_kingdee(DUE)
    assert not failure.value.permanent
    to_kingdee(DUE)
    [((form, _), bill)] = kingdee.papers.items()
    assert (form, bill["status"]) == ("AR_receivable", "C")


def test_INT_05_second_delivery_to_kingdee_changes_nothing(kingdee, to_kingdee):
    first, again = to_kingdee(), to_kingdee()
    assert (again.reference, again.detail, len(kingdee.papers)) == (first.reference, "duplicate", 1)


def test_INT_05_session_of_kingdee_that_ended_is_opened_again(kingdee, to_kingdee):
    to_kingdee()
    kingdee.session = "sid-2"
    with pytest.raises(TransportError) as ended:
        to_kingdee(DUE)
    assert (ended.value.permanent, ended.value.code) == (False, "session_ended")
    to_kingdee(DUE)
    assert len(kingdee.papers) == 2


def test_INT_05_refusal_of_kingdee_is_final_with_its_words(kingdee, to_kingdee):
    kingdee.refuse = "物料 A-1001 不存在"
    with pytest.raises(TransportError, match="A-1001") as refused:
        to_kingdee()
    assert refused.value.permanent


def test_INT_05_wrong_password_of_kingdee_waits_for_somebody_to_mend_it(kingdee, to_kingdee):
    with pytest.raises(TransportError) as refused:
        to_kingdee(secrets=("other",))
    assert (refused.value.permanent, refused.value.code) == (False, "login_failed")


@pytest.mark.parametrize("kind", ["erp.yonyou_u8", "erp.kingdee"])
def test_INT_05_what_the_erp_cannot_do_waits_for_a_person(kind):
    with pytest.raises(TransportError) as by_hand:
        KINDS[kind].make(lambda: NOW)(message({**ACCEPTED, "event": "order.changed"}), Target("http://x"), ("s",))
    assert (by_hand.value.permanent, by_hand.value.code) == (True, "by_hand")


def test_INT_05_buyer_without_a_code_is_named_unless_there_is_a_default(u8, to_u8):
    nobody = {**ACCEPTED, "order": {**ORDER, "buyer": {"name": "x", "ids": []}}}
    with pytest.raises(TransportError) as unknown:
        to_u8(nobody)
    assert unknown.value.code == "no_customer"
    to_u8(nobody, default_customer="C-0000")
    assert u8.papers["trade-1"][1]["saleorder"]["custcode"] == "C-0000"
