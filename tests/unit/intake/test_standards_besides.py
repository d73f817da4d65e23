"""What real senders put into B2B standards besides: shares instead of amounts, windows of days, schedules."""

from __future__ import annotations

import pytest

from intake.readers.standards.standard import MAX_ORDERS
from orders.draft import FieldStatus
from orders.errors import UnreadableDocument
from tests.unit.intake.test_standards import order_of, read


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


UBL_ITEM = "<Item><SellersItemIdentification><ID>A-1001</ID></SellersItemIdentification></Item>"


def cxml(head: str, *items: str) -> str:
    lines = "".join(
        f'<ItemOut quantity="2" lineNumber="{number}">{item}'
        f"<ItemID><SupplierPartID>A-100{number}</SupplierPartID></ItemID>"
        f'<ItemDetail><UnitPrice><Money currency="USD">10</Money></UnitPrice></ItemDetail></ItemOut>'
        for number, item in enumerate(items, 1)
    )
    own = 'orderID="C-1" orderDate="2026-11-13T09:15:00-08:00" type="new"'
    header = f"<OrderRequestHeader {own}>{head}</OrderRequestHeader>"
    return f"<cXML><Header/><Request><OrderRequest>{header}{lines}</OrderRequest></Request></cXML>"


def cxml_place(code: str, city: str) -> str:
    postal = f"<PostalAddress><DeliverTo>Jane</DeliverTo><Street>9 Elm</Street><City>{city}</City></PostalAddress>"
    return f'<ShipTo><Address addressID="{code}"><Name>DC {code}</Name>{postal}</Address></ShipTo>'


def test_VAL_03_a_line_that_goes_elsewhere_says_where_and_names_no_person_or_street() -> None:
    head = cxml_place("DC7", "Joliet")
    lines = order_of(cxml(head, cxml_place("DC8", "Gary"), cxml_place("DC7", "Joliet"), ""))["lines"]
    assert [line["attributes"].get("ship_to") for line in lines] == ["DC8, DC DC8, Gary", None, None]


def test_VAL_03_x12_and_ubl_lines_may_go_elsewhere_too() -> None:
    isa = "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *261120*0815*U*00401*000000001*0*P*>~"
    st = "N1*ST*DC 7*92*7~N4*JOLIET*IL*60431~"
    lines = f"PO1*1*1*EA*1**VN*A-1001~N1*ST*DC 8*92*8~N4*GARY*IN*46401~PO1*2*1*EA*1**VN*A-1002~{st}"
    body = f"BEG*00*SA*T2**20261120~CUR*BY*USD~{st}{lines}"
    order = order_of(f"{isa}GS*PO*B*S*20261120*0815*1*X*004010~ST*850*0001~{body}SE*12*0001~GE*1*1~IEA*1*000000001~")
    assert [line["attributes"].get("ship_to") for line in order["lines"]] == ["8, DC 8, 46401 GARY", None]
    assert order["attributes"]["ship_to_name"] == "DC 7"
    place = "<Delivery><DeliveryLocation><ID>{}</ID></DeliveryLocation></Delivery>"
    line = f"<OrderLine><LineItem><ID>1</ID><Quantity>1</Quantity>{{}}{UBL_ITEM}</LineItem></OrderLine>"
    ubl = f"<Order><ID>U</ID><IssueDate>2026-11-13</IssueDate>{place.format('L1')}{{}}</Order>"
    for own, said in ((place.format("L2"), "L2"), (place.format("L1"), None), ("", None)):
        assert order_of(ubl.format(line.format(own)))["lines"][0]["attributes"].get("ship_to") == said


@pytest.mark.parametrize(
    ("total", "goods", "payable", "differs"),
    [("20.00", "20.00", None, False), ("26.00", None, "26.00", False), ("25.00", "25.00", None, True)],
)
def test_cxml_total_is_before_tax_and_shipping_or_with_both(
    total: str, goods: str | None, payable: str | None, differs: bool
) -> None:
    money = '<{0}><Money currency="USD">{1}</Money></{0}>'
    head = money.format("Total", total) + money.format("Shipping", "5.00") + money.format("Tax", "1.00")
    order = order_of(cxml(head + "<Comments>Call<Attachment><URL>cid:1</URL></Attachment></Comments>", ""))
    assert (order["totals"].get("goods"), order["totals"].get("payable")) == (goods, payable)
    assert (order["note"], "goods" in order["attributes"].get("discrepancies", "")) == ("Call", differs)


@pytest.mark.parametrize(("due", "payable", "differs"), [("9.25", "15.00", False), ("9.50", "9.50", True)])
def test_FIN_06_what_was_paid_before_does_not_make_the_order_worth_less(due: str, payable: str, differs: bool) -> None:
    amounts = {
        "LineExtensionAmount": "15.00",
        "PrepaidAmount": "6.00",
        "PayableRoundingAmount": "0.25",
        "PayableAmount": due,
    }
    total = "".join(f'<{name} currencyID="EUR">{value}</{name}>' for name, value in amounts.items())
    amount = '<LineExtensionAmount currencyID="EUR">15.00</LineExtensionAmount>'
    line = f"<OrderLine><LineItem><ID>1</ID><Quantity>2</Quantity>{amount}{UBL_ITEM}</LineItem></OrderLine>"
    head = "<ID>U</ID><IssueDate>2026-11-13</IssueDate>"
    order = order_of(f"<Order>{head}<AnticipatedMonetaryTotal>{total}</AnticipatedMonetaryTotal>{line}</Order>")
    assert (order["totals"]["payable"], "payable" in order["attributes"].get("discrepancies", "")) == (payable, differs)
    assert order["attributes"].get("amount_due") == (None if differs else due)


def refusal(data: bytes | str) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        order_of(data)
    return refused.value.code


@pytest.mark.parametrize(("count", "code"), [(MAX_ORDERS, ""), (MAX_ORDERS + 1, "too_many_orders")])
def test_more_orders_than_a_file_may_have_are_refused(count: int, code: str) -> None:
    one = "UNH+1+ORDERS:D:96A:UN'BGM+220+N+9'CUX+2:CNY'LIN+1'PIA+5+A-1001:SA'QTY+21:2'UNS+S'UNT+7+1'"
    data = f"UNB+UNOC:3+A+B+261122:1015+1'{one * count}UNZ+{count}+1'"
    assert (refusal(data) if code else order_of(data)["number"]) == (code or "N")


def test_a_message_without_lines_is_no_order() -> None:
    assert (
        refusal("UNB+UNOC:3+A+B+261122:1015+1'UNH+1+ORDERS:D:96A:UN'BGM+220+N+9'UNS+S'UNT+4+1'UNZ+1+1'") == "no_order"
    )


def test_codes_of_one_line_that_mean_two_products_are_asked_about() -> None:
    def sku(gtin: str) -> str | None:
        own = order_of(told_by("CUX+2:EUR:9", f"LIN+1++{gtin}:EN", "PIA+5+A-1001:SA", "QTY+21:5", "PRI+AAA:1"))
        return str(own["lines"][0]["sku"])

    open_ = read_of(told_by("CUX+2:EUR:9", "LIN+1++6901234500028:EN", "PIA+5+A-1001:SA", "QTY+21:5", "PRI+AAA:1"))
    assert (sku("6901234500011"), "/lines/0/sku" in open_) == ("A-1001", True)
    assert "/lines/0/sku" not in read_of(
        told_by("CUX+2:EUR:9", "LIN+1++6901234500011:EN", "PIA+5+A-1001:SA", "QTY+21:5")
    )


def read_of(data: str) -> set[str]:
    """Return the places of an order that are asked about."""
    return {item.path for item in read(data).orders[0].fields if item.status is FieldStatus.CONFIRM}


@pytest.mark.parametrize(
    ("segments", "asked"),
    [
        (("QTY+21:0.000001", "PRI+AAA:0"), set()),
        (("QTY+21:0", "PRI+AAA:1"), {"/lines/0/quantity"}),
        (("QTY+21:-1", "PRI+AAA:1"), {"/lines/0/quantity"}),
        (("QTY+21:1", "PRI+AAA:-0.01"), {"/lines/0/unit_price"}),
    ],
)
def test_quantities_of_nothing_and_prices_below_zero_are_asked_about(
    segments: tuple[str, ...], asked: set[str]
) -> None:
    assert read_of(told_by("CUX+2:EUR:9", "LIN+1", "PIA+5+A-1001:SA", *segments)) == asked


@pytest.mark.parametrize(("length", "asked"), [(64, set()), (65, {"/number"})])
def test_a_number_longer_than_ours_may_be_is_asked_about(length: int, asked: set[str]) -> None:
    told = told_by(*LINE).replace("PO-1", "9" * length)
    assert read_of(told) == asked
