"""What a sender says of an order that is here: it waits for a person, everybody sees it, nothing is ordered twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from server.db import originals
from server.db import tables as t
from server.db.outlets.outbox import ERP
from tests.integration.api.conftest import order
from tests.integration.api.test_channels import POS, call, set_up, taken

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

PHONE = {"contact": {"name": "陈经理", "phone": "13900001111"}}


def told(api: Api, order_id: str) -> list[tuple[str, str]]:
    with api.deps.store.db.read() as conn:
        rows = conn.execute(select(t.outbox.c.event, t.outbox.c.destination).where(t.outbox.c.order_id == order_id))
        return [(row.event, row.destination) for row in rows if row.event == "order.changed"]


@pytest.mark.parametrize(("doc_type", "said"), [("cancel", "cancelled or refunded"), ("change", "other content")])
def test_IN_20_a_change_holds_its_order_and_is_none_itself(api: Api, doc_type: str, said: str) -> None:
    made = api.post("/v1/orders", order(number="C-1", buyer=PHONE), role="sales").json
    assert made["state"] == "routing"
    changed = api.post("/v1/orders", order(number="C-1", buyer=PHONE, doc_type=doc_type), role="sales")
    assert (changed.status_code, changed.json["id"]) == (200, made["id"])
    assert changed.json["version"] == made["version"] + 1
    (hold,) = [one for one in changed.json["holds"] if one["code"] == "CHANNEL_CHANGE"]
    assert said in hold["message"]["en"]
    assert [row["number"] for row in api.get("/v1/orders").json["data"]] == ["C-1"]  # no order beside it
    assert api.get("/v1/orders?hold=CHANNEL_CHANGE").json["data"][0]["version"] == made["version"] + 1
    assert api.post(f"/v1/orders/{made['id']}/print", {"reason": ""}, role="production").status_code == 409
    assert ("order.changed", ERP) in told(api, made["id"])  # it had been told of the order
    again = api.post("/v1/orders", order(number="C-1", buyer=PHONE, doc_type=doc_type), role="sales")
    assert again.json["version"] == changed.json["version"]
    assert len(told(api, made["id"])) == len(set(told(api, made["id"])))
    assert api.get(f"/v1/orders/{made['id']}/release-options").status_code == 200
    freed = api.post(f"/v1/holds/{hold['id']}/release", {"reason": "与客户确认过"}, role="sales")
    assert freed.status_code == 200, freed.text
    assert [one["state"] for one in freed.json["holds"] if one["code"] == "CHANNEL_CHANGE"] == ["released"]


def test_IN_20_a_change_of_nothing_is_refused_by_name(lite: Api) -> None:
    refused = lite.post("/v1/orders", order(number="C-2", doc_type="cancel"), role="sales")
    assert (refused.status_code, refused.json["code"]) == (422, "nothing_to_change")
    lite.post("/v1/orders", order(number="C-2"), role="sales")
    other = lite.post("/v1/orders", order(number="C-2", doc_type="cancel"), role="sales_supervisor")
    assert (other.status_code, other.json["code"]) == (422, "nothing_to_change")  # of another account


def test_IN_20_a_cancelled_order_is_not_held_again(lite: Api) -> None:
    made = lite.post("/v1/orders", order(number="C-3", buyer=PHONE), role="sales").json
    lite.post(f"/v1/orders/{made['id']}/cancel", {"reason": "客户取消"}, role="sales")
    answer = lite.post("/v1/orders", order(number="C-3", buyer=PHONE, doc_type="cancel"), role="sales")
    assert (answer.status_code, answer.json["state"], answer.json["holds"]) == (200, "cancelled", [])


def test_IN_20_other_content_of_a_number_by_a_hook_is_a_draft_and_holds_the_order(lite: Api) -> None:
    key = set_up(lite)
    (order_id,) = taken(lite, call(lite, key, POS))["quality"]["orders"]
    before = lite.get(f"/v1/orders/{order_id}").json
    ticket = {**POS["ticket"], "goods": [{**POS["ticket"]["goods"][0], "qty": "7"}, *POS["ticket"]["goods"][1:]]}
    document = taken(lite, call(lite, key, {**POS, "ticket": ticket}, delivery="d2"))
    assert len(document["drafts"]) == 1
    after = lite.get(f"/v1/orders/{order_id}").json
    assert after["version"] == before["version"] + 1
    assert "CHANNEL_CHANGE" in [hold["code"] for hold in after["holds"]]
    assert after["order"] == before["order"]  # nothing is overwritten
    assert lite.get(f"/v1/orders/{order_id}/timeline").json["data"][-1]["action"] == "channel_changed"


def test_IN_20_a_conflict_that_its_sender_is_told_of_holds_nothing(lite: Api) -> None:
    made = lite.post("/v1/orders", order(number="C-4", buyer=PHONE), role="sales").json
    assert lite.post("/v1/orders", order(number="C-4"), role="sales").status_code == 409
    assert lite.get(f"/v1/orders/{made['id']}").json["version"] == made["version"]


def changes(api: Api, order_id: str) -> list[dict[str, str]]:
    told = api.get(f"/v1/orders/{order_id}/timeline").json["data"]
    return [event["detail"] for event in told if event["action"] == "channel_changed"]


def test_IN_20_what_a_change_says_is_kept_each_time_it_says_something_else(api: Api) -> None:
    made = api.post("/v1/orders", order(number="C-5", buyer=PHONE), role="sales").json
    for note in ("改送三号门", "改送三号门", "改送四号门"):
        sent = order(number="C-5", buyer=PHONE, doc_type="change", note=note)
        assert api.post("/v1/orders", sent, role="sales").status_code == 200
    found = changes(api, made["id"])
    assert len(found) == 2  # the same again says nothing new
    with api.deps.store.db.read() as conn:
        kept = [json.loads(originals.fetch(conn, api.deps.store, one["original_id"]).data)["note"] for one in found]
    assert kept == ["改送三号门", "改送四号门"]
    holds = api.get(f"/v1/orders/{made['id']}").json["holds"]
    assert [hold["code"] for hold in holds].count("CHANNEL_CHANGE") == 1


def test_IN_20_a_test_key_changes_no_order(lite: Api) -> None:
    made = lite.post("/v1/orders", order(number="C-6", buyer=PHONE), role="sales").json
    key = lite.post("/v1/keys", {"name": "try", "mode": "test", "account": "acc-sales"})
    lite.keys["trial"] = key.json["secret"]
    refused = lite.post("/v1/orders", order(number="C-6", buyer=PHONE, doc_type="cancel"), role="trial")
    assert (refused.status_code, refused.json["code"]) == (422, "nothing_to_change")
    assert lite.get(f"/v1/orders/{made['id']}").json["version"] == made["version"]
