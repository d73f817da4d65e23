"""Our answers in the standards: what the sender said of itself comes back, and the form is the standard's."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from lxml import etree

from adapters.acknowledge.answer import Answer, Verdict
from adapters.acknowledge.registry import ANSWERS
from intake.normalize import normalize
from intake.readers.standards.segment import Segment, edifact_segments, x12_segments
from intake.readers.standards.standard import taken_from
from tests.unit.intake.cast import ROOT, catalogue, line, order

AT = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
GOLDEN = ROOT / "tests" / "golden" / "standards"
CXML_FORM = """
<!ELEMENT cXML (Header, Request)>
<!ATTLIST cXML payloadID CDATA #REQUIRED timestamp CDATA #REQUIRED version CDATA #IMPLIED>
<!ELEMENT Header (From, To, Sender)><!ELEMENT From (Credential+)><!ELEMENT To (Credential+)>
<!ELEMENT Sender (Credential+, UserAgent)><!ELEMENT Credential (Identity)><!ATTLIST Credential domain CDATA #REQUIRED>
<!ELEMENT Identity (#PCDATA)><!ELEMENT UserAgent (#PCDATA)>
<!ELEMENT Request (ConfirmationRequest)><!ATTLIST Request deploymentMode (production|test) "production">
<!ELEMENT ConfirmationRequest (ConfirmationHeader, OrderReference, ConfirmationItem*)>
<!ELEMENT ConfirmationHeader (Comments?)><!ELEMENT Comments (#PCDATA)>
<!ATTLIST ConfirmationHeader type (accept|allDetail|detail|backordered|except|reject|requestToPay|replace) #REQUIRED
 noticeDate CDATA #REQUIRED confirmID CDATA #IMPLIED>
<!ELEMENT OrderReference (DocumentReference)><!ATTLIST OrderReference orderID CDATA #IMPLIED orderDate CDATA #IMPLIED>
<!ELEMENT DocumentReference EMPTY><!ATTLIST DocumentReference payloadID CDATA #REQUIRED>
<!ELEMENT ConfirmationItem (UnitOfMeasure, ConfirmationStatus+)>
<!ATTLIST ConfirmationItem lineNumber CDATA #REQUIRED quantity CDATA #REQUIRED>
<!ELEMENT UnitOfMeasure (#PCDATA)><!ELEMENT ConfirmationStatus (UnitOfMeasure, UnitPrice?)>
<!ATTLIST ConfirmationStatus quantity CDATA #REQUIRED
 type (accept|allDetail|detail|backordered|reject|unknown|requestToPay) #REQUIRED>
<!ELEMENT UnitPrice (Money)><!ELEMENT Money (#PCDATA)><!ATTLIST Money currency CDATA #REQUIRED>
"""
"""The parts of Fulfill.dtd that a confirmation of ours is made of. Source: cXML 1.2."""


def answered(case: str, verdict: Verdict = Verdict.ACCEPTED, *, swap: tuple[str, str] = ("", "")) -> bytes:
    """Read a golden message, with ``swap`` replaced in it, and answer it."""
    (source,) = (GOLDEN / case).glob("input.*")
    return answer_to(
        source.read_bytes().replace(swap[0].encode(), swap[1].encode()) if swap[0] else source.read_bytes(), verdict
    )


def answer_to(data: bytes, verdict: Verdict = Verdict.ACCEPTED) -> bytes:
    taken = taken_from(data, "Asia/Shanghai")[0]
    own = taken.order["attributes"]
    lines = [line(attributes=one["attributes"]) for one in taken.order["lines"]]
    said: dict[str, Any] = order(number=taken.order["number"], attributes=own, lines=lines)
    if taken.order["buyer"]["ids"]:
        said["buyer"]["ids"] = taken.order["buyer"]["ids"]
    made = normalize(said, catalogue(), channel="edi", received_at=AT)
    return ANSWERS[own["standard"]][0](Answer("ord_1-1", "ord_1", made, verdict, AT, "note"))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_confirmation_is_as_the_dtd_says(verdict: Verdict) -> None:
    form = etree.DTD(StringIO(CXML_FORM))
    root = etree.fromstring(answered("cxml_full", verdict))
    assert form.validate(root), form.error_log
    assert form.validate(etree.fromstring(ANSWERS["cxml"][0](bare(verdict)))), form.error_log


def bare(verdict: Verdict) -> Answer:
    return Answer("ord_1-1", "ord_1", normalize(order(), catalogue(), channel="erp", received_at=AT), verdict, AT)


def test_a_confirmation_turns_the_header_round_and_names_the_orders_payload() -> None:
    data = answered("cxml_full")
    root = etree.fromstring(data)
    told = [(one.get("domain"), one.findtext("Identity")) for one in root.findall("Header/*/Credential")]
    ours = ("NetworkID", "AN01000002779")
    assert told == [ours, ("DUNS", "065932167"), ours]
    assert root.find(".//OrderReference/DocumentReference").get("payloadID") == "1764-01@buyer.example"
    assert root.find("Request").get("deploymentMode") is None
    assert b"do-not-keep-me" not in data
    test = etree.fromstring(answered("cxml_full", swap=('"production"', '"test"')))
    assert test.find("Request").get("deploymentMode") == "test"


def test_of_a_pending_confirmations_lines_nothing_is_known_yet() -> None:
    root = etree.fromstring(answered("cxml_full", Verdict.PENDING))
    assert root.find(".//ConfirmationHeader").get("type") == "detail"
    kinds = {one.get("type") for one in root.iter("ConfirmationStatus")}
    assert kinds == {"unknown"}
    assert not list(root.iter("UnitPrice"))


def edifact_answer(*swap: str) -> dict[str, Segment]:
    data = answered("edifact_d96a", swap=(swap[0], swap[1]) if swap else ("", ""))
    found = edifact_segments(data.decode())
    return {f"{one.tag}{one.text(1) if one.tag == 'NAD' else ''}": one for one in reversed(found)}


def test_an_ordrsp_goes_back_to_the_interchanges_sender_under_the_same_qualifiers() -> None:
    told = edifact_answer()
    assert told["UNB"].elements[1:3] == (("4012345500004", "14"), ("5412345000013", "14"))
    assert told["UNB"].text(11) == ""
    test = edifact_answer("REF0001+++++EANCOM", "REF0001++++++1")["UNB"]
    assert (test.text(11), len(test.elements)) == ("1", 11)
    plain = edifact_answer("5412345000013:14+4012345500004:14", "BUYER+US")["UNB"]
    assert plain.elements[1:3] == (("US",), ("BUYER",))


@pytest.mark.parametrize(
    ("written", "agency"), [("::9", "9"), ("::92", "92"), ("::91", "91"), ("::16", "16"), ("", "9")]
)
def test_a_partys_number_keeps_its_agency_and_13_digits_alone_are_a_gln(written: str, agency: str) -> None:
    told = edifact_answer("NAD+BY+5412345000013::9", f"NAD+BY+5412345000013{written}")
    assert told["NADBY"].elements[1] == ("5412345000013", "", agency)
    told = edifact_answer("NAD+SU+4012345500004::9", f"NAD+SU+4012345500004{written}")
    assert told["NADSU"].elements[1] == ("4012345500004", "", agency)


def test_twelve_digits_are_no_gln_and_a_party_without_a_number_is_left_out() -> None:
    told = edifact_answer("NAD+SU+4012345500004::9", "NAD+SU+401234550000")
    assert told["NADSU"].text(2, 3) == "92"
    assert "NADSU" not in edifact_answer("NAD+SU+4012345500004::9'", "")


def test_a_number_that_ends_in_a_service_character_comes_back_whole() -> None:
    assert edifact_answer("BGM+220+128576+9", "BGM+220+12?++9")["RFF"].text(1, 2) == "12+"


def x12_answer(*swap: str) -> dict[str, Segment]:
    data = answered("x12_retail", swap=(swap[0], swap[1]) if swap else ("", ""))
    return {one.tag: one for one in reversed(list(x12_segments(data.decode())))}


def test_an_855_goes_back_under_the_interchanges_ids_qualifiers_and_test_indicator() -> None:
    isa, group = x12_answer()["ISA"], x12_answer()["GS"]
    assert [isa.text(place) for place in (5, 6, 7, 8, 15)] == ["12", "5556660000", "ZZ", "BIGRETAIL", "P"]
    assert (group.text(2), group.text(3)) == ("5556660000", "BIGRETAIL")
    assert x12_answer("*0*P*>", "*0*T*>")["ISA"].text(15) == "T"
    own = x12_answer("GS*PO*BIGRETAIL*5556660000*", "GS*PO*BIGSTORE*US7*")["GS"]
    assert (own.text(2), own.text(3)) == ("US7", "BIGSTORE")


def test_an_isa_keeps_its_width_whatever_is_known() -> None:
    for data in (answered("x12_retail"), ANSWERS["x12"][0](bare(Verdict.ACCEPTED))):
        assert data[105:108] == b"~GS"


CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def endpoints(data: bytes) -> dict[str, tuple[str | None, str | None]]:
    """Return role → (address, schemeID) of an OrderResponse."""
    found = etree.fromstring(data).iter(f"{CBC}EndpointID")
    return {etree.QName(one.getparent().getparent()).localname: (one.text, one.get("schemeID")) for one in found}


def test_an_order_response_names_both_electronic_addresses_with_their_schemes() -> None:
    buyer = {"BuyerCustomerParty": ("987654325", "0192")}
    data = answered("ubl_peppol_sbdh")
    assert endpoints(data) == buyer  # the order names none for us: none is made up
    assert b"PartyName" not in data
    assert b"PartyIdentification" not in data  # the same number as the address
    seller = ("<a:SellerSupplierParty><a:Party>", '<b:EndpointID schemeID="0088">7300010000001</b:EndpointID>')
    told = answered("ubl_peppol_sbdh", swap=(seller[0], "".join(seller)))
    assert endpoints(told) == {**buyer, "SellerSupplierParty": ("7300010000001", "0088")}
    party = next(etree.fromstring(told).iter(f"{CBC}EndpointID")).getparent()
    assert etree.QName(party[0]).localname == "EndpointID"  # the first in UBL's sequence
