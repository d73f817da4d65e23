"""What a file is comes from its bytes; `read` sends each kind to its reader."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from bench.pages.company import catalogue
from intake.media import Media, media
from intake.read import read
from orders.draft import FieldStatus
from orders.errors import InvalidOrder, UnreadableDocument

if TYPE_CHECKING:
    from ocr.page import PageSet

CATALOGUE = catalogue()
ORDER = {"number": "PO-1", "currency": "CNY", "lines": [{"sku": "A-1001", "quantity": "5"}]}
MAIL = b"From: a@b.example\r\nSubject: order\r\nMessage-ID: <1@b.example>\r\nMIME-Version: 1.0\r\n\r\nA-1001 x 5\r\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class NoRecognizer:
    """Fails the test when a document that is no picture reaches it."""

    def read(self, data: bytes) -> PageSet:
        raise AssertionError(f"{len(data)} bytes were taken for a picture")


def _workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "filename", "kind"),
    [
        (b"", "a.pdf", Media.EMPTY),
        (b"%PDF-1.7 ...", "photo.jpg", Media.PICTURE),
        (b"\xff\xd8\xff\xe0 ...", "order.xlsx", Media.PICTURE),
        (_workbook(), "order.pdf", Media.SHEET),
        (_zip(), "order.xlsx", Media.UNKNOWN),
        (OLE, "order.xls", Media.SHEET),
        (OLE + "__properties_version1.0".encode("utf-16-le"), "order.msg", Media.UNKNOWN),
        (OLE + "WordDocument".encode("utf-16-le"), "order.xls", Media.UNKNOWN),
        (json.dumps(ORDER).encode(), "order.pdf", Media.PAYLOAD),
        (b"\xef\xbb\xbf [1]", "x", Media.PAYLOAD),
        (MAIL, "mail.txt", Media.MAIL),
        (b"<html><table></table></html>", "old.xls", Media.SHEET),
        ("编码,数量,单价\nA-1001,5,1\nA-1002,6,2\n".encode("gb18030"), "orders.txt", Media.SHEET),
        ("要1000个A型接头，月底前送到苏州工厂".encode(), "chat.csv.txt", Media.TEXT),
        (b"subject to change: we need 5 of A-1001", "x.txt", Media.TEXT),
        (b"\x00\x01\x02\x03", "order.pdf", Media.UNKNOWN),
    ],
)
def test_kind_comes_from_the_bytes_never_from_the_name(data: bytes, filename: str, kind: Media) -> None:
    assert media(data, filename) is kind


def test_declared_csv_is_a_sheet_even_with_one_column() -> None:
    assert media(b"a\nb\n", "x", "text/csv; charset=utf-8") is Media.SHEET


def test_canonical_json_is_one_sure_draft() -> None:
    result = read(json.dumps(ORDER).encode(), "o.json", "application/json", CATALOGUE, NoRecognizer())
    assert (result.kind, result.orders[0].order) == ("payload", ORDER)
    assert {field.path: field.value for field in result.orders[0].fields}["/lines/0/quantity"] == "5"
    assert all(field.status is FieldStatus.AUTO for field in result.orders[0].fields)


@pytest.mark.parametrize("wrapped", [[ORDER, ORDER], {"orders": [ORDER, ORDER]}])
def test_several_orders_in_json_are_several_drafts(wrapped: object) -> None:
    assert len(read(json.dumps(wrapped).encode(), "o.json", "", CATALOGUE, NoRecognizer()).orders) == 2


def test_json_that_breaks_the_schema_names_the_pointer() -> None:
    broken = {**ORDER, "lines": [{"sku": "A-1001", "quantity": 5}]}
    with pytest.raises(InvalidOrder) as caught:
        read(json.dumps(broken).encode(), "o.json", "", CATALOGUE, NoRecognizer())
    assert caught.value.problems[0].pointer == "/lines/0/quantity"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty_file"), (b"\0\1\2", "unknown_format"), (b"[]", "no_order"), ("天气好".encode(), "no_order")],
)
def test_what_holds_no_order_says_so(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read(data, "x.pdf", "application/pdf", CATALOGUE, NoRecognizer())
    assert caught.value.code == code
    assert caught.value.message_zh


def test_mail_with_an_order_and_a_broken_attachment_keeps_the_order_and_warns() -> None:
    body = (
        b"From: a@b.example\r\nSubject: order\r\nMessage-ID: <2@b.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: application/json\r\n'
        b'Content-Disposition: attachment; filename="order.json"\r\n\r\n' + json.dumps(ORDER).encode() + b"\r\n--x\r\n"
        b'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="odd.bin"\r\n\r\n'
        b"\x00\x01\x02\r\n--x--\r\n"
    )
    result = read(body, "m.eml", "message/rfc822", CATALOGUE, NoRecognizer())
    assert (result.kind, len(result.orders)) == ("mail", 1)
    assert any("odd.bin" in warning for warning in result.orders[0].warnings)
