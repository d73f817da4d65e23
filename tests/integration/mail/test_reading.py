"""A mail's way to an order: received, read by the job, confirmed, submitted; attachments as well as text."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from adapters.channels.mail import Envelope
from orders.actor import SYSTEM
from server import mail
from server.config import load_settings
from server.db.tables import jobs, orders
from server.demo import HERE
from server.desk.papers import documents, drafts
from tests.conftest import DATA_KEY, START
from tests.integration.mail.letters import gb_letter, letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from server.deps import Deps

CAME = Envelope(door="smtp")


@pytest.fixture(scope="module")
def office(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deps]:
    """The real server's parts over the demo company, nothing running in the background; shared: it takes a while."""
    from server.demo.load import load_demo
    from server.deps import build_deps

    home = tmp_path_factory.mktemp("mail-office")
    shutil.copy(_sqlite_template, home / "sluice.db")
    url = f"sqlite:///{home / 'sluice.db'}"
    settings = load_settings(database_url=url, data_dir=home, data_keys=(DATA_KEY,), secret_key="s" * 40)
    deps = build_deps(settings, clock=lambda: START)
    load_demo(deps.store, START)
    yield deps
    deps.close()


def read(office: Deps, raw: bytes) -> dict[str, Any]:
    document_id = mail.accept(office, raw, CAME)
    assert document_id is not None
    with office.store.db.read() as conn:
        waiting = [json.loads(args) for args in conn.execute(select(jobs.c.args)).scalars()]
    assert {"document_id": document_id} in waiting
    documents.read_document(office, document_id, SYSTEM)
    return documents.document(office, SYSTEM, document_id)


def first_draft(office: Deps, document: dict[str, Any]) -> dict[str, Any]:
    return drafts.draft(office, SYSTEM, document["drafts"][0]["id"])


def test_IN_07_mail_text_becomes_a_draft_and_the_draft_an_order(office: Deps) -> None:
    document = read(office, letter().as_bytes())
    assert (document["state"], document["message_id"]) == ("ready", "<one@huachuan.example>")
    draft = first_draft(office, document)
    assert draft["order"]["number"] == "HC-20261122-01"
    doubtful = [{"path": item["path"], "confirm": True} for item in draft["fields"] if item["status"] == "confirm"]
    if doubtful:
        drafts.patch_draft(office, SYSTEM, draft["id"], doubtful, None)
    drafts.submit_draft(office, SYSTEM, draft["id"])
    with office.store.db.read() as conn:
        row = conn.execute(select(orders).where(orders.c.number == "HC-20261122-01")).mappings().one()
    assert row["channel"] == "mail"


def test_IN_07_reading_twice_gives_no_second_draft(office: Deps) -> None:
    document = read(office, letter("<twice@x>").as_bytes())
    assert documents.read_document(office, document["id"], SYSTEM) == "ready"
    assert len(documents.document(office, SYSTEM, document["id"])["drafts"]) == 1


def test_mail_in_gb2312_is_read_whole(office: Deps) -> None:
    order = first_draft(office, read(office, gb_letter()))["order"]
    assert order["buyer"]["name"] == "成都华川自动化设备有限公司"
    assert [line["sku"] for line in order["lines"]] == ["A-1001", "A-1004"]


def workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["产品编码", "产品名称", "数量", "单价"], ["A-1002", "B型接头", 7, 15.8]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_file(name: str, data: bytes, kind: str) -> EmailMessage:
    message = letter(f"<{data[:9].hex()}@x>", "订单见附件，谢谢")
    main, sub = kind.split("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message


def test_IN_07_excel_attachment_becomes_a_draft(office: Deps) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    document = read(office, with_file("采购单.xlsx", workbook(), kind).as_bytes())
    (line,) = first_draft(office, document)["order"]["lines"]
    assert (line["sku"], line["quantity"], line["unit_price"]) == ("A-1002", "7", "15.80")


def test_IN_07_photo_attachment_becomes_a_draft(office: Deps) -> None:
    photo = (HERE / "purchase-order.jpg").read_bytes()
    document = read(office, with_file("订单.jpg", photo, "image/jpeg").as_bytes())
    assert document["state"] == "ready"
    assert first_draft(office, document)["order"]["lines"]


def test_mail_without_an_order_is_refused_with_a_reason_and_kept(office: Deps) -> None:
    document = read(office, letter("<quote@x>", "您好，请报价").as_bytes())
    assert (document["state"], document["reason"]["code"]) == ("refused", "no_order")
    assert (
        documents.document_original(office, SYSTEM, document["id"]).data
        == letter("<quote@x>", "您好，请报价").as_bytes()
    )


def test_mail_whose_attachment_cannot_be_read_says_so(office: Deps) -> None:
    document = read(office, with_file("a.pdf", b"%PDF-1.4 broken", "application/pdf").as_bytes())
    assert document["state"] == "refused"
    assert document["reason"]["message"]["zh"]
