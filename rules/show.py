"""Values in words: how a trace, a message and the screens write a fact's values."""

from __future__ import annotations

from datetime import date
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

import orjson

from orders.money import fen_text, price_text, quantity_text
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WRITTEN = 4096
MAX_KEPT = 200
_ZH = ((86_400, "天"), (3_600, "小时"), (60, "分钟"), (1, "秒"))
_EN = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def money(amount: int) -> str:
    """Write fen as `orders.money.fen_text` does, faster for what is not negative."""
    return f"{amount // 100}.{amount % 100:02d}" if amount >= 0 else fen_text(amount)


def price(amount: int) -> str:
    """Write a unit price as `orders.money.price_text` does, faster for what is not negative."""
    if amount < 0:
        return price_text(amount)
    if not amount % 10_000:
        return f"{amount // 1_000_000}.{amount // 10_000 % 100:02d}"
    return f"{amount // 1_000_000}.{amount % 1_000_000:06d}".rstrip("0")


def quantity(amount: int) -> str:
    """Write a quantity as `orders.money.quantity_text` does, faster for whole pieces."""
    return str(amount // 1_000_000) if amount >= 0 and not amount % 1_000_000 else quantity_text(amount)


def duration_text(seconds: int, zh: bool = True) -> str:
    """Write a duration by its two largest units: 301 → ``5 分钟 1 秒``."""
    parts, rest = [], abs(seconds)
    for size, name in _ZH if zh else _EN:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}")
    text = " ".join(parts[:2]) or ("0 秒" if zh else "0 s")
    return f"-{text}" if seconds < 0 else text


def value_text(value: Any, kind: Kind, zh: bool = True) -> str:
    """Write one value of a kind."""
    match kind:
        case Kind.MONEY:
            return fen_text(value)
        case Kind.PRICE:
            return price_text(value)
        case Kind.QUANTITY:
            return quantity_text(value)
        case Kind.DURATION:
            return duration_text(value, zh)
        case Kind.DATE if isinstance(value, int):  # seconds since 0001-01-01, as comparisons count
            return date.fromordinal(value // 86_400).isoformat()
        case Kind.BOOL:
            return ("是" if value else "否") if zh else ("yes" if value else "no")
        case _:
            return str(value)


def trace_value(value: Any, kind: Kind) -> Any:
    """Return a value as the trace holds it: decimal text for money and quantity, numbers and truths as they are."""
    if kind in (Kind.MONEY, Kind.PRICE, Kind.QUANTITY):
        return value_text(value, kind)
    return value


class Written(dict[Any, bytes]):
    """Values as canonical JSON, those of one kind that were met lately; ``write`` writes one that is new.

    Values of another type than the kind's are written as they are and not kept, for to a dict 1 and True are one.
    """

    def __init__(self, kind: type, write: Callable[[Any], bytes]) -> None:
        super().__init__()
        self.kind = kind
        self.write = write

    def __missing__(self, value: Any) -> bytes:
        if type(value) is not self.kind:
            return orjson.dumps(value)
        text = self.write(value)
        if len(text) <= MAX_KEPT:
            if len(self) >= MAX_WRITTEN:
                self.clear()
            self[value] = text
        return text


def money_bytes(amount: int) -> bytes:
    """Write fen as `money` does."""
    return b"%d.%02d" % (amount // 100, amount % 100) if amount >= 0 else fen_text(amount).encode()


TEXTS = Written(str, lambda text: encode_basestring(text).encode())
COUNTS = Written(int, lambda count: b"%d" % count)
TRUTHS = Written(bool, orjson.dumps)
PRICES = Written(int, lambda amount: price(amount).encode())
QUANTITIES = Written(int, lambda amount: quantity(amount).encode())
