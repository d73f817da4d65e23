"""Add up what a message says and compare it with its own totals: real files lie about them, one in six.

The sender's totals stay; ours stand beside them where they differ, and the difference is named for the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from intake.readers.standards.word import NOTHING, Word, number, plain, rounded

if TYPE_CHECKING:
    from intake.readers.standards.taken import Taken

_CENT = Decimal("0.01")


@dataclass
class LineSum:
    """One line's numbers as far as they are written."""

    quantity: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    discount: Decimal = Decimal(0)
    charge: Decimal = Decimal(0)

    def computed(self) -> Decimal | None:
        """Return quantity × price − discount + charge, unrounded."""
        if self.quantity is None or self.price is None:
            return None
        return self.quantity * self.price - self.discount + self.charge

    def worth(self) -> Decimal | None:
        """Return the written amount, else the computed one."""
        computed = self.computed()
        return self.amount if self.amount is not None else None if computed is None else rounded(computed, 2)


def priced_by(taken: Taken, at: str, found: LineSum, unit: Word, written: Word) -> None:
    """Settle a price for another ``unit`` than the ordered one: by the line's amount, else a person is asked."""
    found.price = None
    taken.attribute("price_unit", unit, at)
    if found.amount and found.quantity:
        whole = Word(plain(found.amount), f"{at}/amount ÷ {plain(found.quantity)}")
        taken.price(f"{at}/unit_price", whole, found.quantity)
    elif written:
        ordered = taken.value(f"{at}/unit")
        why = f"单价按 {unit.text} 计，数量按 {ordered} 计，请核对"
        taken.ask(f"{at}/unit_price", None, written.text, why)


@dataclass
class Tally:
    """Collects the sums of one order."""

    lines: list[LineSum] = field(default_factory=list)
    goods: Word = NOTHING
    discount: Word = NOTHING
    charge: Word = NOTHING
    tax: Word = NOTHING
    payable: Word = NOTHING
    net: Word = NOTHING
    prepaid: Word = NOTHING
    rounding: Word = NOTHING
    line_count: Word = NOTHING
    quantity_total: Word = NOTHING
    sub_lines: int = 0

    def write(self, taken: Taken) -> None:
        """Write the stated totals into the order and name every difference from ours."""
        for name in ("goods", "discount", "tax", "payable"):
            taken.amount(f"/totals/{name}", getattr(self, name))
        taken.amount("/totals/shipping", self.charge)
        taken.attribute("prepaid", self.prepaid)
        taken.attribute("rounding", self.rounding)
        self._lines(taken)
        self._goods(taken)
        self._payable(taken)
        self._counts(taken)

    def _lines(self, taken: Taken) -> None:
        for index, line in enumerate(self.lines, 1):
            computed = line.computed()
            if line.amount is not None and computed is not None and abs(line.amount - computed) > _CENT:
                taken.differ("line_amount", f"第 {index} 行 {plain(line.amount, 2)}", plain(rounded(computed, 2), 2))

    def summed(self) -> Decimal | None:
        """Return what the lines are worth together; None where one does not say it."""
        worths = [line.worth() for line in self.lines]
        known = [worth for worth in worths if worth is not None]
        return sum(known, Decimal(0)) if worths and len(known) == len(worths) else None

    def _goods(self, taken: Taken) -> None:
        stated, summed = number(self.goods.text), self.summed()
        if stated is not None and summed is not None and abs(stated - summed) > _CENT:
            taken.differ("goods", plain(stated, 2), plain(summed, 2))

    def _payable(self, taken: Taken) -> None:
        stated = number(self.payable.text)
        goods = number(self.goods.text)
        goods = self.summed() if goods is None else goods
        if stated is None or goods is None:
            return
        discount, charge, tax, prepaid, rounding = (
            number(word.text) or Decimal(0)
            for word in (self.discount, self.charge, self.tax, self.prepaid, self.rounding)
        )
        ours = goods - discount + charge + tax - prepaid + rounding
        without_tax = ours - tax  # a total that the standard lets be before tax
        if abs(stated - ours) > _CENT and (abs(stated - without_tax) > _CENT or not self.net):
            taken.differ("payable", plain(stated, 2), plain(rounded(ours, 2), 2))
            taken.attribute("computed_payable", Word(plain(rounded(ours, 2), 2), "各项之和"))
        elif prepaid or rounding:  # what is still to be paid is not what the order is worth
            taken.attribute("amount_due", self.payable)
            worth = plain(rounded(stated + prepaid - rounding, 2), 2)
            taken.amount("/totals/payable", Word(worth, f"{self.payable.at} + 预付 − 尾差"))

    def _counts(self, taken: Taken) -> None:
        stated, found = number(self.line_count.text), len(self.lines)
        if stated is not None and stated not in (found, found + self.sub_lines):
            taken.differ("line_count", self.line_count.text, str(found))
        total = number(self.quantity_total.text)
        quantities = [line.quantity for line in self.lines if line.quantity is not None]
        ours = sum(quantities, Decimal(0))
        if total is not None and len(quantities) == found and total != ours:
            taken.differ("quantity_total", self.quantity_total.text, plain(ours))
