"""winmail.dat: its files by their right names, its text where the mail has none; broken ones break nothing."""

from __future__ import annotations

import random
from email.message import EmailMessage
from types import SimpleNamespace

import pytest

from intake.media import Media, media
from intake.read import read
from intake.readers.mails.mail import open_mail
from intake.readers.mails.mail_order import read_mail
from intake.readers.mails.tnef import MAX_FILES, Broken, open_tnef
from orders.draft import ReadResult
from orders.errors import UnreadableDocument
from tests.unit.intake.cast import catalogue
from tests.unit.intake.winmail import winmail

NOBODY = SimpleNamespace(read=None)
"""No picture is read here."""
SHEET = "客户,产品型号,数量,单价\n苏州恒力机电有限公司,A-1001,300,12.50\n".encode("gb18030")


def mail_with(data: bytes, text: str = "见附件", name: str = "winmail.dat") -> bytes:
    message = EmailMessage()
    message["From"] = "purchase@hengli.example"
    message["Message-ID"] = "<t@hengli.example>"
    message.set_content(text)
    message.add_attachment(data, "application", "ms-tnef", filename=name)
    return message.as_bytes()


@pytest.mark.parametrize("long_names", [True, False])
def test_IN_07_files_in_a_winmail_dat_are_attachments_by_their_own_names(long_names):
    mail = open_mail(mail_with(winmail(("采购单.csv", SHEET), ("图.jpg", b"\xff\xd8x"), long_names=long_names)))
    assert [(item.filename, item.data) for item in mail.attachments] == [
        ("采购单.csv", SHEET),
        ("图.jpg", b"\xff\xd8x"),
    ]
    assert mail.text.strip() == "见附件"


def test_IN_07_text_in_a_winmail_dat_speaks_where_the_mail_has_none():
    assert open_mail(mail_with(winmail(body="要300个A-1001"), text="")).text.strip() == "要300个A-1001"
    assert open_mail(mail_with(winmail(body="别的"), text="正文")).text.strip() == "正文"


def test_IN_07_path_in_a_name_is_cut():
    mail = open_mail(mail_with(winmail(("..\\..\\etc/passwd\x07", b"x"))))
    assert [item.filename for item in mail.attachments] == ["passwd"]


def test_IN_07_order_in_a_winmail_dat_becomes_a_draft():
    seen = []

    def read_file(attachment, _today):
        seen.append(attachment.filename)
        return ReadResult("sheet", 1)

    with pytest.raises(Exception, match="no order"):
        read_mail(mail_with(winmail(("采购单.csv", SHEET))), catalogue(), read_file)
    assert seen == ["采购单.csv"]


def test_IN_07_broken_winmail_dat_stays_a_file_that_is_named():
    whole = winmail(("采购单.csv", SHEET))
    for cut in (whole[:20], whole[:-5], whole[:6] + b"\xff" * 40):
        mail = open_mail(mail_with(cut))
        assert [item.filename for item in mail.attachments] == ["winmail.dat"]


def test_IN_07_winmail_dat_with_too_many_files_is_refused_before_they_are_kept():
    assert len(open_tnef(winmail(*[("a", b"x")] * MAX_FILES)).files) == MAX_FILES
    with pytest.raises(Broken):
        open_tnef(winmail(*[("a", b"x")] * (MAX_FILES + 1)))


def test_IN_07_damaged_winmail_dats_give_a_result_or_one_clear_refusal():
    whole, dice = winmail(("采购单.csv", SHEET), body="正文"), random.Random(7)
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(6, len(damaged))] = dice.randrange(256)
        try:
            found = open_tnef(bytes(damaged[: dice.randint(6, len(damaged))]))
        except Broken:
            continue
        assert sum(len(file.data) for file in found.files) <= len(whole)


def test_IN_07_winmail_dat_uploaded_by_itself_is_a_mail_without_a_sender():
    bare = winmail(("采购单.csv", SHEET), body="要300个A-1001")
    mail = open_mail(bare)
    assert media(bare, "winmail.dat", "application/octet-stream") is Media.MAIL
    assert (mail.sender, mail.text.strip(), [item.data for item in mail.attachments]) == ("", "要300个A-1001", [SHEET])
    assert read(winmail(("采购单.csv", SHEET)), "winmail.dat", "", catalogue(), NOBODY).orders[0].order["lines"]


@pytest.mark.parametrize("inside_a_mail", [False, True])
def test_IN_07_winmail_dat_that_is_not_whole_is_told_so(inside_a_mail):
    broken = winmail(("采购单.csv", SHEET))[:-5]
    with pytest.raises(UnreadableDocument) as error:
        read(mail_with(broken) if inside_a_mail else broken, "winmail.dat", "", catalogue(), NOBODY)
    assert error.value.code == "mail_broken"


def test_IN_07_winmail_dat_over_the_size_of_a_mail_is_refused_before_it_is_opened(monkeypatch):
    whole = winmail(("采购单.csv", SHEET))
    monkeypatch.setattr("intake.readers.mails.mail.MAX_BYTES", len(whole))
    assert open_mail(whole).attachments
    monkeypatch.setattr("intake.readers.mails.mail.MAX_BYTES", len(whole) - 1)
    with pytest.raises(UnreadableDocument, match="MB"):
        open_mail(whole)
