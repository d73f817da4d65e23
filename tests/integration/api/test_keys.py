"""API keys, the request log with its replay, and test keys, which touch nothing live."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from server.api.call import keys as key_ring
from server.call_log import MOST_BODY_BYTES, CallLog, flush
from server.db import tables as t
from server.db.doors import calls, rehearsals
from tests.conftest import START
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

PHONE = "13800138000"
LIVE = ("orders", "order_lines", "decisions", "reservations", "stock_ledger", "outbox", "jobs", "originals")
LIVE += ("audit", "documents", "drafts", "customers", "day_counters", "holds", "channel_needs", "notifications")


def made(api: Api, name: str, **more: Any) -> str:
    """Make a key; return its id. Its secret is ``api.keys[name]``."""
    answer = api.post("/v1/keys", {"name": name, **more})
    assert answer.status_code == 201, answer.text
    api.keys[name] = answer.json["secret"]
    return str(answer.json["id"])


def tick(api: Api) -> None:
    """Let a second pass between calls: entries of one moment have no order."""
    api.clock.forward(seconds=1)


def counts(api: Api) -> dict[str, int]:
    with api.deps.store.db.read() as conn:
        return {
            name: conn.execute(select(func.count()).select_from(t.metadata.tables[name])).scalar() or 0 for name in LIVE
        }


def stock(api: Api) -> list[Any]:
    with api.deps.store.db.read() as conn:
        held = conn.execute(select(t.stock_items).order_by(t.stock_items.c.sku)).all()
        return [*held, *conn.execute(select(t.credit_accounts)).all()]


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_shown_once_used_and_revoked(lite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ring, "REMEMBER_S", 0.0)
    key_id = made(lite, "u8", roles=["sales"], account="U8")
    own = lite.get("/v1/keys/self", role="u8").json
    assert (own["id"], own["roles"], own["account"], own["mode"]) == (key_id, ["sales"], "U8", "live")
    listed = lite.get("/v1/keys", role="auditor")
    assert key_id in listed.text
    assert lite.keys["u8"] not in listed.text
    assert lite.post("/v1/orders", order(), role="u8").status_code == 201
    assert lite.post(f"/v1/keys/{key_id}/revoke").status_code == 204
    assert lite.post("/v1/orders", order(), role="u8").status_code == 401
    assert lite.post(f"/v1/keys/{key_id}/revoke").status_code == 404
    with lite.deps.store.db.read() as conn:
        told = conn.execute(select(t.audit.c.action).where(t.audit.c.chain == "keys")).scalars().all()
    assert told == ["key_made", "key_revoked"]


@pytest.mark.parametrize("wrong", [{"roles": ["boss"]}, {"roles": []}, {"mode": "half"}, {"name": ""}, {"more": 1}])
def test_a_key_that_cannot_be_is_refused(lite: Api, wrong: dict[str, Any]) -> None:
    assert lite.post("/v1/keys", {"name": "x", **wrong}).status_code == 422


# --- the request log --------------------------------------------------------------------------------------------------


def test_every_call_of_a_key_is_in_its_log_and_in_no_other_keys(api: Api) -> None:
    made(api, "mine")
    made(api, "other")
    taken = api.post("/v1/orders", order(), role="mine", headers={"X-Request-Id": "erp-call-0001"})
    tick(api)
    api.post("/v1/orders", order(lines=[]), role="mine", headers={"Idempotency-Key": "k-1"})
    tick(api)
    api.get("/v1/orders?limit=1", role="mine")
    api.get("/v1/orders", role=None)
    found = api.get("/v1/requests", role="mine").json["data"]
    assert [(row["method"], row["path"], row["status"]) for row in found] == [
        ("GET", "/v1/orders", 200),
        ("POST", "/v1/orders", 422),
        ("POST", "/v1/orders", 201),
    ]
    assert (found[2]["request_id"], found[2]["order_id"]) == ("erp-call-0001", taken.json["id"])
    assert (found[1]["code"], found[1]["idempotency_key"], found[0]["query"]) == ("invalid_order", "k-1", "limit=1")
    assert [row["may_replay"] for row in found] == [False, True, False]
    assert api.get("/v1/requests", role="other").json["data"] == []
    assert api.get(f"/v1/requests/{found[1]['id']}", role="other").status_code == 404
    assert api.post(f"/v1/requests/{found[1]['id']}/replay", role="other").status_code == 404
    assert found[1]["id"] in api.get("/v1/requests", role="auditor").text
    assert api.get("/v1/keys/self", role="mine").json["last_used_at"] is not None


def test_the_log_is_narrowed_by_failure_path_status_and_request_id(lite: Api) -> None:
    # All in one moment: the log keeps the order in which the calls came.
    made(lite, "mine")
    lite.post("/v1/orders", order(), role="mine", headers={"X-Request-Id": "erp-call-0001"})
    lite.post("/v1/orders:batch", {"orders": [order(), order(lines=[])]}, role="mine")
    lite.post("/v1/orders", order(lines=[]), role="mine")
    lite.get("/v1/skus", role="mine")
    for narrowed, expected in (
        ("failed=true", [422, 200]),
        ("path=/v1/orders", [422, 200, 201]),
        ("path=/v1/sk", [200]),
        ("status=201", [201]),
        ("request_id=erp-call-0001", [201]),
    ):
        found = lite.get(f"/v1/requests?{narrowed}", role="mine").json["data"]
        found = [row["status"] for row in found if row["path"] != "/v1/requests"]
        assert found == expected, narrowed


def test_the_body_of_a_refused_call_is_kept_sealed_masked_and_shown_whole_for_a_reason(lite: Api) -> None:
    made(lite, "mine")
    lite.post("/v1/orders", order(lines=[{"sku": "A-1O01", "quantity": "1", "name": "A型接头"}]), role="mine")
    call_id = lite.get("/v1/requests", role="mine").json["data"][0]["id"]
    shown = lite.get(f"/v1/requests/{call_id}", role="mine").json
    assert shown["problem"]["errors"][0]["candidates"][0] == "A-1001"
    body = json.loads(shown["body"])
    assert (body["buyer"]["contact"]["phone"], body["ship_to"]["address"]["text"]) == (
        "138****8000",
        "江苏省苏州市****",
    )
    assert (body["number"], body["lines"][0]["sku"], body["lines"][0]["name"]) == ("PO-2026-0117", "A-1O01", "A型接头")
    assert not shown["whole"]
    whole = lite.get(f"/v1/requests/{call_id}?reveal=联调", role="mine").json
    assert PHONE in whole["body"]
    assert lite.get(f"/v1/requests/{call_id}?reveal=x", role="auditor").status_code == 403
    with lite.deps.store.db.read() as conn:
        row = conn.execute(select(t.calls).where(t.calls.c.id == call_id)).one()
        revealed = conn.execute(select(t.audit.c.detail).where(t.audit.c.chain == "requests")).scalars().all()
    assert PHONE.encode() not in bytes(row.sealed)
    assert all(PHONE not in str(value) for value in row._mapping.values())
    assert ["联调" in detail for detail in revealed] == [True]


def test_a_failed_call_is_sent_again_once_its_cause_is_mended(api: Api) -> None:
    made(api, "mine", account="U8")
    headers = {"Idempotency-Key": "po-1"}
    wrong = order(lines=[{"sku": "NEW-1", "quantity": "1", "unit_price": "2.00"}])
    assert api.post("/v1/orders", wrong, role="mine", headers=headers).status_code == 422
    call_id = api.get("/v1/requests?failed=true", role="mine").json["data"][0]["id"]
    assert api.post(f"/v1/requests/{call_id}/replay", role="mine").json["status"] == 422
    assert api.put("/v1/skus/NEW-1", {"name": "新件", "unit": "个", "cost": "1.00"}).status_code in (200, 201)
    first = api.post(f"/v1/requests/{call_id}/replay", role="mine").json
    again = api.post(f"/v1/requests/{call_id}/replay", role="mine").json
    assert [first["status"], again["status"]] == [201, 201]  # the same key, the same answer
    assert first["answer"]["id"] == again["answer"]["id"]
    assert api.get(f"/v1/orders/{first['answer']['id']}", role="mine").status_code == 200
    found = {row["id"]: row for row in api.get("/v1/requests?path=/v1/orders", role="mine").json["data"]}
    assert found[call_id]["replayed_status"] == 201
    assert {row["replay_of"] for row in found.values()} >= {call_id}


def test_an_administrator_mends_the_body_and_the_order_is_the_keys(lite: Api) -> None:
    key_id = made(lite, "mine", account="U8")
    lite.post("/v1/orders", order(lines=[{"sku": "A-1O01", "quantity": "1"}]), role="mine")
    call_id = lite.get("/v1/requests?failed=true").json["data"][0]["id"]
    mended = json.dumps(order(lines=[{"sku": "A-1001", "quantity": "1"}]))
    done = lite.post(f"/v1/requests/{call_id}/replay", {"body": mended}).json
    assert (done["status"], done["answer"]["order"]["lines"][0]["sku"]) == (201, "A-1001")
    with lite.deps.store.db.read() as conn:
        row = conn.execute(select(t.orders).where(t.orders.c.id == done["answer"]["id"])).one()
        told = conn.execute(select(t.audit.c.action).where(t.audit.c.chain == "requests")).scalars().all()
    assert (row.account, row.created_by) == ("U8", key_id)
    assert told == ["request_replayed"]


def test_a_batch_with_refused_orders_is_kept_and_sent_again(lite: Api) -> None:
    made(lite, "mine")
    batch = {"orders": [order(number="B-1"), order(number="B-2", lines=[{"sku": "NEW-2", "quantity": "1"}])]}
    assert lite.post("/v1/orders:batch", batch, role="mine").status_code == 200
    row = lite.get("/v1/requests?failed=true", role="mine").json["data"][0]
    assert (row["status"], row["failed"], row["may_replay"]) == (200, 1, True)
    lite.put("/v1/skus/NEW-2", {"name": "新件", "unit": "个", "cost": "1.00"})
    done = lite.post(f"/v1/requests/{row['id']}/replay", role="mine").json
    assert [one["status"] for one in done["answer"]["results"]] == [200, 201]


def test_what_went_well_was_only_read_or_has_no_key_any_more_is_not_sent_again(lite: Api) -> None:
    key_id = made(lite, "mine")
    lite.post("/v1/orders", order(), role="mine")
    lite.get("/v1/orders/ord_none", role="mine")
    lite.post("/v1/orders", order(lines=[]), role="mine")
    found = {row["status"]: row["id"] for row in lite.get("/v1/requests", role="mine").json["data"]}
    for status in (201, 404):
        answer = lite.post(f"/v1/requests/{found[status]}/replay", role="mine")
        assert (answer.status_code, answer.json["code"]) == (409, "not_replayable"), status
    lite.post(f"/v1/keys/{key_id}/revoke")
    assert lite.post(f"/v1/requests/{found[422]}/replay").json["code"] == "key_revoked"


def test_a_call_beyond_the_limit_is_in_the_log(hurried: Api) -> None:
    for _ in range(4):
        hurried.get("/v1/skus", role="sales")
    flush(hurried.deps)
    with hurried.deps.store.db.read() as conn:
        assert sorted(conn.execute(select(t.calls.c.status)).scalars()) == [200, 200, 200, 429]


def test_the_log_is_bounded_in_days_bodies_and_memory(lite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from server import background, call_log

    made(lite, "mine")
    large = order(note="x" * MOST_BODY_BYTES, lines=[])
    lite.post("/v1/orders", large, role="mine")
    row = lite.get("/v1/requests?failed=true", role="mine").json["data"][0]
    assert (row["status"], row["may_replay"]) == (422, False)
    lite.clock.forward(days=30)
    background._forget_old(lite.deps)
    assert lite.get(f"/v1/requests/{row['id']}", role="mine").status_code == 200
    lite.clock.forward(seconds=1)
    background._forget_old(lite.deps)
    assert lite.get(f"/v1/requests/{row['id']}", role="mine").status_code == 404
    monkeypatch.setattr(call_log, "MOST_WAITING", 1)
    waiting = CallLog()
    call = calls.Call("req_12345678", "key_1", START, "GET", "/v1/orders", "", 200, 1, 0)
    for _ in range(3):
        waiting.add(call)
    assert len(waiting.take()) == 1


# --- test keys --------------------------------------------------------------------------------------------------------


def test_a_test_key_gets_the_same_answers_and_touches_nothing_live(api: Api) -> None:
    made(api, "trial", mode="test", account="U8")
    made(api, "live", account="U8")
    before, shelves = counts(api), stock(api)
    first = api.post("/v1/orders", order(), role="trial", headers={"Idempotency-Key": "t-1"})
    again = api.post("/v1/orders", order(), role="trial", headers={"Idempotency-Key": "t-1"})
    third = api.post("/v1/orders", order(), role="trial")
    other = api.post("/v1/orders", order(urgent=True), role="trial")
    assert [answer.status_code for answer in (first, again, third, other)] == [201, 201, 200, 409]
    assert (first.data, first.json["id"][:5]) == (again.data, "test_")
    assert other.json["existing"]["id"] == first.json["id"]
    assert first.headers["Sluice-Mode"] == "test"
    tick(api)
    batch = {"orders": [order(number="B-1"), order(lines=[])]}
    assert [one["status"] for one in api.post("/v1/orders:batch", batch, role="trial").json["results"]] == [201, 422]
    tick(api)
    mapped = api.post("/v1/intake/shop", order(number="C-1"), role="trial").json["results"][0]
    assert mapped["order"]["id"].startswith("test_")
    shown = api.get(f"/v1/orders/{first.json['id']}", role="trial").json
    assert (shown["order"]["buyer"]["contact"]["phone"], shown["outcome"]) == ("138****8000", first.json["outcome"])
    listed = api.get("/v1/orders", role="trial").json["data"]
    assert [row["number"] for row in listed] == ["C-1", "B-1", "PO-2026-0117"]
    assert api.get("/v1/orders?number=B-1", role="trial").json["data"][0]["number"] == "B-1"
    assert (counts(api), stock(api)) == (before, shelves)
    taken = api.post("/v1/orders", order(), role="live")
    assert taken.status_code == 201  # the test order is in nobody's way
    assert [hold["code"] for hold in taken.json["holds"]] == [hold["code"] for hold in first.json["holds"]]


def test_a_test_key_sees_no_live_order_and_no_other_accounts(lite: Api) -> None:
    made(lite, "trial", mode="test", account="U8", roles=["admin"])
    made(lite, "stranger", mode="test", account="K3")
    live = lite.post("/v1/orders", order(number="LIVE-1")).json["id"]
    own = lite.post("/v1/orders", order(), role="trial").json["id"]
    assert lite.get(f"/v1/orders/{live}", role="trial").status_code == 404
    assert "LIVE-1" not in lite.get("/v1/orders", role="trial").text
    assert lite.get(f"/v1/orders/{own}", role="stranger").status_code == 404
    assert lite.get("/v1/orders", role="stranger").json["data"] == []
    assert lite.get(f"/v1/orders/{own}").status_code == 404
    assert {row["path"] for row in lite.get("/v1/requests", role="trial").json["data"]} <= {
        "/v1/orders",
        f"/v1/orders/{live}",
    }


def test_a_test_key_enters_only_where_there_is_an_answer_for_it(lite: Api) -> None:
    from server.api.call.door import door_of
    from tests.integration.api.test_doors import concrete, routes

    made(lite, "trial", mode="test", roles=["admin"])
    wrong, open_ = [], set()
    for method, rule, view in routes(lite.app):
        door = door_of(view)
        if door.public:
            continue
        answer = lite.call(method, concrete(rule), role="trial")
        if door.test:
            open_.add(f"{method} {rule}")
        elif (answer.status_code, answer.json["code"]) != (403, "test_key"):
            wrong.append((method, rule, answer.status_code))
    assert wrong == []
    assert open_ == {
        "POST /v1/orders",
        "POST /v1/orders:batch",
        "GET /v1/orders",
        "GET /v1/orders/<order_id>",
        "POST /v1/intake/<channel>",
        "POST /v1/decisions",
        "GET /v1/keys/self",
        "GET /v1/requests",
        "GET /v1/requests/<call_id>",
        "POST /v1/requests/<call_id>/replay",
    }


def test_what_a_test_key_leaves_unmapped_is_on_nobodys_list(lite: Api) -> None:
    from tests.integration.api.test_channels import ROOT, set_up

    set_up(lite, preset="mini_program")
    made(lite, "trial", mode="test")
    value = json.loads((ROOT / "tests/golden/channels/mini_program/input.json").read_text(encoding="utf-8"))
    value["order"]["delivery_type"] = "drone"
    assert lite.post("/v1/intake/shop-gz", value, role="trial").status_code == 422
    assert lite.get("/v1/channel-needs").json["data"] == []
    assert lite.get("/v1/channels/shop-gz").json["last_at"] is None


def test_test_orders_are_forgotten_after_a_week(lite: Api) -> None:
    made(lite, "trial", mode="test")
    own = lite.post("/v1/orders", order(), role="trial").json["id"]
    for forward, left in ((rehearsals.KEPT.total_seconds(), 200), (1, 404)):
        lite.clock.forward(seconds=forward)
        with lite.deps.store.db.write() as conn:
            rehearsals.forget_old(conn, lite.clock())
        assert lite.get(f"/v1/orders/{own}", role="trial").status_code == left


def test_sending_again_opens_no_door_that_was_shut(lite: Api) -> None:
    made(lite, "books", roles=["finance"])
    made(lite, "trial", mode="test", roles=["admin"])
    assert lite.post("/v1/orders", order(), role="books").status_code == 403
    assert lite.put("/v1/skus/NEW-9", {"name": "新件", "unit": "个"}, role="trial").json["code"] == "test_key"
    before = counts(lite)
    for name, path in (("books", "/v1/orders"), ("trial", "/v1/skus/NEW-9")):
        call_id = lite.get(f"/v1/requests?status=403&path={path}").json["data"][0]["id"]
        for role in ("admin", *(("trial",) if name == "trial" else ())):
            assert lite.post(f"/v1/requests/{call_id}/replay", role=role).json["status"] == 403, (name, role)
    after = counts(lite)
    assert {name for name in before if after[name] != before[name]} <= {"audit"}
    assert lite.get("/v1/skus/NEW-9").status_code == 404


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_an_endpoint_is_sent_one_test_message_and_a_switched_off_one_none(lite: Api) -> None:
    made_ = lite.post("/v1/webhook-endpoints", {"url": "https://93.184.215.14/hook", "events": ["order.held"]}).json
    path = f"/v1/webhook-endpoints/{made_['id']}"
    sent = lite.post(f"{path}/test")
    assert (sent.status_code, sent.json["event"]) == (202, "webhook.test")
    with lite.deps.store.db.read() as conn:
        rows = conn.execute(select(t.outbox.c.destination, t.outbox.c.event, t.outbox.c.order_id)).all()
    assert rows == [(f"webhook:{made_['id']}", "webhook.test", None)]
    lite.patch(path, {"state": "disabled"})
    assert lite.post(f"{path}/test").json["code"] == "endpoint_disabled"
    assert lite.post("/v1/webhook-endpoints/whk_none/test").status_code == 404


def test_the_documents_way_to_verify_a_webhook_is_right() -> None:
    import re
    import time

    from standardwebhooks import Webhook

    from server.db.outlets.webhooks import new_secret
    from tests.integration.api.test_docs import PAGE

    code = [
        block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL) if "genuine" in block
    ]
    space: dict[str, Any] = {}
    exec(code[0], space)  # noqa: S102 - our own page
    secret, body = new_secret(), b'{"type":"order.held"}'
    told = str(int(time.time()))
    signature = Webhook(secret).sign("out_1", datetime.fromtimestamp(int(told), UTC), body.decode())
    headers = {"webhook-id": "out_1", "webhook-timestamp": told, "webhook-signature": f"v1,AAAA {signature}"}
    genuine = space["genuine"]
    assert genuine(secret, headers, body)
    assert not genuine(secret, headers, body + b" ")
    assert not genuine(new_secret(), headers, body)
    assert not genuine(secret, {**headers, "webhook-timestamp": str(int(told) - 400)}, body)
