"""The list of orders through the API: its pages, its filters, who sees which, what changed since; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.integration.api.conftest import order, small

if TYPE_CHECKING:
    from datetime import datetime

    from tests.integration.api.conftest import Api


def test_list_pages_give_every_order_once_newest_first(api: Api) -> None:
    made = []
    for index in range(7):
        made.append(api.post("/v1/orders", small(f"L-{index}")).json["id"])
        api.clock.forward(seconds=index % 2)
    seen, path = [], "/v1/orders?limit=3"
    while path:
        answer = api.get(path)
        seen += [row["id"] for row in answer.json["data"]]
        path = answer.headers["Link"].split(">")[0][1:] if answer.json["has_more"] else ""
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == 7


def test_list_filters_by_number_state_customer_and_hold(api: Api) -> None:
    held = order(number="H-1")
    held["lines"][0]["quantity"] = "5000"
    assert api.post("/v1/orders", held).status_code == 201
    api.post("/v1/orders", small("F-1"))
    found = {row["number"]: row for row in api.get("/v1/orders").json["data"]}
    assert [row["number"] for row in api.get("/v1/orders?number=F-1").json["data"]] == ["F-1"]
    for row in found.values():
        same_state = [other["number"] for other in found.values() if other["state"] == row["state"]]
        listed = [other["number"] for other in api.get(f"/v1/orders?state={row['state']}").json["data"]]
        assert sorted(listed) == sorted(same_state)
        for code in row["holds"]:
            with_it = [other["number"] for other in found.values() if code in other["holds"]]
            assert sorted(other["number"] for other in api.get(f"/v1/orders?hold={code}").json["data"]) == sorted(
                with_it
            )
    assert api.get("/v1/orders?customer=nobody").json["data"] == []
    assert api.get("/v1/orders?state=nothing").status_code == 422, "no state is called so"


def test_SEC_02_sales_see_their_own_orders_only(api: Api) -> None:
    mine = api.post("/v1/orders", small("S-1"), role="sales").json["id"]
    others = api.post("/v1/orders", small("S-2"), role="sales_supervisor").json["id"]
    assert [row["id"] for row in api.get("/v1/orders", role="sales").json["data"]] == [mine]
    for below in ("", "/timeline", "/explain", "/next-states", "/release-options", "/near-misses"):
        assert api.get(f"/v1/orders/{others}{below}", role="sales").status_code == 404, below
    assert api.post(f"/v1/orders/{others}/cancel", {"reason": "x"}, role="sales").status_code == 404
    assert api.get(f"/v1/orders/{others}", role="finance").status_code == 200


def test_whoever_cannot_be_called_asks_for_what_changed_since(lite: Api) -> None:
    first, second = (lite.post("/v1/orders", order(number=f"SINCE-{n}")).json["id"] for n in (1, 2))
    lite.clock.forward(minutes=5)
    moved = lite.clock()
    lite.post(f"/v1/orders/{first}/cancel", {"reason": "重复下单"})

    def changed(since: datetime) -> set[str]:
        answer = lite.get(f"/v1/orders?updated_since={quote(since.isoformat())}")
        return {row["id"] for row in answer.json["data"]} & {first, second}

    assert changed(moved - timedelta(minutes=5)) == {first, second}
    assert changed(moved) == {first}, "the time itself belongs to it"
    assert changed(moved + timedelta(microseconds=1)) == set()
    assert lite.get("/v1/orders?updated_since=2026-11-22T00:00:00").status_code == 422, "no offset"
