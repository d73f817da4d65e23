"""Many orders of one buyer, in a row and at once: each is decided by rules, none is held for a race."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from server.db.history import MOST
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

BUYER = {"name": "苏州恒力机电有限公司", "contact": {"name": "张总", "phone": "13800138000"}}
AT_ONCE = 6


def codes(api: Api, number: str) -> list[str]:
    answer = api.post("/v1/orders", order(number=number, buyer=BUYER), role="sales")
    assert answer.status_code == 201, answer.text
    return [hold["code"] for hold in answer.json["holds"]]


def test_DUP_01_more_duplicates_than_are_looked_at_are_still_decided(lite: Api) -> None:
    found = [codes(lite, f"ROW-{number}") for number in range(MOST + 3)]
    assert found[0] == []
    assert all("DUPLICATE_SUSPECT" in one and "RACE_LOST" not in one for one in found[1:])


def test_orders_of_one_buyer_at_once_are_decided_one_after_the_other(api: Api) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda number: codes(api, f"ONCE-{number}"), range(2 * AT_ONCE)))
    seen = Counter(code for one in found for code in one)
    assert seen["RACE_LOST"] == 0
    assert seen["DUPLICATE_SUSPECT"] >= len(found) - 1  # all but the first knew of the others
