"""Orders in plain words: the body of a mail, a chat message → drafts (read, the second step of an order's way).

Labelled lines (订单号：…), lines of goods (A-1001 x 100 @12.50), sentences (要1000个A型接头，月底前送到苏州工厂) and
pasted tables. What two readings fit is asked, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from intake.fields import values
from intake.known import goods, who
from intake.known.match import index_of
from intake.readers.labelled import labelled
from intake.readers.said import Said, listen
from intake.readers.several import split_orders
from intake.readers.titles import is_title_row
from intake.readers.turns import speeches
from intake.values.clean import clean
from intake.values.compose import Composer
from intake.values.currency import currencies_in
from intake.values.remarks import remarks_on
from intake.values.script import one_script
from orders.draft import DraftOrder, FieldStatus, ReadResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intake.known.match import Index
    from orders.catalogue import Catalogue, CustomerEntry

MAX_CHARS = 200_000
MAX_TALK_CHARS = 40_000
"""Of lines that are no table's: 0.1 ms each of them. Nobody orders in so many words."""
MAX_LINES = 5_000
MAX_LINE_CHARS = 1_000  # a longer one is read in pieces
MAX_GOODS = 1_000

_VOICE = re.compile(
    r"语音(?:转文字|转写|消息|留言|输入)|录音(?:转写|文字)|^\[?语音\]?\s*\d|\bvoice (?:message|note|memo)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PHONE = re.compile(r"(?<![\dA-Za-z])(?:\+?86[- ]?)?(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)")
_URGENT = re.compile(
    r"加急|急单|特急|急急|急[!！]|[很挺好太]急|(?<!不)急用|(?<!不)紧急|(?<!不)着急|\burgent(?:ly)?\b|\basap\b|\brush\b",
    re.IGNORECASE,
)
_NO_HURRY = re.compile(r"[不没]\s*(?:着|很|太|那么)?急|not urgent|no rush", re.IGNORECASE)


def read_text(
    text: str, catalogue: Catalogue, *, today: date | None = None, sender: str | None = None, spoken: bool = False
) -> ReadResult:
    """Read a message into drafts, one for each order in it; none if it names no goods.

    ``today`` is the day that 月底 and 下周三 count from; ``sender`` the mail address it came from; ``spoken``: it is
    the transcript of a voice message (or says so itself), then every value is asked.
    """
    drafts = read_lines(text.replace("\r\n", "\n").split("\n"), catalogue, today=today, sender=sender)
    if not (spoken or _VOICE.search(text)):
        return ReadResult(kind="text", pages=1, quality={}, orders=tuple(drafts))
    return ReadResult(kind="text", pages=1, quality={"source": "voice"}, orders=tuple(map(_as_heard, drafts)))


def _as_heard(draft: DraftOrder) -> DraftOrder:
    """Ask for every value of a draft that was spoken: what was written down may not be what was said."""
    why = "来自语音，请核对"
    fields = tuple(replace(item, status=FieldStatus.CONFIRM, why=(*item.why, why)) for item in draft.fields)
    return replace(draft, fields=fields, warnings=(*draft.warnings, "来自语音转写：每个字段都要核对"))


def read_lines(
    lines: Sequence[str], catalogue: Catalogue, *, today: date | None = None, sender: str | None = None
) -> list[DraftOrder]:
    """Read lines, the cells of a table apart by tabs, into drafts."""
    index = index_of(catalogue)
    kept = _within(lines)
    parts = _parts(_cleaned(kept), index, today)
    drafts = [draft for part in parts if (draft := _draft(part, index, sender))]
    if len(kept) < len(lines):
        warning = f"内容太长，只读了前 {len(kept)} 行，其余请手工核对"
        return [replace(draft, warnings=(*draft.warnings, warning)) for draft in drafts]
    return drafts


def _within(lines: Sequence[str]) -> Sequence[str]:
    """Return as many lines from the first on as are read in seconds."""
    chars = talk = 0
    for number, line in enumerate(lines[:MAX_LINES]):
        chars += len(line)
        talk += 0 if "\t" in line else len(line)
        if chars > MAX_CHARS or talk > MAX_TALK_CHARS:
            return lines[:number]
    return lines[:MAX_LINES]


def _cleaned(lines: Sequence[str]) -> list[str]:
    cut = (line[at : at + MAX_LINE_CHARS] for line in lines for at in range(0, max(len(line), 1), MAX_LINE_CHARS))
    cleaned = ("\t".join(clean(one_script(cell)) or "" for cell in line.strip(" ").split("\t")) for line in cut)
    return [line for line in cleaned if line.strip()]


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of one order, the day they count from, and who said them where a chat tells."""

    lines: list[str]
    today: date | None
    speaker: str | None = None


def _parts(lines: list[str], index: Index, today: date | None) -> list[_Part]:
    """Cut a message where a further order begins, a copied chat by who says what."""
    said = speeches(lines, index)
    if not said:
        return [_Part(part, today) for part in split_orders(lines, index)]
    return [
        _Part(part if part[0] == speech.who else [speech.who, *part], speech.day or today, speech.who)
        for speech in said
        for part in split_orders(speech.lines, index)
    ]


def _draft(part: _Part, index: Index, sender: str | None) -> DraftOrder | None:
    composer = Composer()
    lines, today = part.lines, part.today
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
    evidence.site = said.address[-1] if said.address else None
    evidence.phone = values.phone(contact or "") or values.phone(said.label("buyer_phone", "phone") or "")
    if evidence.phone is None and not said.label("ship_contact", "ship_phone"):
        evidence.phone = _own_phone(lines, said.receiver_phone)
    customer = who.buyer(composer, evidence, index)
    _head(composer, said, text)
    _delivery(composer, said, customer, index)
    for words in said.goods[:MAX_GOODS]:
        goods.add_line(composer, words, index, customer)
    _common_day(composer)
    if len(said.goods) > MAX_GOODS:
        composer.warn(f"一张订单最多 {MAX_GOODS} 行，第 {MAX_GOODS} 行以后的没有读，请拆分")
    for note in (*said.notes, *remarks_on(_outside_titles(lines)), *_shared(text, index)):
        composer.warn(note)
    for line in said.unread:
        composer.warn(f"这一行没有读懂，请核对：{line[:80]}")
    return composer.draft()


def _shared(text: str, index: Index) -> list[str]:
    """Say when one line orders for several customers at once: 给恒力和楚天各发200个."""
    for line in text.split("\n"):
        if "各" in line and len(who.customers_named(line, index)) > 1:
            return [f"提到几个客户，可能要分成几张单：{line[:80]}"]
    return []


def _outside_titles(lines: list[str]) -> str:
    """Return the message without rows of titles: a column 折扣 or 未税单价 is no remark."""
    return "\n".join(line for line in lines if "\t" not in line or not is_title_row(line.split("\t")))


def _own_phone(lines: list[str], receivers: str | None) -> str | None:
    """Return the first phone number in sentences that is not the receiver's."""
    found = _PHONE.finditer("\n".join(line for line in lines if "\t" not in line))
    phones = [phone for match in found if (phone := values.phone(match.group()))]
    return next((phone for phone in phones if phone != values.phone(receivers or "")), None)


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
    elif said.number:
        composer.ask("/number", said.number, said.number, "从句子里读到的单号，请核对")
    hurry = _URGENT.search(_NO_HURRY.sub(" ", text))
    if hurry:
        composer.put("/urgent", True, hurry.group())
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
    found = currencies_in(f"{label}\n{text}")
    if len(found) == 1:
        composer.put("/currency", found[0], label or found[0])
    elif found:
        composer.ask("/currency", None, label, "写了几种币种，请选择", among=found)
    else:
        composer.put("/currency", "CNY", "", confidence=0.9, why="没有写币种，按人民币")


def _delivery(composer: Composer, said: Said, customer: CustomerEntry | None, index: Index) -> None:
    _requested(composer, said)
    if said.pickup:
        composer.put("/fulfilment", "pickup", said.pickup)
    written = said.address[-1] if said.address else None
    receiver = said.label("ship_contact")
    address, name, phone = _split_address(written)
    if not said.pickup or address:
        who.ship_to(composer, address or said.same_place, customer, index)
    named = values.without_phone(receiver) if receiver else said.receiver or name
    own = values.phone(receiver or "") or values.phone(said.label("ship_phone") or "")
    who.receiver(composer, named, own or phone or values.phone(said.receiver_phone or ""))


def _requested(composer: Composer, said: Said) -> None:
    days = {day.day: day for day in said.days}
    certain = [day for day in days if day is not None]
    if len(certain) == 1:
        found = days[certain[0]]
        if found.sure:
            composer.put("/requested_date", certain[0].isoformat(), found.raw)
        else:
            why = f"按「{found.raw}」推算的日期，请核对"
            composer.ask("/requested_date", certain[0].isoformat(), found.raw, why)
    elif certain:
        among = tuple(day.isoformat() for day in sorted(certain))
        raw = "；".join(day.raw for day in said.days)
        composer.ask("/requested_date", None, raw, "写了几个日期，请选择", among=among)
    elif days:
        composer.ask("/requested_date", None, days[None].raw, "日期说不准，请选择")


def _common_day(composer: Composer) -> None:
    """Take the day that every line names for the whole order, where nothing else says one."""
    days = {line["requested_date"] for line in composer.order["lines"]}
    if len(days) == 1 and (day := days.pop()) and "/requested_date" not in composer.fields:
        composer.put("/requested_date", day, day, why="各行都是这一天")


def _split_address(written: str | None) -> tuple[str | None, str | None, str | None]:
    """Take a receiver's name and phone off the end of an address: …星湖街328号 王工 13900139000."""
    phone = values.phone(written or "")
    if not written or not phone:
        return written, None, None
    parts = re.split(r"[\s,，、]+", values.without_phone(written))
    named = parts[-1] if len(parts) > 1 and re.fullmatch(r"[\u4e00-\u9fff]{2,4}", parts[-1]) else None
    return " ".join(parts[:-1] if named else parts), named, phone
