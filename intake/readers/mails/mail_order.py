"""The orders of one mail: in its text, in its attachments (read, the second step of an order's way; IN-07).

What text and attachment say twice is one order. What can't be read is named; a mail without any order is refused.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from intake.known.match import index_of
from intake.readers.mails.authenticity import FAIL
from intake.readers.mails.mail import Attachment, Mail, open_mail
from intake.readers.text import read_text
from intake.values.prescription import as_prescription, is_prescription
from orders.draft import DraftField, DraftOrder, FieldStatus, ReadResult
from orders.errors import SenderError, UnreadableDocument

if TYPE_CHECKING:
    from datetime import date

    from orders.catalogue import Catalogue

ReadFile = Callable[[Attachment, "date | None"], ReadResult]
"""(attachment, the day the mail was sent) → what it says; raises SenderError for one that can't be read."""

CANCELLED = "cancelled"
FROM_BODY = "附件没有写，来自邮件正文"
_BESIDE = frozenset(
    ["/requested_date", "/payment_terms", "/ship_to/address/text", "/ship_to/contact/name", "/ship_to/contact/phone"]
)
"""What people write beside an attached order."""
_PICTURED = frozenset({"text_pdf", "scan", "photo", "screenshot"})


def read_mail(
    data: bytes,
    catalogue: Catalogue,
    read_file: ReadFile,
    *,
    timezone: str = "Asia/Shanghai",
    received_on: date | None = None,
    retold: Callable[[str], str] = str,
) -> ReadResult:
    """Read one mail into drafts. Pages of attachments are counted through, in the order of `readable`.

    ``retold`` puts our titles into the mail's text.

    Words like 月底 count from the day it was sent, in ``timezone``, else from ``received_on``.

    Raises:
        UnreadableDocument: a mail bomb; or no order in it: then the code is the attachment's own, where there is one.

    """
    mail = open_mail(data)
    mail = replace(mail, text=retold(mail.text))
    if mail.authenticated == FAIL:  # nothing follows from a sender's address that is not his
        mail = replace(mail, sender="")
    today = _sent_on(mail, timezone) or received_on
    said = _body(mail, catalogue, today)
    drafts = list(said)
    told: list[dict[str, Any]] = []
    failures: list[SenderError] = []
    pages = 0
    for attachment in readable(mail):
        try:
            result = read_file(attachment, today)
        except SenderError as error:
            if error.code == CANCELLED:
                raise
            failures.append(error)
            told.append({"filename": attachment.filename, "code": error.code, "message": error.message_zh})
            continue
        told.append({"filename": attachment.filename, "kind": result.kind, "orders": len(result.orders)})
        drafts += [_placed(draft, pages, attachment, mail, catalogue) for draft in result.orders]
        pages += result.pages if result.kind in _PICTURED else 0
    if not drafts:
        raise _no_order(failures)
    if len(drafts) == 1 and not said:
        drafts = [_completed(drafts[0], mail, catalogue, today)]
    warnings = tuple(f"附件 {item['filename']} 没有读：{item['message']}" for item in told if "code" in item)
    if mail.authenticated == FAIL:
        warnings = (*warnings, "发件人没有通过邮件验证（SPF/DKIM），可能是冒充：请打电话向客户核实")
    orders = tuple(replace(draft, warnings=draft.warnings + warnings) for draft in _without_twins(drafts))
    quality = {"attachments": told, "sender": _about_sender(mail, catalogue)}
    return ReadResult(kind="mail", pages=pages, quality=quality, orders=orders)


def _about_sender(mail: Mail, catalogue: Catalogue) -> dict[str, Any]:
    """Tell whether the sender is whom he says, whether we know him, and whether a machine wrote the mail."""
    known = bool(mail.sender) and f"email:{mail.sender}" in index_of(catalogue).customers_by_key
    return {"authenticated": mail.authenticated, "known": known, "automatic": mail.automatic, "bulk": mail.bulk}


def is_newsletter(found: ReadResult) -> bool:
    """Say whether all that was read is the text of a mail to many, from somebody who is no customer."""
    sender, attachments = found.quality["sender"], found.quality["attachments"]
    return sender["bulk"] and not sender["known"] and not any(item.get("orders") for item in attachments)


def readable(mail: Mail) -> tuple[Attachment, ...]:
    """Return the attachments that may hold an order: no logos, no calendar files, no signatures."""
    skipped = ("text/calendar", "application/pgp-signature", "application/pkcs7-signature", "text/vcard")
    return tuple(item for item in mail.attachments if not item.decorative and item.content_type not in skipped)


def _no_order(failures: list[SenderError]) -> UnreadableDocument:
    """Say why there is no draft: the attachment's own reason, else that the text names no goods."""
    if failures:
        return UnreadableDocument(failures[0].message_en, failures[0].message_zh, code=failures[0].code)
    return UnreadableDocument(
        "There is no order in this mail: name products and quantities, or attach the order",
        "邮件里没有找到订单：请写明商品和数量，或附上订单文件",
        code="no_order",
    )


def _sent_on(mail: Mail, timezone: str) -> date | None:
    return mail.sent_at.astimezone(ZoneInfo(timezone)).date() if mail.sent_at else None


def _body(mail: Mail, catalogue: Catalogue, today: date | None) -> tuple[DraftOrder, ...]:
    """Read the text; where it names no goods, the subject before it."""
    found = read_text(mail.text, catalogue, today=today, sender=mail.sender)
    if not found.orders and mail.subject:
        found = read_text(f"{mail.subject}\n{mail.text}", catalogue, today=today, sender=mail.sender)
    if is_prescription(mail.text):
        return tuple(as_prescription(draft, catalogue) for draft in found.orders)
    return found.orders


def _placed(draft: DraftOrder, pages: int, attachment: Attachment, mail: Mail, catalogue: Catalogue) -> DraftOrder:
    """Count the pages through, say which attachment it was, and take the buyer from the sender where it is open."""
    fields = tuple(replace(item, page=item.page + pages) if item.page else item for item in draft.fields)
    placed = replace(draft, fields=fields, warnings=(*draft.warnings, f"来自附件 {attachment.filename}"))
    return _buyer_by_sender(placed, mail, catalogue)


def _completed(draft: DraftOrder, mail: Mail, catalogue: Catalogue, today: date | None) -> DraftOrder:
    """Fill what the attachment leaves open from the mail's text, which names no goods; a person looks at it."""
    sku = next((line["sku"] for line in draft.order.get("lines") or () if line.get("sku")), None)
    if sku is None or not mail.text.strip():
        return draft
    read_with_goods = read_text(f"{mail.text}\n{sku} 1", catalogue, today=today).orders
    if len(read_with_goods) != 1:
        return draft
    order = copy.deepcopy(draft.order)
    filled = [
        replace(item, status=FieldStatus.CONFIRM, why=(FROM_BODY, *item.why))
        for item in read_with_goods[0].fields
        if item.path in _BESIDE and item.raw and item.value and _fill(order, item.path, item.value)
    ]
    gone = {item.path for item in filled}
    kept = tuple(item for item in draft.fields if item.path not in gone)
    return replace(draft, order=order, fields=(*kept, *filled)) if filled else draft


def _fill(order: dict[str, Any], path: str, value: Any) -> bool:
    """Put a value where the order has none; False where it has one."""
    *way, leaf = path.strip("/").split("/")
    node = order
    for step in way:
        node[step] = node.get(step) or {}
        node = node[step]
    if node.get(leaf):
        return False
    node[leaf] = value
    return True


def _buyer_by_sender(draft: DraftOrder, mail: Mail, catalogue: Catalogue) -> DraftOrder:
    buyer = draft.order.get("buyer") or {}
    index = index_of(catalogue)
    codes = index.customers_by_key.get(f"email:{mail.sender}", ())
    if buyer.get("name") or len(codes) != 1:
        return draft
    name = catalogue.customers[codes[0]].name
    order = {**draft.order, "buyer": {"ids": [], "contact": {}, **buyer, "name": name}}
    why = ("单据上没有客户名称，按发件人邮箱",)
    found = DraftField("/buyer/name", name, mail.sender, 0.8, FieldStatus.CONFIRM, why)
    others = tuple(item for item in draft.fields if item.path != found.path)
    return replace(draft, order=order, fields=(found, *others))


def _without_twins(drafts: list[DraftOrder]) -> list[DraftOrder]:
    """Keep one of the drafts that say the same order twice: the one with less to confirm."""
    kept: list[DraftOrder] = []
    for draft in drafts:
        twin = next((place for place, other in enumerate(kept) if _same(draft, other)), None)
        if twin is None:
            kept.append(draft)
            continue
        better = min(kept[twin], draft, key=_to_confirm)
        warning = "邮件里有两处写了这张订单（正文和附件），只保留一份，请核对"
        kept[twin] = replace(better, warnings=(*better.warnings, warning))
    return kept


def _same(one: DraftOrder, other: DraftOrder) -> bool:
    number = one.order.get("number")
    if number and other.order.get("number"):
        return bool(number == other.order["number"])
    goods = _goods(one)
    return bool(goods) and goods == _goods(other)


def _goods(draft: DraftOrder) -> list[tuple[str, str]]:
    return sorted((str(line.get("sku")), str(line.get("quantity"))) for line in draft.order.get("lines", []))


def _to_confirm(draft: DraftOrder) -> int:
    return sum(item.status is FieldStatus.CONFIRM for item in draft.fields)
