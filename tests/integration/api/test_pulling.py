"""Channels pulled from a platform's stub over real HTTP: nothing lost, nothing twice, whatever breaks in between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from adapters.channels.registry import PULLED
from server.db import tables as t
from server.db.doors import channels, pulls
from server.desk import inbox
from server.desk.doors import pull as desk
from server.desk.doors.pull import pull
from tests.conftest import START
from tests.integration.api.stage import CODE, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.api.conftest import Api

LISTED = sorted(name for name, platform in PULLED.items() if platform.listing)


@pytest.fixture
def stage(request: pytest.FixtureRequest, lite: Api) -> Iterator[Stage]:
    made = Stage(lite, getattr(request, "param", "taobao"))
    yield made
    made.close()


every = pytest.mark.parametrize("stage", LISTED, indirect=True)


@every
def test_IN_01_new_orders_are_pulled_once_and_again_finds_nothing_new(stage: Stage) -> None:
    numbers = stage.sell(3)
    row = stage.pull()
    assert (row["failures"], row["error_code"]) == (0, None)
    assert stage.orders() == numbers
    stage.clock.forward(seconds=10)
    numbers += stage.sell(2, first=700001)
    assert stage.pull()["cursor_at"] == stage.clock()
    assert stage.orders() == numbers


@every
def test_IN_22_an_hours_outage_is_caught_up_exactly_once_in_the_platforms_order(stage: Stage) -> None:
    stage.pull()
    stage.shop.page, stage.shop.mood.twice, stage.shop.mood.shuffle = 4, True, True
    numbers = []
    for minute in range(8):
        numbers += stage.sell(first=600001 + (minute * 5) % 8)
        stage.clock.forward(minutes=7)
    stage.pull()
    assert stage.orders() == numbers


@every
def test_IN_01_an_expired_token_is_renewed_once_and_kept(stage: Stage) -> None:
    if PULLED[stage.platform].refresh is None:
        return
    stage.shop.expire()
    numbers = stage.sell(2)
    assert stage.pull()["error_code"] is None
    assert (stage.orders(), stage.shop.renewals) == (numbers, 1)
    with stage.deps.store.db.read() as conn:
        assert channels.secrets_of(conn, stage.deps.store, CODE)["access_token"] == "token-2"
    stage.pull()
    assert stage.shop.renewals == 1


def test_IN_01_a_token_that_cannot_be_renewed_is_tried_once_then_told(stage: Stage) -> None:
    stage.shop.may_renew = False
    stage.shop.expire()
    stage.sell()
    for _ in range(2):
        row = stage.pull()
    assert (row["error_code"], row["failures"]) == ("token_refused", 2)
    assert stage.shop.calls.count("renew") == 2
    assert stage.events() == ["channel.pull_failed"]
    assert row["next_at"] - stage.clock() == timedelta(minutes=5)
    assert stage.orders() == []


@pytest.mark.parametrize("stage", ["taobao", "shopify", "wechat"], indirect=True)
def test_IN_22_a_limit_is_waited_for_and_nothing_is_lost(stage: Stage) -> None:
    numbers = stage.sell(3)
    stage.shop.mood.limit, stage.shop.mood.retry_after_s = 1, 7
    row = stage.pull()
    assert (row["error_code"], row["failures"]) == ("rate_limited", 0)
    assert row["next_at"] > stage.clock() + timedelta(seconds=6)
    assert stage.orders() == []
    assert stage.pull()["error_code"] is None
    assert stage.orders() == numbers


@pytest.mark.parametrize("trouble", ["drop", "fail", "half"])
@pytest.mark.parametrize("after", [0, 2, 4])
def test_IN_22_a_break_at_any_call_loses_and_doubles_nothing(stage: Stage, trouble: str, after: int) -> None:
    stage.shop.page = 2
    numbers = stage.sell(4)
    calls, misbehave = iter(range(100)), stage.shop.misbehave
    stage.shop.misbehave = lambda: trouble if next(calls) == after else misbehave()  # type: ignore[method-assign]
    row = stage.pull()
    assert (row["failures"], row["error_code"] is None) == (1, False)
    assert row["cursor_at"] == START
    assert stage.pull()["failures"] == 0
    assert stage.orders() == numbers


class _Crash(BaseException):
    """The process dies."""


@pytest.mark.parametrize("place", ["_write", "_keep", "_take", "_outcome"])
@pytest.mark.parametrize("after", [0, 2])
def test_IN_22_a_process_that_dies_anywhere_is_taken_over_without_loss(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, place: str, after: int
) -> None:
    stage.shop.page = 2
    numbers = stage.sell(4)
    calls, whole = iter(range(100)), getattr(desk.Run, place)

    def dying(self: desk.Run, *args: Any, **more: Any) -> Any:
        if next(calls) == after:
            raise _Crash
        return whole(self, *args, **more)

    monkeypatch.setattr(desk.Run, place, dying)
    with stage.deps.store.db.write() as conn:
        pulls.soon(conn, CODE, stage.clock())
    try:
        pull(stage.deps, CODE)
    except _Crash:
        assert not pull(stage.deps, CODE), "its lease still holds"
    monkeypatch.undo()
    stage.clock.forward(seconds=91)
    stage.pull()
    assert stage.orders() == numbers


def test_a_channel_is_pulled_by_one_at_a_time(stage: Stage) -> None:
    with stage.deps.store.db.write() as conn:
        assert pulls.claim(conn, CODE, "somebody", stage.clock())
    assert not pull(stage.deps, CODE)
    stage.clock.forward(seconds=91)
    assert pull(stage.deps, CODE)


def test_whose_lease_went_to_another_writes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.sell()
    whole = desk.Run._store

    def robbed(self: desk.Run, seen: Any) -> None:
        with stage.deps.store.db.write() as conn:
            conn.execute(t.channel_pulls.update().values(lease_owner="other"))
        whole(self, seen)

    monkeypatch.setattr(desk.Run, "_store", robbed)
    with stage.deps.store.db.write() as conn:
        pulls.soon(conn, CODE, stage.clock())
    assert not pull(stage.deps, CODE)
    assert stage.orders() == []
    assert stage.row()["cursor_at"] == START


@every
def test_IN_21_an_order_shown_too_late_is_found_by_counting_and_told(stage: Stage) -> None:
    stage.sell(2)
    late = stage.sell(1, first=700001, late_s=1500)
    stage.pull()
    stage.clock.forward(minutes=20)
    assert late[0] not in stage.orders()
    stage.pull()
    stage.clock.forward(minutes=51)
    stage.pull()
    with stage.deps.store.db.read() as conn:
        found = pulls.counted(conn, CODE)
    assert (sum(one["platform"] for one in found), sum(one["ours"] for one in found)) == (3, 2)
    assert [number for one in found for number in one["missing"]] == late
    assert stage.orders()[2:] == late
    assert stage.events() == ["channel.orders_missed"]
    stage.clock.forward(hours=1)
    stage.pull()
    assert stage.events() == ["channel.orders_missed"]
    assert len(stage.orders()) == 3


def test_IN_21_a_window_is_counted_ten_minutes_after_its_end(stage: Stage) -> None:
    stage.clock.forward(minutes=69, seconds=59)
    stage.pull()
    with stage.deps.store.db.read() as conn:
        assert pulls.counted(conn, CODE) == []
    stage.clock.forward(seconds=1)
    stage.pull()
    with stage.deps.store.db.read() as conn:
        (one,) = pulls.counted(conn, CODE)
    assert (one["since"], one["until"], one["platform"], one["missing"]) == (START, START + timedelta(hours=1), 0, [])


def change(stage: Stage, number: str, **told: Any) -> None:
    """Change an order at the platform now."""
    order = stage.shop.orders[number]
    trade = {**order.record["trade_fullinfo_get_response"]["trade"], **told}
    stage.shop.add(number, stage.clock(), {"trade_fullinfo_get_response": {"trade": trade}})


def test_an_order_that_is_not_paid_waits_at_the_platform_and_comes_when_it_is(stage: Stage) -> None:
    (number,) = stage.sell()
    change(stage, number, status="WAIT_BUYER_PAY")
    stage.pull()
    assert stage.orders() == []
    stage.clock.forward(seconds=30)
    change(stage, number, status="WAIT_SELLER_SEND_GOODS")
    stage.pull()
    assert stage.orders() == [number]


def test_an_order_shipped_or_cancelled_elsewhere_is_not_taken_as_a_new_one(stage: Stage) -> None:
    shipped, cancelled = stage.sell(2)
    change(stage, shipped, status="WAIT_BUYER_CONFIRM_GOODS")
    change(stage, cancelled, status="TRADE_CLOSED")
    stage.pull()
    assert stage.orders() == []
    with stage.deps.store.db.read() as conn:
        assert pulls.tally(conn, CODE, START) == {"gone": 1, "cancelled": 1}


def test_a_changed_order_that_we_have_waits_for_a_person_and_our_shipping_it_says_nothing(stage: Stage) -> None:
    first, second = stage.sell(2)
    stage.pull()
    stage.clock.forward(seconds=30)
    change(stage, first, receiver_address="金枫路1号")
    change(stage, second, status="WAIT_BUYER_CONFIRM_GOODS")
    stage.pull()
    assert stage.orders() == [first, second]
    with stage.deps.store.db.read() as conn:
        assert pulls.tally(conn, CODE, START) == {"order": 2, "draft": 1, "gone": 1}


def test_one_order_that_the_platform_will_not_show_stops_no_other(stage: Stage) -> None:
    numbers = stage.sell(4)
    get = stage.shop.get
    stage.shop.get = lambda number: None if number == numbers[2] else get(number)  # type: ignore[method-assign]
    assert stage.pull()["failures"] == 0
    assert stage.orders() == [*numbers[:2], numbers[3]]
    for _ in range(3):
        stage.pull()
    with stage.deps.store.db.read() as conn:
        assert pulls.tally(conn, CODE, START) == {"order": 3, "unreadable": 1}
    stage.shop.get = get  # type: ignore[method-assign]
    stage.clock.forward(minutes=71)
    stage.pull()
    assert set(stage.orders()) == set(numbers), "counting asks for it again"


def test_a_platform_that_shows_no_order_at_all_is_not_taken_for_bad_orders(stage: Stage) -> None:
    numbers = stage.sell(2)
    get = stage.shop.get
    stage.shop.get = lambda _number: None  # type: ignore[method-assign]
    for _ in range(3):
        assert stage.pull()["error_code"] == "top_15"
    assert stage.row()["cursor_at"] == START
    assert stage.events() == ["channel.pull_failed"]
    stage.shop.get = get  # type: ignore[method-assign]
    stage.pull()
    assert stage.orders() == numbers


def test_an_order_that_breaks_our_taking_is_given_up_after_three_and_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = stage.sell(2)
    whole = desk.take_delivery

    def breaking(deps: Any, document_id: str, code: str) -> str:
        with deps.store.db.read() as conn:
            if (
                conn.execute(select(t.documents.c.message_id).where(t.documents.c.id == document_id))
                .scalar()
                .startswith(f"{CODE}:{bad}")
            ):
                raise RuntimeError("a mistake of ours")
        return whole(deps, document_id, code)

    monkeypatch.setattr(desk, "take_delivery", breaking)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            stage.pull()
        stage.clock.forward(seconds=91)
    stage.pull()
    assert stage.orders() == [good]
    assert stage.events() == ["channel.order_failed"]


@pytest.mark.parametrize("stage", ["meituan"], indirect=True)
def test_IN_02_a_push_that_only_names_an_order_is_read_from_the_platform(stage: Stage) -> None:
    (number,) = stage.sell()
    with stage.deps.store.db.write() as conn:
        pulled = pulls.platform_of(conn, CODE)
        inbox.ring(conn, CODE, pulled, f"order_id={number}&timestamp=1".encode(), stage.clock())
    assert pull(stage.deps, CODE)
    assert stage.orders() == [number]
    assert stage.shop.calls == ["detail"]
    stage.clock.forward(seconds=20)
    stage.pull()
    assert stage.shop.calls == ["detail"]


def test_IN_01_secrets_are_in_no_row_and_no_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.shop.expire()
    stage.sell()
    with caplog.at_level("DEBUG"):
        stage.pull()
    told = caplog.text + str(stage.row())
    assert not any(word in told for word in ("stub-secret", "token-1", "token-2", "renewal-"))


def test_IN_22_the_whole_of_it_on_postgresql_too(heavy: Api) -> None:
    stage = Stage(heavy, "pinduoduo")
    try:
        numbers = stage.sell(3)
        stage.pull()
        stage.shop.page = 2
        stage.clock.forward(minutes=70)
        numbers += stage.sell(3, first=700001)
        stage.pull()
        assert stage.orders() == numbers
        with stage.deps.store.db.read() as conn:
            assert {one["platform"] for one in pulls.counted(conn, CODE)} == {0, 3}
    finally:
        stage.close()
