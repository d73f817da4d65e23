"""Sample orders with every value known: what a page says and what must be read from it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bench.pages import company
from orders.money import fen_text, line_amount_fen, parse_micro, price_text, quantity_text

if TYPE_CHECKING:
    from orders.catalogue import Catalogue

TERMS = {"net30": "月结30天", "net60": "月结60天", "net90": "月结90天", "cod": "货到付款", "prepaid": "款到发货"}
TERMS_EN = {"net30": "Net 30 days", "net60": "Net 60", "net90": "Net 90 days", "cod": "COD", "prepaid": "Prepaid"}


@dataclass(frozen=True)
class SampleLine:
    """One line as printed; amounts are decimal text."""

    sku: str
    name: str
    spec: str
    unit: str
    quantity: str
    unit_price: str
    amount: str


@dataclass(frozen=True)
class SampleOrder:
    """One order as printed."""

    number: str
    issued: date
    requested: date
    buyer: str
    contact: str
    phone: str
    receiver: str
    receiver_phone: str
    address: str
    terms: str
    lines: tuple[SampleLine, ...]
    total: str


def wide_sample(seed: int) -> SampleOrder:
    """Draw an order of 3 to 12 lines at the larger company."""
    return sample(seed, 3 + seed * 7 % 10, company.wide())


def sample(seed: int, lines: int = 5, catalogue: Catalogue | None = None) -> SampleOrder:
    """Draw an order; seed 0 is the customer's own example (A-1001, 1,000 pieces at 12.50)."""
    rng = random.Random(seed)
    catalogue = catalogue or company.catalogue()
    customers = list(catalogue.customers.values())
    customer = customers[seed % len(customers)]
    issued = date(2026, 11, 2) + timedelta(days=rng.randrange(0, 60))
    codes = ["A-1001", *rng.sample(sorted(set(catalogue.skus) - {"A-1001"}), lines - 1)]
    if seed:
        rng.shuffle(codes)
    drawn = tuple(_line(rng, catalogue, code, first=seed == 0 and code == "A-1001") for code in codes)
    total = sum(int(line.amount.replace(".", "")) for line in drawn)
    return SampleOrder(
        number=f"PO-{issued.year}{issued.month:02d}{rng.randrange(1, 32):02d}-{rng.randrange(1, 999):03d}",
        issued=issued,
        requested=issued + timedelta(days=rng.randrange(5, 40)),
        buyer=customer.name,
        contact=customer.contacts[0],
        phone=customer.phones[0],
        receiver=rng.choice(("王建国", "刘洋", "赵敏", "吴晓东", "孙倩")),
        receiver_phone="13" + "".join(rng.choice("0123456789") for _ in range(9)),
        address=customer.addresses[0][1],
        terms=customer.payment_terms or "",
        lines=drawn,
        total=fen_text(total),
    )


def _line(rng: random.Random, catalogue: Catalogue, code: str, *, first: bool) -> SampleLine:
    entry = catalogue.skus[code]
    quantity = parse_micro("1000" if first else str(rng.choice((5, 8, 12, 20, 36, 50, 75, 100, 150, 240, 500, 1200))))
    listed = entry.list_price or 0
    price = listed if first or rng.random() < 0.7 else listed * rng.choice((90, 95, 98)) // 100
    return SampleLine(
        sku=code,
        name=entry.name,
        spec=entry.spec or "",
        unit=entry.unit,
        quantity=quantity_text(quantity),
        unit_price=price_text(price),
        amount=fen_text(line_amount_fen(quantity, price)),
    )


_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def in_capitals(amount: str) -> str:
    """Write an amount in Chinese capitals: 12500.00 → 壹万贰仟伍佰元整."""
    whole, fraction = amount.split(".")
    text = _whole(int(whole)) + "元"
    jiao, fen = int(fraction[0]), int(fraction[1])
    if not jiao and not fen:
        return text + "整"
    text += _DIGITS[jiao] + "角" if jiao else "零"
    return text + (_DIGITS[fen] + "分" if fen else "整")


def _whole(number: int) -> str:
    if number >= 10_000:
        head, rest = divmod(number, 10_000)
        gap = "零" if rest and rest < 1000 else ""
        return _whole(head) + "万" + gap + (_whole(rest) if rest else "")
    text, zero = "", False
    for size, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = number // size % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + unit
        zero = not digit
    return text or "零"


def truth(order: SampleOrder) -> dict[str, str]:
    """Return what must be read, by path."""
    values = {
        "/number": order.number,
        "/issued_at": order.issued.isoformat(),
        "/buyer/name": order.buyer,
        "/buyer/contact/name": order.contact,
        "/buyer/contact/phone": order.phone,
        "/ship_to/contact/name": order.receiver,
        "/ship_to/contact/phone": order.receiver_phone,
        "/ship_to/address/text": order.address,
        "/requested_date": order.requested.isoformat(),
        "/payment_terms": order.terms,
        "/totals/payable": order.total,
    }
    for index, line in enumerate(order.lines):
        for name in ("sku", "name", "spec", "quantity", "unit", "unit_price", "amount"):
            values[f"/lines/{index}/{name}"] = getattr(line, name)
    return values
