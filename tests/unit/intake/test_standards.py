"""B2B standards: golden messages of our own, each with the nasties that real senders put in, and hostile ones.

tests/golden/standards/<case>/input.* → order.json. To make the file of a new case: delete it, run once, read it.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from intake.media import Media, media
from intake.readers.standards import segment
from intake.readers.standards.markup import PARSER
from intake.readers.standards.segment import edifact_segments, edifact_text, x12_segments, x12_text
from intake.readers.standards.standard import is_standard, read_standard
from intake.readers.standards.word import number
from orders.draft import FieldStatus, ReadResult, read_result_to_json
from orders.errors import UnreadableDocument
from tests.unit.intake.cast import ROOT, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden" / "standards"
CASES = sorted(path.name for path in GOLDEN.iterdir())


def read(data: bytes | str) -> ReadResult:
    return read_standard(data.encode() if isinstance(data, str) else data, catalogue(), timezone="Asia/Shanghai")


def source(case: str) -> Path:
    return next(path for path in (GOLDEN / case).iterdir() if path.stem == "input")


def order_of(data: bytes | str) -> dict[str, Any]:
    return read(data).orders[0].order


def told(result: ReadResult) -> dict[str, Any]:
    return {
        "orders": [
            {
                "order": draft.order,
                "confirm": [item.path for item in draft.fields if item.status is FieldStatus.CONFIRM],
                "from": {item.path: item.why[0] for item in draft.fields},
                "warnings": list(draft.warnings),
            }
            for draft in result.orders
        ]
    }


@pytest.mark.parametrize("case", CASES)
def test_golden_message_is_read_as_before_and_as_the_schema_says(case: str) -> None:
    data = source(case).read_bytes()
    assert media(data, source(case).name) is Media.STANDARD
    result = read(data)
    schema = json.loads((ROOT / "orders" / "schema" / "read.schema.json").read_text())
    Draft202012Validator(schema).validate(read_result_to_json(result))
    expected = GOLDEN / case / "order.json"
    if not expected.exists():
        expected.write_text(json.dumps(told(result), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert told(result) == json.loads(expected.read_text(encoding="utf-8"))


def ubl(inside: str = "", line: str = "", *, head: str = "<?xml version='1.0'?>") -> str:
    return (
        f"{head}<Order><ID>1</ID><IssueDate>2026-11-22</IssueDate><DocumentCurrencyCode>CNY</DocumentCurrencyCode>"
        f"{inside}<OrderLine><LineItem><ID>1</ID><Quantity unitCode='EA'>2</Quantity>{line}"
        "<Item><SellersItemIdentification><ID>A-1001</ID></SellersItemIdentification></Item></LineItem></OrderLine></Order>"
    )


def x12(*segments: str, isa13: str = "000000001", end: str = "~", sep: str = "*") -> str:
    isa = f"ISA*00*          *00*          *ZZ*A              *ZZ*B              *261122*1015*U*00401*{isa13}*0*P*>"
    return end.join([isa, *segments, ""]).replace("*", sep)


PO = ("ST*850*0001", "BEG*00*SA*77**20261122", "CUR*BY*CNY", "PO1*1*2*EA*3.5**VN*A-1001", "CTT*1", "SE*6*0001")


# --- hardening --------------------------------------------------------------------------------------------------------

HOSTILE = {
    "entity": (
        "xml_dtd",
        ubl(head='<!DOCTYPE Order [<!ENTITY e SYSTEM "file:///etc/passwd">]>', inside="<Note>&e;</Note>"),
    ),
    "bomb": (
        "xml_dtd",
        ubl(head='<!DOCTYPE Order [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>', inside="<Note>&b;</Note>"),
    ),
    "undefined entity": ("xml_broken", ubl(inside="<Note>&e;</Note>")),
    "entity of an external DTD": (
        "xml_entity",
        ubl(head='<!DOCTYPE Order SYSTEM "http://127.0.0.1:1/x.dtd">', inside="<Note>&e;</Note>"),
    ),
    "internal without entities": ("xml_dtd", ubl(head="<!DOCTYPE Order [<!ELEMENT Order ANY>]>")),
    "entity behind a mark in quotes": (
        "xml_dtd",
        ubl(head='<!DOCTYPE Order SYSTEM "a>b" [<!ENTITY e "x">]>'),
    ),
    "many": ("xml_too_complex", ubl(inside="<Note>" + "<a/>" * 300_001 + "</Note>")),
    "depth": ("xml_too_complex", ubl(inside="<Note>" + "<a>" * 80 + "</a>" * 80 + "</Note>")),
    "UTF-7": ("xml_encoding", ubl(head="<?xml version='1.0' encoding='utf-7'?>")),
    "cut off": ("xml_broken", ubl()[:200]),
    "two roots": ("xml_broken", ubl() + "<b/>"),
    "too large": ("xml_too_large", ubl(inside=f"<Note>{'x' * 5_300_000}</Note>")),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_xml_is_refused_by_code(case: str) -> None:
    code, text = HOSTILE[case]
    with pytest.raises(UnreadableDocument) as refused:
        read(text)
    assert refused.value.code == code


def test_the_parser_does_nothing_for_strangers() -> None:
    assert {name for name, on in PARSER.items() if on} == {"no_network"}
    assert len(PARSER) == 6


@pytest.mark.parametrize("text", [edifact_text, x12_text])
def test_an_interchange_over_20_mb_is_refused_before_it_is_decoded(text: Callable[[bytes], str]) -> None:
    assert len(text(b"A" * segment.MAX_BYTES)) == segment.MAX_BYTES
    with pytest.raises(UnreadableDocument, match="20 MB"):
        text(b"A" * (segment.MAX_BYTES + 1))


@pytest.mark.parametrize("standard", ["edifact", "x12"])
def test_a_file_of_segments_without_end_is_refused_before_it_is_cut(standard: str) -> None:
    many = segment.MAX_SEGMENTS + 1
    cut = {"edifact": lambda: edifact_segments("A'" * many), "x12": lambda: list(x12_segments(x12("A~" * many)))}
    with pytest.raises(UnreadableDocument) as refused:
        cut[standard]()
    assert refused.value.code == "edi_too_large"


def test_an_external_doctype_is_legal_and_never_fetched() -> None:
    assert order_of(ubl(head='<!DOCTYPE Order SYSTEM "http://127.0.0.1:1/x.dtd">'))["number"] == "1"


def test_xinclude_is_not_followed() -> None:
    order = order_of(
        ubl(inside='<Note xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></Note>')
    )
    assert order["note"] == ""


NAMED = {
    "GS1 XML": '<order:orderMessage xmlns:order="urn:gs1:ecom:order:xsd:3"><order><x/></order></order:orderMessage>',
    "OAGIS": '<ProcessPurchaseOrder xmlns="http://www.openapplications.org/oagis/9"><DataArea/></ProcessPurchaseOrder>',
    "xCBL": '<Order xmlns="rrn:org.xcbl:schemas/xcbl/v4_0/ordermanagement"><OrderHeader/></Order>',
    "UBL Invoice": '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>',
    "cXML InvoiceDetailRequest": "<cXML><Request><InvoiceDetailRequest/></Request></cXML>",
    "XML <Pedido>": "<Pedido><Linea/></Pedido>",
    "TRADACOMS": "STX=ANA:1+5000000000000:X+5010000000000:Y+261122:101500+1'MHD=1+ORDHDR:9'",
    "INVOIC": "UNB+UNOC:3+A+B+261122:1015+1'UNH+1+INVOIC:D:96A:UN'BGM+380+1'UNT+3+1'UNZ+1+1'",
    "810": x12("ST*810*0001", "BIG*20261122*1", "SE*3*0001"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_is_known_but_not_read_is_refused_by_its_name(name: str) -> None:
    assert is_standard(NAMED[name].encode())
    with pytest.raises(UnreadableDocument, match=name):
        read(NAMED[name])


@pytest.mark.parametrize(
    "text",
    ["<html><table><tr><td>1</td></tr></table></html>", "<?xml version='1.0'?><html/>", "ISABELLA: 5 x", "STRAIT 850"],
)
def test_pages_and_texts_are_no_standard(text: str) -> None:
    assert media(text.encode()) is not Media.STANDARD


# --- numbers ------------------------------------------------------------------------------------------------------------  # noqa: E501


@pytest.mark.parametrize(
    ("text", "value"),
    [("12.50", "12.50"), ("12,5", "12.5"), ("1,234.50", "1234.50"), ("1.234,50", "1234.50"), ("1,234,567", "1234567"), (".5", "0.5"), ("5.", "5"), ("12.5-", "-12.5"), ("+3", "3"), ("1 000", "1000")],  # noqa: E501
)  # fmt: skip
def test_numbers_in_the_spellings_of_real_senders(text: str, value: str) -> None:
    found = number(text)
    assert found is not None
    assert str(found.normalize()) == str(type(found)(value).normalize())


@pytest.mark.parametrize("text", ["1,234", "12..5", "1e5", "NaN", "Infinity", "", "12 EUR", "0x10", "١٢"])
def test_numbers_that_are_unclear_are_none(text: str) -> None:
    assert number(text) is None


def test_an_unclear_quantity_is_a_hole_that_is_asked_for() -> None:
    draft = read(ubl().replace(">2<", ">1,234<")).orders[0]
    assert draft.order["lines"][0]["quantity"] is None
    asked = {item.path: item.raw for item in draft.fields if item.status is FieldStatus.CONFIRM}
    assert asked["/lines/0/quantity"] == "1,234"


def test_a_price_for_another_unit_than_the_ordered_one_is_asked_about() -> None:
    price = "<Price><PriceAmount>9</PriceAmount><BaseQuantity unitCode='KGM'>1</BaseQuantity></Price>"
    draft = read(ubl(line=price)).orders[0]
    assert draft.order["lines"][0]["unit_price"] is None
    assert draft.order["lines"][0]["attributes"]["price_unit"] == "KGM"


# --- totals: both sides of a cent -----------------------------------------------------------------------------------------  # noqa: E501


def payable(amount: str) -> str:
    total = f"<AnticipatedMonetaryTotal><PayableAmount>{amount}</PayableAmount></AnticipatedMonetaryTotal>"
    return ubl(inside=total, line="<Price><PriceAmount>10</PriceAmount></Price>")


@pytest.mark.parametrize(
    ("amount", "named"), [("20.00", None), ("20.01", None), ("20.02", "payable"), ("19.98", "payable")]
)
def test_the_senders_total_stays_and_a_difference_is_named(amount: str, named: str | None) -> None:
    order = order_of(payable(amount))
    assert order["totals"]["payable"] == amount
    assert order["attributes"].get("discrepancies") == named
    assert order["attributes"].get("computed_payable") == ("20.00" if named else None)


# --- X12 ----------------------------------------------------------------------------------------------------------------  # noqa: E501


@pytest.mark.parametrize("end", ["~", "\n", "\r\n", "'", "\x1c", "~\r\n", "|"])
@pytest.mark.parametrize("sep", ["*", "^", "\x1d"])
def test_x12_with_any_terminator_and_separator(end: str, sep: str) -> None:
    order = order_of(x12(*PO, end=end, sep=sep))
    assert (order["number"], order["lines"][0]["quantity"], order["attributes"].get("discrepancies")) == (
        "77",
        "2",
        None,
    )


def test_x12_with_bom_wrapped_lines_and_no_last_terminator() -> None:
    text = x12(*PO).rstrip("~").replace("BEG*00*SA", "BEG*00\r\n*SA")
    assert order_of(b"\xef\xbb\xbf" + text.encode())["number"] == "77"


def test_x12_with_isa_fields_of_wrong_width() -> None:
    assert order_of(x12(*PO).replace("A              ", "A").replace("          ", ""))["number"] == "77"


def test_x12_several_interchanges_with_their_own_separators() -> None:
    second = x12(*PO, sep="|", end="\n").replace("77", "78")
    assert [draft.order["number"] for draft in read(x12(*PO) + "\r\n" + second).orders] == ["77", "78"]


@pytest.mark.parametrize(
    ("field", "wrong", "named"),
    [
        ("CTT*1", "CTT*2", "line_count"),
        ("SE*6*0001", "SE*7*0001", "segment_count"),
        ("SE*6*0001", "SE*6*0009", "control_number"),
        ("CTT*1", "CTT*1*5", "quantity_total"),
        ("SE*6*0001", "SE*6*0001~GE*2", "message_count"),
        ("SE*6*0001", "SE*6*0001~IEA*1*000000001", "message_count"),
        ("SE*6*0001", "SE*6*0001~GE*1~IEA*0*000000001~PO1*2*9*EA*1**VN*A-1001", ""),
    ],
)
def test_x12_wrong_counts_are_named(field: str, wrong: str, named: str) -> None:
    order = order_of(x12(*PO).replace(field, wrong))
    assert order["attributes"].get("discrepancies", "") == named
    assert len(order["lines"]) == 1, "what stands behind SE is no part of the order"


def test_x12_allowance_amounts_have_implied_cents() -> None:
    head = [*PO[:3], "SAC*A*C310***1050", "SAC*C*D240***7.25", *PO[3:]]
    totals = order_of(x12(*head))["totals"]
    assert (totals["discount"], totals["shipping"]) == ("10.50", "7.25")


# --- EDIFACT ------------------------------------------------------------------------------------------------------------  # noqa: E501


def edifact(*lines: str, charset: str = "UNOC:3", una: str = "UNA:+.? '") -> str:
    body = [
        "UNH+1+ORDERS:D:96A:UN:EAN008",
        "BGM+220+77+9",
        "DTM+137:20261122:102",
        "CUX+2:CNY:9",
        *lines,
        "LIN+1++:EN",
        "PIA+5+A-1001:SA",
        "QTY+21:2:PCE",
        "UNS+S",
    ]
    return una + "'".join([f"UNB+{charset}+A+B+261122:1015+9", *body, f"UNT+{len(body) + 1}+1", "UNZ+1+9", ""])


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("UNOC:3", "latin-1"),
        ("UNOC:3", "utf-8"),
        ("UNOD:3", "iso-8859-2"),
        ("UNOE:3", "iso-8859-5"),
        ("UNOY:4", "utf-8"),
        ("UNOB:1", "gb18030"),
    ],
)
def test_edifact_charsets(charset: str, encoding: str) -> None:
    name = {"iso-8859-5": "Завод", "gb18030": "苏州恒力机电有限公司", "iso-8859-2": "Łódź"}.get(encoding, "Müller")
    order = order_of(edifact(f"NAD+BY+1::92++{name}", charset=charset).encode(encoding))
    assert order["buyer"]["name"] == name


def test_edifact_released_characters_and_wrapped_lines() -> None:
    order = order_of(
        edifact("NAD+BY+1::92++A?+B ?'C?' ?: D??", "FTX+AAI+++one:two").replace("'", "'\r\n").replace("?'\r\n", "?'")
    )
    assert order["buyer"]["name"] == "A+B 'C' : D?"
    assert order["note"] == "one two"


@pytest.mark.parametrize(
    ("value", "form", "day"),
    [
        ("20261201", "102", "2026-12-01"),
        ("261201", "101", "2026-12-01"),
        ("011226", "2", "2026-12-01"),
        ("202612011030", "203", "2026-12-01"),
        ("202649", "616", "2026-12-06"),
        ("20261130-20261201", "718", "2026-12-01"),
        ("2026113020261201", "718", "2026-12-01"),
        ("20261201", "", "2026-12-01"),
    ],
)
def test_edifact_days(value: str, form: str, day: str) -> None:
    assert order_of(edifact(f"DTM+2:{value}:{form}"))["requested_date"] == day


@pytest.mark.parametrize("value", ["20261301", "00000000", "soon", "19970101"])
def test_edifact_days_that_cannot_be_are_asked_for(value: str) -> None:
    draft = read(edifact(f"DTM+2:{value}:102")).orders[0]
    assert draft.order["requested_date"] is None
    assert "/requested_date" in {item.path for item in draft.fields if item.status is FieldStatus.CONFIRM}


@pytest.mark.parametrize(("count", "named"), [("1", None), ("2", "line_count")])
def test_edifact_line_count(count: str, named: str | None) -> None:
    text = edifact().replace("UNS+S", f"UNS+S'CNT+2:{count}").replace("UNT+9", "UNT+10")
    assert order_of(text)["attributes"].get("discrepancies") == named


def test_edifact_without_end_says_so() -> None:
    assert order_of(edifact().split("UNT")[0])["attributes"]["discrepancies"] == "segment_count"


TOKENS = [b"", b"'", b"+", b":", b"~", b"*", b"\n", b"?", b"<", b">", b'"', b"&", b"0", b"-1", b"9" * 20, b"NaN", b"\xff", b"\0", b"<a/>", b"LIN", b"ISA"]  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("case", CASES)
def test_a_damaged_message_is_read_or_refused_and_never_breaks(case: str) -> None:
    schema = Draft202012Validator(json.loads((ROOT / "orders" / "schema" / "read.schema.json").read_text()))
    chance = random.Random(case)
    for _ in range(12):
        data = bytearray(source(case).read_bytes())
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(data))
            data[place : place + chance.choice([0, 1, 2, 30, 200])] = chance.choice(TOKENS)
        if not is_standard(bytes(data)):
            continue
        try:
            schema.validate(read_result_to_json(read(bytes(data))))
        except UnreadableDocument as refused:
            assert refused.code and refused.message_zh and refused.message_en, data  # noqa: PT017, PT018 - either is right
