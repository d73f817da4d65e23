"""What a document is by what it holds: a mail at a mail door, whatever its first header."""

from __future__ import annotations

import pytest

from intake.media import Media, media


@pytest.mark.parametrize("first", [b"Authentication-Results: mx; dkim=pass", b"ARC-Seal: i=1", b"Thread-Index: AdX"])
def test_IN_07_mail_is_a_mail_whatever_header_stands_first_at_a_mail_door(first):
    data = first + b"\r\n" + b" folded\r\n" * 600 + b"From: a@b.example\r\nSubject: PO\r\n\r\ntext"
    assert media(data, "mail.eml", "message/rfc822") is Media.MAIL
    assert media(b"just words", "mail.eml", "message/rfc822") is Media.TEXT
