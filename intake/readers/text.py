"""Orders in plain words: the body of a mail, a chat message → drafts (read, the second step of an order's way).

Labelled lines (订单号：…), lines of goods (A-1001 x 100 @12.50), sentences (要1000个A型接头，月底前送到苏州工厂) and
pasted tables. What two readings fit is asked, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from intake import goods, who
from intake.clean import clean
from intake.compose import Composer
from intake.fields import values
from intake.match import index_of
from intake.readers.said import Said, labelled, listen
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

_URGENT = re.compile(r"加急|急单|特急|急用|紧急")
_CURRENCIES = (
    ("USD", re.compile(r"USD|US\$|美元|美金", re.IGNORECASE)),
    ("EUR", re.compile(r"EUR|€|欧元", re.IGNORECASE)),
    ("HKD", re.compile(r"HKD|HK\$|港币|港元", re.IGNORECASE)),
    ("CNY", re.compile(r"CNY|RMB|人民币|[¥￥]|\d\s*元|元/", re.IGNORECASE)),
)


def read_text(text: str, catalogue: Catalogue, *, today: date | None = None, sender: str | None = None) -> ReadResult:
    """Read a message into drafts, one for each order number in it; none if it names no goods.

    ``today`` is the day that 月底 and 下周三 count from; ``sender`` the mail address it came from.
    """
    drafts = read_lines(text.replace("\r\n", "\n").split("\n"), catalogue, today=today, sender=sender)
    return ReadResult(kind="text", pages=1, quality={}, orders=tuple(drafts))


def read_lines(
    lines: Sequence[str], catalogue: Catalogue, *, today: date | None = None, sender: str | None = None
) -> list[DraftOrder]:
    """Read lines, the cells of a table apart by tabs, into drafts."""
    index = index_of(catalogue)
    kept = lines[:MAX_LINES]
    while sum(map(len, kept)) > MAX_CHARS:
        kept = kept[: len(kept) // 2]
    drafts = [draft for part in _parts(_cleaned(kept)) if (draft := _draft(part, index, today, sender))]
    if len(kept) < len(lines):
        warning = f"内容太长，只读了前 {len(kept)} 行，其余请手工核对"
        return [replace(draft, warnings=(*draft.warnings, warning)) for draft in drafts]
    return drafts


def _cleaned(lines: Sequence[str]) -> list[str]:
    cut = (line[at : at + MAX_LINE_CHARS] for line in lines for at in range(0, max(len(line), 1), MAX_LINE_CHARS))
    cleaned = ("\t".join(clean(cell) or "" for cell in line.strip(" ").split("\t")) for line in cut)
    return [line for line in cleaned if line.strip()]


def _parts(lines: list[str]) -> list[list[str]]:
    """Cut the lines where a further order number begins; what stands before the first belongs to each."""
    starts: dict[str, int] = {}
    for place, line in enumerate(lines):
        for kind, value in labelled(line):
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
    said = listen(lines, index, today, _likely(lines, evidence, index))
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
    if len(said.goods) > MAX_GOODS:
        composer.warn(f"一张订单最多 {MAX_GOODS} 行，第 {MAX_GOODS} 行以后的没有读，请拆分")
    for line in said.unread:
        composer.warn(f"这一行没有读懂，请核对：{line[:80]}")
    return composer.draft()


def _likely(lines: list[str], evidence: who.Evidence, index: Index) -> CustomerEntry | None:
    """Return the customer whose own part numbers may be read: named in full, or the sender."""
    named = next((value for line in lines for kind, value in labelled(line) if kind == "buyer"), None)
    probe = who.Evidence(text=evidence.text, name=named, sender=evidence.sender)
    return who.buyer(Composer(), probe, index)


def _is_contact(name: str, index: Index) -> bool:
    return any(name in entry.contacts for entry in index.catalogue.customers.values())


def _head(composer: Composer, said: Said, text: str) -> None:
    number = said.label("number")
    if number:
        composer.put("/number", number, number)
    if _URGENT.search(text):
        composer.put("/urgent", True, _URGENT.search(text).group())  # type: ignore[union-attr]
    for written in said.terms[:1]:
        word = values.terms(written)
        if word:
            composer.put("/payment_terms", word, written)
        else:
            composer.ask("/payment_terms", written, written, "付款方式没有读懂，请核对")
    note = said.label("note")
    if note:
        composer.put("/note", note, note)
    _currency(composer, text, said.label("currency") or "")


def _currency(composer: Composer, text: str, label: str) -> None:
    found = [code for code, pattern in _CURRENCIES if pattern.search(f"{label}\n{text}")]
    if len(found) == 1:
        composer.put("/currency", found[0], label or found[0])
    elif found:
        composer.ask("/currency", None, label, "写了几种币种，请选择", among=tuple(found))
    else:
        composer.put("/currency", "CNY", "", confidence=0.9, why="没有写币种，按人民币")


def _delivery(composer: Composer, said: Said, customer: CustomerEntry | None, index: Index) -> None:
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
