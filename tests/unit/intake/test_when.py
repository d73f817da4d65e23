"""Days and numbers as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from intake.values.numeral import decimal_text
from intake.values.when import find_days

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026年11月30日", "2026-11-30"),
        ("2026-11-30", "2026-11-30"),
        ("2026/1/5前", "2026-01-05"),
        ("20261130", "2026-11-30"),
        ("11月30日前", "2026-11-30"),
        ("11月22日", "2026-11-22"),
        ("11月21日", "2027-11-21"),
        ("1月5号", "2027-01-05"),
        ("十二月五号", "2026-12-05"),
        ("12/5前", "2026-12-05"),
        ("月底前送到", "2026-11-30"),
        ("本月底", "2026-11-30"),
        ("下月底", "2026-12-31"),
        ("下个月末", "2026-12-31"),
        ("25号前", "2026-11-25"),
        ("22号", "2026-11-22"),
        ("5号", "2026-12-05"),
        ("下月5号", "2026-12-05"),
        ("周五", "2026-11-27"),
        ("下周三", "2026-11-25"),
        ("下下周一", "2026-11-30"),
        ("明天", "2026-11-23"),
        ("后天", "2026-11-24"),
        ("大后天", "2026-11-25"),
        ("3天内", "2026-11-25"),
        ("两周内", "2026-12-06"),
        ("十天后", "2026-12-02"),
    ],
)
def test_NL_01_day_is_understood(text: str, expected: str) -> None:
    (found,) = find_days(text, SUNDAY)
    assert str(found.day) == expected


def test_NL_01_month_end_at_the_year_end_and_in_a_leap_february() -> None:
    assert find_days("下月底", date(2026, 12, 31))[0].day == date(2027, 1, 31)
    assert find_days("月底", date(2028, 2, 1))[0].day == date(2028, 2, 29)


@pytest.mark.parametrize("text", ["下周", "尽快", "下个月", "月初", "2月30日", "2026-13-01", "999天内"])
def test_NL_01_day_that_cannot_be_told_stays_open(text: str) -> None:
    assert [found.day for found in find_days(text, SUNDAY)] == [None]


def test_NL_01_relative_day_without_a_today_stays_open() -> None:
    assert find_days("月底前", None)[0].day is None
    assert find_days("2026-11-30", None)[0].day == date(2026, 11, 30)


@pytest.mark.parametrize("text", ["13800138000", "DN20 300个", "A3号楼", "1.5mm", "PO-1/22-3", "12.50元"])
def test_number_that_is_no_day_is_left_alone(text: str) -> None:
    assert [found for found in find_days(text, SUNDAY) if found.day] == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1,000", "1000"),
        ("1.5万", "15000"),
        ("3千", "3000"),
        ("两百五十", "250"),
        ("一千", "1000"),
        ("一千二百", "1200"),
        ("壹仟", "1000"),
        ("二十五", "25"),
        ("廿五", "25"),
        ("〇", "0"),
        ("0.50", "0.5"),
        ("12.50", "12.5"),
        ("1000", "1000"),
        ("", None),
        ("个", None),
        ("1..2", None),
    ],
)
def test_number_is_understood(written: str, expected: str | None) -> None:
    assert decimal_text(written) == expected
