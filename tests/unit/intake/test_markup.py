"""XML that is large and odd is looked at once: no text of 5 MB makes the reader search it again and again."""

from __future__ import annotations

import pytest

from intake.readers.standards.markup import MAX_BYTES, parse_xml
from orders.errors import UnreadableDocument

ROOM = MAX_BYTES - 1_000


def test_white_space_costs_nothing() -> None:
    assert parse_xml(b"<Order>" + b" " * ROOM + b"</Order>").name == "Order"
    assert parse_xml(b" \n<?xml version='1.0'?>" + b" " * ROOM + b"<Order/>").name == "Order"


@pytest.mark.parametrize("part", [b"<!DOCTYPE", b"<!DOCTYPE a>", b"<?xml ", b"<?xml?", b" <?xml"])
def test_marks_that_never_end_cost_nothing(part: bytes) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        parse_xml(part * (ROOM // len(part)))
    assert refused.value.code == "xml_broken"


@pytest.mark.parametrize(("head", "refused"), [("<!DOCTYPE a SYSTEM 'b'>", False), ("<!DOCTYPE a []>", True)])
def test_an_inner_dtd_is_found_behind_others(head: str, refused: bool) -> None:
    text = f"<!-- <!DOCTYPE a> -->{head}<a>[]</a>".encode()
    if refused:
        with pytest.raises(UnreadableDocument, match="DTD"):
            parse_xml(text)
    else:
        assert parse_xml(text).name == "a"
