"""NL-02: a person stops an order before its goods leave; what was said is proposed, confirmed by a person, asked."""

from __future__ import annotations

from typing import Any

import pytest

from orders.actor import Role
from orders.errors import Conflict, Forbidden, InvalidOrder, NotFound, Refused, UnreadableDocument
from server.desk import intercept as desk
from server.desk import orders as order_desk
from server.desk.holds import release_hold
from server.desk.view import order_view
from tests.integration.desk.conftest import actor, order, send

SALES, WAREHOUSE, FINANCE = actor(Role.SALES), actor(Role.PRODUCTION), actor(Role.FINANCE)
STRANGER = actor(Role.SALES, "stranger")


@pytest.fixture
def store(sqlite_store):
    return sqlite_store


def sent(deps: Any, number: str = "PO-2026-0117") -> str:
    return str(send(deps, order(number, ("A-1001", "5"))).order_id)


def codes(view: dict[str, Any]) -> list[str]:
    return [hold["code"] for hold in view["holds"] if hold["state"] == "active"]


def test_NL_02_intercepted_order_is_held_until_a_person_releases_it(deps):
    order_id = sent(deps)
    before = order_view(deps, SALES, order_id)
    held = desk.intercept(deps, WAREHOUSE, order_id, "型号错了")
    assert codes(held) == [*codes(before), "intercepted"]
    assert held["state"] == before["state"]
    printing = next(one for one in order_desk.next_states(deps, WAREHOUSE, order_id) if one["command"] == "print")
    assert not printing["allowed"]
    assert desk.intercept(deps, WAREHOUSE, order_id, "again")["version"] == held["version"]
    order_desk.decide_again(deps, SALES, order_id, "新事实")
    hold = next(hold for hold in order_view(deps, SALES, order_id)["holds"] if hold["code"] == "intercepted")
    assert (hold["state"], hold["message"]["zh"]) == ("active", "人工拦截：型号错了")
    with pytest.raises(Forbidden):
        release_hold(deps, SALES, hold["id"], "可以发")
    assert "intercepted" not in codes(release_hold(deps, WAREHOUSE, hold["id"], "可以发"))


def test_NL_02_who_may_not_stop_it_what_is_gone_and_what_lacks_a_reason_is_refused(deps):
    order_id = sent(deps)
    with pytest.raises(Forbidden):
        desk.intercept(deps, FINANCE, order_id, "x")
    with pytest.raises(NotFound):
        desk.intercept(deps, STRANGER, order_id, "x")
    with pytest.raises(InvalidOrder):
        desk.intercept(deps, SALES, order_id, " ")
    with pytest.raises(Conflict):
        desk.intercept(deps, SALES, order_id, "x", version=99)
    order_desk.command(deps, SALES, order_id, "cancel", reason="x")
    with pytest.raises(Refused) as caught:
        desk.intercept(deps, SALES, order_id, "x")
    assert caught.value.code == "too_late_to_intercept"


def questions(deps: Any, text: str) -> list[tuple[str, list[str]]]:
    told = desk.proposed(deps, SALES, text)
    assert told["proposals"] == []
    return [(one["code"], one["choices"]) for one in told["questions"]]


def test_NL_02_transcript_becomes_a_proposal_and_changes_nothing(deps):
    order_id = sent(deps)
    before = order_view(deps, SALES, order_id)["version"]
    (found,) = desk.proposed(deps, SALES, "拦截订单 零幺幺七 型号错了")["proposals"]
    assert (found["order_id"], found["command"], found["allowed"]) == (order_id, "hold", True)
    assert found["reason"] == "语音：拦截订单 零幺幺七 型号错了"
    (moved,) = desk.proposed(deps, SALES, "PO-2026-0117 改发到 四川省成都市武侯区天府大道18号")["proposals"]
    assert (moved["command"], moved["wish"], moved["address"]["city"]) == ("hold", "reroute", "成都市")
    assert moved["reason"].startswith("改发到 四川省成都市武侯区天府大道18号。")
    (gone,) = desk.proposed(deps, SALES, "取消 PO-2026-0117")["proposals"]
    assert (gone["command"], gone["allowed"], gone["why_not"]) == ("cancel", True, None)
    (not_mine,) = desk.proposed(deps, WAREHOUSE, "取消 PO-2026-0117")["proposals"]
    assert not not_mine["allowed"]
    assert order_view(deps, SALES, order_id)["version"] == before


def test_NL_02_what_is_unclear_is_asked_and_a_wrong_number_gets_the_nearest(deps):
    sent(deps)
    sent(deps, "PO-2026-9117")
    ((code, choices),) = questions(deps, "拦截订单 117")
    assert (code, sorted(choices)) == ("several_orders", ["PO-2026-0117", "PO-2026-9117"])
    ((code, nearest),) = questions(deps, "拦截订单 PO-2026-0171")
    assert (code, nearest[0]) == ("no_such_order", "PO-2026-0117")
    assert questions(deps, "拦截订单 ZZZ-1") == [("no_such_order", [])]
    assert questions(deps, "拦下来") == [("no_number", [])]
    assert questions(deps, "PO-2026-0117 改发到") == [("no_address", [])]
    assert questions(deps, "PO-2026-0117") == [("no_wish", [])]
    assert questions(deps, "拦截 PO-2026-0117，取消 PO-2026-9117") == [("several_wishes", [])]
    assert desk.proposed(deps, STRANGER, "拦截 PO-2026-0117")["questions"][0]["choices"] == []  # nor others' numbers
    with pytest.raises(Forbidden):
        desk.proposed(deps, FINANCE, "拦截 PO-2026-0117")
    with pytest.raises(UnreadableDocument):
        desk.proposed(deps, SALES, "拦" * 501)
