"""A document is kept, read into drafts by a job, confirmed by a person and submitted once, or refused with a reason."""

import json

import pytest
from sqlalchemy import select

import server.tasks  # noqa: F401 - registers what the jobs do
from orders.actor import SYSTEM, Role
from orders.errors import Conflict, InvalidOrder, NotFound, Refused, UnreadableDocument
from server.commit import AlreadyThere, Committed
from server.db.tables import jobs, originals
from server.desk.papers import documents as desk
from server.desk.papers import drafts as draft_desk
from server.desk.papers.documents import MAX_BYTES, READ_JOB
from server.jobs import Terms, perform
from tests.integration.desk.conftest import actor, order, send

SALES, COLLEAGUE, STRANGER = actor(Role.SALES), actor(Role.SALES_SUPERVISOR), actor(Role.SALES, "stranger")
TEXT = "订单号：HL-1\n客户：苏州恒力机电有限公司\n联系人：张总 13800138000\nA-1001 A型接头 300个 单价12.50\n"


def receive(deps, data=None, name="order.json"):
    data = json.dumps(order("D-1", ("A-1001", "7"))).encode() if data is None else data
    return desk.receive_document(deps, SALES, filename=name, content_type="application/json", data=data)


def run_jobs(deps, terms=None):
    with deps.store.db.read() as conn:
        waiting = conn.execute(select(jobs.c.id).where(jobs.c.state == "waiting")).scalars().all()
    for job_id in waiting:
        perform(deps, job_id, terms)


def read(deps, data=None, name="order.json"):
    document_id = receive(deps, data, name)
    run_jobs(deps)
    return desk.document(deps, SALES, document_id)


def draft_of(deps, document):
    return draft_desk.draft(deps, SALES, document["drafts"][0]["id"])


def confirm_all(deps, draft):
    edits = [{"path": item["path"], "confirm": True} for item in draft["fields"] if item["status"] == "confirm"]
    return draft_desk.patch_draft(deps, SALES, draft["id"], edits, None) if edits else draft


def test_a_document_is_stored_before_it_is_acknowledged_and_then_read(deps):
    document_id = receive(deps)
    first = desk.document(deps, SALES, document_id)
    assert (first["state"], first["drafts"]) == ("received", [])
    run_jobs(deps)
    ready = desk.document(deps, SALES, document_id)
    assert (ready["state"], ready["progress"], len(ready["drafts"])) == ("ready", 100, 1)
    assert json.loads(desk.document_original(deps, SALES, document_id).data)["number"] == "D-1"


@pytest.mark.parametrize(("data", "code"), [(b"", "empty_file"), (b"x" * (MAX_BYTES + 1), "too_large")])
def test_an_empty_or_too_large_file_is_refused_at_once(deps, data, code):
    with pytest.raises(UnreadableDocument) as refused:
        receive(deps, data)
    assert refused.value.code == code
    with deps.store.db.read() as conn:
        assert conn.execute(select(originals)).first() is None


@pytest.mark.parametrize(
    ("data", "name"), [(b"\x00\x01\x02\x03" * 50, "a.bin"), (b"{", "a.json"), ("今天天气不错".encode(), "a.txt")]
)
def test_what_cannot_be_read_is_refused_with_a_reason_and_kept(deps, data, name):
    document = read(deps, data, name)
    assert document["state"] == "refused"
    assert document["reason"]["code"]
    assert document["reason"]["message"]["zh"]
    assert desk.document_original(deps, SALES, document["id"]).data == data


def test_a_document_whose_reader_breaks_in_every_attempt_is_refused_not_forgotten(deps, clock):
    document_id = receive(deps)

    def broken(_deps, _args):
        raise RuntimeError("the reader broke down")

    for _ in range(10):
        run_jobs(deps, Terms(handlers={READ_JOB: broken}))
        clock.forward(hours=2)
    document = desk.document(deps, SALES, document_id)
    assert (document["state"], document["reason"]["code"]) == ("refused", "reader_failed")


def test_reading_twice_gives_the_drafts_once(deps):
    document = read(deps)
    assert desk.read_document(deps, document["id"], SYSTEM) == "ready"
    assert len(desk.document(deps, SALES, document["id"])["drafts"]) == 1


def test_a_stranger_sees_neither_document_nor_draft(deps):
    document = read(deps)
    with pytest.raises(NotFound):
        desk.document(deps, STRANGER, document["id"])
    with pytest.raises(NotFound):
        draft_desk.draft(deps, STRANGER, document["drafts"][0]["id"])
    assert desk.document(deps, COLLEAGUE, document["id"])["id"] == document["id"]


def test_IN_12_a_text_order_becomes_a_draft_that_a_person_confirms_before_it_is_submitted(deps):
    draft = draft_of(deps, read(deps, TEXT.encode(), "order.txt"))
    assert draft["order"]["lines"][0]["sku"] == "A-1001"
    assert draft["order"]["lines"][0]["quantity"] == "300"
    if draft["to_confirm"]:
        with pytest.raises(InvalidOrder) as refused:
            draft_desk.submit_draft(deps, SALES, draft["id"])
        assert {problem.code for problem in refused.value.problems} == {"unconfirmed"}
    day = {"path": "/requested_date", "value": "2026-12-01"}
    draft_desk.patch_draft(deps, SALES, draft["id"], [day], None)
    outcome = _submit(deps, draft)
    assert isinstance(outcome, Committed)
    assert outcome.order.number == "HL-1"
    assert draft_desk.draft(deps, SALES, draft["id"])["order_id"] == outcome.order_id


def _submit(deps, draft):
    confirm_all(deps, draft)
    return draft_desk.submit_draft(deps, SALES, draft["id"])


def test_a_draft_submitted_twice_is_one_order(deps):
    draft = draft_of(deps, read(deps))
    first = _submit(deps, draft)
    assert draft_desk.submit_draft(deps, SALES, draft["id"]) == AlreadyThere(first.order_id)
    with pytest.raises(Refused, match="can no longer be changed"):
        draft_desk.patch_draft(deps, SALES, draft["id"], [{"path": "/note", "value": "x"}], None)


def test_a_stale_edit_of_a_draft_is_refused(deps):
    draft = draft_of(deps, read(deps))
    changed = draft_desk.patch_draft(deps, SALES, draft["id"], [{"path": "/note", "value": "急用"}], draft["version"])
    assert (changed["version"], changed["order"]["note"]) == (2, "急用")
    with pytest.raises(Conflict):
        draft_desk.patch_draft(deps, SALES, draft["id"], [{"path": "/note", "value": "不急"}], draft["version"])


def test_a_person_may_correct_any_field_before_submitting(deps):
    draft = draft_of(deps, read(deps))
    draft_desk.patch_draft(deps, SALES, draft["id"], [{"path": "/lines/0/quantity", "value": "70"}], None)
    assert str(_submit(deps, draft).order.lines[0].quantity) == "70000000"


def test_a_draft_with_an_unknown_sku_is_refused_with_the_nearest_ones(deps):
    draft = draft_of(deps, read(deps))
    draft_desk.patch_draft(deps, SALES, draft["id"], [{"path": "/lines/0/sku", "value": "A-1O01"}], None)
    with pytest.raises(InvalidOrder) as refused:
        draft_desk.submit_draft(deps, SALES, draft["id"])
    problem = refused.value.problems[0]
    assert (problem.pointer, problem.candidates[0]) == ("/lines/0/sku", "A-1001")


def test_a_withdrawn_document_takes_its_drafts_along_and_is_kept(deps):
    document = read(deps)
    desk.withdraw_document(deps, SALES, document["id"])
    after = desk.document(deps, SALES, document["id"])
    assert (after["state"], after["drafts"][0]["state"]) == ("withdrawn", "withdrawn")
    with pytest.raises(Refused):
        draft_desk.submit_draft(deps, SALES, document["drafts"][0]["id"])
    assert desk.document_original(deps, SALES, document["id"]).data


def test_a_document_withdrawn_before_it_is_read_is_not_read(deps):
    document_id = receive(deps)
    desk.withdraw_document(deps, SALES, document_id)
    run_jobs(deps)
    after = desk.document(deps, SALES, document_id)
    assert (after["state"], after["drafts"]) == ("withdrawn", [])


def test_a_document_that_became_an_order_cannot_be_withdrawn(deps):
    document = read(deps)
    _submit(deps, draft_of(deps, document))
    with pytest.raises(Refused, match="cancel the order"):
        desk.withdraw_document(deps, SALES, document["id"])


def test_DUP_03_the_same_content_by_another_door_is_flagged_with_its_twin(deps, clock):
    value = order("D-1", ("A-1001", "7"))
    first = send(deps, value)
    clock.forward(minutes=20)
    second = _submit(deps, draft_of(deps, read(deps, json.dumps(value).encode())))
    assert [hold["code"] for hold in second.holds] == ["DUPLICATE_SUSPECT"]
    assert first.order_id in json.dumps(second.holds[0]["message"], ensure_ascii=False)


NOTE = "送 货 单\n送货日期：2026-11-05 订单号：PO-1\nA-1001 A型接头 300个\n收货人签字："


def test_another_paper_is_refused_kept_and_read_as_an_order_when_a_person_says_so(deps):
    refused = read(deps, NOTE.encode(), "note.txt")
    assert (refused["state"], refused["reason"]["code"], refused["drafts"]) == ("refused", "not_an_order", [])
    with pytest.raises(NotFound):
        desk.read_as_order(deps, STRANGER, refused["id"])
    desk.read_as_order(deps, SALES, refused["id"])
    assert desk.document(deps, SALES, refused["id"])["reason"] is None
    run_jobs(deps)
    ready = desk.document(deps, SALES, refused["id"])
    assert (ready["state"], len(ready["drafts"])) == ("ready", 1)
    assert desk.document_original(deps, SALES, refused["id"]).data == NOTE.encode()


@pytest.mark.parametrize("data", [None, "天气好".encode()], ids=["ready", "refused_otherwise"])
def test_only_what_was_taken_for_another_paper_is_read_anew(deps, data):
    document = read(deps, data, "a.txt")
    with pytest.raises(Refused) as caught:
        desk.read_as_order(deps, SALES, document["id"])
    assert caught.value.code == "not_refused_as_paper"
