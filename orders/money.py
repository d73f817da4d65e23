"""Money and quantity as integers; decimal text at the edges; never a float.

Amounts are integer fen (1/100 of the currency unit). Unit prices and quantities are integers of 10⁻⁶
(parts at 0.0185 元 exist). All stay below 2⁵³, so that every engine and every JSON reader keeps them exact.
"""

from __future__ import annotations

import re
from typing import NewType

Fen = NewType("Fen", int)
"""1/100 of the currency unit."""
Micro = NewType("Micro", int)
"""1/1,000,000 of a unit price (in currency units) or of a quantity (in pieces, kg, ...)."""

MICRO = 1_000_000
LIMIT = 2**53 - 1
_PLAIN = re.compile(r"(-?)(\d{1,16})(?:\.(\d{1,12}))?\Z", re.ASCII)


def _scaled(text: str, places: int) -> int:
    match = _PLAIN.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a plain decimal number such as 12.50")
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    kept, beyond = fraction[:places], fraction[places:]
    if beyond.strip("0"):
        raise ValueError(f"{text!r} has more than {places} decimal places")
    number: int = int(whole + kept.ljust(places, "0"))
    if number > LIMIT:
        raise ValueError(f"{text!r} is too large")
    return -number if sign else number


def parse_fen(text: str) -> Fen:
    """Read an amount such as ``12500.00``. Raises ValueError on more than 2 places, signs other than ``-``, size."""
    return Fen(_scaled(text, 2))


def parse_micro(text: str) -> Micro:
    """Read a unit price or a quantity of at most 6 places. Raises ValueError."""
    return Micro(_scaled(text, 6))


def fen_text(amount: int) -> str:
    """Write fen as decimal text with two places: 1250000 → ``12500.00``."""
    sign, absolute = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{absolute // 100}.{absolute % 100:02d}"


def price_text(price: int) -> str:
    """Write a unit price with at least two and at most six places: 12500000 → ``12.50``."""
    sign, absolute = ("-", -price) if price < 0 else ("", price)
    fraction = f"{absolute % MICRO:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{absolute // MICRO}.{fraction}"


def quantity_text(quantity: int) -> str:
    """Write a quantity without trailing zeros: 1000000000 → ``1000``, 1500000 → ``1.5``."""
    sign, absolute = ("-", -quantity) if quantity < 0 else ("", quantity)
    fraction = f"{absolute % MICRO:06d}".rstrip("0")
    return f"{sign}{absolute // MICRO}" + (f".{fraction}" if fraction else "")


def line_amount_fen(quantity: int, unit_price: int, discount_fen: int = 0) -> Fen:
    """Multiply quantity by unit price, round half up (away from zero) once to fen, take the discount off.

    Source: the order row VAL-10 (amount = quantity × net price, to the fen).
    """
    product = quantity * unit_price  # 10⁻¹² currency units; fen = product / 10¹⁰
    sign, absolute = (-1, -product) if product < 0 else (1, product)
    return Fen(sign * ((absolute + 5 * 10**9) // 10**10) - discount_fen)
