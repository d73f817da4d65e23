"""A backtest in words: both sides of each flip, totals with money, parameters with their labels."""

from __future__ import annotations

from orders.truth import Truth
from rules.bundle import policy_files
from server.desk.tally import Seen, Tally
from web.backtests import params_of, shown, shown_flip


def test_U2_each_side_of_a_flip_is_told_in_words() -> None:
    old = {"outcome": "pass", "hold": [], "route": [["GZ", [[1, "3"]]]], "approval": [], "priority": 0}
    new = {
        "outcome": "hold",
        "hold": [
            ["LARGE_ORDER", "RSK-05", 0, "approve", "blocking"],
            ["STOCK_SHORT", "VAL-03", 2, "allocate", "blocking"],
        ],
        "route": [["CD", [[1, "3"]]]],
        "approval": ["finance"],
        "priority": 2,
    }
    kinds = ["outcome", "hold", "route", "approval", "priority"]
    row = shown_flip({"kinds": kinds, "truth": "bad", "old": old, "new": new})
    assert [(part.label, part.old, part.new) for part in row["parts"]] == [
        ("判定结果", "通过", "挂起"),
        ("挂起", "—", "大额订单、库存不足 #2"),
        ("分仓", "GZ", "CD"),
        ("审批路径", "—", "财务"),
        ("优先级", "0", "2"),
    ]
    assert (row["truth_name"], row["chip"]) == ("该拦", "chip-bad")


def test_U2_totals_carry_the_money_of_each_currency() -> None:
    tally = Tally()
    tally.judged(Seen("CNY", 12_345, Truth.UNKNOWN), "pass", "hold")
    tally.judged(Seen("USD", 100, Truth.GOOD), "pass", "hold")
    tally.flipped(Seen("CNY", 12_345, Truth.UNKNOWN), ("outcome", "hold"))
    row = {"state": "running", "done": 1, "total": 3, "counts": tally.to_json(), "notes": []}
    test = shown(row)
    assert (test.is_open, test.percent, test.state) == (True, 33, "进行中")
    assert [(total.label, total.orders, total.money) for total in test.holding] == [
        ("新拦下", 2, "¥123.45 + $1.00"),
        ("不再拦", 0, ""),
    ]
    assert [(total.kind, total.orders) for total in test.kinds] == [("outcome", 1), ("hold", 1)]
    assert {total.label: total.orders for total in test.after} == {"拦下": 2, "拦对": 0, "错拦": 1, "漏拦": 0}


def test_U2_a_backtest_that_has_not_begun_shows_no_figures() -> None:
    test = shown({"state": "waiting", "done": 0, "total": 0, "counts": {}, "notes": []})
    assert (test.percent, test.kinds, test.holding, test.before) == (0, (), (), ())


def test_U2_every_parameter_is_offered_with_its_label_and_value() -> None:
    params = {item.name: item for item in params_of(policy_files())}
    assert (params["large_amount"].label, params["large_amount"].value) == ("大额订单金额", "50000.00元")
    assert params["pickup_words"].is_list
    assert params["pickup_words"].value == "驿站, 代收点"
    assert not params["large_amount"].is_list
