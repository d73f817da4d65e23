# mypy: disable-error-code="misc"
# ruff: noqa: E501 - a rival: rules as its documentation shows them, one to a line
"""experta: a `KnowledgeEngine` of decorated rules, reset and run per order, as its documentation shows it.

Run in a process of its own (`bench/rivals/apart.py`): experta 1.9.4 pins frozendict 1.2, which looks for
`collections.Mapping`; that name left Python with 3.10 and is given back here, in this process alone. A join is a name
that two facts share; sums stand among the facts, as for json-rules-engine.
"""

from __future__ import annotations

import collections
import collections.abc
from typing import TYPE_CHECKING, Any

vars(collections)["Mapping"] = collections.abc.Mapping  # before experta is imported

from experta import MATCH, NOT, TEST, Fact, KnowledgeEngine, P, Rule  # noqa: E402

from bench.rivals.apart import Hits, serve  # noqa: E402
from bench.rivals.facts import CENTRAL, COAST, ENTRY, NO_DISTRICT, REMOTE, joined  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable


class Head(Fact):
    """The order with its customer and credit."""


class Line(Fact):
    """An order line."""


class Twin(Fact):
    """A possible duplicate."""


class Site(Fact):
    """A site."""


class Made(Fact):
    """What rules make: a route, a flow, a green lane, a duplicate."""


def over(limit: int) -> P:
    return P(lambda value: value is not None and value > limit)


def least(limit: int) -> P:
    return P(lambda value: value is not None and value >= limit)


def most(limit: int) -> P:
    return P(lambda value: value is not None and value <= limit)


def under(limit: int) -> P:
    return P(lambda value: value is not None and value < limit)


def among(words: tuple[str, ...]) -> P:
    return P(lambda value: value in words)


def beside(words: tuple[str, ...]) -> P:
    return P(lambda value: value not in words)


GIVEN = P(lambda value: value is not None)
POINT = P(lambda text: "驿站" in text or "代收点" in text)
ADDRESS = {name: getattr(MATCH, name) for name in ("province", "city", "district", "detail", "name", "phone")}
FLOW = (("three_level", {"type": "custom"}), ("three_level", {"type": P(lambda value: value != "custom"), "payable": least(2_000_000)}),
        ("finance_only", {"type": "presale", "payable": under(2_000_000)}))  # fmt: skip


def _incomplete(province: Any, city: Any, district: Any, detail: Any, name: Any, phone: Any) -> bool:
    return None in (province, city, detail, name, phone) or (district is None and city not in NO_DISTRICT)


def _rule(name: str, *conditions: Any, key: str = "", makes: Callable[[Any], Made] | None = None) -> Any:
    """Return a rule that notes its hit, named by one of the values that matched, and declares what it makes."""

    def act(self: Judge, **values: Any) -> None:
        self.hits.append((name, values[key] if key else ""))
        if makes is not None:
            self.declare(makes(values.get(key)))

    return Rule(*conditions)(act)


def _names(**values: str) -> dict[str, Any]:
    return {slot: getattr(MATCH, name) for slot, name in values.items()}


NUMBER = _names(line_no="n")
SHORT = Line(type="stock", **NUMBER, **_names(demand="d", pool="p", cd="cd", gz="gz"))
RULES = {
    "r1": _rule("VAL-01.entry", Head(channel=among(ENTRY), **_names(buyer="b", requested_date="r", payment_terms="t")), TEST(lambda b, r, t: None in (b, r, t))),
    "r2": _rule("VAL-03", Head(fulfilment="delivery", **ADDRESS), TEST(_incomplete)),
    "r3": _rule("VAL-04", Head(fulfilment="delivery", province=among(REMOTE))),
    "r4": _rule("VAL-07", Head(type=GIVEN)),
    "r5": _rule("FIN-06.goods", Head(**_names(goods="g", lines_total="t", lines_gross="s")), TEST(lambda g, t, s: t is not None and g not in (t, s))),
    "r6": _rule("FIN-06.payable", Head(**_names(payable="p", expected_payable="t", expected_payable_taxed="s")), TEST(lambda p, t, s: p not in (t, s))),
    "r7": _rule("RSK-01", Head(same_id_orders_today=over(3))),
    "r8": _rule("RSK-02", Head(payable=over(50_000), address=POINT)),
    "r9": _rule("RSK-05", Head(payable=least(5_000_000))),
    "r10": _rule("CRD-01.limit", Head(status="ok", paid=P(lambda value: value != "paid"), **_names(owed="o", limit="x")), TEST(lambda o, x: o > x)),
    "r11": _rule("CRD-01.unavailable_hold", Head(status="unavailable")),
    "r12": _rule("RSK-07.score", Head(score=under(550))),
    "r13": _rule("RSK-07.overdue", Head(overdue_days=over(30))),
    "r14": _rule("APP-06.green_lane", Head(**_names(lifetime_spend="s", purchase_count="c")), TEST(lambda s, c: (s or 0) >= 500_000 or (c or 0) > 6), makes=lambda _: Made(kind="green")),
    "r15": _rule("RTE-01.region", Head(province=among(CENTRAL)), makes=lambda _: Made(kind="route", site="CD")),
    "r16": _rule("RTE-01.default", Head(province=beside(CENTRAL)), makes=lambda _: Made(kind="route", site="GZ")),
    "r17": _rule("RTE-02.nothing", Made(kind="route", site=MATCH.s), Head(movable=True), NOT(Site(code=MATCH.s))),
    "r18": _rule("RTE-05", Made(kind="route", site=MATCH.s), Site(code=MATCH.s, can_fill=True)),
    **{f"r19{at}": _rule("APP-03", Head(**slots), makes=lambda _, flow=flow: Made(kind="flow", name=flow)) for at, (flow, slots) in enumerate(FLOW)},
    "r20": _rule("APP-01", Made(kind="flow", name="three_level")),
    "r21": _rule("APP-03.finance", Made(kind="flow", name="finance_only")),
    "r22": _rule("APP-06.skip", Made(kind="green"), Made(kind="flow")),
    "r23": _rule("CAR-01.region", Head(fulfilment="delivery", province=among(COAST))),
    "r24": _rule("CAR-01.default", Head(fulfilment="delivery", province=beside(COAST))),
    "r25": _rule("VAL-02", SHORT, TEST(lambda d, p: d > p), key="n"),
    "r26": _rule("VAL-01.price", Line(unit_price=None, is_gift=False, **NUMBER), key="n"),
    "r27": _rule("VAL-10.amount", Line(unit_price=GIVEN, **NUMBER, **_names(amount="a", expected_amount="e")), TEST(lambda a, e: a is not None and a != e), key="n"),
    "r28": _rule("VAL-10.promotion", Line(promotion=GIVEN, **NUMBER, **_names(unit_price="u", approved_promo_price="a")), TEST(lambda u, a: None not in (u, a) and u != a), key="n"),
    "r29": _rule("RSK-03", Line(unit_price=over(200_000_000), **NUMBER), key="n"),
    "r30": _rule("RSK-04.thin", Line(is_gift=False, thin=True, **NUMBER), key="n"),
    "r31": _rule("RTE-02", Made(kind="route", site="CD"), SHORT, TEST(lambda d, p, cd: cd is not None and cd < d <= p), key="n"),
    "r32": _rule("RTE-02", Made(kind="route", site="GZ"), SHORT, TEST(lambda d, p, gz: gz is not None and gz < d <= p), key="n"),
    "r33": _rule("DUP-01", Twin(same_phone=True, shared_skus=least(1), apart=most(300), order_id=MATCH.o), key="o", makes=lambda o: Made(kind="twin", order_id=o)),
    "r34": _rule("DUP-03", Twin(same_content=True, apart=most(86_400), order_id=MATCH.o, **_names(channel="c", own="w")), TEST(lambda c, w: c != w), key="o", makes=lambda o: Made(kind="twin", order_id=o)),
    "r35": _rule("DUP-02", Made(kind="twin", order_id=MATCH.o), key="o"),
}  # fmt: skip


class Judge(KnowledgeEngine):
    """One engine; its rules are `RULES`."""

    hits: Hits

    def judge(self, given: dict[str, Any]) -> Hits:
        """Return the hits of one order."""
        self.hits = []
        self.reset()
        facts = joined(given)
        self.declare(Head(**facts["head"]))
        for row in facts["line"]:
            self.declare(Line(**row))
        for row in facts["twin"]:
            self.declare(Twin(**row))
        for row in given["site"]:
            self.declare(Site(**row))
        self.run()
        return self.hits


if __name__ == "__main__":
    serve(type("Rules", (Judge,), RULES)().judge)
