# ruff: noqa: E501, RUF007, TC003 - rules of other engines read best one to a line
"""zen-engine 2: one decision of expression nodes, called in the two ways that its documentation shows.

Its first example is `create_decision` from text. Its page on performance advises a loader that hands out the same
`ZenDecisionContent`, compiled once: the same answer in less than half the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import zen

from bench.rivals.facts import CENTRAL, COAST, ENTRY, NO_DISTRICT, REMOTE

Hits = list[tuple[str, Any]]


def _words(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


def _lines(condition: str) -> str:
    return f"map(filter(line, {condition}), #.line_no)"


def _twins(condition: str) -> str:
    return f"map(filter(duplicate, {condition}), #.order_id)"


_NEAR = "#.same_phone == true and #.shared_skus >= 1 and #.apart <= 300"
_SAME = "#.same_content == true and #.apart <= 86400 and #.channel != $.channel"
_GREEN = ("(customer.lifetime_spend != null and customer.lifetime_spend >= 500000)"
          " or (customer.purchase_count != null and customer.purchase_count > 6)")  # fmt: skip
FIRST = {
    "VAL-01.entry": f"order.channel in {_words(ENTRY)} and (order.buyer == null or order.requested_date == null"
    " or order.payment_terms == null)",
    "VAL-03": "order.fulfilment == 'delivery' and (order.province == null or order.city == null or order.detail == null"
    f" or order.name == null or order.phone == null or (order.district == null and order.city not in {_words(NO_DISTRICT)}))",
    "VAL-04": f"order.fulfilment == 'delivery' and order.province in {_words(REMOTE)}",
    "VAL-07": "order.type != null",
    "FIN-06.goods": "order.lines_total != null and order.goods != order.lines_total and order.goods != order.lines_gross",
    "FIN-06.payable": "order.payable != order.expected_payable and order.payable != order.expected_payable_taxed",
    "VAL-02": _lines("#.type == 'stock' and #.demand > #.pool"),
    "VAL-01.price": _lines("#.unit_price == null and #.is_gift == false"),
    "VAL-10.amount": _lines("#.unit_price != null and #.amount != null and #.amount != #.expected_amount"),
    "VAL-10.promotion": _lines(
        "#.promotion != null and #.approved_promo_price != null and #.unit_price != null"
        " and #.unit_price != #.approved_promo_price"
    ),
    "RSK-01": "customer.same_id_orders_today > 3",
    "RSK-02": "order.payable > 50000 and (contains(order.address, '驿站') or contains(order.address, '代收点'))",
    "RSK-03": _lines("#.unit_price != null and #.unit_price > 200000000"),
    "RSK-04.thin": _lines("#.is_gift == false and #.cost != null and #.net_price != null"
                          " and #.net_price * 100 < #.cost * 85"),
    "RSK-05": "order.payable >= 5000000",
    "channel": "order.channel",
    "DUP-01": _twins(_NEAR),
    "CRD-01.limit": "credit.status == 'ok' and order.paid != 'paid' and credit.exposure + order.payable > credit.limit",
    "CRD-01.unavailable_hold": "credit.status == 'unavailable'",
    "RSK-07.score": "credit.score != null and credit.score < 550",
    "RSK-07.overdue": "credit.overdue_days != null and credit.overdue_days > 30",
    "APP-06.green_lane": _GREEN,
    "RTE-01.region": f"order.province in {_words(CENTRAL)}",
    "RTE-01.default": f"order.province not in {_words(CENTRAL)}",
    "CAR-01.region": f"order.fulfilment == 'delivery' and order.province in {_words(COAST)}",
    "CAR-01.default": f"order.fulfilment == 'delivery' and order.province not in {_words(COAST)}",
    "three": "order.type == 'custom' or order.payable >= 2000000",
    "presale": "order.type == 'presale'",
}  # fmt: skip
SECOND = {
    "DUP-03": _twins("#.same_content == true and #.apart <= 86400 and #.channel != $root.hits.channel"),
    "RTE-02.nothing": "movable and len(filter(site, #.code == ($root.hits.RTE_01_region ? 'CD' : 'GZ'))) == 0",
    "RTE-05": "some(site, #.can_fill and #.code == ($root.hits.RTE_01_region ? 'CD' : 'GZ'))",
    "RTE-02": "hits.RTE_01_region ? " + _lines("#.type == 'stock' and #.demand <= #.pool and #.cd != null and #.demand > #.cd")
    + " : " + _lines("#.type == 'stock' and #.demand <= #.pool and #.gz != null and #.demand > #.gz"),
    "APP-03": "hits.three or hits.presale",
    "APP-01": "hits.three",
    "APP-03.finance": "hits.presale and not(hits.three)",
    "APP-06.skip": "hits.APP_06_green_lane and (hits.three or hits.presale)",
}  # fmt: skip


def _key(rule: str) -> str:
    return "hits." + rule.replace("-", "_").replace(".", "_")


_NAMES = {_key(rule)[5:]: rule for rule in (*FIRST, *SECOND)}


def _node(name: str, rules: dict[str, str]) -> dict[str, Any]:
    rows = [{"id": f"{name}{at}", "key": _key(rule), "value": value} for at, (rule, value) in enumerate(rules.items())]
    content = {"expressions": rows, "passThrough": True}
    return {"id": name, "type": "expressionNode", "name": name, "position": {"x": 0, "y": 0}, "content": content}


def _decision() -> str:
    ends = [
        {"id": kind, "type": f"{kind}Node", "name": kind, "position": {"x": 0, "y": 0}} for kind in ("input", "output")
    ]
    path = ["input", "first", "second", "output"]
    edges = [
        {"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in zip(path, path[1:], strict=False)
    ]
    nodes = [ends[0], _node("first", FIRST), _node("second", SECOND), ends[1]]
    return json.dumps({"nodes": nodes, "edges": edges})


class Zen:
    """One decision; ``traced`` asks for the engine's own trace, ``first_example`` for the documentation's first way."""

    def __init__(self, *, traced: bool = False, first_example: bool = False) -> None:
        options = ({"trace": True},) if traced else ()
        if first_example:
            decision = zen.ZenEngine().create_decision(_decision())
            self._evaluate: Callable[[dict[str, Any]], Any] = lambda facts: decision.evaluate(facts, *options)
        else:
            content = zen.ZenDecisionContent(_decision())
            engine = zen.ZenEngine({"loader": lambda _: content})
            self._evaluate = lambda facts: engine.evaluate("orders", facts, *options)

    def judge(self, facts: dict[str, Any]) -> Hits:
        """Return the hits of one order."""
        answer = self._evaluate(facts)
        hits: Hits = []
        for name, value in answer["result"]["hits"].items():
            if value is True:
                hits.append((_NAMES[name], ""))
            elif value and isinstance(value, list):
                hits += [(_NAMES[name], key) for key in value]
        twins = {key for rule, key in hits if rule in ("DUP-01", "DUP-03")}
        hits += [("DUP-02", key) for key in twins]
        return [hit for hit in hits if hit[0] not in ("three", "presale", "channel")]
