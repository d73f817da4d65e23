"""Header values that no label names: told by their own shape or by the customer's file; always for a person to confirm.

Runs after `parties` and `buyer`. A known customer's phone, contact or address is that customer's wherever it stands;
a date, a payment term or a number of an order's shape is taken only when the page has one of its kind left.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from intake.fields import values, words
from intake.fields.found import Found, OrderFound
from intake.fields.parties import consignee, number, of_a_part, person
from intake.known.match import key
from intake.values.clean import clean_phone
from ocr.layout.rows import Cell
from orders.money import fen_text, parse_fen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from intake.fields.view import View
    from ocr.page import Word
    from orders.catalogue import CustomerEntry

_NUMBER, _ISSUED, _REQUESTED, _TERMS = "/number", "/issued_at", "/requested_date", "/payment_terms"
_PHONE, _CONTACT = "/buyer/contact/phone", "/buyer/contact/name"
_ADDRESS, _TO_PHONE = "/ship_to/address/text", "/ship_to/contact/phone"
_TOTAL = "/totals/payable"
_EXTRA = ("/totals/tax", "/totals/shipping")
_ORDER_NUMBER = re.compile(
    r"(?:PO|SO|CG|DD|HT|XS|PR|P\.O\.)[-_#:：. ]?[A-Z]{0,3}\d[\dA-Z]*(?:[-_/][\dA-Z]+)*\Z", re.IGNORECASE
)
_TERMS_SAID = re.compile(r"月结|货到付款|款到发货|现结|预付|账期|\bnet\s*\d|\bprepaid\b|\bcod\b", re.IGNORECASE)
_PLACE = re.compile(r"(?:省|市|自治区).{0,20}(?:区|县|镇|路|街|道|号)")
_LABEL = re.compile(r"^[^:：]{0,14}[:：]\s*")


def fill(order: OrderFound, views: list[View], customer: CustomerEntry | None) -> None:
    """Fill what is still missing of the header."""
    loose = [(word, view.page.number) for view in views for word in _outside(view)]
    if customer is not None:
        _from_file(order, loose, customer)
    _first(order, _NUMBER, loose, lambda text: number(text) if _ORDER_NUMBER.match(values.half(text)) else None)
    _first(order, _TERMS, loose, lambda text: values.terms(text) if _TERMS_SAID.search(text) else None)
    _first(order, _ADDRESS, loose, _address)
    _phones(order, loose, customer)
    _day_of_lines(order)
    _days(order, loose)
    _sum(order, views)


def _outside(view: View) -> Iterator[Word]:
    """Yield the words that stand in no table."""
    for row in view.rows:
        if not any(table.top - 1 <= row.y <= table.bottom for table in view.tables):
            yield from row.words


def _open(order: OrderFound, path: str) -> bool:
    return path not in order.header or order.header[path].value is None


def _take(order: OrderFound, path: str, value: str, word: Word, page: int) -> None:
    order.header[path] = Found(value, Cell((word,)), page, doubts=[words.GUESSED_PLACE], named=False)


def _from_file(order: OrderFound, loose: list[tuple[Word, int]], customer: CustomerEntry) -> None:
    """Give the customer's own phone, contact and address to the party that they belong to."""
    phones = frozenset(filter(None, map(clean_phone, customer.phones)))
    reads: tuple[tuple[str, Callable[[str], str | None]], ...] = (
        (_PHONE, lambda text: found if (found := values.phone(text)) in phones else None),
        (_CONTACT, lambda text: found if (found := person(_LABEL.sub("", text))) in customer.contacts else None),
        (_ADDRESS, lambda text: _known_address(text, customer)),
    )
    for path, read in reads:
        if not _open(order, path):
            continue
        for word, page in loose:
            value = read(word.text)
            if value is not None:
                order.header[path] = Found(value, Cell((word,)), page, proofs=[words.CUSTOMER_DATA], named=False)
                break


def _known_address(text: str, customer: CustomerEntry) -> str | None:
    known = {key(address): address for _, address in customer.addresses}
    return known.get(key(_LABEL.sub("", text)))


def _first(order: OrderFound, path: str, loose: list[tuple[Word, int]], read: Callable[[str], str | None]) -> None:
    """Take the value that one word alone may be; two different ones are none."""
    if not _open(order, path):
        return
    found = {value: (word, page) for word, page in reversed(loose) if (value := read(_LABEL.sub("", word.text)))}
    if len(found) == 1:
        value, (word, page) = found.popitem()
        _take(order, path, value, word, page)


def _address(text: str) -> str | None:
    if not _PLACE.search(text):
        return None
    return consignee(text).get("ship_address") or values.name(values.without_phone(text))


def _phones(order: OrderFound, loose: list[tuple[Word, int]], customer: CustomerEntry | None) -> None:
    """Take the receiver's phone: the only one that is neither the buyer's nor beside a seller's label."""
    if not _open(order, _TO_PHONE):
        return
    known = {order.header[path].value for path in (_PHONE,) if path in order.header}
    known |= set(filter(None, map(clean_phone, customer.phones))) if customer else set()
    mobiles = {
        value: (word, page)
        for word, page in loose
        if (value := values.phone(word.text)) and value.startswith("1") and value not in known
    }
    if len(mobiles) == 1 and known:
        value, (word, page) = mobiles.popitem()
        _take(order, _TO_PHONE, value, word, page)


def _day_of_lines(order: OrderFound) -> None:
    """Take the day that every line wants as the order's, where the order itself names none."""
    days = [line["requested_date"] for line in order.lines if "requested_date" in line]
    if _open(order, _REQUESTED) and len(days) == len(order.lines) and len({day.value for day in days}) == 1:
        order.header[_REQUESTED] = Found(days[0].value, days[0].cell, days[0].page)


def _days(order: OrderFound, loose: list[tuple[Word, int]]) -> None:
    """Take days that are left over: of two the earlier is the order's, the later the delivery's."""
    missing = [path for path in (_ISSUED, _REQUESTED) if _open(order, path)]
    if not missing:
        return
    taken = {order.header[path].value for path in (_ISSUED, _REQUESTED) if not _open(order, path)}
    days = {day: (word, page) for word, page in loose if (day := values.day(word.text)) and day not in taken}
    ordered = sorted(days)
    if len(missing) == 1 and len(ordered) == 1:
        known = next(iter(taken))
        if known is None or (ordered[0] > known) is (missing[0] == _ISSUED):
            return
    elif len(missing) != 2 or len(ordered) not in {1, 2}:
        return
    for path, day in zip(missing, ordered, strict=False):
        _take(order, path, day, *days[day])


def _other_sum(order: OrderFound, wanted: str) -> None:
    """Take another, larger amount that stands as a total where the lines add up to it: the first was without tax.

    A smaller one may be a page's subtotal that lines which were lost do not disturb, unless it stands in the same row:
    then the first is the sum of the quantities.
    """
    known = order.header[_TOTAL]
    extra = sum(parse_fen(order.header[path].value or "0") for path in _EXTRA if path in order.header)
    fitting = {wanted, fen_text(parse_fen(wanted) + extra)}
    if known.value in fitting:
        return
    larger = [
        found
        for found in order.sums
        if parse_fen(found.value or "0") > parse_fen(known.value or "0") or _in_one_row(found, known)
    ]
    found = next((found for found in larger if found.value in fitting), None)
    if found is not None:
        order.header[_TOTAL] = found


def _in_one_row(one: Found, other: Found) -> bool:
    places = [found.cell.words[0].at for found in (one, other) if found.cell.words]
    return (
        len(places) == 2
        and one.page == other.page
        and abs(places[0].middle[1] - places[1].middle[1]) < 0.6 * places[0].height
    )


def _sum(order: OrderFound, views: list[View]) -> None:
    """Take as the total the amount below the table that the lines add up to; their sum is its proof."""
    if not order.lines:
        return
    amounts = [line["amount"].value for line in order.lines if "amount" in line]
    if len(amounts) != len(order.lines) or None in amounts:
        return
    wanted = fen_text(sum(parse_fen(amount or "0") for amount in amounts))
    if not _open(order, _TOTAL):
        _other_sum(order, wanted)
        return
    for view in views:
        floor = max((table.bottom for table in view.tables), default=0.0)
        for row in view.rows:
            for word in row.words if row.y >= floor - 1 and not of_a_part(row) else ():
                if values.money(_LABEL.sub("", word.text)) == wanted:
                    order.header[_TOTAL] = Found(wanted, Cell((word,)), view.page.number, named=False)
                    return
