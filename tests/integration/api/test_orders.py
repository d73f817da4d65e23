"""Orders through the API: taken, repeated, in conflict, listed, shown, moved on; on both databases."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import func, select

from orders.actor import Actor, Role
from orders.errors import Forbidden
from server.db import tables as t
from server.desk import orders as desk
from tests.integration.api.conftest import order, small

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

SCHEMAS = Path(__file__).parents[3] / "orders" / "schema"
KEY = {"Idempotency-Key": "po-117"}


def schema(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{kind}.schema.json").read_text()))


def count(api: Api) -> int:
    with api.deps.store.db.read() as conn:
        return conn.execute(select(func.count()).select_from(t.orders)).scalar() or 0


def test_order_is_answered_with_its_decision_and_links(api: Api) -> None:
    answer = api.post("/v1/orders", order(), role="sales")
    view = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == view["links"]["self"] == f"/v1/orders/{view['id']}"
    assert answer.headers["ETag"] == f'"{view["version"]}"'
    schema("order").validate(view["order"])
    schema("decision").validate(view["decision"])
    assert view["order"]["totals"]["payable"] == "1250.00"
    assert view["order"]["buyer"]["contact"]["phone"] == "13800138000"
    for link in view["links"].values():
        assert api.get(link, role="sales").status_code == 200, link


def test_first_answer_and_reading_show_the_same_but_for_the_mask(api: Api) -> None:
    first = api.post("/v1/orders", order()).json
    later = api.get(f"/v1/orders/{first['id']}").json
    assert {**first, "order": None} == {**later, "order": None}
    assert later["order"]["buyer"]["contact"]["phone"] == "138****8000"
    whole = api.get(f"/v1/orders/{first['id']}?reveal=客户来电核对").json
    assert whole["order"] == first["order"]


def test_SEC_07_revealing_is_recorded_and_not_for_auditors(api: Api) -> None:
    first = api.post("/v1/orders", order()).json
    assert api.get(f"/v1/orders/{first['id']}?reveal=why", role="auditor").status_code == 403
    api.get(f"/v1/orders/{first['id']}?reveal=why", role="finance")
    told = [event for event in api.get(first["links"]["timeline"]).json["data"] if "reveal" in event["action"]]
    assert [event["detail"] for event in told] == [{"reason": "why"}]


def test_SEC_07_original_is_as_open_as_what_it_shows_and_recorded(api: Api) -> None:
    auditor, finance = (
        Actor(f"usr_{role}", role, "user", frozenset({role}), "org_main") for role in (Role.AUDITOR, Role.FINANCE)
    )
    first = api.post("/v1/orders", order()).json
    with pytest.raises(Forbidden):
        desk.original(api.deps, auditor, first["id"])
    assert json.loads(desk.original(api.deps, finance, first["id"]).data)["number"] == first["order"]["number"]
    told = [event for event in api.get(first["links"]["timeline"]).json["data"] if "reveal" in event["action"]]
    assert [(event["actor"], event["detail"]) for event in told] == [("usr_finance", {"reason": "original"})]


def test_IN_04_mini_program_order_has_its_channel(api: Api) -> None:
    assert api.post("/v1/orders", order(channel="mini_program")).json["order"]["channel"] == "mini_program"


def test_IN_05_same_number_and_content_is_the_same_order(api: Api) -> None:
    first = api.post("/v1/orders", order())
    again = api.post("/v1/orders", order())
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert count(api) == 1


def test_IN_05_content_is_compared_not_bytes(api: Api) -> None:
    first = api.post("/v1/orders", order())
    spelt = order(issued_at="2026-11-22T11:00:00+08:00")
    spelt["lines"][0] |= {"quantity": "100.000", "unit_price": "12.5", "line_no": 1}
    again = api.post("/v1/orders", json.dumps(spelt, indent=2).encode())
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])


def test_IN_05_same_number_with_other_content_is_a_conflict_with_both(api: Api) -> None:
    first = api.post("/v1/orders", order())
    other = order()
    other["lines"][0]["quantity"] = "101"
    answer = api.post("/v1/orders", other)
    problem = answer.json
    assert (answer.status_code, answer.content_type, problem["code"]) == (409, "application/problem+json", "conflict")
    assert problem["existing_id"] == problem["existing"]["id"] == first.json["id"]
    assert problem["existing"]["order"]["lines"][0]["quantity"] == "100"
    assert problem["received"]["lines"][0]["quantity"] == "101"
    assert count(api) == 1


def test_IN_19_number_is_unique_in_its_channel_and_account_only(api: Api) -> None:
    ids = {api.post("/v1/orders", small("N-1"), role=role).json["id"] for role in ("sales", "sales_supervisor")} | {
        api.post("/v1/orders", small("N-1", channel="mini_program"), role="sales").json["id"]
    }
    assert len(ids) == 3
    assert all(order_id.startswith("ord_") for order_id in ids)


def test_same_idempotency_key_gives_the_first_answer_byte_for_byte(api: Api) -> None:
    first = api.post("/v1/orders", order(), headers=KEY)
    api.post(f"/v1/orders/{first.json['id']}/cancel", {"reason": "x"})
    again = api.post("/v1/orders", order(), headers=KEY)
    assert (again.status_code, again.data, again.content_type) == (201, first.data, "application/json")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert count(api) == 1


def test_same_idempotency_key_with_other_content_is_refused(api: Api) -> None:
    api.post("/v1/orders", order(), headers=KEY)
    answer = api.post("/v1/orders", small("PO-2"), headers=KEY)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_mismatch")
    assert count(api) == 1


def test_idempotency_key_of_another_api_key_is_another_key(api: Api) -> None:
    api.post("/v1/orders", small("PO-1"), headers=KEY, role="sales")
    assert api.post("/v1/orders", small("PO-2"), headers=KEY, role="sales_supervisor").status_code == 201


def test_refused_order_leaves_its_idempotency_key_free(api: Api) -> None:
    assert api.post("/v1/orders", {"currency": "CNY", "lines": []}, headers=KEY).status_code == 422
    assert api.post("/v1/orders", order(), headers=KEY).status_code == 201


def together(api: Api, calls: list[tuple[dict[str, Any], dict[str, str]]]) -> list[Any]:
    """Post every order at the same instant, each from a thread of its own."""
    gate = Barrier(len(calls))

    def one(call: tuple[dict[str, Any], dict[str, str]]) -> Any:
        gate.wait()
        return api.post("/v1/orders", call[0], headers=call[1])

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_racing_calls_with_one_key_make_one_order(api: Api) -> None:
    answers = together(api, [(order(), KEY)] * 8)
    made = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"in_flight"}
    assert len({answer.data for answer in made}) == 1
    assert count(api) == 1
    assert api.post("/v1/orders", order(), headers=KEY).data == made[0].data


def test_racing_calls_without_a_key_make_one_order(api: Api) -> None:
    answers = together(api, [(order(), {})] * 8)
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert count(api) == 1


def test_racing_calls_with_one_number_and_other_content_keep_one(api: Api) -> None:
    calls = []
    for quantity in range(1, 7):
        value = small("N-1")
        value["lines"][0]["quantity"] = str(quantity)
        calls.append((value, {}))
    answers = together(api, calls)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert count(api) == 1


def test_call_while_its_twin_is_worked_on_is_told_so(lite: Api) -> None:
    from server.api.call import idempotency
    from server.commit import IdempotencyKey

    with lite.deps.store.db.read() as conn:
        from server.db import people

        scope = people.actor_of_key(conn, lite.keys["admin"]).id
    with idempotency.alone(IdempotencyKey(scope, "po-117", "")):
        answer = lite.post("/v1/orders", order(), headers=KEY)
    assert (answer.status_code, answer.json["code"]) == (409, "in_flight")
    assert lite.post("/v1/orders", order(), headers=KEY).status_code == 201


def test_batch_answers_each_order_by_itself(api: Api) -> None:
    values = [small("B-1"), {"currency": "CNY", "lines": []}, small("B-1"), small("B-2", currency="XXX")]
    results = api.post("/v1/orders:batch", {"orders": values}).json["results"]
    assert [result["status"] for result in results] == [201, 422, 200, 422]
    assert results[2]["order"]["id"] == results[0]["order"]["id"]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/orders/1/lines"
    assert results[3]["problem"]["errors"][0]["pointer"] == "/orders/3/currency"
    assert count(api) == 1


@pytest.mark.parametrize(("many", "status"), [(0, 422), (1, 200), (500, 200), (501, 422)])
def test_batch_has_1_to_500_orders(lite: Api, many: int, status: int) -> None:
    assert lite.post("/v1/orders:batch", {"orders": [{}] * many}).status_code == status


def test_batch_keeps_numbers_numbers_so_that_they_are_refused(lite: Api) -> None:
    body = b'{"orders":[{"currency":"CNY","lines":[{"sku":"A-1001","quantity":"1","unit_price":12.50}]}]}'
    result = lite.post("/v1/orders:batch", body).json["results"][0]
    assert (result["status"], result["problem"]["errors"][0]["code"]) == (422, "decimal_text")


def test_batch_under_one_idempotency_key_is_taken_once(api: Api) -> None:
    body = {"orders": [small("B-1"), small("B-2")]}
    first, again = (api.post("/v1/orders:batch", body, headers=KEY) for _ in range(2))
    assert again.data == first.data
    assert count(api) == 2


def test_stale_etag_is_refused_and_the_fresh_one_is_taken(api: Api) -> None:
    first = api.post("/v1/orders", small("E-1"))
    path = f"/v1/orders/{first.json['id']}/cancel"
    stale = api.post(path, {"reason": "x"}, headers={"If-Match": '"99"'})
    assert (stale.status_code, stale.json["code"]) == (412, "stale_version")
    assert api.post(path, {"reason": "x"}, headers={"If-Match": "nonsense"}).status_code == 422
    done = api.post(path, {"reason": "x"}, headers={"If-Match": first.headers["ETag"]})
    assert (done.status_code, done.json["state"]) == (200, "cancelled")
    assert done.headers["ETag"] != first.headers["ETag"]


def test_unchanged_order_is_not_sent_again(api: Api) -> None:
    first = api.post("/v1/orders", small("E-1"))
    path = f"/v1/orders/{first.json['id']}"
    answer = api.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (answer.status_code, answer.data) == (304, b"")
    assert api.get(path, headers={"If-None-Match": '"99"'}).status_code == 200


def test_STM_01_command_that_the_state_forbids_is_409_with_the_reason(api: Api) -> None:
    first = api.post("/v1/orders", small("C-1")).json
    answer = api.post(f"/v1/orders/{first['id']}/complete", {})
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert "complete" in answer.json["detail"]


def test_STM_01_next_states_agree_with_what_the_commands_do(api: Api) -> None:
    first = api.post("/v1/orders", small("C-1")).json
    for option in api.get(first["links"]["next_states"]).json["data"]:
        assert option["allowed"] or option["why_not"]["zh"]


def test_STM_08_number_leads_to_the_whole_time_line(api: Api) -> None:
    first = api.post("/v1/orders", small("T-1")).json
    api.post(f"/v1/orders/{first['id']}/cancel", {"reason": "客户取消"})
    row = api.get("/v1/orders?number=T-1").json["data"][0]
    events = api.get(f"/v1/orders/{row['id']}/timeline").json["data"]
    assert events[0]["action"] == "order_received"
    assert "order_cancelled" in [event["action"] for event in events]
    assert events == sorted(events, key=lambda event: event["at"])


def test_command_repeated_under_its_key_acts_once(api: Api) -> None:
    first = api.post("/v1/orders", small("C-1")).json
    path = f"/v1/orders/{first['id']}/cancel"
    done, again = (api.post(path, {"reason": "x"}, headers={"Idempotency-Key": "cancel-1"}) for _ in range(2))
    assert (done.status_code, again.data) == (200, done.data)
    for where, reason, more in (("", "y", {}), ("?a=1", "x", {}), ("", "x", {"If-Match": '"9"'})):
        other = api.post(path + where, {"reason": reason}, headers={"Idempotency-Key": "cancel-1", **more})
        assert (other.status_code, other.json["code"]) == (422, "idempotency_mismatch"), (where, reason, more)


def test_dry_run_decides_and_stores_nothing(api: Api) -> None:
    answer = api.post("/v1/decisions", order())
    assert (answer.status_code, answer.json["id"]) == (200, None)
    schema("decision").validate(answer.json)
    assert count(api) == 0
    kept = api.post("/v1/orders", order()).json["decision"]
    assert kept["body"] == answer.json["body"]


def test_stored_decision_is_shown_and_replays_byte_for_byte(api: Api) -> None:
    first = api.post("/v1/orders", order(), role="sales").json
    path = f"/v1/decisions/{first['decision']['id']}"
    assert api.get(path, role="sales").json == first["decision"]
    replayed = api.post(f"{path}/replay", role="sales").json
    assert (replayed["same"], replayed["replayed_body_hash"]) == (True, first["decision"]["body_hash"])
    assert api.get(path, role="production").status_code == 200
    hidden = api.post("/v1/orders", small("O-1"), role="sales_supervisor").json["decision"]["id"]
    assert api.get(f"/v1/decisions/{hidden}", role="sales").status_code == 404


def test_hold_is_released_with_a_reason_by_those_it_names(api: Api) -> None:
    held = order(number="H-1")
    held["ship_to"]["address"]["text"] = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    view = api.post("/v1/orders", held, role="sales").json
    hold = next(hold for hold in view["holds"] if hold["state"] == "active" and hold["severity"] == "blocking")
    path = f"/v1/holds/{hold['id']}/release"
    assert [row["id"] for row in api.get("/v1/holds", role="sales").json["data"]][:1]
    assert api.post(path, {"reason": " "}).status_code == 422
    assert api.post(path, {}).status_code == 422
    outsider = next(role for role in ("production", "finance", "sales", "risk") if role not in hold["who"])
    assert api.post(path, {"reason": "x"}, role=outsider).status_code == 403
    done = api.post(path, {"reason": "已电话核实地址"}, role=hold["who"][0])
    assert done.status_code == 200
    released = next(other for other in done.json["holds"] if other["id"] == hold["id"])
    assert (released["state"], released["release_reason"]) == ("released", "已电话核实地址")
    again = api.post(path, {"reason": "x"}, role=hold["who"][0])
    assert (again.status_code, again.json["code"]) == (409, "hold_not_active")


def test_release_options_name_what_would_lift_each_active_hold(api: Api) -> None:
    held = order(number="H-1")
    held["ship_to"]["address"]["text"] = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    view = api.post("/v1/orders", held).json
    options = api.get(view["links"]["release_options"]).json["data"]
    assert {option["hold_id"] for option in options} == {hold["id"] for hold in view["holds"]}
    assert all(option["who"] for option in options)


def test_language_of_problems_follows_accept_language(lite: Api) -> None:
    titles = {
        header: lite.post("/v1/orders", b"{}", headers={"Accept-Language": header}).json["title"]
        for header in ("zh-CN,zh;q=0.9", "en-GB,en;q=0.8", "fr", "*")
    }
    assert titles["zh-CN,zh;q=0.9"] == titles["fr"] == titles["*"] == "内容不能成为订单"
    assert titles["en-GB,en;q=0.8"] == "The content cannot be an order"


def test_request_id_of_the_caller_is_kept_when_it_is_sound(lite: Api) -> None:
    assert lite.get("/healthz", headers={"X-Request-Id": "abc-12345678"}).headers["X-Request-Id"] == "abc-12345678"
    for unsound in ("short", "x" * 65, "has space in it"):
        assert lite.get("/healthz", headers={"X-Request-Id": unsound}).headers["X-Request-Id"].startswith("req_")


def test_figures_count_orders_and_what_waits(lite: Api) -> None:
    lite.post("/v1/orders", small("M-1"))
    text = lite.get("/metrics").text
    assert 'sluice_orders_total{door="api"' in text
    assert 'sluice_waiting{queue="outbox_waiting"}' in text
