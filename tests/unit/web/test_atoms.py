"""Names in a trace as people call them, in both languages."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.unit.rules import cases
from web import atoms, i18n


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("order.payable", "订单金额", "Order amount"),
        ("order.payable > $pickup_limit", "订单金额 > 代收点金额上限", "Order amount > limit at pickup points"),
        ("transit.time", "运输时长", "Transit time"),
        ("hold", "挂起", "hold"),
        ("no.such_word", "no.such_word", "no.such_word"),
    ],
)
def test_a_name_is_said_by_its_label(name: str, zh: str, en: str) -> None:
    labels = atoms.Labels(cases.shipped())
    assert labels.label(name) == zh
    with Flask("reader").test_request_context(headers={"Cookie": f"{i18n.COOKIE}=en"}):
        assert labels.label(name) == en
