"""Masks show what is needed and no more."""

from __future__ import annotations

import pytest

from orders.wire import order_to_json
from server.db.mask import mask_email, mask_id, mask_name, mask_order, mask_phone, mask_text
from tests.integration.db.world import make_order


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13800138000", "138****8000"), ("+8613800138000", "+86138****8000"), ("95588", "****88"), (None, None), ("", "")],
)
def test_phone_keeps_three_and_four_digits(phone, masked) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("欧阳小明", "欧***"),
        ("苏州恒力机电有限公司", "苏州恒力机电有限公司"),
        ("A", "A*"),
        (None, None),
    ],
)
def test_people_are_masked_and_companies_shown(name, masked) -> None:
    assert mask_name(name) == masked


def test_ids_mails_and_addresses_lose_what_identifies() -> None:
    assert mask_id("320501199001011234") == "320****34"
    assert mask_id("12345678") == "****"
    assert mask_email("zhang@example.com") == "z****@example.com"
    assert mask_text("江苏省苏州市虎丘区星湖街328号") == "江苏省苏州市****"


def test_SEC_07_a_masked_order_holds_no_phone_name_mail_or_house() -> None:
    whole = order_to_json(make_order(note="请联系张总 13800138000"))
    told = str(mask_order(whole))
    for secret in ("13800138000", "13900139000", "张总", "王工", "星湖街", "328号"):
        assert secret not in told
    assert whole["buyer"]["contact"]["phone"] == "13800138000"
