"""U6: any value of the order, or of what the ERP gets, leads back to the document, the words and the people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orders.errors import NotFound
from server.commit import Committed
from server.db.outlets import outbox
from server.desk.papers import drafts as draft_desk
from server.desk.papers.provenance import chains
from server.dispatch.outlets import message_of
from tests.integration.desk.test_documents import SALES, STRANGER, confirm_all, draft_of, read

if TYPE_CHECKING:
    from adapters.message import Message

TEXT = (
    "订单号：HL-77\n客户：苏州恒力机电有限公司\n联系人：张总 13800138000\n收货地址：江苏省苏州市虎丘区星湖街328号\n"
    "期望交期：2026-12-01\n两箱A型接头 单价12.50元/个\n"
)


@pytest.fixture
def placed(deps):
    draft = draft_of(deps, read(deps, TEXT.encode(), "order.txt"))
    confirm_all(deps, draft)
    draft_desk.patch_draft(deps, SALES, draft["id"], [{"path": "/requested_date", "value": "2026-12-05"}], None)
    outcome = draft_desk.submit_draft(deps, SALES, draft["id"])
    assert isinstance(outcome, Committed)
    return outcome.order_id


def one(deps, order_id, path):
    (found,) = chains(deps, SALES, order_id, path)
    return found


def test_U6_value_leads_to_its_document_and_the_words_it_was_read_from(deps, placed):
    found = one(deps, placed, "/lines/0/quantity")
    assert found["value"] == "400"
    assert found["read"]["raw"].startswith("两箱A型接头")
    assert found["read"]["why"]
    assert (found["document"]["filename"], len(found["document"]["sha256"])) == ("order.txt", 64)
    assert found["people"] == []


def test_U6_persons_edit_stands_in_the_chain_with_what_was_there_before(deps, placed):
    (edit,) = one(deps, placed, "/requested_date")["people"]
    assert (edit["actor"], edit["was"], edit["is"]) == (SALES.id, "2026-12-01", "2026-12-05")


def test_U6_every_value_of_the_erp_payload_has_a_chain_and_the_path_goes_both_ways(deps, placed):
    with deps.store.db.read() as conn:
        row = next(item for item in outbox.of_order(conn, placed) if item["destination"] == outbox.ERP)
        body = json.loads(_message(deps, conn, row["id"]).body)
    found = {item["erp_path"]: item for item in chains(deps, SALES, placed)}
    for path, value in _leaves(body["order"], "/order"):
        if value not in (None, "", False) and not found[path]["masked"]:
            assert found[path]["value"] == (str(value) if not isinstance(value, bool) else "true"), path
    assert one(deps, placed, "/order/lines/0/sku")["path"] == "/lines/0/sku"


def _message(deps, conn, row_id) -> Message:
    from sqlalchemy import select

    from server.db import tables as t

    return message_of(conn, deps.store, conn.execute(select(t.outbox).where(t.outbox.c.id == row_id)).one())


def _leaves(value, at):
    if isinstance(value, dict):
        return [leaf for name, part in value.items() for leaf in _leaves(part, f"{at}/{name}")]
    if isinstance(value, list):
        return [leaf for place, part in enumerate(value) for leaf in _leaves(part, f"{at}/{place}")]
    return [(at, value)]


def test_U6_personal_data_is_masked_in_the_chain_as_in_the_order(deps, placed):
    found = one(deps, placed, "/buyer/contact/phone")
    assert found["masked"] is True
    assert "13800138000" not in json.dumps(chains(deps, SALES, placed), ensure_ascii=False)
    assert found["read"]["raw"] is None


def test_U6_value_that_no_document_says_is_called_derived(deps, placed):
    found = one(deps, placed, "/totals/payable")
    assert (found["document"], found["normalized"]) == (None, "derived")


def test_U6_stranger_sees_no_chain(deps, placed):
    with pytest.raises(NotFound):
        chains(deps, STRANGER, placed)
