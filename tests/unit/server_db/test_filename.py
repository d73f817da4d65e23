"""File names come from senders: what no database, header or screen takes is left out."""

import pytest

from server.db.originals import printable


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("订单 1.xlsx", "订单 1.xlsx"),
        ("a\0b.csv", "ab.csv"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),  # the sign that turns the writing round
        ("a\udcff.eml", "a.eml"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_name_is_kept_without_what_does_harm(sent: str, kept: str) -> None:
    assert printable(sent) == kept
