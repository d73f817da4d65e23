"""CRD-01, RSK-07, APP-01, APP-03, APP-06 at their boundaries, decided by the shipped policies."""

from dataclasses import replace

import pytest

from orders.context import CustomerView
from orders.credit import CreditStatus, CreditView
from orders.decision import Outcome
from orders.money import Fen
from orders.order import OrderType, Payment, PaymentStatus
from tests.unit.rules.cases import context, fired, flags, holds, judge, order, payable, with_param


def _credit(**changes: object) -> CreditView:
    base = CreditView(CreditStatus.OK, Fen(100_000), Fen(87_500), 0, 800)
    return replace(base, **changes)


@pytest.mark.parametrize(("exposure", "held"), [(87_500, False), (87_501, True)])
def test_CRD_01_exposure_with_this_order_above_the_limit_freezes_shipping(exposure, held):
    body = judge(order(), context(credit=_credit(exposure_fen=Fen(exposure))))
    assert (holds(body) == ["CREDIT_LIMIT"]) is held
    assert held is False or (body.holds[0].gate == "ship" and body.holds[0].who == ("finance",))


def test_CRD_01_paid_order_uses_no_credit():
    paid = order(payment=Payment(PaymentStatus.PAID))
    assert holds(judge(paid, context(credit=_credit(exposure_fen=Fen(99_999))))) == []


def test_CRD_01_customer_without_account_passes():
    assert judge(order(), context(credit=CreditView())).outcome is Outcome.PASS


def test_CRD_01_silent_credit_source_holds_by_default_and_says_so():
    body = judge(order(), context(credit=CreditView(CreditStatus.UNAVAILABLE)))
    assert holds(body) == ["DEGRADED_RECHECK"]
    assert body.degraded == ("credit",)
    assert "CRD-01.unavailable_hold" in fired(body)


def test_CRD_01_silent_credit_source_flags_when_the_policy_says_so():
    bundle = with_param("unavailable_policy", "flag")
    body = judge(order(), context(credit=CreditView(CreditStatus.UNAVAILABLE)), bundle)
    assert (holds(body), flags(body), body.degraded) == ([], ["DEGRADED_RECHECK"], ("credit",))


@pytest.mark.parametrize(("score", "held"), [(550, False), (549, True), (None, False)])
def test_RSK_07_score_under_550_freezes_shipping(score, held):
    body = judge(order(), context(credit=_credit(score=score)))
    assert (holds(body) == ["CREDIT_RISK"]) is held
    assert held is False or body.holds[0].gate == "ship"


@pytest.mark.parametrize(("days", "held"), [(30, False), (31, True)])
def test_RSK_07_more_than_30_days_overdue_freezes_shipping(days, held):
    body = judge(order(), context(credit=_credit(overdue_days=days)))
    assert (holds(body) == ["OVERDUE"]) is held


THREE = ["sales_supervisor", "production", "finance"]


def _steps(body):
    return [step.step for step in body.approval]


@pytest.mark.parametrize(
    ("order_type", "yuan", "steps"),
    [
        (OrderType.STOCK, "19999.99", []),
        (OrderType.STOCK, "20000.00", THREE),
        (OrderType.PRESALE, "19999.99", ["finance"]),
        (OrderType.PRESALE, "20000.00", THREE),
        (OrderType.CUSTOM, "0.01", THREE),
    ],
)
def test_APP_03_type_and_amount_choose_the_flow(order_type, yuan, steps):
    body = judge(payable(yuan, type=order_type))
    assert _steps(body) == steps
    assert ("APP-03" in fired(body)) is bool(steps)


def test_APP_01_three_steps_in_order_each_decided_by_its_role():
    body = judge(payable("20000.00"))
    assert [(step.step, step.role, step.rule) for step in body.approval] == [(role, role, "APP-01") for role in THREE]


@pytest.mark.parametrize(("fen", "lane"), [(500_000, True), (499_999, False)])
def test_APP_06_spend_of_5000_yuan_opens_the_green_lane(fen, lane):
    customer = CustomerView("cus_1", "C-1", "恒力", lifetime_spend_fen=Fen(fen))
    body = judge(payable("20000.00"), context(customer=customer))
    assert ("green_lane" in flags(body)) is lane
    assert _steps(body) == (THREE[1:] if lane else THREE)


@pytest.mark.parametrize(("count", "lane"), [(6, False), (7, True)])
def test_APP_06_seventh_purchase_opens_the_green_lane(count, lane):
    customer = CustomerView("cus_1", "C-1", "恒力", purchase_count=count)
    assert ("green_lane" in flags(judge(order(), context(customer=customer)))) is lane


def test_APP_06_green_lane_skips_listed_steps_only_and_the_trace_says_so():
    customer = CustomerView("cus_1", "C-1", "恒力", purchase_count=7)
    body = judge(payable("0.01", type=OrderType.CUSTOM), context(customer=customer))
    step = next(step for step in body.trace if step.rule == "APP-06.skip")
    assert step.derived == {"skip": ["sales_supervisor"]}
    assert _steps(body) == ["production", "finance"]
