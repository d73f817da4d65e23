"""Rows of regions and dates, presale, terms, channels, remote plans, peak mode; rules that business people change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from orders.context import CustomerView
from orders.money import Fen, Micro
from orders.order import Fulfilment, OrderType
from orders.party import Address
from orders.stock import StockLevel
from rules.bundle import load_bundle, policy_files
from rules.change.edit import without
from rules.sentences import hear
from tests.unit.rules.cases import M, context, flags, holds, judge, line, order, payable, shipped

VIP = CustomerView("cus_1", "C-1", "苏州恒力机电有限公司", level="vip")


def to(province: str | None, adcode: str | None, text: str | None = None, **changes):
    made = order(**changes)
    address = Address(text, province, "某市", "某区", "某路1号", adcode)
    return replace(made, ship_to=replace(made.ship_to, address=address))


@pytest.mark.parametrize(
    ("province", "adcode", "text", "held"),
    [
        ("江苏省", "320505", None, False),
        ("江苏省", "440100", None, True),
        ("江苏省", None, None, False),
        (None, "440100", "江苏省苏州市星湖街1号", True),
        (None, "320505", "江苏省苏州市星湖街1号", False),
        (None, "320505", "苏州市星湖街1号", False),
        ("江苏省", "990000", None, True),
    ],
)
def test_VAL_05_a_region_code_that_contradicts_the_text_is_held(province, adcode, text, held):
    assert ("INCORRECT_ADDRESS" in holds(judge(to(province, adcode, text)))) is held


def test_VAL_05_pickup_needs_no_region_code():
    assert holds(judge(to("江苏省", "440100", fulfilment=Fulfilment.PICKUP))) == []


@pytest.mark.parametrize(
    ("province", "wanted", "late"),
    [
        ("江苏省", date(2026, 11, 25), False),
        ("江苏省", date(2026, 11, 24), True),
        ("广东省", date(2026, 11, 23), False),
        ("广东省", date(2026, 11, 22), True),
        ("西藏自治区", date(2026, 11, 29), False),
        ("西藏自治区", date(2026, 11, 28), True),
        ("江苏省", None, False),
    ],
)
def test_VAL_05_a_wanted_date_before_the_transit_time_is_flagged(province, wanted, late):
    assert ("LATE_PROMISE" in flags(judge(to(province, None, requested_date=wanted)))) is late


def test_VAL_05_the_promised_date_is_computed_anew_for_each_province():
    def promised(province: str) -> str:
        body = judge(to(province, None, requested_date=date(2026, 11, 22)))
        return next(flag.message.zh for flag in body.flags if flag.code == "LATE_PROMISE")

    assert promised("江苏省") == "期望 2026-11-22 送达，最早 2026-11-25（今天加运输 3 天）"
    assert promised("广东省") == "期望 2026-11-22 送达，到广东最早 2026-11-23（今天加运输 1 天）"
    assert promised("西藏自治区") == "期望 2026-11-22 送达，到西藏最早 2026-11-29（今天加运输 7 天）"


@pytest.mark.parametrize(
    ("kind", "delayed", "held"),
    [(OrderType.PRESALE, True, True), (OrderType.PRESALE, False, False), (OrderType.STOCK, True, False)],
)
def test_VAL_06_presale_of_a_late_supplier_is_parked_at_submission(kind, delayed, held):
    skus = tuple(replace(view, supplier_delayed=delayed) for view in context().skus)
    body = judge(order(line(type=kind)), context(skus=skus))
    assert ("PRESALE_SUPPLIER_DELAY" in holds(body)) is held
    assert {hold.gate for hold in body.holds} == ({"submit"} if held else set())


@pytest.mark.parametrize(
    ("asked", "agreed", "held"),
    [
        ("net60", "net30", True),
        ("net30", "net30", False),
        ("prepaid", "net30", False),
        ("net60", None, False),
        (None, "net30", False),
    ],
)
def test_CRD_02_terms_outside_the_agreed_ones_wait_for_finance(asked, agreed, held):
    customer = replace(context().customer, payment_terms=agreed)
    body = judge(order(payment_terms=asked), context(customer=customer))
    assert ("PAYMENT_TERMS" in holds(body)) is held
    if held:
        assert (body.holds[0].gate, body.holds[0].who) == ("approve", ("finance",))


def _edited(file: str, old: str, new: str):
    files = policy_files()
    assert old in files[file]
    return load_bundle({**files, file: files[file].replace(old, new, 1)})


def test_RTE_09_routing_conditions_are_data_that_anybody_can_write():
    def site(bundle, province: str) -> str:
        return judge(to(province, None), None, bundle).fulfilments[0].site

    assert (site(shipped(), "湖南省"), site(shipped(), "广东省")) == ("CD", "GZ")
    assert site(_edited("route.yaml", "      - [湖南, CD]\n", ""), "湖南省") == "GZ"
    rule = hear('当 省份 是 "广东" 且 订单金额 < 200 元，则 分仓到 "CD"', shipped().book.vocabulary)
    text = f"  - id: RTE-09.own\n    when: {rule['when']}\n    then: [{{route: CD}}]\n    priority: 9\n"
    text += "    message: {zh: 广东小单走成都, en: Small orders of 广东 from CD}\n"
    assert site(_edited("route.yaml", "rules:\n", "rules:\n" + text), "广东省") == "CD"


@pytest.mark.parametrize(
    ("channel", "urgent", "level"), [("mail", False, 0), ("api", False, 50), ("mail", True, 100), ("api", True, 100)]
)
def test_RTE_10_urgent_orders_come_first_then_the_first_channels(channel, urgent, level):
    assert judge(order(channel=channel, urgent=urgent)).priority == level


@pytest.mark.parametrize(
    ("peak", "channel", "pieces", "held"),
    [(True, "mail", 5, False), (True, "mail", 6, True), (True, "erp", 9, False), (False, "mail", 9, False)],
)
def test_RTE_10_in_peak_mode_one_order_takes_at_most_half_of_what_is_free(peak, channel, pieces, held):
    stock = (StockLevel("A-1001", "GZ", Micro(10 * M), Micro(0)),)
    made = order(
        line(quantity=Micro(pieces * M), unit_price=Micro(12_500_000), amount=Fen(1250 * pieces)), channel=channel
    )
    assert ("CAPACITY" in holds(judge(made, context(stock=stock, peak_mode=peak)))) is held


@pytest.mark.parametrize(("province", "plans"), [("西藏自治区", 1), ("新疆维吾尔自治区", 1), ("江苏省", 0)])
def test_CAR_04_customer_service_hears_of_the_other_ways_to_a_remote_province(province, plans):
    told = [notice.message.zh for notice in judge(to(province, None)).notify if notice.rule == "CAR-04"]
    assert len(told) == plans
    assert all("邮政特快(EMS)" in text for text in told)


def test_APP_04_the_approval_table_is_changed_by_an_edit_alone():
    def steps(bundle) -> list[str]:
        return [step.step for step in judge(payable("19999.99"), None, bundle).approval]

    assert steps(shipped()) == []
    lower = _edited("approve.yaml", "[stock, 20000.00, null, three_level]", "[stock, 10000.00, null, finance_only]")
    assert steps(lower) == ["finance"]


REJECTING = (
    "  - id: T-1\n    stage: fraud\n    when: order.payable >= 1.00元\n    then: [{reject: BANNED}]\n"
    "    message: {zh: 自动拒绝, en: refused}\n"
)


@pytest.mark.parametrize(
    ("peak", "customer", "yuan", "outcome"),
    [
        (True, VIP, "9999.99", "hold"),
        (True, None, "10000.00", "hold"),
        (True, None, "9999.99", "reject"),
        (False, VIP, "10000.00", "reject"),
    ],
)
def test_RSK_09_in_peak_mode_what_would_be_refused_is_queued_for_a_person(peak, customer, yuan, outcome):
    bundle = _edited("fraud.yaml", "rules:\n", "rules:\n" + REJECTING)
    found = context(peak_mode=peak, customer=customer or context().customer)
    body = judge(payable(yuan), found, bundle)
    assert body.outcome == outcome
    held = next(hold for hold in body.holds if hold.code == "BANNED")
    assert (held.gate, held.needs_human, held.who) == ("submit", True, ("risk",))


def test_PEK_04_a_person_reviews_only_in_peak_mode_and_the_trace_says_so():
    peak = judge(payable("10000.00"), context(peak_mode=True))
    step = next(step for step in peak.trace if step.rule == "PEK-04")
    assert step.derived == {"review": True}
    assert "PEK-04" not in {step.rule for step in judge(payable("10000.00")).trace}
    assert "PEK-04" not in {step.rule for step in judge(payable("9999.99"), context(peak_mode=True)).trace}


BREAKER = (
    "  - id: T-2\n    stage: fraud\n    when: order.payable >= 3000.00元\n"
    "    then: [{hold: {code: BREAKER, gate: ship, who: [risk]}}, {require: signature}, {notify: operations}]\n"
    "    message: {zh: 自动熔断, en: stopped}\n"
)


@pytest.mark.parametrize(
    ("yuan", "paused", "fires"), [("2999.99", False, False), ("3000.00", False, True), ("3000.00", True, False)]
)
def test_RSK_11_any_rule_may_hold_require_a_step_and_notify_and_be_paused(yuan, paused, fires):
    files = dict(_edited("fraud.yaml", "rules:\n", "rules:\n" + BREAKER).files)
    body = judge(payable(yuan), None, load_bundle(without(files, ["T-2"]) if paused else files))
    by_rule = [
        [hold.gate for hold in body.holds if hold.rule == "T-2"],
        [step.code for step in body.requires if step.rule == "T-2"],
        [notice.to for notice in body.notify if notice.rule == "T-2"],
    ]
    assert by_rule == ([["ship"], ["signature"], ["operations"]] if fires else [[], [], []])


@pytest.mark.parametrize(
    ("clock", "night"),
    [
        ("21:59:59", False),
        ("22:00:00", True),
        ("05:59:59", True),
        ("06:00:00", False),
        ("00:00:01", True),
        ("00:00:00", False),  # a document that tells the day alone
    ],
)
def test_RSK_11_orders_of_the_night_are_known_by_their_local_hour(clock, night):
    sentence = "当 购买次数 < 3 且 （下单钟点 ≥ 22 点 或 下单钟点 < 6 点），则 标记（NIGHT）"
    told = hear(sentence, shipped().book.vocabulary)
    rule = {"id": "MY-01", **told, "message": {"zh": "夜间 {order.issued_hour}", "en": "at night"}}
    files = {"mine.yaml": json.dumps({"policy": "mine", "owner": "risk", "stage": "fraud", "rules": [rule]})}
    at = datetime.fromisoformat(f"2026-11-22T{clock}+08:00").astimezone(UTC)
    assert ("NIGHT" in flags(judge(order(issued_at=at), bundle=load_bundle(files)))) is night
