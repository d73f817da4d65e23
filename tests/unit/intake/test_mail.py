"""Mails: the five repairs, bombs refused before parsing, what is new and what is quoted, attachments."""

from __future__ import annotations

import base64
import time
from email.message import EmailMessage

import pytest

from intake.readers.charset import decode, decode_header
from intake.readers.html import html_to_text, is_tabular
from intake.readers.mails.mail import SMALL_PICTURE_BYTES, identify, open_mail
from intake.readers.mails.quote import new_text
from orders.errors import UnreadableDocument

HEAD = b"From: a@b.cn\r\nMessage-ID: <1@b.cn>\r\nMIME-Version: 1.0\r\n"


def code_of(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        open_mail(data)
    assert caught.value.message_zh != caught.value.message_en
    return caught.value.code


# --- the five repairs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declared", ["gb2312", "GB2312", "gbk", "X-GBK", "GB_2312-80", "cp936", "x-unknown", "unknown-8bit", "", "no-such"]
)
def test_text_in_gb_under_any_name_is_decoded(declared: str) -> None:
    text = "采购订单：镕𠮷 300个"  # 镕 is not in GB2312, 𠮷 only in GB18030
    body = f'Content-Type: text/plain; charset="{declared}"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'.encode()
    assert open_mail(HEAD + body + text.encode("gb18030")).text == text


def test_text_declared_gb_but_written_in_utf_8_is_decoded() -> None:
    body = b"Content-Type: text/plain; charset=gb2312\r\n\r\n" + "采购订单".encode()
    assert open_mail(HEAD + body).text == "采购订单"


def test_short_gb_text_that_looks_like_utf_8_stays_gb() -> None:
    ambiguous = "牛".encode("gb18030") + b" 1"  # also two characters of another script in UTF-8
    assert decode("隆".encode("gb18030") + b" 1", "gb2312") == "隆 1"
    assert decode(ambiguous, "gb2312").endswith(" 1")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_header_in_raw_8_bit_is_decoded(encoding: str) -> None:
    raw = b"Subject: " + "采购订单".encode(encoding) + b"\r\n" + HEAD + b"\r\nx"
    assert open_mail(raw).subject == "采购订单"


def test_header_whose_words_split_a_character_is_joined_as_bytes() -> None:
    data = "采购订单".encode("gb18030")
    words = " ".join(f"=?gb2312?B?{base64.b64encode(part).decode()}?=" for part in (data[:3], data[3:]))
    assert open_mail(f"Subject: {words}\r\n".encode() + HEAD + b"\r\nx").subject == "采购订单"


def test_header_of_quoted_printable_words_and_plain_text_is_decoded() -> None:
    assert decode_header("Re: =?utf-8?Q?=E8=AE=A2=E5=8D=95?= 2026 =?utf-8?B?5aW9?=") == "Re: 订单 2026 好"
    assert decode_header("=?utf-8?B?broken!!?= x").endswith("x")


def test_leaf_that_calls_itself_multipart_is_read_as_text() -> None:
    body = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + "A-1001 3个".encode()
    assert "A-1001 3个" in open_mail(HEAD + body).text


def test_charset_that_runs_code_or_hides_text_is_not_used() -> None:
    for name in ("utf-7", "unicode_escape", "rot13", "base64", "zip", "idna"):
        assert decode(b"+ADw- x", name) == "+ADw- x"


# --- bombs -----------------------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    return HEAD + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number) for number in range(depth)
    )


def parts(count: int) -> bytes:
    return HEAD + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"--x\r\n\r\na\r\n" * count + b"--x--\r\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "mail_empty"),
        (b"\r\n \r\n", "mail_empty"),
        (HEAD + b"\r\n" + b"x" * (25 * 1024 * 1024), "mail_too_large"),
        (HEAD + b"Subject: " + b" =?utf-8?q?a?=\r\n" * 20_000 + b"\r\n", "mail_header_too_large"),
        (b"X: " + b"y" * 65_536, "mail_header_too_large"),
        (HEAD + b"\r\n" + b"\n" * 600_000 + b"x", "mail_too_many_lines"),
        (parts(201), "mail_too_many_parts"),
        (parts(10_000), "mail_too_many_parts"),
        (parts(100_000), "mail_too_many_parts"),  # seconds, if a parser saw it
        (nested(11), "mail_too_deep"),
        (nested(190) + b"x\r\n" * 300_000, "mail_too_deep"),  # minutes, if a parser saw it
        (nested(1_000), "mail_too_many_parts"),
        (HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 11 + b"x", "mail_too_deep"),
        (HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5_000, "mail_too_many_parts"),
        (
            HEAD
            + b'Content-Type: multipart/mixed; boundary*0="a"; boundary*1="b"\r\n\r\n'
            + b"--ab\r\n\r\na\r\n" * 300,
            "mail_too_many_parts",
        ),
    ],
)
def test_mail_bomb_is_refused_quickly(data: bytes, code: str) -> None:
    started = time.process_time()
    assert code_of(data) == code
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("data", [parts(199), nested(10), HEAD + b"X: " + b"y" * 60_000 + b"\r\n\r\nx"])
def test_mail_at_the_limits_is_opened(data: bytes) -> None:
    assert open_mail(data).message_id == "<1@b.cn>"


# --- text ------------------------------------------------------------------------------------------------------------

OLD = "\n\n旧的 A-1002 9个"


@pytest.mark.parametrize(
    "cut",
    [
        "------------------ 原始邮件 ------------------",
        '------------------ 原始邮件 ------------------\n发件人: "张三" <a@b.cn>;\n发送时间: 2026年11月20日(星期五)',
        "---原始邮件---",
        "-----Original Message-----",
        "在 2026年11月20日，李四 <a@b.cn> 写道：",
        "在2026-11-20 10:00:00，李四写道：",
        "于 2026年11月20日周五 10:15写道：",
        "张三 <a@b.cn> 于2026年11月20日周五 10:15写道：",
        "2026年11月20日 上午10:15，张三 <a@b.cn> 写道：",
        "On Fri, Nov 20, 2026 at 10:15 AM A B <a@b.cn> wrote:",
        "发件人: 张三 <a@b.cn>\n发送时间: 2026年11月20日 10:15\n收件人: 李四\n主题: 订单",
        "发件人：张三\n日期：2026-11-20\n收件人：李四",
        "From: A B <a@b.cn>\nSent: Friday, November 20, 2026 10:15 AM\nTo: C\nSubject: x",
        "________________________________\n发件人: 张三\n收件人: 李四",
        "---- 回复的原邮件 ----",
    ],
)
def test_quoted_reply_is_cut(cut: str) -> None:
    new, quoted = new_text(f"请发 A-1001 3个\n\n{cut}{OLD}", "回复: 订单")
    assert new.rstrip("_\n") == "请发 A-1001 3个"
    assert "A-1002 9个" in quoted


def test_quote_marks_are_cut() -> None:
    assert new_text("A-1001 3个\n> A-1002 9个\n> 旧") == ("A-1001 3个", "A-1002 9个\n旧")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("转发: 订单", "见下\n\n-----原始邮件-----\n发件人: 张三\n发送时间: 2026-11-20\n主题: 订单\n\nA-1001 3个"),
        ("Fwd: order", "---------- Forwarded message ---------\nFrom: A\nDate: x\nTo: b\n\nA-1001 3个"),
        ("订单", "------------------ 原始邮件 ------------------\n发件人: 张三\n\nA-1001 3个"),
        ("订单", "> A-1001 3个"),
    ],
)
def test_forwarded_mail_and_mail_without_own_words_is_read_whole(subject: str, text: str) -> None:
    new, quoted = new_text(text, subject)
    assert new.endswith("A-1001 3个")
    assert "发件人" not in new
    assert quoted == ""


def test_heads_of_a_mail_forwarded_twice_are_no_words_of_the_order() -> None:
    cut = "------------------ 原始邮件 ------------------\n"
    head = '发件人: "王采购"<w@x.example>;\n发送时间: 2026年11月22日\n收件人: "张总"<z@x.example>;\n主题: 订单\n\n'
    text, quoted = new_text(f"请安排\n\n{cut}{head}请处理\n\n{cut}{head}A型接头 300个\n收件人：王工", "Fw: 订单")
    assert (text.split(), quoted) == (["请安排", "请处理", "A型接头", "300个", "收件人：王工"], "")


def test_signature_is_cut() -> None:
    assert new_text("A-1001 3个\n发自我的iPhone")[0] == "A-1001 3个"
    assert new_text("A-1001 3个\n-- \n张三 电话 123")[0] == "A-1001 3个"


def test_quoted_reply_search_takes_no_time_on_hostile_text() -> None:
    started = time.process_time()
    for text in ("\n" * 100_000, "> " * 50_000, "在 2026-1-1 " * 10_000, "From: \n" * 20_000, "-" * 100_000):
        new_text(text)
    assert time.process_time() - started < 5


def test_html_becomes_lines_and_tables_become_rows() -> None:
    page = (
        "<html><head><style>p{}</style><title>t</title></head><body><p>你好&nbsp;张总</p><!-- x -->尾"
        "<table><tr><th>型号</th><th>数量</th></tr><tr><td><div>A-1001</div></td><td> 3<br>个</td></tr></table>"
        "<script>evil()</script>谢谢</body></html>"
    )
    assert html_to_text(page).split("\n") == ["你好 张总", "尾", "型号\t数量", "A-1001 \t 3 个", "谢谢"]
    assert html_to_text("") == ""
    assert html_to_text("<") in ("", "<")


def test_html_beside_plain_text_is_taken_when_it_holds_a_table() -> None:
    rows = "".join(f"<tr><td>A-100{n}</td><td>{n}</td><td>个</td></tr>" for n in (1, 2))
    message = EmailMessage()
    message["From"] = "a@b.cn"
    message.set_content("A-1001 1 个 A-1002 2 个")
    message.add_alternative(f"<table>{rows}</table>", subtype="html")
    assert is_tabular(f"<table>{rows}</table>")
    assert open_mail(message.as_bytes()).text == "A-1001\t1\t个\nA-1002\t2\t个"


def test_plain_text_beside_html_without_a_table_is_taken() -> None:
    message = EmailMessage()
    message["From"] = "a@b.cn"
    message.set_content("plain")
    message.add_alternative("<p>rich</p>", subtype="html")
    assert open_mail(message.as_bytes()).text == "plain"


# --- attachments and head --------------------------------------------------------------------------------------------


def test_IN_07_attachments_come_with_their_names_and_bytes() -> None:
    message = EmailMessage()
    message["From"] = "a@b.cn"
    message.set_content("见附件")
    message.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="采购订单 一.pdf")
    message.add_attachment(b"a,b", maintype="text", subtype="csv", filename="订单.csv")
    found = open_mail(message.as_bytes()).attachments
    assert [(item.filename, item.data) for item in found] == [("采购订单 一.pdf", b"%PDF-1"), ("订单.csv", b"a,b")]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (
            b'Content-Disposition: attachment; filename="=?gb2312?B?'
            + base64.b64encode("订单.pdf".encode("gbk"))
            + b'?="',
            "订单.pdf",
        ),
        (b"Content-Disposition: attachment; filename*=gb2312''%B6%A9%B5%A5.pdf", "订单.pdf"),
        (b'Content-Disposition: attachment; filename="' + "订单.pdf".encode("gbk") + b'"', "订单.pdf"),
        (b'Content-Disposition: attachment; filename="../../etc/passwd"', "passwd"),
        (b'Content-Disposition: attachment; filename="C:\\\\x\\\\a.pdf"', "a.pdf"),
        (b'Content-Type: application/pdf; name="b.pdf"', "b.pdf"),
        (b"Content-Type: application/pdf", "attachment.pdf"),
    ],
)
def test_attachment_name_is_decoded_and_is_never_a_path(header: bytes, name: str) -> None:
    kind = b"" if b"Content-Type" in header else b"Content-Type: application/pdf\r\n"
    body = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n' + kind + header + b"\r\n\r\n%PDF\r\n--x--\r\n"
    (found,) = open_mail(HEAD + body).attachments
    assert found.filename == name


def test_picture_in_the_text_is_decoration_when_small() -> None:
    for size, decorative in ((SMALL_PICTURE_BYTES - 1, True), (SMALL_PICTURE_BYTES, False)):
        message = EmailMessage()
        message["From"] = "a@b.cn"
        message.set_content("x")
        message.add_related(b"x" * size, maintype="image", subtype="png", cid="<logo>")
        (found,) = open_mail(message.as_bytes()).attachments
        assert found.decorative is decorative


def test_mail_forwarded_as_an_attachment_is_opened_too() -> None:
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("A-1001 3个")
    inner.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    outer = EmailMessage()
    outer["From"] = "a@b.cn"
    outer.set_content("见附件")
    outer.add_attachment(inner)
    found = open_mail(outer.as_bytes())
    assert "A-1001 3个" in found.text
    assert [item.filename for item in found.attachments] == ["a.pdf"]


def test_IN_19_mail_without_message_id_is_identified_by_its_bytes() -> None:
    one, same, other = b"From: a@b.cn\r\n\r\nx", b"From: a@b.cn\r\n\r\nx", b"From: a@b.cn\r\n\r\ny"
    assert identify(one) == identify(same) != identify(other)
    assert identify(HEAD + b"\r\nx").message_id == "<1@b.cn>" == open_mail(HEAD + b"\r\nx").message_id


def test_mail_head_is_read() -> None:
    raw = b'From: =?utf-8?B?5byg5oC7?= <Zhang@B.cn>\r\nTo: x@y.cn, "Z" <z@y.cn>\r\n'
    raw += b"Date: Sun, 22 Nov 2026 10:00:00 +0800\r\n\r\nx"
    mail = open_mail(raw)
    assert (mail.sender, mail.sender_name, mail.recipients) == ("zhang@b.cn", "张总", ("x@y.cn", "z@y.cn"))
    assert mail.sent_at is not None
    assert mail.sent_at.isoformat() == "2026-11-22T10:00:00+08:00"


@pytest.mark.parametrize("date", [b"", b"Date: yesterday\r\n", b"Date: Sun, 22 Nov 0001 10:00:00 +0800\r\n"])
def test_mail_without_a_sound_date_has_none(date: bytes) -> None:
    assert open_mail(date + b"From: a@b.cn\r\n\r\nx").sent_at is None
