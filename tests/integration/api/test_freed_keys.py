"""A call that was refused or that crashed leaves its Idempotency-Key free: it is mended and sent again under it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from server.commit import IdempotencyKey
from server.db import idempotency
from server.db.idempotency import LEASE, InFlight, Replay
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

KEY = {"Idempotency-Key": "mended-1"}
HOOKS = "/v1/webhook-endpoints"
HOOK = {"url": "https://93.184.215.14/hook", "events": ["order.*"]}
OTHER = {**HOOK, "events": ["order.created"]}


def small(number: str) -> dict[str, object]:
    lines = [{"sku": "A-1004", "quantity": "10", "unit_price": "3.20"}]
    return order(number=number, payment_terms=None, lines=lines)


def full_disk(api: Api, *commits: bool) -> None:
    """Make the next commits fail (True) or succeed; all later ones succeed."""
    left = list(commits)

    def end(_conn: object) -> None:
        if left and left.pop(0):
            raise OSError("the disk is full")

    event.listen(api.deps.store.db.writer, "commit", end)


@pytest.mark.parametrize("status", [422, 404])
def test_a_refused_command_is_mended_under_its_key(api: Api, status: int) -> None:
    made = api.post("/v1/orders", small("PO-1")).json["id"]
    bad = ({"reason": 7}, made) if status == 422 else ({"reason": "x"}, "ord_none")
    refused = api.post(f"/v1/orders/{bad[1]}/cancel", bad[0], headers=KEY)
    assert refused.status_code == status
    mended = api.post(f"/v1/orders/{made}/cancel", {"reason": "x"}, headers=KEY)
    assert mended.status_code == 200
    assert api.post(f"/v1/orders/{made}/cancel", {"reason": "x"}, headers=KEY).data == mended.data
    other = api.post(f"/v1/orders/{made}/cancel", {"reason": "y"}, headers=KEY)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_mismatch")


def test_an_order_that_crashed_at_its_commit_is_sent_again_mended(lite: Api) -> None:
    full_disk(lite, True)
    assert lite.post("/v1/orders", small("PO-1"), headers=KEY).status_code == 500
    assert lite.get("/v1/orders").json["data"] == []
    mended = lite.post("/v1/orders", small("PO-2"), headers=KEY)
    assert (mended.status_code, mended.json["order"]["number"]) == (201, "PO-2")
    assert lite.post("/v1/orders", small("PO-2"), headers=KEY).data == mended.data


def test_a_command_that_crashed_after_claiming_its_key_is_sent_again_mended(lite: Api) -> None:
    full_disk(lite, False, True)  # the claim is stored, the work is not
    assert lite.post(HOOKS, HOOK, headers=KEY).status_code == 500
    mended = lite.post(HOOKS, OTHER, headers=KEY)
    assert mended.status_code == 201
    assert [hook["events"] for hook in lite.get(HOOKS).json["data"]] == [["order.created"]]


@pytest.mark.parametrize(("late", "status"), [(timedelta(), 422), (timedelta(microseconds=1), 201)])
def test_the_key_of_a_command_whose_process_died_is_free_when_its_lease_is_over(
    api: Api, late: timedelta, status: int
) -> None:
    """The process claimed the key and was killed: nobody can say so but the clock."""
    with api.deps.store.db.read() as conn:
        scope = conn.exec_driver_sql("SELECT id FROM api_keys WHERE name = 'admin'").scalar()
    store, key = api.deps.store, IdempotencyKey(str(scope), KEY["Idempotency-Key"], "f" * 64)
    with store.db.write() as conn:
        assert idempotency.claim(conn, store, key, api.clock()) is None
    api.clock.now += LEASE + late
    answer = api.post(HOOKS, OTHER, headers=KEY)
    assert answer.status_code == status
    assert len(api.get(HOOKS).json["data"]) == (status == 201)


def test_a_command_that_outlived_its_lease_leaves_the_key_to_who_took_it_over(lite: Api) -> None:
    store, key, first = lite.deps.store, IdempotencyKey("key_1", "slow-1", "f" * 64), lite.clock()
    then = first + LEASE + timedelta(microseconds=1)
    with store.db.write() as conn:
        assert idempotency.claim(conn, store, key, first) is None
        assert idempotency.claim(conn, store, key, then) is None
        idempotency.abandon(conn, key, first)
        idempotency.finish(conn, store, key, Replay(200, b"late"), first)
        assert isinstance(idempotency.lookup(conn, store, key, then), InFlight)
        idempotency.finish(conn, store, key, Replay(201, b"mine"), then)
        idempotency.abandon(conn, key, then)
        assert idempotency.lookup(conn, store, key, then) == Replay(201, b"mine")
