"""U4: what people can change about an order, in words, and what follows from it; the engine judges each afterwards."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from rules.explain.lever import Levers, Pull
from rules.facts import freeze
from rules.probe import Edit
from tests.unit.rules.cases import context, line, order, shipped

PLAIN = orjson.loads(freeze(order(line(), line(2)), context()))
M = 1_000_000


def pulls(name: str, value: Any, row: int = -1, **head: Any) -> list[Pull]:
    """Pull towards a value; ``head`` are facts that stand otherwise before, dots written as two underscores."""
    facts = copy.deepcopy(PLAIN)
    facts["duplicate"] = [{"order_id": "ord_9", "number": "PO-9"}, {"order_id": "ord_8"}]
    for key, old in head.items():
        facts["head"][key.replace("__", ".")] = old
    for key in [key for key, old in head.items() if old is None]:
        del facts["head"][key.replace("__", ".")]
    group, _, own = name.partition(".")
    if row >= 0:
        edit = Edit(group, row, own, value)
    else:
        edit = Edit("personal" if name in facts["personal"] else "head", -1, name, value)
    return list(Levers(shipped().book.vocabulary).pulls(facts, edit))


def told(found: list[Pull]) -> list[tuple[str, str, str]]:
    return [(pull.group, pull.message.zh, pull.message.en) for pull in found]


@pytest.mark.parametrize(
    ("asked", "head", "said"),
    [
        (("order.payable", 15_000), {}, [
            ("sales", "再优惠 100.00 元", "give 100.00 more discount"),
            ("customer", "第 1 行数量由 10 个减少到 2 个", "reduce line 1 from 10 to 2"),
            ("customer", "第 2 行数量由 10 个减少到 2 个", "reduce line 2 from 10 to 2")]),
        (("order.payable", 25_000), {}, [
            ("sales", "订单金额由 250.00 元 改为 250.00 元", "change Order amount from 250.00 to 250.00")]),
        (("order.payable", 25_001), {}, []),
        (("order.payable", -1), {}, []),
        (("order.payable", 100), {"order__payable": None}, []),
        (("order.goods", 25_000), {"order__goods": 24_000}, [
            ("sales", "货款合计由 240.00 元 改为 250.00 元", "change Goods total from 240.00 to 250.00"),
            ("sales", "货款合计由 240.00 元 改为 250.00 元，应付随之改为 250.00 元",
             "change Goods total from 240.00 to 250.00, payable to 250.00")]),
        (("order.goods", 24_999), {"order__goods": 24_000}, []),
        (("order.shipping", 500), {}, [
            ("sales", "运费由 0.00 元 改为 5.00 元", "change Freight from 0.00 to 5.00"),
            ("sales", "运费由 0.00 元 改为 5.00 元，应付随之改为 255.00 元",
             "change Freight from 0.00 to 5.00, payable to 255.00")]),
        (("order.shipping", 500), {"order__expected_payable": None}, [
            ("sales", "运费由 0.00 元 改为 5.00 元", "change Freight from 0.00 to 5.00")]),
        (("order.shipping", None), {}, []),
        (("order.payment.status", "paid"), {}, [("customer", "先付款", "pay the order first")]),
        (("order.payment.status", "partial"), {}, []),
        (("order.attributes.shop", "GZ"), {}, [("sales", "填写自提门店", "give Pickup shop")]),
        (("order.ship_to.address", "x"), {}, [("customer", "改送其他收货地址", "deliver to another address")]),
        (("order.ship_to.address", None), {}, []),
        (("order.requested_date", "2026-12-01"), {}, [
            ("customer", "期望交期由 2026-11-30 改为 2026-12-01", "change Wanted date from 2026-11-30 to 2026-12-01")]),
        (("order.ship_to.province", "浙江"), {}, []),
        (("order.ship_to.province", "浙江"), {"order__ship_to__province": None}, [
            ("customer", "填写省份", "give Province")]),
        (("order.channel", "form"), {"order__channel": None}, []),
        (("credit.exposure", 8_000), {"credit__exposure": 9_000}, [("customer", "回款 10.00 元", "pay back 10.00")]),
        (("credit.exposure", 9_000), {"credit__exposure": 9_000}, []),
        (("credit.exposure", 9_000), {"credit__exposure": None}, []),
        (("credit.exposure", None), {"credit__exposure": 9_000}, []),
        (("credit.available", 1_000), {"credit__available": 0}, [("customer", "回款 10.00 元", "pay back 10.00")]),
        (("credit.limit", 10_001), {"credit__limit": 10_000}, [
            ("finance", "信用额度由 100.00 元 改为 100.01 元", "change Credit limit from 100.00 to 100.01")]),
        (("credit.status", "ok"), {"credit__status": "unavailable"}, [
            ("finance", "征信恢复后重新判定", "decide again when the credit source answers")]),
        (("credit.status", "unavailable"), {}, []),
        (("credit.score", 900), {}, []),
        (("credit.overdue_days", 30), {"credit__overdue_days": 31}, [
            ("customer", "结清逾期超过 30 天的账款", "pay the bills that are more than 30 days overdue")]),
        (("credit.overdue_days", 31), {"credit__overdue_days": 31}, []),
        (("credit.overdue_days", 30), {"credit__overdue_days": None}, []),
        (("customer.level", "vip"), {}, []),
        (("line.quantity", 4 * M, 1), {}, [("customer", "第 2 行数量由 10 个减少到 4 个",
             "reduce line 2 from 10 to 4")]),
        (("line.quantity", 10 * M, 0), {}, []),
        (("line.quantity", 0, 0), {}, []),
        (("line.quantity", None, 0), {}, []),
        (("line.pool_demand", 4 * M, 0), {}, [("customer", "第 1 行数量由 10 个减少到 4 个",
             "reduce line 1 from 10 to 4")]),
        (("line.net_price", 11 * M, 0), {}, [
            ("sales", "第 1 行单价由 12.50 元 改为 11.00 元", "line 1: change Unit price from 12.50 to 11.00")]),
        (("line.net_price", None, 0), {}, []),
        (("line.unit_price", None, 0), {}, []),
        (("line.is_gift", True, 0), {}, [("sales", "第 1 行赠品由 否 改为 是", "line 1: change Gift from no to yes")]),
        (("line.requested_date", "2026-12-01", 1), {}, [("customer", "第 2 行填写行期望交期",
             "line 2: give Wanted date of the line")]),
        (("line.unit_price", 11 * M, 1), {}, [
            ("sales", "第 2 行单价由 12.50 元 改为 11.00 元", "line 2: change Unit price from 12.50 to 11.00")]),
        (("line.amount", None, 0), {}, []),
        (("line.sku", "X", 0), {}, []),
        (("line.pool_available", 2_003 * M, 0), {}, [("stock", "A-1001 到货 3", "3 of A-1001 arrive")]),
        (("line.pool_available", None, 0), {}, []),
        (("stock.available", 1_001 * M, 1), {}, [("stock", "A-1001 到货 1（GZ 仓）", "1 of A-1001 arrive at GZ")]),
        (("stock.available", 1_000 * M, 1), {}, []),
        (("stock.available", None, 1), {}, []),
        (("stock.reserved", 1, 1), {}, []),
        (("site.can_fill", True, 0), {}, []),
        (("duplicate.apart", 1, 0), {}, [("customer", "取消另一张订单 PO-9", "cancel the other order PO-9")]),
        (("duplicate.apart", 1, 1), {}, [("customer", "取消另一张订单 ord_8", "cancel the other order ord_8")]),
    ],
)  # fmt: skip
def test_U4_each_lever_says_who_changes_what(asked, head, said):
    assert told(pulls(*asked, **head)) == said


def test_U4_a_value_of_a_line_that_goes_is_said_to_go():
    facts = copy.deepcopy(PLAIN)
    facts["line"][0]["promotion"] = "双11"
    (pull,) = Levers(shipped().book.vocabulary).pulls(facts, Edit("line", 0, "promotion", None))
    assert (pull.message.zh, pull.message.en) == ("第 1 行去掉促销", "line 1: take Promotion away")


def test_U4_what_is_given_away_is_not_made_smaller():
    facts = copy.deepcopy(PLAIN)
    facts["line"][0]["is_gift"] = True
    found = Levers(shipped().book.vocabulary).pulls(facts, Edit("head", -1, "order.payable", 15_000))
    assert [pull.change.line_no for pull in found if pull.change.path == "line.quantity"] == [2]


def test_U4_a_discount_on_an_amount_that_was_wrong_states_it_anew():
    (pull, *_) = pulls("order.payable", 15_000, order__payable=26_000)
    assert pull.facts["head"]["order.payable"] == 15_000
    assert pull.facts["head"]["order.discount"] == 11_000


def test_U4_fewer_pieces_move_amount_totals_demand_and_sites():
    (pull,) = pulls("line.quantity", 4 * M, 0)
    row, head = pull.facts["line"][0], pull.facts["head"]
    assert (row["amount"], row["expected_amount"], row["pool_demand"]) == (5_000, 5_000, 4 * M)
    assert [head[f"order.{name}"] for name in ("goods", "payable", "lines_total")] == [17_500] * 3
    assert [row["demand"] for row in pull.facts["stock"] if row["sku"] == "A-1001"] == [4 * M] * 2
    assert PLAIN["line"][0]["quantity"] == 10 * M
