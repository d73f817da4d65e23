"""Who buys, who receives, where to, and the other values of the header.

Labels that say whose they are (收货人, 采购员) are simple; 联系人, 电话 and 地址 belong to the party whose
block they stand in: right of or below that party's own label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from intake.fields import values, words
from intake.fields.found import Found, OrderFound
from intake.fields.labels import kind_of
from ocr.layout.rows import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from intake.fields.view import View
    from ocr.layout.labels import Labelled
    from ocr.layout.rows import Row
    from ocr.page import Word

_HEADER: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "number": ("/number", lambda text: number(text)),
    "issued": ("/issued_at", values.day),
    "requested": ("/requested_date", values.day),
    "terms": ("/payment_terms", values.terms),
    "buyer": ("/buyer/name", lambda text: company(text)),
    "buyer_contact": ("/buyer/contact/name", lambda text: person(text)),
    "buyer_phone": ("/buyer/contact/phone", values.phone),
    "ship_address": ("/ship_to/address/text", lambda text: place(text)),
    "ship_contact": ("/ship_to/contact/name", lambda text: person(text)),
    "ship_phone": ("/ship_to/contact/phone", values.phone),
    "total": ("/totals/payable", values.money),
    "tax": ("/totals/tax", values.money),
    "shipping": ("/totals/shipping", values.money),
}
_PHONE_BESIDE = {"buyer_contact": "buyer_phone", "ship_contact": "ship_phone", "ship_address": "ship_phone"}
_ANCHORS = {
    "buyer": "buyer",
    "buyer_section": "buyer",
    "buyer_contact": "buyer",
    "seller": "seller",
    "seller_section": "seller",
    "seller_contact": "seller",
    "ship_section": "ship",
    "ship_address": "ship",
    "ship_contact": "ship",
}
_OPEN = frozenset({"contact", "phone", "address"})
_SHIP = frozenset({"ship_section", "ship_address", "ship_contact"})
_SPLIT = re.compile(r"[,，;；、/|\s]+")
_PLACE = re.compile(r"[省市区县镇乡路街道号栋楼]")
_PERSON = re.compile(r"^(?:收货人|联系人|收件人)?[:：]?([\u4e00-\u9fff]{2,4})(?:收|先生|女士)?$")
_TORN_PHONE = re.compile(r"[\s,，、/;；:：]+[\d\s-]+\Z")
_COMPANY = re.compile(
    r"公司|厂|店|商行|集团|医院|学校|中心|经营部|\b(?:co|ltd|inc|gmbh|llc|corp|company)\b", re.IGNORECASE
)
_NO_PLACE = re.compile(
    r"[，,;；。]\s*(?:运费|邮费|费用|货款|月结|款到|付款|结算|开票|发票|含税|质保|请|务必|如有|联系).*\Z"
)
"""What a sentence says behind the address: 送至…1188号，运费由供方承担，月结30天."""
_DAY_BEHIND = re.compile(r"(?<=[\u4e00-\u9fff)）])\s*20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?\Z")
_LEAST_ADDRESS = 6
_WORTH = 3.0
_PARTS = frozenset({"part_total", "goods_total"})
_BEHIND_NUMBER = re.compile(r"(?<=[A-Za-z0-9])(?:[)）](?=[,，;；。、]|\Z)|[,，;；。]|(?=[\u4e00-\u9fff]{2}))")
"""What ends a number that stands in a sentence: （订单号：PO-12），请予安排."""
_ZERO_IN_PREFIX = re.compile(r"^([PS])0(?=[-_/]?\d)")
"""PO and SO begin most order numbers; P0 and S0 are how OCR sees them. Shown with a doubt, both ways on offer."""


def number(text: str) -> str | None:
    """Return an order number: no blanks inside, at least one digit."""
    plain = _BEHIND_NUMBER.split(values.half(text).replace(" ", "").strip(":：.#"))[0]
    return plain if any(char.isdigit() for char in plain) and len(plain) <= 64 else None


def consignee(text: str) -> dict[str, str]:
    """Take a delivery line apart: 江苏省…328号，王工，13900139000 → address, contact, phone, as far as it has them."""
    found: dict[str, str] = {}
    phone = values.phone(text)
    if phone is not None:
        found["ship_phone"] = phone
    rest = [part for part in _SPLIT.split(values.without_phone(text)) if part.strip()]
    places = [part for part in rest if _PLACE.search(part) and len(part) >= _LEAST_ADDRESS]
    people = [part for part in rest if _PERSON.match(part) and part not in places]
    if len(places) == 1:
        found["ship_address"] = places[0].strip()
    if len(people) == 1:
        found["ship_contact"] = _PERSON.sub(r"\1", people[0])
    clear = len(places) <= 1 and len(people) <= 1 and len(places) + len(people) == len(rest)
    return found if clear else {}


def place(text: str) -> str | None:
    """Return an address without what a sentence goes on to say behind it."""
    return values.name(_NO_PLACE.sub("", text))


def company(text: str) -> str | None:
    """Return a company's name without the day that stands behind it on its row."""
    return values.name(_DAY_BEHIND.sub("", text))


def person(text: str) -> str | None:
    """Return a person's name without the phone that may stand beside it."""
    rest = values.name(_TORN_PHONE.sub("", values.without_phone(text)))
    return rest if rest and not rest.isdigit() else None


@dataclass(frozen=True)
class _Owned:
    """A label with its owner; ``named``: its own words say whose it is."""

    kind: str
    label: Labelled
    page: int
    named: bool = True


def header(views: list[View], order: OrderFound) -> None:
    """Fill the header values of one order; the first page that has a value wins."""
    for view in views:
        for item in _owned(view):
            _take(order, item)
        _capitals(view, order)
        _total_row(view, order)


def _take(order: OrderFound, item: _Owned) -> None:
    if not item.label.value.words:
        return
    if item.kind in _SHIP and len(parts := consignee(item.label.text)) > 1:
        for kind, value in parts.items():
            _keep(order, kind, item, lambda _, value=value: value)  # type: ignore[misc]
        return
    if item.kind == "buyer" and _is_person(item.label.text):
        item = replace(item, kind="buyer_contact")
    kind = "total" if item.kind == "capitals" and values.money(item.label.text) is not None else item.kind
    entry = _HEADER.get(kind)
    if entry is None:
        return
    path, read = entry
    phone = _PHONE_BESIDE.get(item.kind)
    if phone and values.phone(item.label.text) is not None:
        _keep(order, phone, item, values.phone)
    _keep(order, kind, item, read, path)


def _is_person(text: str) -> bool:
    """Say whether what stands behind Buyer is who bought, not for whom: a name of some letters and a phone number."""
    return values.phone(text) is not None and _COMPANY.search(text) is None


def _keep(
    order: OrderFound, kind: str, item: _Owned, read: Callable[[str], str | None], path: str | None = None
) -> None:
    path = path or _HEADER[kind][0]
    known = order.header.get(path)
    value = read(item.label.text)
    if kind == "total":
        order.sums += _sums(item)
    if known is not None and (known.value is not None or value is None):
        _compare(known, value)
        return
    found = Found(value, item.label.value, item.page, named=item.named)
    if value is None:
        found.doubt(words.NOT_UNDERSTOOD)
    elif path == "/number" and (usual := _ZERO_IN_PREFIX.sub(r"\1O", value)) != value:
        found = Found(usual, item.label.value, item.page, doubts=[words.LOOKALIKE], alternatives=[value])
    order.header[path] = found


def _sums(item: _Owned) -> list[Found]:
    """Return each amount behind a total's label: a sum row may have one without tax, the tax, and one with it."""
    words_ = item.label.value.words
    return [
        Found(value, Cell((word,)), item.page, named=item.named)
        for word in words_
        if (value := values.money(word.text)) is not None
    ]


def _compare(known: Found, again: str | None) -> None:
    """Note when the same thing stands on the paper twice."""
    if again is not None and again != known.value and again not in known.alternatives:
        known.alternatives.append(again)


def _owned(view: View) -> list[_Owned]:
    """Give each label its owner: open ones take the party of their block."""
    given = [label for label in view.labels if label.kind not in _OPEN]
    found = [_Owned(label.kind, label, view.page.number) for label in given]
    opened = sorted(
        (label for label in view.labels if label.kind in _OPEN), key=lambda item: (item.row, item.label.at.x0)
    )
    anchors = [(label, _ANCHORS[label.kind]) for label in given if label.kind in _ANCHORS]
    owners: list[tuple[Labelled, str]] = []
    for label in opened:
        party = _owner(label, anchors, owners, opened)
        owners.append((label, party))
        found.append(_Owned(f"{party}_{label.kind}", label, view.page.number, named=False))
    return found


def _owner(
    label: Labelled, anchors: list[tuple[Labelled, str]], owners: list[tuple[Labelled, str]], opened: list[Labelled]
) -> str:
    """Return the party of an open label: that of a label left of it on its row, else of the block it stands in."""
    twins = [other for other in opened if other is not label and other.kind == label.kind and other.row == label.row]
    left = [
        (known, party)
        for known, party in [*anchors, *owners]
        if known.row == label.row and known.label.at.x0 < label.label.at.x0
    ]
    if left and not twins:
        return max(left, key=lambda item: item[0].label.at.x0)[1]
    above = [(known, party) for known, party in [*anchors, *owners] if known.row < label.row]
    if not above:
        return "buyer"
    return min(above, key=lambda item: _distance(item[0], label))[1]


def _distance(above: Labelled, label: Labelled) -> float:
    """Measure how far a label stands from the one that may open its block; sideways counts more."""
    height = max(label.label.at.height, 1.0)
    down = (label.label.at.y0 - above.label.at.y0) / height
    aside = abs(label.label.at.x0 - above.label.at.x0) / height
    return down + _WORTH * max(0.0, aside - 1.0)


def _capitals(view: View, order: OrderFound) -> None:
    """Find amounts in Chinese capitals anywhere on the page."""
    for row in view.rows:
        for run in _runs(row.words):
            value = values.capitals("".join(word.text for word in run))
            if value is not None:
                order.capitals.append(Found(value, Cell(run), view.page.number))


def _runs(row: Iterable[Word]) -> Iterator[tuple[Word, ...]]:
    """Put words together where an amount in capitals goes on: the rule between two cells of a sum row cuts it."""
    run: tuple[Word, ...] = ()
    for word in row:
        if run and values.amount_goes_on(run[-1].text, word.text):
            run = (*run, word)
        else:
            yield run
            run = (word,)
    yield run


def _total_row(view: View, order: OrderFound) -> None:
    """Take the sum from the row that ends a table, or from （小写）, where no label has given it."""
    known = order.header.get("/totals/payable")
    rows = [table.tail for table in view.tables if table.tail is not None and not of_a_part(table.tail)]
    for word in _candidates(view, (word for row in rows for word in row.words)):
        value = values.money(word.text.rpartition("小写")[2].lstrip("）): "))
        if value is None:
            continue
        order.sums.append(Found(value, Cell((word,)), view.page.number))
        if known is None or known.value is None:
            order.header["/totals/payable"] = order.sums[-1]


def of_a_part(row: Row) -> bool:
    """Say whether a row sums a page or a part of the order only."""
    return any(kind_of(re.split(r"[\d¥:]", word.text, maxsplit=1)[0]) in _PARTS for word in row.words)


def _candidates(view: View, tail: Iterable[Word]) -> list[Word]:
    small = [word for row in view.rows for word in row.words if "小写" in word.text]
    return [*tail, *small]
