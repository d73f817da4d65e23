"""Numbers with a decimal comma: the whole page decides, every character keeps its place."""

from __future__ import annotations

import pytest

from ocr.layout.comma import with_decimal_points
from tests.unit.ocr.test_layout import page_of, word


def read(*texts: str) -> list[str]:
    (page,) = with_decimal_points([page_of(*(word(text, 10, 20 * place) for place, text in enumerate(texts)))])
    return [one.text for one in page.words]


def test_IN_08_page_with_decimal_commas_is_written_with_points() -> None:
    got = read("12.500", "0,048", "600,00 €", "1.250,75", "21.11.2026", "PO-1.2")
    assert got == ["12,500", "0.048", "600.00 €", "1,250.75", "21.11.2026", "PO-1.2"]


@pytest.mark.parametrize(
    "texts",
    [
        ("12.500", "1,250.00", "600,00", "160,00"),  # a decimal point stands beside them
        ("12,500", "20,000", "1.250"),  # thousands, perhaps: nothing decides
        ("42,30", "12.500"),  # one alone may be a blurred 42.30
    ],
)
def test_IN_08_page_that_does_not_say_stays_as_it_is(texts: tuple[str, ...]) -> None:
    assert read(*texts) == list(texts)
