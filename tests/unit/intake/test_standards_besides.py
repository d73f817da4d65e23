"""What real senders put into B2B standards besides: shares instead of amounts, windows of days, schedules."""

from __future__ import annotations

import pytest

from tests.unit.intake.test_standards import order_of


def told_by(*segments: str) -> str:
    body = ("UNH+1+ORDERS:D:96A:UN:EAN008", "BGM+220+PO-1+9", "DTM+137:20261120:102", *segments, "UNS+S")
    return "'".join(["UNB+UNOC:3+A:14+B:14+261120:0815+R1", *body, f"UNT+{len(body) + 1}+1", "UNZ+1+R1'"])


LINE = ("CUX+2:EUR:9", "LIN+1", "PIA+1+A-1001:SA", "QTY+21:5", "PRI+AAB:10.00")


@pytest.mark.parametrize(
    ("told", "discount"),
    [
        (("ALC+A", "PCD+1:10"), "5.00"),
        (("ALC+A++++DI", "PCD+12:3.5:13", "MOA+8:1.75"), "1.75"),  # the amount wins over the share
        (("ALC+A", "PCD+3:10", "ALC+A", "MOA+204:2"), "7.00"),
        (("ALC+C", "PCD+2:10"), None),
        (("ALC+A",), None),
    ],
)
def test_edifact_allowances_in_per_cent_are_worked_out(told: tuple[str, ...], discount: str | None) -> None:
    order = order_of(told_by(*LINE, *told))
    assert order["lines"][0].get("discount") in (discount, None if discount else "0.00")


def test_edifact_price_net_of_allowances_is_not_lowered_again() -> None:
    net = (*LINE[:-1], "PRI+AAA:9.00", "ALC+A", "PCD+1:10")
    order = order_of(told_by(*net))
    assert (order["lines"][0].get("discount"), order["lines"][0]["unit_price"]) in ((None, "9.00"), ("0.00", "9.00"))


def test_edifact_per_cent_of_the_whole_order_and_delivery_window_are_kept() -> None:
    head = ("DTM+64:202612010600:203", "DTM+63:202612051400:203", "ALC+A", "PCD+1:3", "ALC+C", "PCD+2:5", "MOA+23:9")
    own = order_of(told_by(*head, *LINE))["attributes"]
    assert (own["discount_percent"], "charge_percent" in own) == ("3", False)
    assert (own["deliver_not_before"], own["deliver_not_after"]) == ("2026-12-01", "2026-12-05")


def test_x12_delivery_window_is_kept() -> None:
    isa = "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *261120*0815*U*00401*000000001*0*P*>~"
    body = "BEG*00*NE*T1**20261120~CUR*BY*USD~DTM*064*20261201~DTM*063*20261205~PO1*1*10*EA*12.5**VN*A-1001~CTT*1~"
    order = order_of(f"{isa}GS*PO*B*S*20261120*0815*1*X*004010~ST*850*0001~{body}SE*8*0001~GE*1*1~IEA*1*000000001~")
    own = order["attributes"]
    assert (own["deliver_not_before"], own["deliver_not_after"]) == ("2026-12-01", "2026-12-05")
    assert (order["requested_date"], "discrepancies" in own) == ("2026-12-01", False)


def test_cxml_schedule_of_a_line_is_kept() -> None:
    parts = "".join(
        f'<ScheduleLine quantity="{count}" requestedDeliveryDate="2026-12-{day}T00:00:00+08:00"/>'
        for count, day in ((600, "01"), (400, "15"))
    )
    order = order_of(
        '<cXML payloadID="p" timestamp="2026-11-20T08:15:03+08:00"><Header/><Request><OrderRequest>'
        '<OrderRequestHeader orderID="4500012345" orderDate="2026-11-20T08:15:03+08:00"><Total><Money currency="CNY">'
        "12500.00</Money></Total></OrderRequestHeader>"
        '<ItemOut quantity="1000"><ItemID><SupplierPartID>A-1001</SupplierPartID></ItemID><ItemDetail><UnitPrice>'
        f'<Money currency="CNY">12.50</Money></UnitPrice></ItemDetail>{parts}</ItemOut>'
        "</OrderRequest></Request></cXML>"
    )
    line = order["lines"][0]
    assert line["attributes"]["schedule"] == "2026-12-01:600 2026-12-15:400"
    assert (line["requested_date"], line["quantity"]) == ("2026-12-01", "1000")
