"""Originals, documents and drafts on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from orders.actor import Actor, Role
from orders.draft import DraftField, DraftOrder, DraftState, FieldStatus
from orders.edit import Edit, apply_edits
from orders.errors import Conflict, NotFound
from server.db import originals
from server.db import tables as t
from server.db.originals import IN_ROW_BYTES, Arrived
from server.db.papers import documents, drafts
from server.db.papers.documents import Reason, Source
from server.db.vault import Erased

OWNER = Actor("usr_owner", "owner", "user", frozenset({Role.SALES}), "org_main")
COLLEAGUE = Actor("usr_colleague", "colleague", "user", frozenset({Role.SALES_SUPERVISOR}), "org_main")
STRANGER = Actor("usr_stranger", "stranger", "user", frozenset({Role.SALES}), "org_main")
MAIL = Source("mail", "mail", message_id="<1@example>", sender="a@example")


def draft_order():
    field = DraftField("/lines/0/quantity", "7", "7个", 0.6, FieldStatus.CONFIRM, ("blurred",), 1, (0.1, 0.2, 0.3, 0.4))
    line = {"line_no": 1, "sku": "A-1001", "quantity": "7"}
    return DraftOrder(order={"currency": "CNY", "lines": [line]}, fields=(field,), warnings=("张总 13800138000",))


def keep(store, now, data=b"purchase order"):
    with store.db.write() as conn:
        arrived = Arrived(data, "application/pdf", "po.pdf", now)
        return originals.keep(conn, store, arrived, owner_id=OWNER.id, org_id=OWNER.org_id)


def add(store, now, source=None):
    original_id = keep(store, now)
    with store.db.write() as conn:
        return documents.add(conn, original_id, source or Source("upload", "document"), actor=OWNER, now=now)


def add_draft(store, now):
    document_id = add(store, now)
    with store.db.write() as conn:
        return drafts.add(conn, store, documents.get(conn, document_id, OWNER), 0, draft_order(), now=now)


@pytest.mark.parametrize("size", [0, 1, IN_ROW_BYTES, IN_ROW_BYTES + 1])
def test_an_original_comes_back_as_it_arrived_and_lies_sealed(store, now, size):
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    original_id = keep(store, now, data)
    with store.db.read() as conn:
        assert originals.fetch(conn, store, original_id).data == data
    on_disk = list(store.data_dir.glob("originals/*/*"))
    assert len(on_disk) == (1 if size > IN_ROW_BYTES else 0)
    if on_disk:
        assert bytes(range(256)) not in on_disk[0].read_bytes()


def test_an_erased_original_cannot_be_read_again(store, now):
    original_id = keep(store, now)
    with store.db.write() as conn:
        assert store.vault.erase(conn, f"original:{original_id}", now) == 1
    with store.db.read() as conn, pytest.raises(Erased):
        originals.fetch(conn, store, original_id)


def test_IN_07_the_same_message_id_never_gives_two_documents(store, now):
    assert add(store, now, MAIL) is not None
    assert add(store, now, MAIL) is None
    with store.db.read() as conn:
        assert len(documents.list_page(conn, OWNER, {"message_id": "<1@example>"}).rows) == 1


def test_documents_without_a_message_id_are_never_the_same(store, now):
    assert add(store, now) != add(store, now)


def test_a_document_is_read_once_and_a_withdrawn_one_not_at_all(store, now):
    first, second = add(store, now), add(store, now)
    with store.db.write() as conn:
        assert documents.start_reading(conn, first, now)
        documents.set_progress(conn, first, 40, now)
        assert documents.get(conn, first, OWNER)["progress"] == 40
        assert documents.finish(conn, first, {"kind": "scan", "pages": 1, "quality": {}}, now)
        assert not documents.start_reading(conn, first, now), "it is ready"
        assert not documents.finish(conn, first, {"kind": "scan", "pages": 1, "quality": {}}, now)
        assert documents.withdraw(conn, second, now)
        assert not documents.start_reading(conn, second, now), "it was withdrawn"


def test_a_refused_document_says_why_and_keeps_its_original(store, now):
    document_id = add(store, now)
    with store.db.write() as conn:
        documents.start_reading(conn, document_id, now)
        documents.refuse(conn, document_id, Reason("encrypted", "文件已加密", "the file is encrypted"), now)
    with store.db.read() as conn:
        row = documents.get(conn, document_id, OWNER)
        assert (row["state"], row["reason_code"], row["progress"]) == ("refused", "encrypted", 100)
        assert originals.fetch(conn, store, row["original_id"]).data == b"purchase order"


def test_owner_and_superior_see_a_document_and_a_stranger_does_not(store, now):
    document_id = add(store, now)
    with store.db.read() as conn:
        assert documents.get(conn, document_id, OWNER)["id"] == document_id
        assert documents.get(conn, document_id, COLLEAGUE)["id"] == document_id
        with pytest.raises(NotFound):
            documents.get(conn, document_id, STRANGER)
        assert documents.list_page(conn, STRANGER, {}).rows == ()


def test_a_draft_is_sealed_and_comes_back_whole(store, now):
    draft_id = add_draft(store, now)
    with store.db.read() as conn:
        stored = drafts.get(conn, store, draft_id, OWNER)
        assert (stored.draft, stored.state, stored.version) == (draft_order(), DraftState.OPEN, 1)
        with pytest.raises(NotFound):
            drafts.get(conn, store, draft_id, STRANGER)
        raw = conn.exec_driver_sql("SELECT sealed FROM drafts").scalar()
    assert b"13800138000" not in bytes(raw)


def test_a_stale_change_of_a_draft_is_refused(store, now):
    draft_id = add_draft(store, now)
    with store.db.write() as conn:
        old = drafts.get(conn, store, draft_id, OWNER)
        new = apply_edits(old.draft, [Edit("/lines/0/quantity", "70")])
        drafts.replace(conn, store, old, new, actor=OWNER, now=now + timedelta(seconds=1))
    with store.db.read() as conn:
        changed = drafts.get(conn, store, draft_id, OWNER)
        assert (changed.version, changed.draft.order["lines"][0]["quantity"]) == (2, "70")
    with pytest.raises(Conflict, match="load it again"), store.db.write() as conn:
        drafts.replace(conn, store, old, new, actor=OWNER, now=now)


def test_a_draft_without_a_quantity_needs_input(store, now):
    document_id = add(store, now)
    line = {"line_no": 1, "sku": "A-1001", "quantity": None}
    empty = DraftOrder(order={"currency": "CNY", "lines": [line]}, fields=())
    with store.db.write() as conn:
        draft_id = drafts.add(conn, store, documents.get(conn, document_id, OWNER), 0, empty, now=now)
        assert drafts.get(conn, store, draft_id, OWNER).state is DraftState.NEEDS_INPUT


def test_what_happens_to_one_document_and_draft_happens_to_no_other(sqlite_store, now):
    other_draft, one_draft = (add_draft(sqlite_store, now) for _ in range(2))

    def theirs():
        with sqlite_store.db.read() as conn:
            draft = conn.execute(select(t.drafts).where(t.drafts.c.id == other_draft)).one()
            return draft, conn.execute(select(t.documents).where(t.documents.c.id == draft.document_id)).one()

    before = theirs()
    with sqlite_store.db.write() as conn:
        one = drafts.get(conn, sqlite_store, one_draft, OWNER)
        document_id = one.document_id
        assert documents.start_reading(conn, before[1].id, now)
    before = theirs()  # both are being read, so that only its id keeps one from the other
    with sqlite_store.db.write() as conn:
        assert documents.start_reading(conn, document_id, now)
        documents.set_progress(conn, document_id, 50, now)
        assert documents.refuse(conn, document_id, Reason("x", "坏", "bad"), now)
        assert not documents.refuse(conn, document_id, Reason("y", "坏", "bad"), now)
        assert not documents.reopen(conn, document_id, "y", now)
        assert documents.reopen(conn, document_id, "x", now)
        assert not documents.finish(conn, document_id, {}, now)
        assert documents.start_reading(conn, document_id, now)
        assert documents.finish(conn, document_id, {"kind": "pdf"}, now)
        assert not documents.start_reading(conn, document_id, now)
        drafts.set_state(conn, one, DraftState.WITHDRAWN, actor=OWNER, now=now)
        assert not drafts.submitted(conn, one_draft, "ord_1", actor_id=OWNER.id, now=now)
        drafts.bring_back(conn, drafts.get(conn, sqlite_store, one_draft, OWNER), actor=OWNER, now=now)
        assert drafts.submitted(conn, one_draft, "ord_1", actor_id=OWNER.id, now=now)
        assert documents.withdraw(conn, document_id, now)
        assert not documents.withdraw(conn, document_id, now)
    assert theirs() == before


def test_a_draft_is_submitted_once(store, now):
    draft_id = add_draft(store, now)
    with store.db.write() as conn:
        assert drafts.submitted(conn, draft_id, "ord_1", actor_id=OWNER.id, now=now)
        assert not drafts.submitted(conn, draft_id, "ord_2", actor_id=OWNER.id, now=now)
        assert drafts.get(conn, store, draft_id, OWNER).order_id == "ord_1"
