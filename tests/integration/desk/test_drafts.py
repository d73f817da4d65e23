"""Drafts at the desk: what an edit may be, what must be filled in, a withdrawal undone, who sees what came by mail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from adapters.channels.mail import Envelope
from orders.actor import POOL, SYSTEM, Actor, Role
from orders.errors import InvalidOrder, NotFound, Refused
from server import mail
from server.commit import Committed
from server.db import people
from server.db import tables as t
from server.db.facts import catalogue
from server.desk.papers import documents as desk
from server.desk.papers import drafts as draft_desk
from tests.conftest import START
from tests.integration.desk.test_documents import SALES, STRANGER, confirm_all, draft_of, read, run_jobs
from tests.integration.mail.letters import letter

TEXT = "客户：苏州恒力机电有限公司\nA-1001 300个 单价12.50\n收货地址：江苏省苏州市虎丘区星湖街328号"


def text_draft(deps: Any, text: str = TEXT) -> dict[str, Any]:
    found: dict[str, Any] = draft_of(deps, read(deps, text.encode(), "order.txt"))
    return found


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("/colour", "red", "unknown_key"),
        ("/lines/0/colour", "red", "unknown_key"),
        ("/buyer/nickname", "x", "unknown_key"),
        ("/lines/0/quantity", "many", "quantity"),
        ("/lines/0/quantity", "0", "zero_quantity"),
        ("/requested_date", "next week", "day"),
        ("/currency", "XXQ", "currency"),
    ],
)
def test_VAL_01_edit_that_an_order_cannot_hold_is_refused_at_once(deps, path, value, code):
    draft = text_draft(deps)
    with pytest.raises(InvalidOrder) as refused:
        draft_desk.patch_draft(deps, SALES, draft["id"], [{"path": path, "value": value}], None)
    assert [(item.pointer, item.code) for item in refused.value.problems] == [(path, code)]
    assert draft_desk.draft(deps, SALES, draft["id"])["version"] == draft["version"]


def test_VAL_01_edit_is_taken_though_other_fields_are_still_empty(deps):
    draft = text_draft(deps)
    edits = [{"path": "/requested_date", "value": "2026-12-01"}, {"path": "/lines/0/sku", "value": None}]
    assert draft_desk.patch_draft(deps, SALES, draft["id"], edits, None)["order"]["requested_date"] == "2026-12-01"


def test_MAP_08_submission_names_each_required_field_that_is_empty(deps):
    draft = text_draft(deps)
    assert draft["order"]["payment_terms"] == "net30"  # from the customer file
    confirm_all(deps, draft)
    holes = [{"path": path, "value": None} for path in ("/lines/0/unit_price", "/buyer/name", "/payment_terms")]
    draft_desk.patch_draft(deps, SALES, draft["id"], holes, None)
    with pytest.raises(InvalidOrder) as refused:
        draft_desk.submit_draft(deps, SALES, draft["id"])
    missing = [item.pointer for item in refused.value.problems]
    assert missing == ["/buyer/name", "/requested_date", "/payment_terms", "/lines/0/unit_price"]
    filled = [
        {"path": "/buyer/name", "value": "苏州恒力机电有限公司"},
        {"path": "/requested_date", "value": "2026-12-01"},
        {"path": "/payment_terms", "value": "net30"},
        {"path": "/lines/0/unit_price", "value": "12.50"},
    ]
    draft_desk.patch_draft(deps, SALES, draft["id"], filled, None)
    assert isinstance(draft_desk.submit_draft(deps, SALES, draft["id"]), Committed)


def test_VAL_01_canonical_json_asks_for_no_more_than_its_schema_does(deps):
    order = {"number": "J-1", "currency": "CNY", "lines": [{"sku": "A-1001", "quantity": "1", "unit_price": "12.50"}]}
    draft = draft_of(deps, read(deps, json.dumps(order).encode(), "order.json"))
    assert isinstance(draft_desk.submit_draft(deps, SALES, draft["id"]), Committed)


def test_withdrawn_draft_is_brought_back_as_it_was(deps):
    draft = text_draft(deps)
    draft_desk.withdraw_draft(deps, SALES, draft["id"])
    back = draft_desk.restore_draft(deps, SALES, draft["id"])
    assert (back["state"], back["order"], back["fields"]) == (draft["state"], draft["order"], draft["fields"])
    with pytest.raises(Refused):
        draft_desk.restore_draft(deps, SALES, draft["id"])


def test_draft_of_a_withdrawn_document_stays_withdrawn(deps):
    draft = text_draft(deps)
    desk.withdraw_document(deps, SALES, draft["document_id"])
    with pytest.raises(Refused):
        draft_desk.restore_draft(deps, SALES, draft["id"])
    with pytest.raises(NotFound):
        draft_desk.restore_draft(deps, STRANGER, draft["id"])


def test_MAP_08_draft_shows_where_it_differs_from_what_was_agreed_until_it_is_corrected(deps):
    with deps.store.db.write() as conn:
        conn.execute(update(t.skus).where(t.skus.c.sku == "A-1001").values(attributes={"min_quantity": "500"}))
        catalogue.moved(conn, "test", deps.clock())
    draft = text_draft(deps, TEXT.replace("12.50", "12.00"))
    assert [(one["path"], one["code"]) for one in draft["differences"]] == [
        ("/lines/0/unit_price", "list_price"),
        ("/lines/0/quantity", "min_quantity"),
    ]
    edits = [{"path": "/lines/0/unit_price", "value": "12.50"}, {"path": "/lines/0/quantity", "value": "500"}]
    assert draft_desk.patch_draft(deps, SALES, draft["id"], edits, None)["differences"] == []


def by_mail(deps: Any, message_id: str) -> str:
    document_id = mail.accept(deps, letter(message_id).as_bytes(), Envelope(door="smtp"))
    assert document_id
    run_jobs(deps)
    return document_id


def test_IN_07_order_that_came_by_mail_is_open_to_the_sales_people_of_the_organisation(deps):
    document_id = by_mail(deps, "<pool@huachuan.example>")
    sales = Actor("u-any", "任何销售", "user", frozenset({Role.SALES}), SYSTEM.org_id)
    document = desk.document(deps, sales, document_id)
    draft = draft_desk.draft(deps, sales, document["drafts"][0]["id"])
    assert draft["order"]["number"] == "HC-20261122-01"
    assert desk.document_original(deps, sales, document_id).data
    with pytest.raises(NotFound):
        desk.document(deps, Actor("u-none", "没有角色", "user", frozenset(), SYSTEM.org_id), document_id)


def test_IN_07_mail_of_a_customer_belongs_to_who_looks_after_the_customer(deps):
    with deps.store.db.write() as conn:
        keeper = {"login": "keeper", "name": "专人", "password": "a-long-password", "roles": ["sales"]}
        user = people.add_user(conn, keeper, START)
        conn.execute(update(t.customers).where(t.customers.c.code == "C-002").values(owner_id=user))
    document_id = by_mail(deps, "<owned@huachuan.example>")
    with deps.store.db.read() as conn:
        row = conn.execute(t.documents.select().where(t.documents.c.id == document_id)).mappings().one()
    assert row["owner_id"] == user != POOL
