"""VAL-11: a waybill number fits its carrier's pattern and check digit, or is refused with the reason's name."""

from __future__ import annotations

import pytest

from adapters.carriers import waybill
from orders.errors import Refused


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("SF", "SF1385628716739"),
        ("顺丰", "sf1385628716739"),
        ("ZTO", "73610555582883"),
        ("YTO", "YT8962646785389"),
        ("STO", "773277027280336"),
        ("YUNDA", "463431409940372"),
        ("JD", "JDX024407261700"),
        ("JT", "JT5261988016578"),
        ("DPK", "DPK202252612836"),
        ("EMS", "1207119765021"),
        ("EMS", "EA473124829CN"),  # the example of the standard, issued in China
    ],
)
def test_VAL_11_number_that_can_be_the_carriers_passes(carrier, number):
    assert waybill.known(carrier), "who is not known is not judged at all"
    waybill.require(carrier, number)


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("SF", "SF13856287167"),
        ("SF", "YT8962646785389"),
        ("ZTO", "7361055558288"),
        ("YTO", "YT896264678538"),
        ("STO", "773277027280336X"),
        ("EMS", "EA47312482CN"),
    ],
)
def test_VAL_11_number_of_another_form_is_refused_by_name(carrier, number):
    with pytest.raises(Refused) as refused:
        waybill.require(carrier, number)
    assert refused.value.code == "waybill_form"


@pytest.mark.parametrize("digit", "012345678")
def test_VAL_11_wrong_check_digit_is_refused_by_name(digit):
    with pytest.raises(Refused) as refused:
        waybill.require("EMS", f"EA47312482{digit}CN")
    assert refused.value.code == "waybill_check_digit"


@pytest.mark.parametrize("number", ["EA473124829CN", "EA000000005CN", "EA000000014CN", "EA000000080CN"])
def test_VAL_11_check_digit_follows_the_standard(number):
    """11 less the weighted sum modulo 11; 10 becomes 0, 11 becomes 5."""
    assert waybill.s10_holds(number)


def test_VAL_11_carrier_that_the_table_does_not_name_is_not_judged():
    waybill.require("某某货运", "A-1")
    assert not waybill.known("某某货运")


def test_VAL_11_one_carrier_has_one_code_whatever_it_is_called():
    assert {waybill.code_of(name) for name in ("sf", "顺丰速运", " SF ", "shunfeng")} == {"SF"}
