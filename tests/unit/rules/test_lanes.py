"""Which orders a canary decides: the same ones every time, and as many as asked."""

from __future__ import annotations

import orjson

from rules.lanes import SHARES, order_key, share_of


def facts(number: str | None, **more: object) -> bytes:
    head = {"order.channel": "erp", "order.payable": 100, **({"order.number": number} if number else {}), **more}
    line = [{"sku": "A-1001", "quantity": 5}]
    return orjson.dumps({"head": head, "personal": {"order.buyer.phone": "13800138000"}, "line": line})


def test_an_order_keeps_its_lane_when_it_is_decided_again_over_other_facts() -> None:
    again = facts("PO-1", **{"customer.same_id_orders_today": 7, "system.today": "2026-11-30"})
    assert share_of(order_key(facts("PO-1"))) == share_of(order_key(again))
    without = facts(None, **{"customer.same_id_orders_today": 7})
    assert order_key(facts(None)) == order_key(without)


def test_the_same_number_of_another_channel_is_another_order() -> None:
    assert order_key(facts("PO-1")) != order_key(facts("PO-1", **{"order.channel": "mail"}))


def test_about_as_many_orders_take_the_canary_as_asked() -> None:
    shares = [share_of(order_key(facts(f"PO-{n}"))) for n in range(4000)]
    assert all(0 <= share < SHARES for share in shares)
    assert 320 < sum(share < 10 * SHARES // 100 for share in shares) < 480
