"""A backtest in words: both sides of each flip, totals with money, parameters with their labels."""

from __future__ import annotations

import csv
import io

from orders.truth import Truth
from server.desk.rulework.tally import Seen, Tally
from web.backtests import csv_of, shown, shown_flip


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


HELD = {
    "outcome": "hold",
    "hold": [
        ["LARGE_ORDER", "RSK-05", 0, "approve", "blocking"],
        ["PRICE_MISMATCH", "VAL-07", 1, "approve", "blocking"],
    ],
    "notify": [["risk", "RSK-05"], ["stock_planner", "RTE-02"], ["stock_planner", "RTE-03"]],
    "route": [["GZ", [[1, "3"]]]],
}


def told(kind: str, new: list[object]) -> tuple[str, str]:
    side = {**HELD, kind: new}
    (part,) = shown_flip({"kinds": [kind], "truth": "unknown", "old": HELD, "new": side})["parts"]
    return part.old, part.new


def test_U2_of_what_there_are_many_only_what_goes_and_comes_is_told() -> None:
    assert told("hold", HELD["hold"][1:]) == ("大额订单", "—")
    assert told("hold", [*HELD["hold"], ["OVERDUE", "RSK-07", 0, "ship", "blocking"]]) == ("—", "账款逾期")
    assert told("notify", HELD["notify"][:1]) == ("库存计划", "—")


def test_U2_what_reads_the_same_on_both_sides_is_told_closer() -> None:
    moved = [["LARGE_ORDER", "RSK-05", 0, "ship", "blocking"], HELD["hold"][1]]
    assert told("hold", moved) == ("大额订单（RSK-05，审批，blocking）", "大额订单（RSK-05，发货，blocking）")
    assert told("route", [["GZ", [[1, "2"]]]]) == ("GZ（#1 × 3）", "GZ（#1 × 2）")
    assert told("notify", [["risk", "RSK-06"], *HELD["notify"][1:]]) == ("风控（RSK-05）", "风控（RSK-06）")


def test_U2_the_sheet_of_flips_reads_in_excel_and_runs_nothing() -> None:
    row = {"order_id": "ord_1", "number": "=1+1", "currency": "CNY", "payable": "22201.92", "kinds": ["outcome"],
           "truth": "good", "old": {"outcome": "pass"}, "new": {"outcome": "hold"}}  # fmt: skip
    lines = "".join(csv_of([row, {**row, "number": None}]))
    assert lines.startswith("\ufeff订单号,")
    head, first, second = csv.reader(io.StringIO(lines.removeprefix("\ufeff")))
    assert head == ["订单号", "系统编号", "应付", "币种", "现行判定", "候选判定", "会怎样翻转", "真值"]
    assert first == ["'=1+1", "ord_1", "22201.92", "CNY", "通过", "挂起", "判定结果 通过 → 挂起", "不该拦"]
    assert second[0] == ""
