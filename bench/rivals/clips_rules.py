# ruff: noqa: E501 - rules of other engines read best one to a line
"""CLIPS by clipspy: templates and rules built once; per order reset, assert the facts, run, as its documentation shows."""

from __future__ import annotations

from typing import Any

import clips

from bench.rivals.facts import CENTRAL, COAST, ENTRY, HEAD, NO_DISTRICT, PLACE, REMOTE, TWIN
from bench.rivals.facts import LINE as LINE_WORDS

Hits = list[tuple[str, Any]]
ORDER = (*HEAD["order"], "paid", "buyer", *PLACE, "address", "detail", "name", "phone")
LINE = (*LINE_WORDS, "demand", "pool", "gz", "cd")
SLOTS = {"order": ORDER, "customer": HEAD["customer"], "credit": HEAD["credit"], "line": LINE, "duplicate": TWIN,
         "site": ("code", "can_fill"), "movable": ("yes",), "region": ("province", "site"), "coast": ("province",),
         "flow": ("type", "from", "below", "name")}  # fmt: skip


def _any(words: tuple[str, ...]) -> str:
    return "|".join(f'"{word}"' for word in words)


def _none(words: tuple[str, ...]) -> str:
    return "&".join(f'~"{word}"' for word in words)


def _hit(rule: str, key: str = '""') -> str:
    return f'(hit "{rule}" {key})'


_RULES = [
    f'(order (channel {_any(ENTRY)}) (buyer ?b) (requested_date ?r) (payment_terms ?p))'
    f' (test (or (eq ?b nil) (eq ?r nil) (eq ?p nil))) => {_hit("VAL-01.entry")}',
    "(order (fulfilment \"delivery\") (province ?p) (city ?c) (district ?d) (detail ?e) (name ?n) (phone ?f))"
    f' (test (or (eq ?p nil) (eq ?c nil) (eq ?e nil) (eq ?n nil) (eq ?f nil) (and (eq ?d nil)'
    f' (not (member$ ?c (create$ {" ".join(chr(34) + word + chr(34) for word in NO_DISTRICT)})))))) => {_hit("VAL-03")}',
    f'(order (fulfilment "delivery") (province {_any(REMOTE)})) => {_hit("VAL-04")}',
    f'(order (type ~nil)) => {_hit("VAL-07")}',
    "(order (goods ?g) (lines_total ?t&~nil) (lines_gross ?s)) (test (and (<> ?g ?t) (<> ?g ?s)))"
    f' => {_hit("FIN-06.goods")}',
    "(order (payable ?p) (expected_payable ?t) (expected_payable_taxed ?s)) (test (and (<> ?p ?t) (<> ?p ?s)))"
    f' => {_hit("FIN-06.payable")}',
    f'(line (line_no ?l) (type "stock") (demand ?d) (pool ?p&:(> ?d ?p))) => {_hit("VAL-02", "?l")}',
    f'(line (line_no ?l) (unit_price nil) (is_gift FALSE)) => {_hit("VAL-01.price", "?l")}',
    f'(line (line_no ?l) (unit_price ~nil) (amount ?a&~nil) (expected_amount ?e&:(<> ?a ?e))) => {_hit("VAL-10.amount", "?l")}',
    "(line (line_no ?l) (promotion ~nil) (unit_price ?u&~nil) (approved_promo_price ?p&~nil&:(<> ?u ?p)))"
    f' => {_hit("VAL-10.promotion", "?l")}',
    f'(customer (same_id_orders_today ?n&:(> ?n 3))) => {_hit("RSK-01")}',
    '(order (payable ?p&:(> ?p 50000)) (address ?a&:(or (str-index "驿站" ?a) (str-index "代收点" ?a))))'
    f' => {_hit("RSK-02")}',
    f'(line (line_no ?l) (unit_price ?u&~nil&:(> ?u 200000000))) => {_hit("RSK-03", "?l")}',
    "(line (line_no ?l) (is_gift FALSE) (cost ?c&~nil) (net_price ?n&~nil&:(< (* ?n 100) (* ?c 85))))"
    f' => {_hit("RSK-04.thin", "?l")}',
    f'(order (payable ?p&:(>= ?p 5000000))) => {_hit("RSK-05")}',
    "(duplicate (order_id ?o) (same_phone TRUE) (shared_skus ?s&:(>= ?s 1)) (apart ?a&:(<= ?a 300)))"
    f' => {_hit("DUP-01", "?o")} (assert (twin ?o))',
    "(order (channel ?c)) (duplicate (order_id ?o) (same_content TRUE) (channel ~?c) (apart ?a&:(<= ?a 86400)))"
    f' => {_hit("DUP-03", "?o")} (assert (twin ?o))',
    f'(twin ?o) => {_hit("DUP-02", "?o")}',
    '(credit (status "ok") (exposure ?e) (limit ?l)) (order (paid ~"paid") (payable ?p&:(> (+ ?e ?p) ?l)))'
    f' => {_hit("CRD-01.limit")}',
    f'(credit (status "unavailable")) => {_hit("CRD-01.unavailable_hold")}',
    f'(credit (score ?s&~nil&:(< ?s 550))) => {_hit("RSK-07.score")}',
    f'(credit (overdue_days ?d&~nil&:(> ?d 30))) => {_hit("RSK-07.overdue")}',
    "(customer (lifetime_spend ?s) (purchase_count ?n)) (test (or (and (neq ?s nil) (>= ?s 500000))"
    f' (and (neq ?n nil) (> ?n 6)))) => {_hit("APP-06.green_lane")} (assert (green))',
    f'(order (province ?p)) (region (province ?p) (site ?s)) => {_hit("RTE-01.region")} (assert (route ?s))',
    f'(order (province ?p)) (not (region (province ?p))) => {_hit("RTE-01.default")} (assert (route "GZ"))',
    f'(route ?s) (movable (yes TRUE)) (not (site (code ?s))) => {_hit("RTE-02.nothing")}',
    f'(route ?s) (site (code ?s) (can_fill TRUE)) => {_hit("RTE-05")}',
    "(route \"CD\") (line (line_no ?l) (type \"stock\") (demand ?d) (pool ?p&:(<= ?d ?p)) (cd ?a&~nil&:(> ?d ?a)))"
    f' => {_hit("RTE-02", "?l")}',
    "(route \"GZ\") (line (line_no ?l) (type \"stock\") (demand ?d) (pool ?p&:(<= ?d ?p)) (gz ?a&~nil&:(> ?d ?a)))"
    f' => {_hit("RTE-02", "?l")}',
    "(order (type ?t) (payable ?p)) (flow (type ?t) (from ?f&:(>= ?p ?f)) (below ?b&:(or (eq ?b nil) (< ?p ?b))) (name ?n))"
    f' => {_hit("APP-03")} (assert (approval ?n))',
    f'(approval "three_level") => {_hit("APP-01")}',
    f'(approval "finance_only") => {_hit("APP-03.finance")}',
    f'(approval ?) (green) => {_hit("APP-06.skip")}',
    f'(order (fulfilment "delivery") (province ?p)) (coast (province ?p)) => {_hit("CAR-01.region")}',
    f'(order (fulfilment "delivery") (province ?p)) (not (coast (province ?p))) => {_hit("CAR-01.default")}',
]  # fmt: skip
_FACTS = (
    "(deffacts tables "
    + " ".join(f'(region (province "{name}") (site "CD"))' for name in CENTRAL)
    + " ".join(f' (coast (province "{name}"))' for name in COAST)
    + ' (flow (type "stock") (from 2000000) (below nil) (name "three_level"))'
    ' (flow (type "presale") (from 0) (below 2000000) (name "finance_only"))'
    ' (flow (type "presale") (from 2000000) (below nil) (name "three_level"))'
    ' (flow (type "custom") (from 0) (below nil) (name "three_level")))'
)


class Clips:
    """One environment."""

    def __init__(self) -> None:
        self.hits: Hits = []
        self.environment = clips.Environment()
        self.environment.define_function(self._hit, name="hit")
        for name, slots in SLOTS.items():
            self.environment.build(f"(deftemplate {name} {' '.join(f'(slot {slot})' for slot in slots)})")
        self.environment.build(_FACTS)
        for number, rule in enumerate(_RULES):
            self.environment.build(f"(defrule r{number} {rule})")
        self.templates = {name: self.environment.find_template(name) for name in SLOTS}
        self.nil = clips.Symbol("nil")

    def _hit(self, rule: str, key: Any) -> None:
        self.hits.append((rule, key))

    def judge(self, facts: dict[str, Any]) -> Hits:
        """Return the hits of one order."""
        self.hits = []
        self.environment.reset()
        for name in ("order", "customer", "credit"):
            self._tell(name, facts[name])
        for name in ("line", "duplicate", "site"):
            for row in facts[name]:
                self._tell(name, row)
        self._tell("movable", {"yes": facts["movable"]})
        self.environment.run()
        return self.hits

    def _tell(self, name: str, row: dict[str, Any]) -> None:
        nil = self.nil
        self.templates[name].assert_fact(**{slot: nil if value is None else value for slot, value in row.items()})
