"""Orders in plain words: the body of a mail, a chat message → drafts (read, the second step of an order's way).

Labelled lines (订单号：…), lines of goods (A-1001 x 100 @12.50), sentences (要1000个A型接头，月底前送到苏州工厂) and
pasted tables. What two readings fit is asked, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from intake import goods, who
from intake.clean import clean
from intake.compose import Composer
from intake.fields import values
from intake.fields.labels import PRODUCT_KINDS, kind_of
from intake.find import find_products
from intake.match import index_of, nearest_skus
from intake.numeral import decimal_text
from intake.readers.columns import grid_items
from intake.sentence import counted_in, item, statements
from intake.when import Day, find_days
from orders.draft import DraftOrder, ReadResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intake.match import Index
    from orders.catalogue import Catalogue, CustomerEntry

MAX_CHARS = 200_000
MAX_LINES = 5_000
MAX_LINE_CHARS = 1_000  # a longer one is read in pieces
MAX_GOODS = 1_000

_LABEL = re.compile(r"([A-Za-z\u4e00-\u9fff][A-Za-z\u4e00-\u9fff .#()（）]{0,19}?)\s*[:：]\s*")
_PRODUCT_LABELS = {"型号": "sku", "编码": "sku", "产品": "name", "商品": "name", "物料": "name", "货品": "name"}
_NUMBERING = re.compile(r"^\s*(?:[(（]?\d{1,3}[)）、](?!\d)|\d{1,3}\.(?=\s|\D)|[①-⑳]|[-*•·])\s*")
_TO = re.compile(r"(?:送到|送至|送货到|发到|发往|发至|寄到|寄往|运到|运至|配送到|交到)\s*([^\s，,。；;！!]{2,80})")
_DELIVERY = re.compile(r"送|交|到货|发货|发出|要货|需要|前|收到|交期|要")
_TERMS = re.compile(r"月结|账期|款到发货|预付|货到付款|现结|到付|先款后货")
_URGENT = re.compile(r"加急|急单|特急|急用|紧急")
_VERBS = re.compile(
    r"^(?:请|帮|给|我们?|我司|麻烦|另外?|再|还|客户|需要?|想|要|来|订购?|买|采购|购买|下单|发货?|加|各|安排)+"
)
_CURRENCIES = (
    ("USD", re.compile(r"USD|US\$|美元|美金", re.IGNORECASE)),
    ("EUR", re.compile(r"EUR|€|欧元", re.IGNORECASE)),
    ("HKD", re.compile(r"HKD|HK\$|港币|港元", re.IGNORECASE)),
    ("CNY", re.compile(r"CNY|RMB|人民币|[¥￥]|\d\s*元|元/", re.IGNORECASE)),
)


@dataclass
class _Said:
    """What one order's lines say, sorted by what it is about."""

    labels: dict[str, list[str]] = field(default_factory=dict)
    goods: list[goods.Words] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    address: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    product: dict[str, str] = field(default_factory=dict)

    def label(self, *kinds: str) -> str | None:
        return next((self.labels[kind][0] for kind in kinds if self.labels.get(kind)), None)


def read_text(text: str, catalogue: Catalogue, *, today: date | None = None, sender: str | None = None) -> ReadResult:
    """Read a message into drafts, one for each order number in it; none if it names no goods.

    ``today`` is the day that 月底 and 下周三 count from; ``sender`` the mail address it came from.
    """
    drafts = read_lines(text[:MAX_CHARS].replace("\r\n", "\n").split("\n"), catalogue, today=today, sender=sender)
    return ReadResult(kind="text", pages=1, quality={}, orders=tuple(drafts))


def read_lines(
    lines: Sequence[str], catalogue: Catalogue, *, today: date | None = None, sender: str | None = None
) -> list[DraftOrder]:
    """Read lines, the cells of a table apart by tabs, into drafts."""
    index = index_of(catalogue)
    cleaned = _cleaned(lines[:MAX_LINES])
    return [draft for part in _parts(cleaned) if (draft := _draft(part, index, today, sender))]


def _cleaned(lines: Sequence[str]) -> list[str]:
    cut = (line[at : at + MAX_LINE_CHARS] for line in lines for at in range(0, max(len(line), 1), MAX_LINE_CHARS))
    cleaned = ("\t".join(clean(cell) or "" for cell in line.strip(" ").split("\t")) for line in cut)
    return [line for line in cleaned if line.strip()]


def _parts(lines: list[str]) -> list[list[str]]:
    """Cut the lines where a further order number begins; what stands before the first belongs to each."""
    starts: dict[str, int] = {}
    for place, line in enumerate(lines):
        for kind, value in _labelled(line):
            if kind == "number":
                starts.setdefault(value, place)
    if len(starts) < 2:
        return [lines]
    places = [*sorted(starts.values()), len(lines)]
    return [lines[: places[0]] + lines[start:end] for start, end in pairwise(places)]


def _draft(lines: list[str], index: Index, today: date | None, sender: str | None) -> DraftOrder | None:
    composer = Composer()
    text = "\n".join(lines)
    evidence = who.Evidence(text=text, sender=sender)
    said = _read_lines(lines, index, today, _likely(lines, evidence, index))
    if not said.goods:
        return None
    evidence.name = said.label("buyer")
    contact = said.label("buyer_contact", "contact")
    if evidence.name and not contact and _is_contact(evidence.name, index):
        contact, evidence.name = evidence.name, None
    evidence.contact = values.without_phone(contact) if contact else None
    evidence.phone = values.phone(contact or "") or values.phone(said.label("buyer_phone", "phone") or "")
    if evidence.phone is None and not said.label("ship_contact", "ship_phone"):
        evidence.phone = values.phone(text)
    customer = who.buyer(composer, evidence, index)
    _head(composer, said, text)
    _delivery(composer, said, customer, index)
    for words in said.goods[:MAX_GOODS]:
        goods.add_line(composer, words, index, customer)
    for line in said.unread:
        composer.warn(f"这一行没有读懂，请核对：{line[:80]}")
    return composer.draft()


def _likely(lines: list[str], evidence: who.Evidence, index: Index) -> CustomerEntry | None:
    """Return the customer whose own part numbers may be read: named in full, or the sender."""
    named = next((value for line in lines for kind, value in _labelled(line) if kind == "buyer"), None)
    probe = who.Evidence(text=evidence.text, name=named, sender=evidence.sender)
    return who.buyer(Composer(), probe, index)


def _is_contact(name: str, index: Index) -> bool:
    return any(name in entry.contacts for entry in index.catalogue.customers.values())


def _read_lines(lines: list[str], index: Index, today: date | None, customer: CustomerEntry | None) -> _Said:
    said = _Said()
    rows, others = grid_items([line.split("\t") for line in lines], index, customer)
    said.goods += rows
    for line in others:
        plain = _NUMBERING.sub("", line.replace("\t", " "))
        labelled = _labelled(plain)
        if labelled:
            for kind, value in labelled:
                _take_label(said, kind, value, index, today)
        else:
            _take_sentence(said, plain, index, today, customer)
    _close_product(said, index)
    return said


def _labelled(line: str) -> list[tuple[str, str]]:
    """Return (kind, value) for each known label; empty if the line does not begin with one."""
    found = [label for match in _LABEL.finditer(line) if (label := _label(match))]
    if not found or found[0][0] > 0:
        return []
    ends = [start for start, _, _ in found[1:]] + [len(line)]
    return [(kind, line[behind:end].strip(" ;；，,|")) for (_, behind, kind), end in zip(found, ends, strict=True)]


def _label(match: re.Match[str]) -> tuple[int, int, str] | None:
    """Return where a label starts and its value begins, and its kind: the last words before the colon that mean one."""
    words = match[1].split(" ")
    for first in range(len(words)):
        kind = _kind(" ".join(words[first:]).strip())
        if kind:
            return match.end(1) - len(" ".join(words[first:])), match.end(), kind
    return None


def _kind(label: str) -> str | None:
    return _PRODUCT_LABELS.get(label) or kind_of(label)


def _take_label(said: _Said, kind: str, value: str, index: Index, today: date | None) -> None:
    if not value:
        return
    if kind in PRODUCT_KINDS:
        if kind in said.product or (kind in {"sku", "name"} and "quantity" in said.product):
            _close_product(said, index)
        said.product[kind] = value
    elif kind == "requested":
        said.days += find_days(value, today) or [Day(value, 0, len(value), None)]
    elif kind in {"ship_address", "address"}:
        said.address.append(value)
    elif kind == "terms":
        said.terms.append(value)
    else:
        said.labels.setdefault(kind, []).append(value)


def _close_product(said: _Said, index: Index) -> None:
    """Turn 型号：… 数量：… 单价：… into one line of goods."""
    product, said.product = said.product, {}
    if not {"sku", "name"} & set(product):
        said.unread += [" ".join(product.values())] if product else []
        return
    counted = values.quantity(product.get("quantity", ""))
    written = " ".join(product.get(kind, "") for kind in ("sku", "name", "spec")).strip()
    found = item(written, find_products(written, index), index.specs)
    said.goods.append(
        goods.Words(
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


def _take_sentence(said: _Said, line: str, index: Index, today: date | None, customer: CustomerEntry | None) -> None:
    address = _TO.search(line)
    if address and not find_products(address[1], index):
        said.address.append(address[1].strip(" ：:"))
        line = line[: address.start(1)] + line[address.end(1) :]
    days = find_days(line, today)
    if days and _DELIVERY.search(line):
        said.days += days
    for day in days:
        line = line[: day.start] + " " * (day.end - day.start) + line[day.end :]
    if _TERMS.search(line):
        said.terms.append(line)
    taken = _take_goods(said, line, index, customer)
    if not (taken or address or days or _TERMS.search(line)) and re.search(r"\d", line) and not values.phone(line):
        said.unread.append(line)


def _take_goods(said: _Said, line: str, index: Index, customer: CustomerEntry | None) -> bool:
    """Read the goods of one line, statement by statement."""
    found: list[goods.Words] = []
    for statement in statements(line, index, customer):
        mentions = find_products(statement, index, customer)
        words = item(statement, mentions, index.specs) if mentions else _unknown(statement, index)
        found += [words] if words else []
    said.goods += found
    return bool(found)


def _unknown(part: str, index: Index) -> goods.Words | None:
    """Read a clause that counts something the catalogue does not have; None if it does not look like goods."""
    counted = counted_in(part)
    if len(counted) != 1 or decimal_text(counted[0].quantity) in {"1", None}:
        return None
    name = _VERBS.sub("", (part[: counted[0].start] + " " + part[counted[0].end :]).strip()).strip(" 的：:")
    if not 2 <= len(name) <= 40 or not nearest_skus(name, index, limit=1):
        return None
    return goods.Words(raw=part, name=name, quantity=counted[0].quantity, unit=counted[0].unit)


def _head(composer: Composer, said: _Said, text: str) -> None:
    number = said.label("number")
    if number:
        composer.put("/number", number[:64], number)
    if _URGENT.search(text):
        composer.put("/urgent", True, _URGENT.search(text).group())  # type: ignore[union-attr]
    for written in said.terms[:1]:
        word = values.terms(written)
        if word:
            composer.put("/payment_terms", word, written)
        else:
            composer.ask("/payment_terms", written[:64], written, "付款方式没有读懂，请核对")
    note = said.label("note")
    if note:
        composer.put("/note", note[:2000], note)
    _currency(composer, text, said.label("currency") or "")


def _currency(composer: Composer, text: str, label: str) -> None:
    found = [code for code, pattern in _CURRENCIES if pattern.search(f"{label}\n{text}")]
    if len(found) == 1:
        composer.put("/currency", found[0], label or found[0])
    elif found:
        composer.ask("/currency", None, label, "写了几种币种，请选择", among=tuple(found))
    else:
        composer.put("/currency", "CNY", "", confidence=0.9, why="没有写币种，按人民币")


def _delivery(composer: Composer, said: _Said, customer: CustomerEntry | None, index: Index) -> None:
    days = {day.day: day for day in said.days}
    certain = [day for day in days if day is not None]
    if len(certain) == 1:
        composer.put("/requested_date", certain[0].isoformat(), days[certain[0]].raw)
    elif certain:
        among = tuple(day.isoformat() for day in sorted(certain))
        composer.ask(
            "/requested_date", None, "；".join(day.raw for day in said.days), "写了几个日期，请选择", among=among
        )
    elif days:
        composer.ask("/requested_date", None, days[None].raw, "日期说不准，请选择")
    written = said.address[0] if said.address else None
    receiver = said.label("ship_contact")
    address, name, phone = _split_address(written)
    who.ship_to(composer, address, customer, index)
    named = values.without_phone(receiver) if receiver else name
    who.receiver(composer, named, values.phone(receiver or said.label("ship_phone") or "") or phone)


def _split_address(written: str | None) -> tuple[str | None, str | None, str | None]:
    """Take a receiver's name and phone off the end of an address: …星湖街328号 王工 13900139000."""
    phone = values.phone(written or "")
    if not written or not phone:
        return written, None, None
    parts = re.split(r"[\s,，、]+", values.without_phone(written))
    named = parts[-1] if len(parts) > 1 and re.fullmatch(r"[\u4e00-\u9fff]{2,4}", parts[-1]) else None
    return " ".join(parts[:-1] if named else parts), named, phone
