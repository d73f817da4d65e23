"""What the lines of a message say, sorted by what they are about: labelled values, goods, days, places.

The ear of `intake/readers/text.py`, which weighs what is heard here against the customer file and writes the draft.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.fields import values
from intake.fields.labels import PRODUCT_KINDS
from intake.known.find import find_products
from intake.known.place import find_place
from intake.known.who import without_names
from intake.readers.columns import grid_items
from intake.readers.labelled import labelled
from intake.speech.sentence import item
from intake.speech.talk import Talk
from intake.values.when import Day, find_days
from intake.values.words import Words

if TYPE_CHECKING:
    from datetime import date

    from intake.known.match import Index
    from intake.known.place import Where
    from orders.catalogue import CustomerEntry

_NUMBERS = re.compile(r"\d[\d,.]*")
_NUMBERING = re.compile(r"^\s*(?:[(（]?\d{1,3}[)）、](?!\d)|\d{1,3}\.(?=\s|\D)|[①-⑳]|[-*•·])\s*")
_DELIVERY = re.compile(r"送|交|到|发|要|前|内")
_NO_DELIVERY = re.compile(r"上次|上回|之前的|见面|开会|开票|发票|付款|打款|结算|对账|签[的订]|下的单|生日|放假|收到了")
_TERMS = re.compile(r"月结|账期|款到发货|预付|货到付款|现结|(?<!运费)(?<!快递)(?<!物流)(?<!邮费)到付|先款后货")
_FREIGHT = re.compile(r"(?:运费|快递|物流|邮费)到付")
_TERMS_WORDS = re.compile(r"(?:月结|账期)\s*\d{0,3}\s*天?")
_DAY_TAIL = re.compile(r"(?:之前|以前|前|之内|以内|内|左右)?")
_CLOCK = re.compile(rf"\s*(?:[上下中]午|早上|晚上)?\s*(?:\d{{1,2}}\s*(?:点半?|[:：]\d\d))?{_DAY_TAIL.pattern}")
_RECEIVED_BY = re.compile(r"[,，;；\s]+(?:找|交给?|由)\s*([\u4e00-\u9fff]{2,4}?)(?=\s*(?:[\d+,，;；]|收|\Z))")
_NUMBER = re.compile(
    r"(?<![A-Za-z\u4e00-\u9fff])(?:我[司方们]的?|本次|这次)?(?:(?:采购|订|客户)?单号码?|订单编?号|合同编?号|P\.?O\.?(?:\s*(?:No\.?|number|编?号码?|单号))?)"
    r"\s*(?:是|为|[#＃:：])*\s*([A-Za-z]{0,8}[-_/]?\d[A-Za-z0-9_/-]{3,30})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_RECEIVER = re.compile(r"[,，;；\s]*(?:收货人|收件人|联系人)\s*[:：]?\s*([\u4e00-\u9fff]{2,4})")
_MONTH_DAY = re.compile(r"(?<![\d-])(1[0-2]|0?[1-9])-(3[01]|[12]\d|0?[1-9])(?![\d-])")
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-?\d{7,8})(?!\d)")
_OF_SHIPPING = frozenset({"ship_contact", "ship_address", "ship_phone"})
_OF_ANYBODY = frozenset({"phone", "address"})
_SHIP_OWN = {"phone": "ship_phone"}
"""A phone behind a receiver is the receiver's."""
_PAST = re.compile(r"上次|上回|之前|以前|原来|参照|参考|昨天|上一?[张个]")
_FIX = re.compile(r"不对|错了|更正|改[成为到]|改一?下|换成|应该是|延[后期]到|提前到")


@dataclass
class Said:
    """What one order's lines say, sorted by what it is about."""

    labels: dict[str, list[str]] = field(default_factory=dict)
    goods: list[Words] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    address: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    product: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    same_place: str | None = None
    pickup: str | None = None
    receiver: str | None = None
    receiver_phone: str | None = None
    number: str | None = None

    def label(self, *kinds: str) -> str | None:
        """Return the first value under one of the labels, the first kind first."""
        return next((self.labels[kind][0] for kind in kinds if self.labels.get(kind)), None)

    def take_place(self, place: Where) -> None:
        """Keep what a line says about the place; the later word counts where it corrects."""
        if place.written:
            self.address.append(place.written)
        self.same_place = place.same or self.same_place
        self.pickup = place.pickup or self.pickup
        self.receiver = place.receiver or self.receiver


def listen(lines: list[str], index: Index, today: date | None, customer: CustomerEntry | None) -> Said:
    """Sort what the lines of one order say; nothing is weighed yet."""
    said = Said()
    rows, others = grid_items([line.split("\t") for line in lines], index, customer, today)
    said.goods += rows
    talk = Talk(index, customer, said.goods, said.notes)
    last = ""
    for line in others:
        plain = _NUMBERING.sub("", line.replace("\t", " "))
        pairs = labelled(plain)
        if pairs:
            for kind, value in pairs:
                own = _SHIP_OWN.get(kind, kind) if last in _OF_SHIPPING else kind
                _take_label(said, own, value, index, today)
                last = last if kind in _OF_ANYBODY else kind
        else:
            _take_sentence(said, talk, plain, index, today)
    _close_product(said, index)
    return said


def _take_label(said: Said, kind: str, value: str, index: Index, today: date | None) -> None:
    if not value:
        return
    if kind in PRODUCT_KINDS:
        if kind in said.product or (kind in {"sku", "name"} and "quantity" in said.product):
            _close_product(said, index)
        said.product[kind] = value
    elif kind == "requested":
        _take_requested(said, value, index, today)
    elif kind in {"ship_address", "address"}:
        receiver = _RECEIVER.search(value)
        if receiver:
            said.receiver = receiver[1]
            phone = values.phone(value)
            value = value[: receiver.start()] + (f" {phone}" if phone else "")
        _take_address(said, value, today)
    elif kind == "terms":
        said.terms.append(value)
    else:
        said.labels.setdefault(kind, []).append(value)


def _take_address(said: Said, value: str, today: date | None) -> None:
    """Read the place behind 送货：, and the day and the receiver that people write beside it."""
    days = [day for day in find_days(value, today) if _stands_apart(value, day)]
    said.days += days
    rest = _blank(value, [(day.start, _CLOCK.match(value, day.end).end()) for day in days])  # type: ignore[union-attr]
    if days and (named := _RECEIVED_BY.search(rest)):
        said.receiver = said.receiver or named[1]
        rest = rest[: named.start()] + " " + rest[named.end(1) :]
    said.address.append(re.sub(r"\s+", " ", rest).strip(" ,，") if days else value.strip(" ,，"))


def _stands_apart(text: str, day: Day) -> bool:
    """Say whether a day is none of the numbers of an address: 88号, 12号楼."""
    own = not text[: day.start].strip() or text[day.start - 1] in " ,，;；"
    return own and re.fullmatch(r"\d{1,4}\s*[号日]?", day.raw) is None


def _take_requested(said: Said, value: str, index: Index, today: date | None) -> None:
    """Read the day behind 交期：, written as 12-05 too; goods behind it are goods."""
    plain = _MONTH_DAY.sub(r"\1/\2", value)
    days = find_days(plain, today)
    said.days += days or [Day(value, 0, len(value), None)]
    rest = _blank(plain, [(day.start, day.end) for day in days])
    if days and find_products(rest, index):
        Talk(index, None, said.goods, said.notes).hear(rest)


def _close_product(said: Said, index: Index) -> None:
    """Turn 型号：… 数量：… 单价：… into one line of goods."""
    product, said.product = said.product, {}
    if not {"sku", "name"} & set(product):
        said.unread += [" ".join(product.values())] if product else []
        return
    said_number = product.get("quantity", "")
    counted = values.quantity(said_number) if len(_NUMBERS.findall(said_number)) <= 1 else None
    written = " ".join(product.get(kind, "") for kind in ("sku", "name", "spec")).strip()
    found = item(written, find_products(written, index), index)
    said.goods.append(
        Words(
            raw=" ".join(product.values()),
            skus=found.skus,
            sure=found.sure,
            code=product.get("sku"),
            name=product.get("name"),
            spec=product.get("spec"),
            quantity=counted[0] if counted else None,
            unit=(counted[1] if counted else None) or product.get("unit"),
            unit_price=values.number(product.get("unit_price", "").split("/")[0]),
            amount=values.number(product.get("amount", "")),
            doubt=found.doubt,
        )
    )


def _take_sentence(said: Said, talk: Talk, line: str, index: Index, today: date | None) -> None:
    if (number := _NUMBER.search(line)) and not _PAST.search(line[: number.start()]):
        said.number = said.number or number[1]
        line = _blank(line, [number.span()])
    place = find_place(line, index)
    said.take_place(place)
    said.receiver_phone = _phone_behind(line, place.receiver) or said.receiver_phone
    told = [day for day in find_days(line, today) if not _inside(day, place.spans)]
    days = [day for day in told if _is_wanted(line, day, today)]
    fixed = [match.end() for match in _FIX.finditer(line)]
    later = [day for day in days if fixed and day.start >= fixed[-1]]
    if later:
        said.days, days = [], later
    said.days += days
    spent = [(day.start, _DAY_TAIL.match(line, day.end).end()) for day in told]  # type: ignore[union-attr]
    rest = _blank(line, [*place.spans, *spent])
    rest = without_names(_PHONE.sub(" ", rest), index)
    owed = _TERMS.search(line)
    if owed:
        said.terms.append(_FREIGHT.sub(" ", line))
        rest = _TERMS_WORDS.sub(" ", rest)
    heard = talk.hear(rest)
    if not (heard or place.spans or days or owed) and re.search(r"\d", rest) and not values.phone(line):
        said.unread.append(line)


def _phone_behind(line: str, receiver: str | None) -> str | None:
    """Return the phone number that stands right behind the receiver's name."""
    behind = line.partition(receiver)[2].lstrip(" ：:，,") if receiver else ""
    phone = _PHONE.match(behind)
    return phone.group() if phone else None


def _inside(day: Day, spans: tuple[tuple[int, int], ...]) -> bool:
    """Say whether a day is part of an address: 科华北路99号."""
    return any(start <= day.start and day.end <= end for start, end in spans)


def _is_wanted(line: str, day: Day, today: date | None) -> bool:
    """Say whether a day is one to deliver on, not one that a talk, a bill or an earlier order is about."""
    if day.day == today and line.strip(" 。.") == day.raw:  # the date below a letter
        return False
    if day.raw.startswith("今") and not _DELIVERY.search(line[day.end : day.end + 6]):
        return False
    around = _clause_around(line, day)
    if _NO_DELIVERY.search(around) and not _DELIVERY.search(line[day.end : day.end + 8]):
        return False
    return today is None or day.day is None or day.day >= today


def _clause_around(line: str, day: Day) -> str:
    """Return the words up to the next pause on both sides of a day."""
    before = re.split(r"[，,。；;！!\s]", line[: day.start])[-1]
    behind = re.split(r"[，,。；;！!\s]", line[day.end :])[0]
    return f"{before}{line[day.start : day.end]}{behind}"


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
