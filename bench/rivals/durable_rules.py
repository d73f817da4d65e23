# mypy: disable-error-code="untyped-decorator"
# ruff: noqa: E501, E712, TID251 - a rival: durable-rules as its own documentation shows it, rules one to a line
"""durable-rules by itself: `durable.lang` and its Host, one session an order, deleted after it.

Run in a process of its own (`bench/rivals/apart.py`), for it may crash. The Host's timers are stopped, for together with
deleted sessions they end the process within seconds; sums and joined stock stand among the facts, as for json-rules-engine.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import Any

from durable.engine import MessageNotHandledException
from durable.lang import assert_fact, c, delete_state, get_host, m, none, ruleset, when_all

from bench.rivals.apart import Hits, serve
from bench.rivals.facts import CENTRAL, COAST, ENTRY, NO_DISTRICT, REMOTE, joined

HITS: list[tuple[str, Any]] = []


def _in(field: Any, words: tuple[str, ...]) -> Any:
    return reduce(or_, [field == word for word in words])


def _out(field: Any, words: tuple[str, ...]) -> Any:
    return reduce(and_, [field != word for word in words])


def _rule(name: str, *conditions: Any, makes: dict[str, Any] | None = None) -> None:
    """Add a rule that notes its hit and asserts what it makes."""

    @when_all(*conditions)
    def act(c: Any) -> None:
        message = c.m if "m" in c._m else getattr(c, "fact", None)
        key = "" if message is None else (message.line_no or message.order_id or "")
        HITS.append((name, key))
        if makes:
            c.assert_fact({**makes, **({"order_id": key} if makes["t"] == "twin" else {})})


with ruleset("orders"):
    order, line, twin = m.t == "order", m.t == "line", m.t == "duplicate"
    delivery = order & (m.fulfilment == "delivery")
    _rule("VAL-01.entry", order & _in(m.channel, ENTRY) & (-m.buyer | -m.requested_date | -m.payment_terms))
    _rule("VAL-03", delivery & (-m.province | -m.city | -m.detail | -m.name | -m.phone))
    _rule("VAL-03", delivery & -m.district & _out(m.city, NO_DISTRICT))
    _rule("VAL-04", delivery & _in(m.province, REMOTE))
    _rule("VAL-07", order & +m.type)
    _rule("FIN-06.goods", order & (m.goods != m.lines_total) & (m.goods != m.lines_gross))
    _rule("FIN-06.payable", order & (m.payable != m.expected_payable) & (m.payable != m.expected_payable_taxed))
    _rule("RSK-01", order & (m.same_id_orders_today > 3))
    _rule("RSK-02", order & (m.payable > 50_000) & (m.address.matches(".*驿站.*") | m.address.matches(".*代收点.*")))
    _rule("RSK-05", order & (m.payable >= 5_000_000))
    _rule("CRD-01.limit", order & (m.status == "ok") & (m.paid != "paid") & (m.owed > m.limit))
    _rule("CRD-01.unavailable_hold", order & (m.status == "unavailable"))
    _rule("RSK-07.score", order & (m.score < 550))
    _rule("RSK-07.overdue", order & (m.overdue_days > 30))
    _rule("APP-06.green_lane", order & ((m.lifetime_spend >= 500_000) | (m.purchase_count > 6)), makes={"t": "green"})
    _rule("RTE-01.region", order & _in(m.province, CENTRAL), makes={"t": "route", "site": "CD"})
    _rule("RTE-01.default", order & _out(m.province, CENTRAL), makes={"t": "route", "site": "GZ"})
    _rule(
        "RTE-02.nothing",
        c.route << (m.t == "route"),
        c.owner << order & (m.movable == True),
        none((m.t == "site") & (m.code == c.route.site)),
    )
    _rule(
        "RTE-05",
        c.route << (m.t == "route"),
        c.place << (m.t == "site") & (m.can_fill == True) & (m.code == c.route.site),
    )
    _rule(
        "APP-03", order & ((m.type == "custom") | (m.payable >= 2_000_000)), makes={"t": "flow", "name": "three_level"}
    )
    _rule(
        "APP-03", order & (m.type == "presale") & (m.payable < 2_000_000), makes={"t": "flow", "name": "finance_only"}
    )
    _rule("APP-01", (m.t == "flow") & (m.name == "three_level"))
    _rule("APP-03.finance", (m.t == "flow") & (m.name == "finance_only"))
    _rule("APP-06.skip", c.green << (m.t == "green"), c.flow << (m.t == "flow"))
    _rule("CAR-01.region", delivery & _in(m.province, COAST))
    _rule("CAR-01.default", delivery & _out(m.province, COAST))
    _rule("VAL-02", line & (m.type == "stock") & (m.demand > m.pool))
    _rule("VAL-01.price", line & -m.unit_price & (m.is_gift == False))
    _rule("VAL-10.amount", line & +m.unit_price & (m.amount != m.expected_amount))
    _rule("VAL-10.promotion", line & +m.promotion & (m.unit_price != m.approved_promo_price))
    _rule("RSK-03", line & (m.unit_price > 200_000_000))
    _rule("RSK-04.thin", line & (m.is_gift == False) & (m.thin == True))
    for site in ("cd", "gz"):
        short = line & (m.type == "stock") & (m.demand <= m.pool) & (m.demand > getattr(m, site))
        _rule("RTE-02", c.route << (m.t == "route") & (m.site == site.upper()), c.fact << short)
    _rule("DUP-01", twin & (m.same_phone == True) & (m.shared_skus >= 1) & (m.apart <= 300), makes={"t": "twin"})
    _rule("DUP-03", twin & (m.same_content == True) & (m.channel != m.own) & (m.apart <= 86_400), makes={"t": "twin"})
    _rule("DUP-02", m.t == "twin")


def judge(given: dict[str, Any]) -> Hits:
    """Return the hits of one order. Negated facts go first, for those that come later do not bar."""
    HITS.clear()
    facts = joined(given)
    rows = [("site", row) for row in given["site"]] + [("line", row) for row in facts["line"]]
    for kind, row in (*rows, *(("duplicate", row) for row in facts["twin"]), ("order", facts["head"])):
        try:
            assert_fact("orders", {"t": kind, **{name: value for name, value in row.items() if value is not None}})
        except MessageNotHandledException:
            continue  # no rule looks at such a fact
    delete_state("orders", "0")
    return list(dict.fromkeys(HITS))


if __name__ == "__main__":
    host = get_host()
    host._d_timer.cancel()
    host._t_timer.cancel()
    serve(judge)
