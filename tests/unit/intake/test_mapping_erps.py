"""Orders as installations of U8 and K3 Cloud send them: other spellings, wrappings, empty and closed fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from intake.canonical import parse_order
from intake.mapping.engine import compile_template, records, run
from intake.mapping.preset import presets
from intake.readers.payload import load_strict

U8_LINE = {
    "iRowNo": 1, "cInvCode": "A-1001", "cInvName": "A型接头", "cInvStd": "DN20", "iQuantity": "100.000000",
    "cComUnitName": "个", "iTaxUnitPrice": "12.500000", "iUnitPrice": "11.061947", "iSum": "1250.00",
    "iMoney": "1106.19", "dPreDate": "2026-11-30 00:00:00", "bGift": None, "cMemo": None,
}  # fmt: skip
U8_HEAD = {
    "cSOCode": "XS2026110001", "dDate": "2026-11-22 00:00:00", "cCusCode": "C-1001", "cCusName": "苏州恒力机电有限公司",
    "cexch_name": "人民币", "iTaxRate": 13, "cMemo": " ", "cDefine1": None, "cPersonCode": "00007",
}  # fmt: skip
U8 = {**U8_HEAD, "entry": [U8_LINE]}
LINE = {
    "FMaterialId": {"FNumber": "A-1001"}, "FUnitID": {"FNumber": "Pcs"}, "FQty": "100.0000000000",
    "FTaxPrice": "12.5000000000", "FEntryTaxRate": "13.00", "FAllAmount": "1250.00", "FIsFree": "False",
    "FDeliveryDate": "2026-11-30T00:00:00", "FEntryNote": "",
}  # fmt: skip
K3 = {
    "FID": 0, "FBillNo": "XSDD000123", "FDate": "2026-11-22T00:00:00", "FCustId": {"FNumber": "C-1001"}, "FNote": None,
    "FSaleOrgId": {"FNumber": "100"}, "FBillTypeID": {"FNUMBER": "XSDD01_SYS"}, "FSaleOrderEntry": [LINE],
    "FSaleOrderFinance": {"FSettleCurrId": {"FNumber": "PRE001"}, "FBillAllAmount": 1250.0},
}  # fmt: skip


def lower(value: Any) -> Any:
    """Write every name small, as the database's own columns come out of some drivers."""
    if isinstance(value, list):
        return [lower(one) for one in value]
    return {name.lower(): lower(one) for name, one in value.items()} if isinstance(value, dict) else value


def orders(platform: str, value: Any) -> list[dict[str, Any]]:
    plan = compile_template(presets()[platform])
    found = [run(plan, one) for one in records(plan, load_strict(json.dumps(value, ensure_ascii=False).encode()))]
    assert [one.needs for one in found] == [()] * len(found)
    for one in found:
        parse_order(one.order)
    return [one.order for one in found]


def order(platform: str, value: Any) -> dict[str, Any]:
    (only,) = orders(platform, value)
    return only


def u8(line: dict[str, Any] | None = None, **head: Any) -> dict[str, Any]:
    return order("yonyou_u8", {"saleorder": {**U8_HEAD, **head, "entry": [{**U8_LINE, **(line or {})}]}})


def k3(line: dict[str, Any] | None = None, **head: Any) -> dict[str, Any]:
    return order("kingdee", {"Model": {**K3, **head, "FSaleOrderEntry": [{**LINE, **(line or {})}]}})


@pytest.mark.parametrize(
    "value",
    [
        {"saleorder": U8},
        lower(U8),
        {"saleorder": [U8]},
        {"data": {"saleorder": U8}},
        {"data": [U8]},
        {"data": json.dumps({"saleorder": U8}, ensure_ascii=False)},
        {"saleorder": {**U8, "entry": U8_LINE}},
    ],
)
def test_IN_03_a_u8_order_reads_the_same_in_every_spelling_and_wrapping(value: Any) -> None:
    found = order("yonyou_u8", value)
    (line,) = found["lines"]
    assert (found["number"], found["issued_at"], found["currency"]) == (
        "XS2026110001", "2026-11-22T00:00:00+08:00", "CNY",
    )  # fmt: skip
    assert found["buyer"] == {
        "name": "苏州恒力机电有限公司", "ids": [{"scheme": "customer_code", "value": "C-1001"}],
    }  # fmt: skip
    assert (line["sku"], line["name"], line["spec"], line["unit"]) == ("A-1001", "A型接头", "DN20", "个")
    assert (line["quantity"], line["unit_price"], line["amount"]) == ("100", "12.50", "1250.00")
    assert (float(line["tax_rate"]), line["requested_date"], line.get("is_gift")) == (0.13, "2026-11-30", None)
    assert not found.get("note")


def test_IN_03_u8s_documented_names_may_be_empty_beside_those_that_speak() -> None:
    line = {"inventorycode": "A-1001", "quantity": 2, "taxunitprice": "", "unitprice": "11.06", "money": "22.12",
            "sum": None, "predate": "", "bgift": "0"}  # fmt: skip
    head = {"code": "1", "date": "2026-11-22T08:30:00.000", "custcode": "C-1001", "cusname": None, "cusabbname": "恒力"}
    found = order("yonyou_u8", {"saleorder": {**head, "entry": [line]}})
    assert (found["buyer"]["name"], found["issued_at"]) == ("恒力", "2026-11-22T08:30:00+08:00")
    assert found["lines"] == [{"sku": "A-1001", "quantity": "2", "unit_price": "11.06", "is_gift": False}]


def test_FIN_06_u8s_untaxed_sum_is_never_the_amount_of_a_taxed_price() -> None:
    (line,) = u8({"iSum": None})["lines"]
    assert (line["unit_price"], "amount" in line) == ("12.50", False)


@pytest.mark.parametrize(("said", "gift"), [("是", True), (True, True), ("True", True), ("False", False), ("", None)])
def test_MAP_13_an_erps_gift_is_one_however_it_writes_it(said: Any, gift: bool | None) -> None:
    assert u8({"bGift": said})["lines"][0].get("is_gift") is gift
    assert k3({"FIsFree": said})["lines"][0].get("is_gift") is gift


def test_IN_03_a_u8_order_closed_by_somebody_says_so_and_keeps_its_money_and_addressee() -> None:
    found = u8(
        cCloser="demo", cexch_name="美元", cCusOAddress="江苏省苏州市虎丘区星湖街328号", cMobilePhone="13900139000"
    )
    assert (found["attributes"]["closed_by"], found["currency"]) == ("demo", "USD")
    assert found["ship_to"]["address"]["text"] == "江苏省苏州市虎丘区星湖街328号"
    assert found["ship_to"]["contact"]["phone"] == "13900139000"


PLAIN_LINE = {**LINE, "FMaterialId": "A-1001", "FUnitID": "Pcs", "FQty": 100, "FTaxPrice": 12.5}
PLAIN = {
    **K3, "FCustId": "C-1001", "FSaleOrgId": "100", "FSaleOrderFinance": {"FSettleCurrId": "PRE001"},
    "FBillAllAmount": "1250.00", "FSaleOrderEntry": [PLAIN_LINE],
}  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        {"Creator": "", "NeedUpDateFields": [], "IsDeleteEntry": "true", "Model": K3},
        json.loads(json.dumps({"Model": K3}).replace("FNumber", "FNUMBER")),
        {"formid": "SAL_SaleOrder", "data": {"Model": K3}},
        {"formid": "SAL_SaleOrder", "data": json.dumps({"NeedReturnFields": [], "Model": K3})},
        {"FormId": "SAL_SaleOrder", "Data": {"Model": [K3], "BatchCount": 1}},
        {"Model": json.dumps(K3)},
        {"Model": PLAIN},
        K3,
    ],
)
def test_IN_03_a_k3_order_reads_the_same_in_every_spelling_and_wrapping(value: Any) -> None:
    found = order("kingdee", value)
    (line,) = found["lines"]
    assert (found["number"], found["issued_at"]) == ("XSDD000123", "2026-11-22T00:00:00+08:00")
    assert (found["currency"], found["seller_entity"], found["totals"]) == ("CNY", "100", {"payable": "1250.00"})
    assert found["buyer"]["ids"] == [{"scheme": "customer_code", "value": "C-1001"}]
    assert line == {
        "sku": "A-1001", "quantity": "100", "unit": "Pcs", "unit_price": "12.50", "amount": "1250.00",
        "tax_rate": "0.13", "requested_date": "2026-11-30", "is_gift": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("finance", "head", "currency"),
    [
        ({"FSettleCurrId": {"FNumber": "PRE007"}}, None, "USD"),
        ({}, {"FNumber": "PRE007"}, "USD"),
        ({"FSettleCurrId": {"FNUMBER": "PRE006"}}, {"FNumber": "PRE001"}, "GBP"),
        ({"FSettleCurrId": {"FNumber": ""}}, None, "CNY"),
    ],
)
def test_IN_03_a_k3_orders_currency_is_read_wherever_it_stands(finance: Any, head: Any, currency: str) -> None:
    assert k3(FSaleOrderFinance=finance, FSettleCurrId=head)["currency"] == currency


def test_IN_03_a_currency_of_k3_that_nobody_mapped_is_named_not_taken_for_yuan() -> None:
    plan = compile_template(presets()["kingdee"])
    ((place, need),) = run(plan, {**K3, "FSaleOrderFinance": {"FSettleCurrId": {"FNumber": "PRE099"}}}).needs
    assert (place, need.reason, need.value) == ("/currency", "unknown_label", "PRE099")


def test_IN_03_what_k3_cancelled_or_ended_is_not_shipped() -> None:
    assert k3(FCancelStatus="B")["doc_type"] == "cancel"
    assert k3(FCancelStatus="A")["doc_type"] == "order"
    assert k3({"FMrpTerminateStatus": "B"})["doc_type"] == "cancel"
    ended = {**LINE, "FMaterialId": {"FNumber": "A-1002"}, "FMrpTerminateStatus": "B"}
    found = order("kingdee", {"Model": {**K3, "FSaleOrderEntry": [{**LINE, "FMrpTerminateStatus": "A"}, ended]}})
    assert [line["sku"] for line in found["lines"]] == ["A-1001"]
    assert found["attributes"]["left_out_lines"] == "2"
