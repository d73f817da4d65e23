"""Errors become problem documents: the status is chosen once, the words follow the caller's language."""

from __future__ import annotations

import pytest

from intake.readers import json_fault
from orders.errors import (
    Conflict,
    Forbidden,
    InternalError,
    InvalidOrder,
    NotFound,
    Problem,
    Refused,
    RuleAuthorError,
    SenderError,
    TransportError,
    UnreadableDocument,
)
from server.api.call.problem import JSON_FAULTS, problem_document, status_of
from server.api.call.wording import TITLES

SKU = Problem("/lines/0/sku", "unknown_sku", "没有这个商品", "No such SKU", ("A-1001",))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidOrder("x", problems=(SKU,)), 422),
        (InvalidOrder("x", problems=(Problem("", "malformed_json", "坏", "bad"),)), 400),
        (UnreadableDocument("x"), 422),
        (RuleAuthorError("x", file="a.yaml", line=3), 422),
        (Conflict("x"), 409),
        (Conflict("x", code="stale_version"), 412),
        (Refused("x"), 409),
        (NotFound("x"), 404),
        (Forbidden("x"), 403),
        (SenderError("x", code="unauthenticated"), 401),
        (SenderError("x", code="too_large"), 413),
        (SenderError("x", code="unsupported_media_type"), 415),
        (SenderError("x", code="idempotency_mismatch"), 422),
        (SenderError("x", code="rate_limited"), 429),
        (SenderError("x"), 400),
        (TransportError("x", permanent=False), 503),
        (InternalError("x"), 500),
    ],
)
def test_status_of_each_branch_of_the_error_tree(error: Exception, status: int) -> None:
    assert status_of(error) == status


def test_json_faults_are_those_that_the_reader_names() -> None:
    assert json_fault._MESSAGES.keys() == JSON_FAULTS


def test_document_names_place_candidates_and_trace_in_the_asked_language() -> None:
    error = InvalidOrder("/lines/0/sku: No such SKU", "没有这个商品", problems=(SKU,))
    en, zh = (problem_document(error, lang, "req_1") for lang in ("en", "zh"))
    assert en["errors"] == [
        {"pointer": "/lines/0/sku", "code": "unknown_sku", "detail": "No such SKU", "candidates": ["A-1001"]}
    ]
    assert (en["title"], zh["title"]) == ("The content cannot be an order", "内容不能成为订单")
    assert (en["code"], zh["code"]) == ("invalid_order", "invalid_order")
    assert (en["status"], en["trace_id"], en["type"]) == (422, "req_1", "/v1/problems/invalid_order")
    assert zh["errors"][0]["detail"] == "没有这个商品"


def test_conflict_names_the_existing_thing() -> None:
    assert problem_document(Conflict("x", existing_id="ord_1"), "en", "r")["existing_id"] == "ord_1"


def test_rule_file_problem_names_file_line_and_suggestion() -> None:
    error = RuleAuthorError("no field payble", "没有字段", file="credit.yaml", line=12, column=5, suggestion="payable")
    assert problem_document(error, "en", "r")["errors"] == [
        {"pointer": "credit.yaml:12:5", "code": "rule_file", "detail": error.message_en, "candidates": ["payable"]}
    ]


def test_every_title_is_said_in_both_languages() -> None:
    assert all(zh and en and zh != en for zh, en in TITLES.values())
