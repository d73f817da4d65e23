"""One mail, its orders: text, attachments, what both say, what can't be read."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from intake.read import read as read_any
from intake.readers.html import html_to_text
from intake.readers.mails.mail_order import FROM_BODY, is_newsletter, read_mail
from intake.readers.sheets.table import read_table
from orders.draft import DraftField, DraftOrder, FieldStatus, ReadResult
from orders.errors import SenderError, UnreadableDocument
from tests.unit.intake.cast import catalogue
from tests.unit.intake.test_prescription import Photo

if TYPE_CHECKING:
    from datetime import date

    from intake.readers.mails.mail import Attachment

ORDER = "订单号：HC-1\n客户：成都华川自动化设备有限公司\nA-1001 A型接头 300个 单价12.50\n本月底前送到"
CSV = "产品编码,数量,单价\n{sku},{quantity},12.5\n"


def mail(text: str, *files: tuple[str, bytes], sender: str = "order@huachuan.example") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = sender, "采购订单"
    message["Date"] = "Mon, 30 Nov 2026 23:00:00 -0500"  # the first of December in Shanghai
    message.set_content(text)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def open_file(attachment: Attachment, today: date | None) -> ReadResult:
    if attachment.filename.endswith(".csv"):
        return read_table(attachment.data, attachment.filename, catalogue(), today=today)
    if attachment.filename.endswith(".pdf"):
        found = DraftField("/lines/0/sku", "A-1003", "A-1003", 0.9, FieldStatus.CONFIRM, page=1)
        order = {"number": None, "buyer": None, "lines": [{"sku": "A-1003", "quantity": "1"}]}
        return ReadResult("scan", 2, orders=(DraftOrder(order, (found,)),))
    if attachment.filename.endswith(".stop"):
        raise UnreadableDocument("cancelled", code="cancelled")
    raise SenderError("no such format", "不认识的格式", code="unknown_format")


def read(data: bytes) -> ReadResult:
    return read_mail(data, catalogue(), open_file)


def table(sku: str = "A-1002", quantity: int = 5) -> bytes:
    return CSV.format(sku=sku, quantity=quantity).encode()


def numbers(result: ReadResult) -> list[tuple[str, str]]:
    return [(line["sku"], line["quantity"]) for draft in result.orders for line in draft.order["lines"]]


def test_IN_07_text_and_each_attachment_give_their_orders() -> None:
    result = read(mail(ORDER, ("a.csv", table()), ("b.pdf", b"%PDF")))
    assert (result.kind, numbers(result)) == ("mail", [("A-1001", "300"), ("A-1002", "5"), ("A-1003", "1")])
    assert [item["filename"] for item in result.quality["attachments"]] == ["a.csv", "b.pdf"]


def test_relative_day_counts_from_the_day_the_mail_was_sent_in_our_zone() -> None:
    assert read(mail(ORDER)).orders[0].order["requested_date"] == "2026-12-31"


def test_pages_of_attachments_are_counted_through() -> None:
    result = read(mail("见附件", ("a.pdf", b"%PDF"), ("c.csv", table()), ("b.pdf", b"%PDF-2")))
    pages = [item.page for draft in result.orders for item in draft.fields if item.page]
    assert result.pages == 4
    assert pages in ([1], [1, 3])  # the two scans say the same order: one is kept


def test_buyer_that_the_attachment_does_not_name_is_asked_by_the_sender() -> None:
    (draft,) = read(mail("见附件", ("a.pdf", b"%PDF"))).orders
    found = next(item for item in draft.fields if item.path == "/buyer/name")
    assert (found.value, found.status) == ("成都华川自动化设备有限公司", FieldStatus.CONFIRM)
    assert any("a.pdf" in warning for warning in draft.warnings)


def test_IN_07_order_said_in_text_and_attachment_is_one_draft() -> None:
    result = read(mail(ORDER, ("a.csv", table("A-1001", 300))))
    assert numbers(result) == [("A-1001", "300")]
    assert any("只保留一份" in warning for warning in result.orders[0].warnings)


def test_orders_of_other_goods_or_numbers_stay_apart() -> None:
    assert len(read(mail(ORDER, ("a.csv", table("A-1001", 299)))).orders) == 2
    other = b"\xe8\xae\xa2\xe5\x8d\x95\xe5\x8f\xb7,HC-2\n" + table("A-1001", 300)
    assert len(read(mail(ORDER, ("a.csv", other))).orders) == 2


def test_attachment_that_cannot_be_read_is_a_warning_beside_the_others() -> None:
    result = read(mail(ORDER, ("x.bin", b"?")))
    assert result.quality["attachments"][0]["code"] == "unknown_format"
    assert any("x.bin" in warning for warning in result.orders[0].warnings)


def test_mail_whose_only_order_cannot_be_read_is_refused_with_that_reason() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read(mail("见附件", ("x.bin", b"?")))
    assert caught.value.code == "unknown_format"


def test_mail_without_an_order_is_refused() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read(mail("您好，请报价"))
    assert caught.value.code == "no_order"


def test_reading_that_was_cancelled_is_cancelled() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read(mail(ORDER, ("a.stop", b"x")))
    assert caught.value.code == "cancelled"


def test_order_in_the_subject_alone_is_read() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "order@huachuan.example", "A-1001 300个"
    message.set_content("谢谢")
    assert numbers(read(message.as_bytes())) == [("A-1001", "300")]


def test_quoted_order_of_an_answer_is_not_read_again() -> None:
    with pytest.raises(UnreadableDocument):
        read(mail("收到，谢谢\n\n在 2026年11月20日，李四 <a@b.cn> 写道：\n" + ORDER))


BESIDE = "订单见附件。收货人王工 13900139000，地址四川省成都市双流区西航港大道88号，12月5日前到。"


def test_IN_07_what_the_text_says_beside_an_attached_order_fills_its_holes_and_is_asked() -> None:
    draft = read(mail(BESIDE, ("a.csv", table()))).orders[0]
    assert draft.order["requested_date"] == "2026-12-05"
    assert draft.order["ship_to"]["address"]["text"] == "四川省成都市双流区西航港大道88号"
    assert [line["sku"] for line in draft.order["lines"]] == ["A-1002"]
    field = next(item for item in draft.fields if item.path == "/requested_date")
    assert (field.status, field.why[0]) == (FieldStatus.CONFIRM, FROM_BODY)


def test_IN_07_what_the_attachment_says_itself_stands_and_two_orders_are_not_guessed_at() -> None:
    own = "交货日期,2026-12-09,\n\n".encode() + table()
    assert read(mail(BESIDE, ("a.csv", own))).orders[0].order["requested_date"] == "2026-12-09"
    two = read(mail(BESIDE, ("a.csv", table()), ("b.csv", table("A-1003")))).orders
    assert [draft.order.get("requested_date") for draft in two] == [None, None]


def newsletter(sender: str, header: str = "List-Unsubscribe: <mailto:x@y.example>") -> bytes:
    return f"{header}\n".encode() + mail("A-1001 A型接头 300个", sender=sender)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (newsletter("news@shop.example"), True),
        (newsletter("news@shop.example", "Precedence: bulk"), True),
        (newsletter("news@shop.example", "Precedence: first-class"), False),
        (newsletter("order@huachuan.example"), False),  # a customer's
        (b"Precedence: bulk\n" + mail("hi", ("a.csv", table()), sender="news@shop.example"), False),
    ],
)
def test_IN_07_text_of_a_newsletter_is_no_order_unless_a_customer_sent_it(data: bytes, told: bool) -> None:
    assert is_newsletter(read(data)) is told
    if told:
        with pytest.raises(UnreadableDocument) as caught:
            read_any(data, "a.eml", "message/rfc822", catalogue(), Photo())
        assert caught.value.code == "not_an_order"
        assert read_any(data, "a.eml", "message/rfc822", catalogue(), Photo(), insist=True).orders


def test_IN_07_what_a_forwarded_mail_quotes_is_not_ordered_again() -> None:
    inner = mail("再要 A-1001 40个\n\n> 在 2026年11月18日 写道：\n> A-1002 999个 已发货\n")
    outer = (
        b"From: li@sluice.example\nSubject: Fwd: order\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=B\n\n"
        b"--B\nContent-Type: message/rfc822\n\n" + inner + b"\n--B--\n"
    )
    assert numbers(read(outer)) == [("A-1001", "40")]


@pytest.mark.parametrize("hide", ["style='display: none'", "style='color:red;visibility:hidden'", "hidden"])
def test_IN_07_what_a_mail_hides_is_not_ordered(hide: str) -> None:
    page = f"<p>A-1001 300个</p><div {hide}>A-1002 700个</div><p>A-1003 5个</p>"
    assert html_to_text(page).split("\n") == ["A-1001 300个", "A-1003 5个"]
