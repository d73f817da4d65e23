"""Numbers as people write them → decimal text: 1,000 · 1.5万 · 两百五十 · 壹仟."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

CHINESE = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬廿"
ARABIC = r"(?<!\d)(?:\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,6})?|\d{1,12}(?:\.\d{1,6})?)(?!\d)"
"""A number in digits; bounded, so that a wall of digits costs nothing."""
PATTERN = (
    rf"(?:{ARABIC}(?:\s?(?:[百千万](?!\w*[年月日])|[kK](?![A-Za-z0-9])))?"
    rf"|[{CHINESE}]{{1,12}})"
)
"""A number in a sentence; what surrounds it decides what it counts."""

_SCALE = {"百": 100, "千": 1000, "万": 10_000, "k": 1000, "K": 1000}
_PLAIN = re.compile(r"\d+(?:\.\d+)?\Z", re.ASCII)


def decimal_text(written: str) -> str | None:
    """Return ``written`` as plain decimal text without needless zeros, None if it is no number."""
    text = written.replace(",", "").replace(" ", "").strip()
    scale = _SCALE.get(text[-1:], 1) if text[:1].isdigit() else 1
    body = text[:-1] if scale > 1 else text
    number = Decimal(body) * scale if _PLAIN.match(body) else _chinese(text)
    return None if number is None else plain(number)


def _chinese(text: str) -> Decimal | None:
    if not text or any(character not in CHINESE for character in text):
        return None
    import cn2an  # here, not above: it takes long to load, and most numbers are digits

    try:
        return Decimal(str(cn2an.cn2an(text.replace("〇", "零").replace("廿", "二十"), "smart")))
    except (ValueError, InvalidOperation):
        return None


def plain(number: Decimal) -> str:
    """Return decimal text without exponent and without needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
