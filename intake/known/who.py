"""Who orders and where it goes, from the words of a message and the customer file; weak evidence is asked.

Strong: the company's own name, its tax number, its mail address, two kinds of weak evidence that agree. Weak: a
person's name, a phone number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.known.address import parse
from intake.known.match import Index, key, nearest_customers
from intake.known.site import site_key
from intake.values.clean import clean_email, clean_phone

if TYPE_CHECKING:
    from intake.values.compose import Composer
    from orders.catalogue import CustomerEntry


@dataclass
class Evidence:
    """What a message says about its buyer. ``text`` is searched for names; the rest are labelled values."""

    text: str = ""
    name: str | None = None
    contact: str | None = None
    phone: str | None = None
    sender: str | None = None
    site: str | None = None


def buyer(composer: Composer, evidence: Evidence, index: Index) -> CustomerEntry | None:
    """Write the buyer into the draft and return the customer that is certain or most likely; None if it is open."""
    _write_contact(composer, evidence)
    by_sender = (
        set(index.customers_by_key.get(f"email:{clean_email(evidence.sender)}", ())) if evidence.sender else set()
    )
    named, weak = _named(evidence, index), _weak(evidence, index)
    strong = named or by_sender
    if len(strong) == 1:
        (code,) = strong
        others = (by_sender | (set() if evidence.name else weak)) - strong
        return _known(composer, index.catalogue.customers[code], evidence, certain=not others)
    likely = weak or _hinted(evidence, index)
    if not strong and len(likely) == 1:
        return _known(composer, index.catalogue.customers[likely.pop()], evidence, certain=False)
    _open(composer, evidence, strong or likely or _same_surname(evidence.text, index), index)
    return None


def _named(evidence: Evidence, index: Index) -> set[str]:
    """Return the customers whose whole name stands behind its label, or anywhere where no label does."""
    if evidence.name:
        return set(index.customers_by_key.get(f"name:{key(evidence.name)}", ()))
    text = key(evidence.text)
    return {entry.code for entry in index.catalogue.customers.values() if key(entry.name) in text}


def _weak(evidence: Evidence, index: Index) -> set[str]:
    """Return the customers by phone and by a person's name; where both speak, those that both name."""
    phone = clean_phone(evidence.phone)
    text = evidence.text if not evidence.contact else evidence.contact
    by_phone = set(index.customers_by_key.get(f"phone:{phone}", ())) if phone else set()
    by_name = _by_contact(text, index)
    both = by_phone & by_name
    found = both or by_phone | by_name
    if len(found) > 1:
        return found & _by_short(evidence.text, index) or found
    return found


def _by_contact(text: str, index: Index) -> set[str]:
    return {
        entry.code
        for entry in index.catalogue.customers.values()
        if any(len(contact) >= 2 and contact in text for contact in entry.contacts)
    }


def _hinted(evidence: Evidence, index: Index) -> set[str]:
    """Return the customers that a short form of the name, or the site it goes to, points at."""
    by_short = _by_short(evidence.name or evidence.text, index)
    by_site = set(index.sites.get(site_key(evidence.site), ())) if evidence.site else set()
    return by_short & by_site or by_short or by_site


def _by_short(text: str, index: Index) -> set[str]:
    """Return the customers whose longest short name stands in the text: 苏州恒力 before 恒力."""
    hits = [word for word in index.short_names if word in text]
    longest = [word for word in hits if not any(word != other and word in other for other in hits)]
    return {code for word in longest for code in index.short_names[word]}


_SURNAME = re.compile(r"老([一-鿿])(?![一-鿿]*[板家])|([一-鿿])(?:总|工|经理|姐|哥|先生|女士|厂长|主任)")


def _same_surname(text: str, index: Index) -> set[str]:
    """Return the customers with a contact of a surname that is spoken of: 老张, 张经理 for 张总."""
    names = {match[1] or match[2] for match in _SURNAME.finditer(text)}
    return {
        entry.code
        for entry in index.catalogue.customers.values()
        if any(contact[:1] in names for contact in entry.contacts)
    }


def customers_named(text: str, index: Index) -> set[str]:
    """Return the customers that a clause names in full, in short or by a person; by the strongest of these."""
    plain = key(text)
    full = {entry.code for entry in index.catalogue.customers.values() if key(entry.name) in plain}
    if full:
        return full
    short, person = _by_short(text, index), _by_contact(text, index)
    return short & person or short or person


def without_names(text: str, index: Index) -> str:
    """Blank what names a customer, so that nobody looks for products in it."""
    for entry in index.catalogue.customers.values():
        for word in (entry.name, *entry.contacts):
            if len(word) >= 2 and word in text:
                text = text.replace(word, " " * len(word))
    for word in sorted((word for word in index.short_names if word in text), key=len, reverse=True):
        text = text.replace(word, " " * len(word))
    return text


def _known(composer: Composer, entry: CustomerEntry, evidence: Evidence, *, certain: bool) -> CustomerEntry:
    raw = evidence.name or evidence.contact or next((c for c in entry.contacts if c in evidence.text), entry.name)
    if certain:
        composer.put("/buyer/name", entry.name, raw, why="与客户档案一致")
    else:
        composer.ask("/buyer/name", entry.name, raw, "按联系人或电话找到的客户，请核对", among=(entry.name,))
    if composer.value("/buyer/contact/name") is None:
        _write_known_contact(composer, entry, evidence)
    return entry


def _write_known_contact(composer: Composer, entry: CustomerEntry, evidence: Evidence) -> None:
    """Take the person who is named in the text, else the one whose address the mail came from, from the file."""
    named = [contact for contact in entry.contacts if contact in evidence.text]
    if len(named) == 1:
        composer.put("/buyer/contact/name", named[0], named[0])
        _phone_of(composer, entry, named[0])
        return
    emails = [clean_email(email) for email in entry.emails]
    sender = clean_email(evidence.sender)
    if not named and sender in emails and len(emails) == len(entry.contacts):
        contact = entry.contacts[emails.index(sender)]
        composer.put("/buyer/contact/name", contact, evidence.sender or "", confidence=0.95, why="客户档案里的发件人")
        _phone_of(composer, entry, contact)


def _phone_of(composer: Composer, entry: CustomerEntry, contact: str) -> None:
    if composer.value("/buyer/contact/phone") is None and len(entry.contacts) == len(entry.phones):
        phone = entry.phones[entry.contacts.index(contact)]
        composer.put("/buyer/contact/phone", phone, "", confidence=0.95, why="客户档案")


def _open(composer: Composer, evidence: Evidence, codes: set[str], index: Index) -> None:
    names = tuple(index.catalogue.customers[code].name for code in sorted(codes))
    if evidence.name:
        among = names or nearest_customers(evidence.name, index)
        composer.ask("/buyer/name", evidence.name, evidence.name, "客户档案里没有完全相同的名称，请核对", among=among)
    elif names:
        composer.ask("/buyer/name", None, "", "可能是几个客户之一，请选择", confidence=0.3, among=names)
    else:
        composer.ask("/buyer/name", None, "", "没有写客户名称，请填写", confidence=0.2)


def _write_contact(composer: Composer, evidence: Evidence) -> None:
    if evidence.contact:
        composer.put("/buyer/contact/name", evidence.contact, evidence.contact)
    phone = clean_phone(evidence.phone)
    if phone:
        composer.put("/buyer/contact/phone", phone, evidence.phone or "")


def ship_to(composer: Composer, written: str | None, customer: CustomerEntry | None, index: Index) -> None:
    """Write the address: a label of the customer's address book, or the text itself; silence is asked."""
    path = "/ship_to/address/text"
    if not written:
        _ask_address(composer, path, customer)
        return
    if _USUAL.search(written):
        _ask_usual(composer, path, written, customer)
        return
    labelled = _by_label(written, customer, index)
    if len(labelled) == 1:
        sure = customer is not None and composer.fields["/buyer/name"].status.value == "auto"
        why = f"客户档案里的地址「{written}」"
        if sure:
            composer.put(path, labelled[0], written, why=why)
        else:
            composer.ask(path, labelled[0], written, why + "，请核对", among=labelled)
    elif labelled:
        composer.ask(path, None, written, "可能是客户档案里的这些地址，请选择", confidence=0.3, among=labelled)
    else:
        _plain_address(composer, path, written, customer)


_HOUSE = re.compile(r"[路街道巷弄号栋楼室村组园区厂院站港店]|大厦|广场|中心|市场|仓|工地|\d")
"""What an address names below its district; a town alone is no place to deliver to."""
_USUAL = re.compile(r"老|原来|上次|以前|常用|一样的地址")


def _ask_usual(composer: Composer, path: str, written: str, customer: CustomerEntry | None) -> None:
    known = tuple(text for _, text in customer.addresses) if customer else ()
    value = known[0] if len(known) == 1 else None
    why = "客户说送到老地方，请选择客户档案里的地址" if known else "客户说送到老地方，请填写地址"
    composer.ask(path, value, written, why, confidence=0.4, among=known)


def _by_label(written: str, customer: CustomerEntry | None, index: Index) -> tuple[str, ...]:
    word = site_key(written)
    codes = [customer.code] if customer else list(index.sites.get(word, ()))
    own = _labelled(codes, word, index)
    return own or _labelled(list(index.sites.get(word, ())), word, index)


def _labelled(codes: list[str], word: str, index: Index) -> tuple[str, ...]:
    entries = [index.catalogue.customers[code] for code in codes]
    return tuple(text for entry in entries for label, text in entry.addresses if site_key(label) == word)


def _ask_address(composer: Composer, path: str, customer: CustomerEntry | None) -> None:
    known = tuple(text for _, text in customer.addresses) if customer else ()
    why = "没有写收货地址，可选客户档案里的地址" if known else "没有写收货地址，请填写"
    composer.ask(path, None, "", why, confidence=0.2, among=known)


def _plain_address(composer: Composer, path: str, written: str, customer: CustomerEntry | None) -> None:
    reading = parse(written)
    own = _in_the_same_place(written, reading.city, customer)
    if reading.district and reading.detail and _HOUSE.search(reading.detail):
        composer.put(path, written, written)
    elif own:
        composer.ask(
            path, own[0] if len(own) == 1 else None, written, "只说了城市，按客户档案里的地址，请核对", among=own
        )
    elif reading.candidates:
        composer.ask(path, written, written, "地址可能在几个地方，请核对", among=reading.candidates)
    else:
        composer.ask(path, written, written, "地址缺省、市、区或门牌，请补全")


def _in_the_same_place(written: str, city: str | None, customer: CustomerEntry | None) -> tuple[str, ...]:
    """Return the customer's addresses in the town, district or street that is named: 成都, 浦东."""
    if customer is None:
        return ()
    return tuple(text for _, text in customer.addresses if written in text or (city and parse(text).city == city))


def receiver(composer: Composer, name: str | None, phone: str | None) -> None:
    """Write who takes the goods; where nobody is named, the buyer's contact does."""
    own_name, own_phone = composer.value("/buyer/contact/name"), composer.value("/buyer/contact/phone")
    cleaned = clean_phone(phone)
    if name or cleaned:
        if name:
            composer.put("/ship_to/contact/name", name, name)
        if cleaned:
            composer.put("/ship_to/contact/phone", cleaned, phone or "")
        return
    for path, value in (("/ship_to/contact/name", own_name), ("/ship_to/contact/phone", own_phone)):
        if value:
            composer.put(path, value, "", confidence=0.9, why="没有写收货人，按联系人")
