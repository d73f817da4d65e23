"""What changed ends the holds that waited for it, by itself; nothing else, and never what needs a person."""

import pytest
from sqlalchemy import select

from orders.actor import SYSTEM, Role
from orders.errors import Refused
from server import tasks as _handlers  # noqa: F401 - registers what the jobs do
from server.db import jobs, master
from server.db.order import decisions, recheck
from server.db.tables import jobs as table
from server.desk import orders as desk
from server.desk.view import order_view
from server.jobs import perform
from tests.integration.desk.conftest import actor, order, send

SALES = actor(Role.SALES)
PICKUP = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"


@pytest.fixture
def store(sqlite_store):
    """What is asked of the database here is one statement: `db/test_recheck.py` asks both."""
    return sqlite_store


def change(deps, kind, **item):
    with deps.store.db.write() as conn:
        master.upsert(conn, deps.store, kind, item, actor=SYSTEM, now=deps.clock())


def stock(deps, on_hand, site="GZ"):
    change(deps, "stock", sku="A-1001", site=site, on_hand=on_hand)


def waiting(deps):
    with deps.store.db.read() as conn:
        return list(
            conn.execute(select(table.c.id).where(table.c.kind == recheck.JOB, table.c.state == "waiting")).scalars()
        )


def run(deps):
    """Do the rechecks that wait; return what each said."""
    deps.clock.forward(seconds=2)
    ids = waiting(deps)
    assert all(perform(deps, job_id) for job_id in ids)
    with deps.store.db.read() as conn:
        return [jobs.get(conn, job_id)["result"] for job_id in ids]


def state(deps, outcome):
    view = order_view(deps, SYSTEM, outcome.order_id)
    return view["state"], sorted(hold["code"] for hold in view["holds"] if hold["state"] == "active")


def decided(deps, outcome):
    with deps.store.db.read() as conn:
        return [row["cause"] for row in decisions.of_order(conn, outcome.order_id)]


def test_INV_01_an_order_that_was_short_goes_on_when_goods_arrive(deps):
    short = send(deps, order("R-1", ("A-1001", "1300")))
    assert state(deps, short) == ("to_confirm", ["STOCK_SHORT"])
    stock(deps, "1400")
    assert run(deps) == [{"orders": 1, "changed": 1}]
    assert state(deps, short)[1] == []
    assert decided(deps, short) == ["submit", "recheck"]


def test_INV_01_an_order_that_is_short_still_gets_no_further_decision(deps):
    short = send(deps, order("R-1", ("A-1001", "1300")))
    stock(deps, "1050")
    assert run(deps) == [{"orders": 1, "changed": 0}]
    assert decided(deps, short) == ["submit"]


def test_INV_01_a_cancelled_order_gives_its_goods_to_the_one_that_waits(deps):
    first = send(deps, order("R-1", ("A-1001", "900"), phone="13800138001"))
    short = send(deps, order("R-2", ("A-1001", "800"), phone="13800138002"))
    assert state(deps, short)[1] == ["STOCK_SHORT"]
    desk.command(deps, actor(Role.SALES_SUPERVISOR), first.order_id, "cancel", reason="客户取消")
    run(deps)
    assert state(deps, short)[1] == []


def test_a_hold_that_needs_a_person_stays_whatever_changes(deps):
    held = send(deps, order("R-1", ("A-1001", "60"), address=PICKUP))
    before = state(deps, held)
    assert before[1] == ["PICKUP_POINT_HIGH_VALUE"]
    stock(deps, "5000")
    run(deps)
    assert state(deps, held) == before


def test_changes_of_one_subject_are_one_job(deps):
    send(deps, order("R-1", ("A-1001", "1300")))
    for on_hand in ("1001", "1002", "1003"):
        stock(deps, on_hand)
    assert len(waiting(deps)) == 1


def test_a_change_that_changes_nothing_asks_for_nothing(deps):
    stock(deps, "1000")
    send(deps, order("R-1", ("A-1001", "1300")))
    stock(deps, "1000")
    assert waiting(deps) == []


def test_a_change_that_is_rolled_back_asks_for_nothing(deps):
    send(deps, order("R-1", ("A-1001", "1300")))

    def undone():
        with deps.store.db.write() as conn:
            item = {"sku": "A-1001", "site": "GZ", "on_hand": "1400"}
            master.upsert(conn, deps.store, "stock", item, actor=SYSTEM, now=deps.clock())
            raise Refused("no", "no")

    with pytest.raises(Refused):
        undone()
    assert waiting(deps) == []


def test_CRD_01_an_order_over_its_limit_goes_on_when_the_limit_is_raised(deps):
    with deps.store.db.read() as conn:
        accounts = master.list_page(conn, deps.store, "credit_accounts").rows
        buyers = {item["name"]: item["code"] for item in master.list_page(conn, deps.store, "customers").rows}
    code = buyers["苏州恒力机电有限公司"]
    account = next(item for item in accounts if item["customer"] == code)
    kept = {name: account[name] for name in ("customer", "currency", "overdue_days", "score", "exposure")}
    change(deps, "credit_accounts", **kept, limit=account["exposure"])
    over = send(deps, order("R-1", ("A-1001", "10")))
    assert state(deps, over)[1] == ["CREDIT_LIMIT"]
    change(deps, "credit_accounts", **kept, limit="900000.00")
    assert run(deps) == [{"orders": 1, "changed": 1}]
    assert state(deps, over)[1] == []
