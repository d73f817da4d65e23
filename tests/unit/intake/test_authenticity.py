"""Who really wrote a mail, and what follows from a sender that is not who he says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from intake.readers.mails.mail import open_mail
from intake.readers.mails.mail_order import read_mail
from orders.draft import FieldStatus
from tests.unit.intake.cast import catalogue

if TYPE_CHECKING:
    from intake.readers.mails.mail import Attachment
    from orders.draft import ReadResult

OURS = "mx.sluice.example"


def mail(*headers: str, text: str = "要1000个A型接头，月底前送到苏州工厂") -> bytes:
    head = ["From: purchase@hengli.example", "To: orders@sluice.example", "Content-Type: text/plain; charset=utf-8"]
    return "\r\n".join([*headers, *head, "", text]).encode()


def attached(attachment: Attachment, today: date | None) -> ReadResult:
    raise AssertionError(f"no attachment: {attachment.filename} {today}")


def read(raw: bytes) -> ReadResult:
    return read_mail(raw, catalogue(), attached, received_on=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (f"{OURS}; spf=pass smtp.mailfrom=x; dkim=pass header.d=x; dmarc=pass", "pass"),
        (f"{OURS}; spf=fail smtp.mailfrom=x; dkim=pass header.d=x", "pass"),
        (f"{OURS}; spf=pass smtp.mailfrom=x; dkim=none", "pass"),
        (f"{OURS}; spf=fail smtp.mailfrom=x; dkim=none", "fail"),
        (f"{OURS}; spf=softfail; dkim=fail", "fail"),
        (f"{OURS}; spf=pass; dmarc=fail", "fail"),
        (f"{OURS}; spf=none; dkim=none", "none"),
        ("mx.attacker.example; spf=pass; dkim=pass; dmarc=pass", "none"),
        ("evilsluice.example; dkim=pass", "none"),
    ],
)
def test_IN_07_result_of_our_own_mail_server_counts_and_nobody_elses(results: str, expected: str) -> None:
    assert open_mail(mail(f"Authentication-Results: {results}")).authenticated == expected
    assert open_mail(mail()).authenticated == "none"


def test_IN_07_only_the_topmost_result_counts() -> None:
    ours, forged = f"Authentication-Results: {OURS}; spf=fail", f"Authentication-Results: {OURS}; dmarc=pass"
    assert open_mail(mail(ours, forged)).authenticated == "fail"


def test_IN_07_sender_who_is_not_whom_he_says_names_no_customer() -> None:
    forged = read(mail(f"Authentication-Results: {OURS}; spf=fail; dkim=none"))
    buyer = next(item for item in forged.orders[0].fields if item.path == "/buyer/name")
    assert buyer.status is FieldStatus.CONFIRM
    assert any("SPF/DKIM" in warning for warning in forged.orders[0].warnings)
    honest = read(mail(f"Authentication-Results: {OURS}; dmarc=pass"))
    assert honest.orders[0].order["buyer"]["name"] == "苏州恒力机电有限公司"
    assert not any("SPF/DKIM" in warning for warning in honest.orders[0].warnings)
    assert honest.quality["sender"] == {
        "authenticated": "pass",
        "known": True,
        "automatic": False,
        "bulk": False,
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("List-Id: <news.example>", True),
        ("X-Mailer: Foxmail", False),
    ],
)
def test_IN_07_machines_mail_is_told_from_a_persons(header: str, expected: bool) -> None:
    assert open_mail(mail(header)).automatic is expected
