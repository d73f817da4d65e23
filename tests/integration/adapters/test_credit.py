"""The HTTP credit bureau: an answer in time, or ``unavailable``."""

import json
from threading import Event

import pytest
from werkzeug import Response

from adapters.credit.bureau import Subject
from adapters.credit.http import HttpBureau
from orders.credit import CreditStatus, CreditView
from orders.money import Fen
from tests.waiting import PATIENCE_S

SUBJECT = Subject("C-001", "苏州恒力机电有限公司", "91320500000000000X")
ANSWER = {"found": True, "limit": "50000.00", "exposure": "1200.50", "overdue_days": 4, "score": 710}


def test_INT_12_bureau_answers_with_limit_exposure_overdue_and_score(httpserver):
    httpserver.expect_request("/credit-checks", headers={"Authorization": "Bearer k"}).respond_with_json(ANSWER)
    view = HttpBureau(httpserver.url_for(""), "k", PATIENCE_S).view(SUBJECT)
    assert view == CreditView(CreditStatus.OK, Fen(5_000_000), Fen(120_050), 4, 710)
    assert json.loads(httpserver.log[0][0].get_data())["uscc"] == SUBJECT.uscc


def test_INT_12_customer_unknown_to_the_bureau_is_none(httpserver):
    httpserver.expect_request("/credit-checks").respond_with_json({"found": False})
    assert HttpBureau(httpserver.url_for(""), timeout_s=PATIENCE_S).view(SUBJECT).status is CreditStatus.NONE


@pytest.mark.parametrize("timeout_s", [0.1, 60.0])
def test_CRD_01_bureau_slower_than_the_time_out_is_unavailable(httpserver, timeout_s):
    asked = Event()

    def slow(request):
        asked.wait(30 if timeout_s < 1 else 0.2)
        return Response(json.dumps(ANSWER), content_type="application/json")

    httpserver.expect_request("/credit-checks").respond_with_handler(slow)
    try:
        status = HttpBureau(httpserver.url_for(""), timeout_s=timeout_s).view(SUBJECT).status
    finally:
        asked.set()
    assert status is (CreditStatus.UNAVAILABLE if timeout_s < 1 else CreditStatus.OK)


@pytest.mark.parametrize(
    "answer", ["{}", "[]", "no json", '{"found":true,"limit":"much"}', '{"found":true,"score":"high"}']
)
def test_INT_12_answer_that_makes_no_sense_is_unavailable(httpserver, answer):
    httpserver.expect_request("/credit-checks").respond_with_data(answer)
    assert HttpBureau(httpserver.url_for(""), timeout_s=PATIENCE_S).view(SUBJECT).status is CreditStatus.UNAVAILABLE


@pytest.mark.parametrize("status", [500, 404, 401])
def test_INT_12_refusal_of_the_bureau_is_unavailable(httpserver, status):
    httpserver.expect_request("/credit-checks").respond_with_data("", status=status)
    assert HttpBureau(httpserver.url_for(""), timeout_s=PATIENCE_S).view(SUBJECT).status is CreditStatus.UNAVAILABLE
