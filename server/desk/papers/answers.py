"""Our answer to a mail: an acknowledgement with what is still open, or a question back when there was no order in it.

Place in the order's way: beside read, in the transaction that ends the reading, through the outbox. Only senders whom
our mail server found authentic and the customer file knows are answered, once a mail, and never a machine: RFC 3834.
The words stand in `server/letters/`, one file for each kind and language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from adapters.mail.answer import MARK
from intake.known.match import index_of
from intake.readers.mails.authenticity import PASS
from intake.readers.mails.mail import open_mail
from orders.decision import canonical_bytes
from orders.errors import SenderError
from server.db.outlets import outbox
from server.db.outlets.outbox import ANSWER, Event
from server.db.papers import documents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from intake.readers.mails.mail import Mail
    from orders.draft import DraftOrder
    from server.db.papers.documents import Reason
    from server.deps import Deps

Json = dict[str, Any]
EVENT = "mail.answered"
LETTERS = Path(__file__).resolve().parents[2] / "letters"
MOST_AN_HOUR = 20
"""A sender of more mails than this is a machine whatever it says: it gets no answer."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ASKED = {
    "sku": ("产品型号", "product"),
    "quantity": ("数量", "quantity"),
    "unit_price": ("单价", "unit price"),
    "/requested_date": ("期望交期", "date needed"),
    "/ship_to/address/text": ("收货地址", "delivery address"),
    "/buyer/name": ("客户名称", "your company's name"),
}
"""What a sender can tell us when it is empty: order fields by pointer, line fields by name."""
MOST_ASKED = 12


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a mail: its drafts, or the reason why there is none."""

    drafts: tuple[DraftOrder, ...] = ()
    reason: Reason | None = None


def answer(deps: Deps, conn: Connection, row: Json, data: bytes, read: Read) -> bool:
    """Put the answer to a mail into the outbox, in the transaction that ends its reading; False when it gets none."""
    if row["door"] != "mail" or not (deps.settings.smtp_url and deps.settings.mail_from):
        return False
    try:
        mail = open_mail(data)
    except SenderError:
        return False
    now = deps.clock()
    if (
        not _deserves(deps, mail, row, read)
        or documents.mails_since(conn, mail.sender, now - timedelta(hours=1)) > MOST_AN_HOUR
    ):
        return False
    _send(deps, conn, row["id"], written(mail, read), now)
    return True


def _deserves(deps: Deps, mail: Mail, row: Json, read: Read) -> bool:
    """Say whether a mail may be answered: from somebody known, and nothing that a machine could have sent."""
    known = mail.authenticated == PASS and f"email:{mail.sender}" in index_of(deps.catalogue()).customers_by_key
    human = not mail.automatic and row["return_path"] != "" and mail.sender not in deps.settings.mail_from.lower()
    to_ours = any(answered.startswith(f"<{MARK}") for answered in mail.answers)
    return known and human and (bool(read.drafts) or not to_ours)


def _send(deps: Deps, conn: Connection, document_id: str, told: Json, now: datetime) -> None:
    subject = f"document:{document_id}"
    key = deps.store.vault.subject_key(conn, subject, now)
    deps.store.vault.keep(conn, key)
    sealed = deps.store.vault.seal(key, canonical_bytes(told))
    payload = {"document_id": document_id}
    event = Event(EVENT, None, f"mail:{document_id}:answer", payload, sealed=sealed, subject=subject)
    outbox.add(conn, event, now, (ANSWER,))


def written(mail: Mail, read: Read) -> Json:
    """Return the letter: ``to``, ``subject``, ``text``, ``answers``; in Chinese when the mail has Chinese in it."""
    zh = _HAN.search(f"{mail.subject}{mail.text}") is not None
    subject = " ".join(mail.subject.split())[:100] or ("（无主题）" if zh else "(no subject)")
    words: Json = {"subject": subject}
    if read.reason is not None:
        kind, words["reason"] = "refused", read.reason.zh if zh else read.reason.en
    else:
        kind = "received"
        words |= {
            "count": len(read.drafts),
            "orders": _orders(read.drafts, zh=zh),
            "questions": _open(read.drafts, zh=zh),
        }
    text = _template(f"{kind}.{'zh' if zh else 'en'}").substitute(words)
    return {"to": mail.sender, "subject": f"Re: {subject}", "text": text, "answers": mail.message_id}


@cache
def _template(name: str) -> Template:
    return Template((LETTERS / f"{name}.txt").read_text(encoding="utf-8"))


def _orders(drafts: Sequence[DraftOrder], *, zh: bool) -> str:
    """Return a line for each order: its number and how many lines it has; no prices, no persons."""
    found = []
    for place, draft in enumerate(drafts, start=1):
        number = draft.order.get("number") or ("未写订单号" if zh else "no order number")
        lines = len(draft.order.get("lines") or ())
        found.append(f"  {place}. {number}：{lines} 行明细\n" if zh else f"  {place}. {number}: {lines} line(s)\n")
    return "".join(found)


def _open(drafts: Sequence[DraftOrder], *, zh: bool) -> str:
    """Return what the sender is asked for, empty when nothing is missing."""
    asked = [line for place, draft in enumerate(drafts, start=1) for line in _asked(draft, place, zh=zh)]
    if not asked:
        return ""
    head = "\n\n还缺以下内容，请回复告知：\n" if zh else "\n\nPlease reply with what is still missing:\n"
    return head + "\n".join(f"  - {line}" for line in asked[:MOST_ASKED])


def _asked(draft: DraftOrder, place: int, *, zh: bool) -> list[str]:
    found = []
    for item in draft.fields:
        parts = item.path.split("/")
        words = _ASKED.get(parts[-1] if parts[1] == "lines" else item.path)
        if words is None or item.value not in (None, ""):
            continue
        order = f"第 {place} 张订单" if zh else f"order {place}"
        line = (f"第 {int(parts[2]) + 1} 行" if zh else f", line {int(parts[2]) + 1}") if parts[1] == "lines" else ""
        said = f"（原文：{item.raw[:40]}）" if zh and item.raw else f" (you wrote: {item.raw[:40]})" if item.raw else ""
        found.append(f"{order}{line}：{words[0]}{said}" if zh else f"{order}{line}: {words[1]}{said}")
    return found
