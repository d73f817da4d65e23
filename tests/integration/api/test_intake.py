"""Deliveries through `POST /v1/intake/{channel}`: every standard, several orders, conflicts, nonsense; our answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from sqlalchemy import func, select

from intake.readers.standards.edifact import read_edifact
from intake.readers.standards.markup import parse_xml
from intake.readers.standards.segment import x12_segments
from intake.readers.standards.standard import taken_from
from server.db import tables as t
from tests.integration.api.conftest import order
from tests.unit.intake.test_standards import NAMED, PO, edifact, ubl, x12

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

ANY = "application/octet-stream"
UBL = ubl(line="<Price><PriceAmount>12.50</PriceAmount></Price>")
CXML = """<?xml version="1.0"?><!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.054/cXML.dtd">
<cXML payloadID="1" timestamp="2026-11-22T10:00:00+08:00"><Header><From><Credential domain="DUNS">
<Identity>1</Identity></Credential></From><Sender><Credential domain="x">
<Identity>1</Identity><SharedSecret>s3cret</SharedSecret></Credential>
</Sender></Header><Request><OrderRequest><OrderRequestHeader
 orderID="C1" orderDate="2026-11-22T10:00:00+08:00" type="new">
<Total><Money currency="CNY">25.00</Money></Total></OrderRequestHeader><ItemOut quantity="2" lineNumber="1"><ItemID>
<SupplierPartID>A-1001</SupplierPartID></ItemID><ItemDetail><UnitPrice><Money currency="CNY">12.50</Money></UnitPrice>
<Description>c</Description><UnitOfMeasure>EA</UnitOfMeasure></ItemDetail></ItemOut></OrderRequest></Request></cXML>"""
CSV = "订单编号,SKU,数量,单位,单价\nT-1,A-1001,5,个,12.50\n"
KNOWN = {"ubl": UBL, "cxml": CXML, "x12": x12(*PO), "edifact": edifact()}


def deliver(api: Api, data: str | bytes, channel: str = "edi", **more: object) -> Any:
    return api.post(f"/v1/intake/{channel}", data.encode() if isinstance(data, str) else data, content_type=ANY, **more)


def stored(api: Api, table: str = "orders") -> int:
    with api.deps.store.db.read() as conn:
        return conn.execute(select(func.count()).select_from(getattr(t, table))).scalar() or 0


@pytest.mark.parametrize("standard", KNOWN)
def test_a_standards_order_is_taken_and_the_same_again_is_the_same_order(lite: Api, standard: str) -> None:
    first, again = (deliver(lite, KNOWN[standard]) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200), first.text
    (made,), (same,) = first.json["results"], again.json["results"]
    assert made["order"]["id"] == same["order"]["id"]
    assert made["order"]["order"]["channel"] == "edi"
    assert made["order"]["order"]["attributes"]["standard"] == standard
    assert stored(lite) == 1


def test_intake_takes_an_order_on_both_databases(api: Api) -> None:
    assert deliver(api, x12(*PO)).status_code == 201


@pytest.mark.parametrize(("settled", "status", "said"), [("USD", 201, "channel"), (None, 422, None)])
def test_a_message_without_a_currency_is_in_the_one_settled_with_its_channel(
    lite: Api, settled: str | None, status: int, said: str | None
) -> None:
    told = {"name": "北美客户", "source_type": "erp", "currency": settled}
    assert lite.put("/v1/channels/edi", told).status_code == 201
    silent = [segment for segment in PO if not segment.startswith("CUR")]
    answer = deliver(lite, x12(*silent).replace("SE*6", "SE*5"))
    assert answer.status_code == status, answer.text
    if said is None:
        assert [one["pointer"] for one in answer.json["errors"]] == ["/currency"]
        return
    (result,) = answer.json["results"]
    assert result["order"]["order"]["currency"] == settled
    (chain,) = lite.get(f"/v1/orders/{result['order']['id']}/provenance?path=/currency").json["data"]
    assert chain["normalized"] == said


def test_a_currency_in_the_message_is_not_the_channels(lite: Api) -> None:
    lite.put("/v1/channels/edi", {"name": "北美客户", "currency": "USD"})
    assert deliver(lite, x12(*PO)).json["results"][0]["order"]["order"]["currency"] == "CNY"
    assert lite.put("/v1/channels/edi", {"name": "北美客户", "currency": "RMB"}).status_code == 422


def test_canonical_json_alone_and_as_a_list(lite: Api) -> None:
    one = deliver(lite, json.dumps(order(number="J-1", channel="other")))
    assert (one.status_code, one.json["results"][0]["order"]["order"]["channel"]) == (201, "edi")
    many = deliver(lite, json.dumps({"orders": [order(number="J-2"), {"currency": "CNY", "lines": []}]}))
    assert [result["status"] for result in many.json["results"]] == [201, 422]
    assert many.json["results"][1]["problem"]["errors"][0]["pointer"] == "/orders/1/lines"


def test_several_orders_in_a_file_have_a_result_each(lite: Api) -> None:
    second = [part.replace("77", "78").replace("A-1001", "A-1O01").replace("0001", "0002") for part in PO]
    answer = deliver(lite, x12(*PO, *second))
    assert answer.status_code == 200
    taken, refused = answer.json["results"]
    assert (taken["status"], refused["status"]) == (201, 422)
    error = refused["problem"]["errors"][0]
    assert (error["pointer"], error["code"]) == ("/orders/1/lines/0/sku", "unknown_sku")
    assert "A-1001" in error["candidates"]


def test_same_number_and_sender_with_other_content_is_a_conflict(lite: Api) -> None:
    deliver(lite, x12(*PO))
    other = deliver(lite, x12(*PO).replace("PO1*1*2", "PO1*1*3"))
    assert (other.status_code, other.json["code"]) == (409, "conflict")
    assert other.json["existing"]["order"]["lines"][0]["quantity"] == "2"
    assert stored(lite) == 1


def test_same_number_of_another_sender_is_another_order(lite: Api) -> None:
    deliver(lite, x12(*PO))
    assert deliver(lite, x12(PO[0], PO[1], "N1*BY*Other*92*9", *PO[2:]).replace("SE*6", "SE*7")).status_code == 201
    assert stored(lite) == 2


def test_what_a_sheet_leaves_uncertain_is_refused_by_field_and_never_guessed(lite: Api) -> None:
    answer = deliver(lite, CSV)
    assert answer.status_code == 422, answer.text
    assert {"/buyer/name", "/ship_to/address/text"} <= {error["pointer"] for error in answer.json["errors"]}
    assert {error["code"] for error in answer.json["errors"]} == {"unconfirmed"}


@pytest.mark.parametrize("name", NAMED)
def test_what_is_not_read_is_refused_by_name_and_its_original_kept(lite: Api, name: str) -> None:
    before = stored(lite, "originals")
    answer = deliver(lite, NAMED[name], headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert name in answer.json["detail"]
    assert stored(lite, "originals") == before + 1


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01", b"\xff\xd8\xff\xe0 jpeg", b"%PDF-1.7", b"<", b"ISA", b"ISA*", b"UNB+", b"{", b"[]", b"<a>", b"PK\x03\x04", b"\xff\xfe<\x00", b"STX=ANA", b"ST*850*", b"hello"]  # noqa: E501
)  # fmt: skip
def test_nonsense_is_refused_and_never_a_500(lite: Api, data: bytes) -> None:
    assert deliver(lite, data).status_code in (400, 422)


def test_a_cxml_client_is_answered_in_cxml(lite: Api) -> None:
    answer = deliver(lite, CXML, headers={"Accept": "text/xml"})
    root = etree.fromstring(answer.data)
    assert (answer.mimetype, root.find("Response/Status").get("code")) == ("text/xml", "200")
    again = deliver(lite, CXML.replace('"2"', '"3"'), headers={"Accept": "text/xml"})
    assert etree.fromstring(again.data).find("Response/Status").get("code") == "409"
    assert b"s3cret" not in answer.data + again.data


def answer_of(api: Api, standard: str) -> bytes:
    made = deliver(api, KNOWN[standard]).json["results"][0]["order"]
    got = api.get(f"/v1/orders/{made['id']}/acknowledgement")
    assert got.status_code == 200, got.text
    return got.data


def test_ubl_is_answered_with_an_order_response(lite: Api) -> None:
    root = parse_xml(answer_of(lite, "ubl"))
    assert (root.name, root.word("OrderReference/ID").text) == ("OrderResponse", "1")
    assert root.word("OrderResponseCode").text in ("AP", "AB")


def test_edifact_is_answered_with_an_ordrsp_that_counts_rightly(lite: Api) -> None:
    from intake.readers.standards.segment import edifact_segments

    segments = edifact_segments(answer_of(lite, "edifact").decode())
    by_tag = {segment.tag: segment for segment in segments}
    start = next(place for place, segment in enumerate(segments) if segment.tag == "UNH")
    end = next(place for place, segment in enumerate(segments) if segment.tag == "UNT")
    assert by_tag["UNH"].text(2) == "ORDRSP"
    assert by_tag["UNT"].text(1) == str(end - start + 1)
    assert by_tag["RFF"].text(1, 2) == "77"
    assert len(by_tag["UNB"].text(4)) == 8  # syntax version 4 writes the year in four digits


def test_x12_is_answered_with_an_855_that_counts_rightly(lite: Api) -> None:
    segments = list(x12_segments(answer_of(lite, "x12").decode()))
    tags = [segment.tag for segment in segments]
    assert segments[tags.index("BAK")].text(3) == "77"
    assert "MSG" not in tags or tags[tags.index("MSG") - 1] == "N9"  # a text stands in a loop of its own
    assert segments[tags.index("SE")].text(1) == str(tags.index("SE") - tags.index("ST") + 1)


def test_cxml_is_answered_with_a_confirmation(lite: Api) -> None:
    root = etree.fromstring(answer_of(lite, "cxml"))
    assert root.find("Request/ConfirmationRequest/OrderReference").get("orderID") == "C1"


def test_the_sender_never_hears_why_an_order_is_held(lite: Api) -> None:
    held = ubl(inside="<Delivery><DeliveryLocation><Address><StreetName>江苏省苏州市虎丘区星湖街328号菜鸟驿站</StreetName></Address></DeliveryLocation></Delivery>", line="<Price><PriceAmount>12.50</PriceAmount></Price>")  # fmt: skip  # noqa: E501
    made = deliver(lite, held).json["results"][0]["order"]
    assert made["holds"]
    text = lite.get(f"/v1/orders/{made['id']}/acknowledgement").text
    assert ">AB<" in text
    assert not any(hold["message"]["zh"] in text or hold["message"]["en"] in text for hold in made["holds"])


def test_an_order_that_came_as_json_has_no_answer_unless_one_is_named(lite: Api) -> None:
    made = lite.post("/v1/orders", order()).json
    path = f"/v1/orders/{made['id']}/acknowledgement"
    assert lite.get(path).status_code == 404
    assert lite.get(f"{path}?standard=x12").status_code == 200
    assert lite.get(f"{path}?standard=fax").status_code == 422


def test_a_channel_code_is_a_word(lite: Api) -> None:
    assert deliver(lite, UBL, channel="A B").status_code in (404, 422)
    assert lite.post("/v1/intake/edi", UBL.encode(), content_type=ANY, role=None).status_code == 401
    assert lite.post("/v1/intake/edi", UBL.encode(), content_type=ANY, role="auditor").status_code == 403


def test_our_own_answers_are_read_as_no_order() -> None:
    for text in (edifact(), x12(*PO)):
        assert taken_from(text.encode(), "Asia/Shanghai")
    assert read_edifact(edifact().encode(), "Asia/Shanghai")[0].order["number"] == "77"
