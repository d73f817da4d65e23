"""Every order says what kind of sender it came from, whatever the door (IN-17)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orders.source import SourceType, source_of_platform, source_type
from tests.integration.api.conftest import order
from tests.integration.api.test_channels import set_up

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api


@pytest.mark.parametrize(
    ("channel", "door", "expected"),
    [
        ("erp", "api", "erp"),
        ("pos", "api", "store"),
        ("agent", "api", "agent"),
        ("dealer", "api", "dealer"),
        ("mini_program", "api", "platform"),
        ("phone", "entry", "sales"),
        ("document", "upload", "sales"),
        ("mail", "mail", "sales"),
        ("anything", "pull", "platform"),
        ("anything", "webhook", "platform"),
        ("anything", "drop", "erp"),
        ("anything", "upload", "sales"),
    ],
)
def test_IN_17_a_source_is_known_by_channel_else_by_door(channel: str, door: str, expected: str) -> None:
    assert source_type(channel, door, {}) == expected


def test_IN_17_what_the_channel_says_wins_and_a_dealers_account_is_a_dealers() -> None:
    assert source_type("erp", "api", {"erp": "agent"}) is SourceType.AGENT
    assert source_type("erp", "api", {"erp": "agent"}, dealer=True) is SourceType.DEALER
    assert [source_of_platform(name) for name in ("pos", "taobao", "generic")] == ["store", "platform", None]


def test_IN_17_every_order_carries_its_source_and_is_found_by_it(api: Api) -> None:
    first = api.post("/v1/orders", order(number="S-1", channel="erp"), role="sales").json
    api.post("/v1/orders", order(number="S-2", channel="pos"), role="sales")
    bare = api.post("/v1/orders", {k: v for k, v in order().items() if k != "number"}, role="sales").json
    assert (first["source_type"], first["source_ref"]) == ("erp", "S-1")
    assert bare["source_ref"]  # what it is unique by stands for the number that is not there
    assert api.get(f"/v1/orders/{first['id']}").json["source_type"] == "erp"
    found = api.get("/v1/orders?source_type=store").json["data"]
    assert [(row["number"], row["source_type"]) for row in found] == [("S-2", "store")]
    assert [row["number"] for row in api.get("/v1/orders?source_ref=S-1").json["data"]] == ["S-1"]
    assert api.get("/v1/orders?source_type=nobody").status_code == 422


def test_IN_17_a_channel_says_what_its_senders_are_and_the_rules_know(lite: Api) -> None:
    set_up(lite, "south", preset="pos", source_type="agent")
    assert lite.deps.catalogue().sources == {"south": "agent"}
    made = lite.post("/v1/orders", order(number="S-3", channel="south"), role="sales").json
    assert made["source_type"] == "agent"
    with lite.deps.store.db.read() as conn:
        sealed = conn.exec_driver_sql("SELECT facts FROM decisions WHERE order_id = ?", (made["id"],)).scalar()
        facts = json.loads(lite.deps.store.vault.unseal(conn, sealed))
    assert (facts["head"]["order.source_type"], facts["head"]["order.source_ref"]) == ("agent", "S-3")


def test_IN_17_decided_again_it_is_the_same_source(lite: Api) -> None:
    made = lite.post("/v1/orders", order(number="S-4", channel="pos"), role="sales").json
    with lite.deps.store.db.read() as conn:
        from orders.actor import SYSTEM
        from server.db.order import orders

        stored = orders.get(conn, lite.deps.store, made["id"], SYSTEM)
    assert lite.deps.context(stored.order, exclude_order_id=made["id"]).source_type == "store"
