"""U18: what a person confirmed is learnt for the customer, tried on past documents, switched on and revoked."""

from __future__ import annotations

from typing import Any

import pytest

from orders.actor import Role
from orders.errors import Forbidden, NotFound, Refused
from server.commit import Committed
from server.db import tables as t
from server.desk.papers import drafts as draft_desk
from server.desk.papers import learning as desk
from tests.integration.desk.conftest import actor
from tests.integration.desk.test_documents import SALES, STRANGER, draft_of, read, run_jobs

BUYER = "客户：苏州恒力机电有限公司\n联系人：张总 13800138000\n"
HEAD = f"{BUYER}收货地址：江苏省苏州市虎丘区星湖街328号\n交货日期：2026-12-05\n"
NAME = "苏州恒力机电有限公司"
NEW_CODE = "HL-9901 300个 单价8.60\n"


@pytest.fixture
def store(sqlite_store):
    return sqlite_store


def text(number: str, lines: str = NEW_CODE, head: str = HEAD) -> bytes:
    return f"订单号：{number}\n{head}{lines}".encode()


def submitted(deps: Any, data: bytes, *edits: tuple[str, Any]) -> dict[str, Any]:
    """Send a text order, correct it, confirm the rest, submit it, and let the jobs run."""
    deps.clock.forward(minutes=1)
    draft = draft_of(deps, read(deps, data, "order.txt"))
    told: list[dict[str, Any]] = [{"path": path, "value": value} for path, value in edits]
    done = {path for path, _ in edits}
    told += [
        {"path": item["path"], "confirm": True}
        for item in draft["fields"]
        if item["status"] == "confirm" and item["path"] not in done
    ]
    draft_desk.patch_draft(deps, SALES, draft["id"], told, None)
    assert isinstance(draft_desk.submit_draft(deps, SALES, draft["id"]), Committed)
    run_jobs(deps)  # looks at what was taught
    run_jobs(deps)  # tries it
    return draft


def taught(deps: Any) -> list[dict[str, Any]]:
    return desk.listed(deps, SALES)[0]


def sku_field(draft: dict[str, Any]) -> dict[str, Any]:
    return next(item for item in draft["fields"] if item["path"] == "/lines/0/sku")


def test_U18_corrected_part_number_is_proposed_with_where_it_came_from_and_tried(deps):
    draft = submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    (lesson,) = taught(deps)
    assert (lesson["kind"], lesson["said"], lesson["meant"]) == ("part_number", "HL-9901", "A-1005")
    assert (lesson["customer"], lesson["state"], lesson["seen"]) == ("C-001", "ready", 1)
    assert (lesson["draft_id"], lesson["path"], lesson["taught_by"]) == (draft["id"], "/lines/0/sku", SALES.id)
    assert lesson["trial"]["worse"] == []
    assert {"draft_id": draft["id"], "path": "/lines/0/sku"} in lesson["trial"]["better"]


def test_U18_nothing_is_read_otherwise_before_a_person_switches_the_lesson_on(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    before = draft_of(deps, read(deps, text("L-2"), "order.txt"))
    assert sku_field(before)["status"] == "confirm"
    desk.switch_on(deps, SALES, taught(deps)[0]["id"])
    after = draft_of(deps, read(deps, text("L-3"), "order.txt"))
    assert (sku_field(after)["value"], sku_field(after)["status"]) == ("A-1005", "auto")
    assert draft_desk.draft(deps, SALES, before["id"])["fields"] == before["fields"]  # what is here stays


def test_U18_lesson_is_the_customers_alone(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    desk.switch_on(deps, SALES, taught(deps)[0]["id"])
    other = HEAD.replace("苏州恒力机电有限公司", "武汉楚天机械有限公司").replace("张总 13800138000", "刘工 13500135004")
    draft = draft_of(deps, read(deps, text("L-4", head=other), "order.txt"))
    assert draft["order"]["buyer"]["name"] == "武汉楚天机械有限公司"
    assert sku_field(draft)["status"] == "confirm"


def test_U18_revoking_is_one_step_and_holds_from_the_next_document_on(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    lesson_id = taught(deps)[0]["id"]
    desk.switch_on(deps, SALES, lesson_id)
    assert desk.revoke(deps, SALES, lesson_id)["state"] == "revoked"
    assert sku_field(draft_of(deps, read(deps, text("L-5"), "order.txt")))["status"] == "confirm"
    with pytest.raises(Refused):
        desk.revoke(deps, SALES, lesson_id)
    with pytest.raises(Refused):  # what was revoked is tried again before it may speak again
        desk.switch_on(deps, SALES, lesson_id)
    desk.try_again(deps, SALES, lesson_id)
    run_jobs(deps)
    assert desk.switch_on(deps, SALES, lesson_id)["state"] == "live"
    with deps.store.db.read() as conn:
        actions = [row.action for row in conn.execute(t.audit.select().where(t.audit.c.chain == "lessons"))]
    assert actions == ["lesson_switched_on", "lesson_revoked", "lesson_switched_on"]


def test_U18_lesson_that_would_change_a_past_confirmed_value_for_the_worse_cannot_be_switched_on(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    submitted(deps, text("L-2"), ("/lines/0/sku", "A-1002"))  # the same number, confirmed as another product
    states = {lesson["meant"]: lesson for lesson in taught(deps)}
    assert states["A-1002"]["state"] == "harmful"
    assert states["A-1002"]["trial"]["worse"]
    with pytest.raises(Refused) as refused:
        desk.switch_on(deps, SALES, states["A-1002"]["id"])
    assert refused.value.code == "lesson_untried"
    desk.try_again(deps, SALES, states["A-1005"]["id"])
    run_jobs(deps)
    assert desk.lesson(deps, SALES, states["A-1005"]["id"])["state"] == "harmful"  # the newer document tells against it


def test_U18_lesson_whose_trial_is_older_than_a_document_is_tried_again_before_it_goes_live(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    lesson_id = taught(deps)[0]["id"]
    submitted(deps, text("L-2", "A-1001 300个 单价12.50\n"))  # a later document that tells neither way
    assert desk.switch_on(deps, SALES, lesson_id)["state"] == "proposed"
    run_jobs(deps)
    assert desk.lesson(deps, SALES, lesson_id)["state"] == "live"
    desk.revoke(deps, SALES, lesson_id)
    desk.try_again(deps, SALES, lesson_id)
    run_jobs(deps)
    assert desk.lesson(deps, SALES, lesson_id)["state"] == "ready"  # a trial that nobody wanted live goes no further
    submitted(deps, text("L-3"), ("/lines/0/sku", "A-1002"))  # a later document that tells against it
    assert desk.switch_on(deps, SALES, lesson_id)["state"] == "proposed"
    run_jobs(deps)
    assert desk.lesson(deps, SALES, lesson_id)["state"] == "harmful"


def test_U18_same_words_cannot_mean_two_things_at_once(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    first = taught(deps)[0]["id"]
    desk.switch_on(deps, SALES, first)
    assert desk.lesson(deps, SALES, first)["state"] == "live"
    submitted(deps, text("L-2"), ("/lines/0/sku", "A-1002"))
    second = next(lesson for lesson in taught(deps) if lesson["id"] != first)
    with deps.store.db.write() as conn:  # as if it had been tried where the first was not known
        conn.execute(t.lessons.update().where(t.lessons.c.id == second["id"]).values(state="ready"))
    with pytest.raises(Refused) as refused:
        desk.switch_on(deps, SALES, second["id"])
    assert refused.value.code == "lesson_contradicted"


def test_U18_the_customers_own_word_for_a_product_is_learnt_as_a_whole_word(deps):
    submitted(deps, text("L-1", "要300个小弯头，单价8.60\n"))
    lesson = next(item for item in taught(deps) if item["kind"] == "product_name")
    assert (lesson["said"], lesson["meant"], lesson["state"]) == ("小弯头", "A-1005", "ready")
    desk.switch_on(deps, SALES, lesson["id"])
    read_again = sku_field(draft_of(deps, read(deps, text("L-2", "小弯头 20个 单价8.60\n"), "order.txt")))
    assert (read_again["value"], read_again["status"]) == ("A-1005", "auto")


def test_U18_another_way_of_writing_the_customer_is_learnt_and_still_looked_at(deps):
    head = HEAD.replace("苏州恒力机电有限公司", "星湖机电经营部").replace("联系人：张总 13800138000\n", "")
    submitted(deps, text("L-1", "A-1001 300个 单价12.50\n", head), ("/buyer/name", NAME), ("/payment_terms", "net30"))
    (lesson,) = taught(deps)
    assert (lesson["kind"], lesson["said"], lesson["state"]) == ("customer_name", "星湖机电经营部", "ready")
    desk.switch_on(deps, SALES, lesson["id"])
    draft = draft_of(deps, read(deps, text("L-2", "A-1001 5个 单价12.50\n", head), "order.txt"))
    name = next(item for item in draft["fields"] if item["path"] == "/buyer/name")
    assert (name["value"], name["raw"], name["status"]) == ("苏州恒力机电有限公司", "星湖机电经营部", "confirm")
    assert draft["order"]["payment_terms"] == "net30"  # the customer's file speaks again


def test_U18_well_read_draft_teaches_nothing_and_what_is_taught_twice_is_counted(deps):
    submitted(deps, text("L-0", "A-1001 300个 单价12.50\n"))
    assert taught(deps) == []
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    submitted(deps, text("L-2"), ("/lines/0/sku", "A-1005"))
    assert [(lesson["said"], lesson["seen"]) for lesson in taught(deps)] == [("HL-9901", 2)]


def test_U18_master_data_stands_before_what_was_learnt(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    desk.switch_on(deps, SALES, taught(deps)[0]["id"])
    with deps.store.db.write() as conn:
        conn.execute(t.customers.update().where(t.customers.c.code == "C-001").values(buyer_skus={"hl-9901": "A-1002"}))
        desk.catalogue.moved(conn, "test", deps.clock())
    assert sku_field(draft_of(deps, read(deps, text("L-2"), "order.txt")))["value"] == "A-1002"


def test_U18_lessons_are_seen_and_switched_by_those_whose_drafts_they_came_from(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    lesson_id = taught(deps)[0]["id"]
    assert desk.listed(deps, STRANGER)[0] == []
    with pytest.raises(NotFound):
        desk.switch_on(deps, STRANGER, lesson_id)
    auditor = actor(Role.AUDITOR)
    assert desk.lesson(deps, auditor, lesson_id)["id"] == lesson_id
    with pytest.raises(Forbidden):
        desk.switch_on(deps, auditor, lesson_id)
    with pytest.raises(Forbidden):
        desk.listed(deps, actor(Role.FINANCE))


def test_U18_forgotten_customers_words_are_forgotten_too(deps):
    submitted(deps, text("L-1"), ("/lines/0/sku", "A-1005"))
    desk.switch_on(deps, SALES, taught(deps)[0]["id"])
    with deps.store.db.write() as conn:
        subject = conn.execute(t.customers.select().where(t.customers.c.code == "C-001")).one().subject
        deps.store.vault.erase(conn, subject, deps.clock())
        desk.catalogue.moved(conn, "test", deps.clock())
    assert taught(deps) == []
    assert "C-001" not in deps.catalogue().customers
