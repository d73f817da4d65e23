"""Numbers written the continental way, 1.250,00: told by the whole page, written as ours before layout is understood.

``12.500`` alone may be either; a page decides only where numbers with a decimal comma stand on it and none with a
decimal point. Points and commas change places, so that every character keeps its place and its score.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.page import Page

_COMMA = re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+,\d{1,4}|0,\d{1,6}|\d+,(?:\d{2}|\d{4,6}))\Z")
"""Nothing but a number with a decimal comma: 1.250,00 · 0,048 · 600,00."""
_POINT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+\.\d+|0\.\d+|\d+\.(?:\d{1,2}|\d{4,6}))\Z")
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?\Z|-?\d+,\d+\Z")
_SIGNS = " €$¥￥%"
_LEAST = 2
_OTHER_WAY = str.maketrans(",.", ".,")


def with_decimal_points(pages: Sequence[Page]) -> list[Page]:
    """Return the pages, their numbers with decimal points; as they were where that is not certain."""
    texts = [word.text.strip(_SIGNS) for page in pages for word in page.words]
    commas, points = (sum(map(bool, map(form.match, texts))) for form in (_COMMA, _POINT))
    if commas < _LEAST or points:
        return list(pages)
    return [
        replace(
            page,
            words=tuple(
                replace(word, text=word.text.translate(_OTHER_WAY)) if _NUMBER.match(word.text.strip(_SIGNS)) else word
                for word in page.words
            ),
        )
        for page in pages
    ]
