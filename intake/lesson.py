"""What a confirmed draft teaches about a customer's words, and how what was learnt is read (U18).

Two ends of one thing: `lessons_of` finds, in a draft that a person has confirmed, the words that the reader did not
know; `with_lessons` is the last step of reading, which lets a customer's lessons speak where the reader is in doubt.
Never touches a value that needs no look, nor one that a person gave. Pure: who stores and switches lessons is the desk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from intake.known.match import Index, customer_of, index_of, key
from orders.draft import DraftField, DraftOrder, FieldStatus
from orders.edit import CONFIRMED, CORRECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orders.catalogue import Catalogue, CustomerEntry, SkuEntry
    from orders.draft import ReadResult

BUYER = "/buyer/name"
LEARNT = "按以前确认过的写法"
MAX_CHARS = 60
MAX_TITLE = 16
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{2,63}")
_PERSON = re.compile(r".{1,3}(?:总|工|经理|先生|女士|小姐|老师|师傅|主任|厂长)|[\d +()-]+|.*@.*")
_WORD = re.compile(r"[A-Za-z\u4e00-\u9fff]")
_BEFORE = frozenset("要订购买来发送加补和及与的是为给用约按各共再还另需个只件支片米台套箱包卷根瓶")
_LETTER = re.compile(r"[A-Za-z\u4e00-\u9fff-]")


class Kind(StrEnum):
    """What a lesson is about."""

    PART_NUMBER = "part_number"
    PRODUCT_NAME = "product_name"
    CUSTOMER_NAME = "customer_name"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Lesson:
    """``said`` by this customer means ``meant``: a SKU, the customer's name in the master, or a title of ours.

    ``path`` is where in the draft it was learnt.
    """

    kind: Kind
    said: str
    meant: str
    path: str


def lessons_of(draft: DraftOrder, customer: CustomerEntry, catalogue: Catalogue) -> tuple[Lesson, ...]:
    """Return what a draft, confirmed by a person as ``customer``'s order, teaches. Empty when it was read well."""
    fields = {item.path: item for item in draft.fields}
    found = [*_customer_name(fields, customer, index_of(catalogue))]
    for number, line in enumerate(draft.order.get("lines") or ()):
        found += _of_line(f"/lines/{number}", line, fields, customer, index_of(catalogue))
    once = {(lesson.kind, key(lesson.said)): lesson for lesson in reversed(found)}
    return tuple(reversed(once.values()))


def _looked_at(item: DraftField | None) -> bool:
    """Say whether a person confirmed or corrected the value."""
    return item is not None and bool({CONFIRMED, CORRECTED} & set(item.why))


def _customer_name(fields: dict[str, DraftField], customer: CustomerEntry, index: Index) -> Iterator[Lesson]:
    item = fields.get(BUYER)
    if item is None or not _looked_at(item) or key(str(item.value)) != key(customer.name):
        return
    said = item.raw.strip()
    known = key(said) in {key(customer.name), *map(key, customer.also_named)} or said in customer.contacts
    if not _sayable(said) or len(said) == 2 or known or _PERSON.fullmatch(said):
        return
    if customer_of((f"name:{key(said)}",), index) is None:  # somebody else's own name is not to be taken away
        yield Lesson(Kind.CUSTOMER_NAME, said, customer.name, BUYER)


def _sayable(said: str) -> bool:
    return 2 <= len(said) <= MAX_CHARS and "\n" not in said and _WORD.search(said) is not None


def _of_line(
    at: str, line: dict[str, Any], fields: dict[str, DraftField], customer: CustomerEntry, index: Index
) -> Iterator[Lesson]:
    item, entry = fields.get(f"{at}/sku"), index.catalogue.skus.get(str(line.get("sku")))
    if item is None or entry is None or not _looked_at(item):
        return
    code, name = _said_code(at, item, fields), _said_name(at, item, fields)
    own = {key(theirs) for theirs, ours in customer.buyer_skus.items() if ours == entry.sku}
    if code and key(code) not in own and key(code) not in index.sku_by_key and key(code) not in index.sku_by_gtin:
        yield Lesson(Kind.PART_NUMBER, code, entry.sku, item.path)
    if name and _sayable(name) and not _CODE.fullmatch(name) and _is_news(name, entry, customer, index):
        yield Lesson(Kind.PRODUCT_NAME, name, entry.sku, item.path)


def _said_code(at: str, item: DraftField, fields: dict[str, DraftField]) -> str | None:
    """Return the number that the customer gave the product, as far as there is one."""
    theirs = fields.get(f"{at}/buyer_sku")
    words = [str(theirs.value or ""), theirs.raw] if theirs is not None else []
    return next((word.strip() for word in (*words, item.raw) if _CODE.fullmatch(word.strip())), None)


def _said_name(at: str, item: DraftField, fields: dict[str, DraftField]) -> str | None:
    """Return the customer's word for the product; of a sentence the whole word around the part that was understood."""
    name = fields.get(f"{at}/name")
    said = name.raw.strip() if name is not None and name.raw else item.raw.strip()
    quantity = fields.get(f"{at}/quantity")
    return _whole_word(said, quantity.raw if quantity is not None else "")


def _whole_word(part: str, sentence: str) -> str:
    start = sentence.find(part)
    if start < 0 or not part:
        return part
    end = start + len(part)
    while start > 0 and _LETTER.match(sentence[start - 1]) and sentence[start - 1] not in _BEFORE:
        start -= 1
    return sentence[start:end]


def _is_news(name: str, entry: SkuEntry, customer: CustomerEntry, index: Index) -> bool:
    """Say whether nobody has said yet what the word means; the master's own unambiguous names stay as they are."""
    if any(key(said) == key(name) for said in customer.sku_names):
        return False
    known = index.skus_by_name.get(key(name), ())
    return len(known) != 1 and key(name) not in index.sku_by_key and entry.sku in index.catalogue.skus


def with_lesson(catalogue: Catalogue, code: str, lesson: Lesson) -> Catalogue:
    """Return the catalogue as it would be with one more lesson of the customer ``code``."""
    customer = taught(catalogue.customers[code], lesson)
    return replace(catalogue, customers={**catalogue.customers, code: customer})


def taught(customer: CustomerEntry, lesson: Lesson) -> CustomerEntry:
    """Return the customer with one lesson more; what the master says stands before it."""
    match lesson.kind:
        case Kind.PART_NUMBER:
            known = {key(theirs) for theirs in customer.buyer_skus}
            learnt = {} if key(lesson.said) in known else {lesson.said: lesson.meant}
            return replace(customer, buyer_skus={**learnt, **customer.buyer_skus})
        case Kind.PRODUCT_NAME:
            return replace(customer, sku_names={lesson.said: lesson.meant, **customer.sku_names})
        case Kind.CUSTOMER_NAME:
            return replace(customer, also_named=(*customer.also_named, lesson.said))
        case Kind.LABEL:
            return replace(customer, titles={**customer.titles, lesson.said: lesson.meant})


def with_lessons(draft: DraftOrder, catalogue: Catalogue) -> DraftOrder:
    """Return the draft with what the customer's lessons say where the reader was in doubt."""
    draft = _named(draft, catalogue)
    customer = _customer(draft, catalogue)
    if customer is None or not (customer.sku_names or customer.buyer_skus):
        return draft
    for number in range(len(draft.order.get("lines") or ())):
        draft = _line(draft, f"/lines/{number}", number, customer, index_of(catalogue))
    return draft


def titles_of(result: ReadResult, catalogue: Catalogue) -> dict[str, str]:
    """Return what the titles of these drafts' customer mean; none where the customers differ."""
    found = {entry.code: entry for draft in result.orders if (entry := _customer(draft, catalogue)) is not None}
    return next(iter(found.values())).titles if len(found) == 1 else {}


def _customer(draft: DraftOrder, catalogue: Catalogue) -> CustomerEntry | None:
    name = (draft.order.get("buyer") or {}).get("name")
    return customer_of((f"name:{key(name)}",), index_of(catalogue)) if name else None


def _named(draft: DraftOrder, catalogue: Catalogue) -> DraftOrder:
    """Put the master's name for a way of writing that one customer is known by; a person looks at it."""
    item = next((item for item in draft.fields if item.path == BUYER), None)
    if item is None or item.status is FieldStatus.AUTO or not item.raw:
        return draft
    said = key(item.raw)
    named = [entry for entry in catalogue.customers.values() if said in map(key, entry.also_named)]
    if len(named) != 1:
        return draft
    order = {**draft.order, "buyer": {**draft.order["buyer"], "name": named[0].name}}
    return _with(replace(draft, order=order), replace(item, value=named[0].name, confidence=0.9, why=(LEARNT,)))


def _with(draft: DraftOrder, *changed: DraftField) -> DraftOrder:
    by_path = {item.path: item for item in changed}
    return replace(draft, fields=tuple(by_path.get(item.path, item) for item in draft.fields))


def _line(draft: DraftOrder, at: str, number: int, customer: CustomerEntry, index: Index) -> DraftOrder:
    fields = {item.path: item for item in draft.fields}
    item = fields.get(f"{at}/sku")
    if item is None or item.status is FieldStatus.AUTO:
        return draft
    entry = _learnt(at, item, fields, customer, index)
    if entry is None:
        return draft
    sure = item.page is None and not _unlike(at, entry, fields, index)
    status = FieldStatus.AUTO if sure else FieldStatus.CONFIRM
    found = replace(item, value=entry.sku, confidence=0.95, status=status, why=(LEARNT,))
    filled = _filled(at, item, entry, fields, index)
    lines = list(draft.order["lines"])
    own = {one.path.rpartition("/")[2]: one.value for one in filled}
    lines[number] = {**lines[number], **own, "sku": entry.sku}
    return _with(replace(draft, order={**draft.order, "lines": lines}), found, *filled)


def _filled(
    at: str, item: DraftField, entry: SkuEntry, fields: dict[str, DraftField], index: Index
) -> list[DraftField]:
    """Return what the reader had filled in from another product's master data, from this one's."""
    other = index.catalogue.skus.get(str(item.value))
    if other is None or other.sku == entry.sku:
        return []
    ours = (("name", other.name, entry.name), ("spec", other.spec, entry.spec), ("unit", other.unit, entry.unit))
    found = ((fields.get(f"{at}/{leaf}"), was, now) for leaf, was, now in ours)
    return [replace(one, value=now) for one, was, now in found if one is not None and one.value == was]


def _learnt(
    at: str, item: DraftField, fields: dict[str, DraftField], customer: CustomerEntry, index: Index
) -> SkuEntry | None:
    """Return the product that the customer's number or word is known to mean."""
    code, name = _said_code(at, item, fields), _said_name(at, item, fields)
    numbers = {key(theirs): ours for theirs, ours in customer.buyer_skus.items()}
    words = {key(said): ours for said, ours in customer.sku_names.items()}
    sku = numbers.get(key(code)) or words.get(key(name))
    return index.catalogue.skus.get(sku) if sku else None


def _unlike(at: str, entry: SkuEntry, fields: dict[str, DraftField], index: Index) -> bool:
    """Say whether the words beside it name another product of the catalogue."""
    name = fields.get(f"{at}/name")
    known = index.skus_by_name.get(key(name.raw), ()) if name is not None and name.raw else ()
    return bool(known) and entry.sku not in known
