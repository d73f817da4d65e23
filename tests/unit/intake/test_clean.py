"""Cleansing on entry: one way to write a value, whatever was typed."""

from __future__ import annotations

import pytest

from intake.values.clean import clean, clean_code, clean_email, clean_note, clean_phone, seen
from intake.values.unit import same_unit
from server.db.master.item import Reader


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("(0512) 6666 8888", "051266668888"),
        ("+86 512 6666 8888", "051266668888"),
        ("0512—66668888 转 801", "051266668888-801"),
        ("0512-66668888 ext.801", "051266668888-801"),
        ("400-820-8820", "4008208820"),
        ("+49 30 123456", "+4930123456"),
        ("0049 30 123456", "+4930123456"),
        ("138****8000", "138****8000"),
        ("13800138000 李四", "13800138000 李四"),
        ("  ", None),
        (None, None),
    ],
)
def test_MAP_12_phone_becomes_digits(typed: str | None, expected: str | None) -> None:
    assert clean_phone(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Ａ型　接头", "A型 接头"),
        ("  a  b  ", "a b"),
        ("a\u200bb\ufeff", "ab"),
        ("驿\u2061站", "驿站"),
        ("\u202e驿\u2066站\u2069\ufe0f\u034f\u3164\U000e0101", "驿站"),
        ("a\u2028b\u202fc", "a b c"),
        ("a\tb\nc\x07", "a b c"),
        ("（苏州）", "（苏州）"),
        ("", None),
    ],
)
def test_MAP_12_text_becomes_half_width_and_single_spaced(typed: str, expected: str | None) -> None:
    assert clean(typed) == expected


def test_MAP_12_what_nobody_sees_is_in_no_master_data() -> None:
    assert seen("Ａ 型\u3000接\u200b头\u202e") == "Ａ 型\u3000接头"
    assert Reader({"sku": "A\u2066-1001 "}, ("sku",)).text("sku") == "A-1001"


def test_MAP_12_code_loses_spaces_and_wide_dashes() -> None:
    assert clean_code("Ａ－１００１ ") == "A-1001"
    assert clean_code("A – 1001") == "A-1001"
    assert clean_code("　") is None
    assert clean_email(" Buy@Example.COM ") == "buy@example.com"


def test_MAP_12_note_keeps_its_lines() -> None:
    assert clean_note("一\r\n二\x00\x08三 ") == "一\n二 三"


@pytest.mark.parametrize(("one", "other"), [("只", "个"), ("PCS", "个"), ("ＫＧ", "公斤"), ("箱", "CTN"), ("㎡", "m2")])
def test_MAP_12_units_of_one_meaning_agree(one: str, other: str) -> None:
    assert same_unit(one, other)


@pytest.mark.parametrize(("one", "other"), [("箱", "个"), ("件", "个"), ("kg", "g"), ("袋子", "袋"), ("m", "mm")])
def test_MAP_12_units_of_other_meaning_differ(one: str, other: str) -> None:
    assert not same_unit(one, other)
