# ruff: noqa: C901 - rules of other engines read best one to a line
"""Plain Python: the same rules as a programmer would write them. No trace, no authoring, no chaining."""

from __future__ import annotations

from typing import Any

from bench.rivals.facts import CENTRAL, COAST, ENTRY, NO_DISTRICT, REMOTE

Hits = list[tuple[str, Any]]


def judge(facts: dict[str, Any]) -> Hits:
    """Return the hits of one order."""
    order, customer, credit = facts["order"], facts["customer"], facts["credit"]
    hits: Hits = []
    _validate(order, hits)
    site = _route(facts, order, hits)
    for line in facts["line"]:
        _line(line, site, hits)
    _fraud(facts, order, customer, hits)
    _credit(order, customer, credit, hits)
    _approve(order, customer, hits)
    if order["fulfilment"] == "delivery":
        hits.append(("CAR-01.region" if order["province"] in COAST else "CAR-01.default", ""))
    return hits


def _validate(order: dict[str, Any], hits: Hits) -> None:
    if order["channel"] in ENTRY and None in (order["buyer"], order["requested_date"], order["payment_terms"]):
        hits.append(("VAL-01.entry", ""))
    if order["fulfilment"] == "delivery":
        needed = (order["province"], order["city"], order["detail"], order["name"], order["phone"])
        if None in needed or (order["district"] is None and order["city"] not in NO_DISTRICT):
            hits.append(("VAL-03", ""))
        if order["province"] in REMOTE:
            hits.append(("VAL-04", ""))
    if order["type"] is not None:
        hits.append(("VAL-07", ""))
    total = order["lines_total"]
    if total is not None and order["goods"] not in (total, order["lines_gross"]):
        hits.append(("FIN-06.goods", ""))
    if order["payable"] not in (order["expected_payable"], order["expected_payable_taxed"]):
        hits.append(("FIN-06.payable", ""))


def _route(facts: dict[str, Any], order: dict[str, Any], hits: Hits) -> str:
    central = order["province"] in CENTRAL
    hits.append(("RTE-01.region" if central else "RTE-01.default", ""))
    site = "CD" if central else "GZ"
    known = [row for row in facts["site"] if row["code"] == site]
    if not known and facts["movable"]:
        hits.append(("RTE-02.nothing", ""))
    if any(row["can_fill"] for row in known):
        hits.append(("RTE-05", ""))
    return site


def _line(line: dict[str, Any], site: str, hits: Hits) -> None:
    number, price, here = line["line_no"], line["unit_price"], line["cd" if site == "CD" else "gz"]
    if line["type"] == "stock":
        if line["demand"] > line["pool"]:
            hits.append(("VAL-02", number))
        elif here is not None and line["demand"] > here:
            hits.append(("RTE-02", number))
    if price is None:
        if not line["is_gift"]:
            hits.append(("VAL-01.price", number))
        return
    if line["amount"] is not None and line["amount"] != line["expected_amount"]:
        hits.append(("VAL-10.amount", number))
    approved = line["approved_promo_price"]
    if line["promotion"] is not None and approved is not None and price != approved:
        hits.append(("VAL-10.promotion", number))
    if price > 200_000_000:
        hits.append(("RSK-03", number))
    if not line["is_gift"] and line["cost"] is not None and line["net_price"] * 100 < line["cost"] * 85:
        hits.append(("RSK-04.thin", number))


def _fraud(facts: dict[str, Any], order: dict[str, Any], customer: dict[str, Any], hits: Hits) -> None:
    if customer["same_id_orders_today"] > 3:
        hits.append(("RSK-01", ""))
    if order["payable"] > 50_000 and ("驿站" in order["address"] or "代收点" in order["address"]):
        hits.append(("RSK-02", ""))
    if order["payable"] >= 5_000_000:
        hits.append(("RSK-05", ""))
    for twin in facts["duplicate"]:
        near = twin["same_phone"] and twin["shared_skus"] >= 1 and twin["apart"] <= 300
        same = twin["same_content"] and twin["channel"] != order["channel"] and twin["apart"] <= 86_400
        hits += [("DUP-01", twin["order_id"])] if near else []
        hits += [("DUP-03", twin["order_id"])] if same else []
        hits += [("DUP-02", twin["order_id"])] if near or same else []


def _credit(order: dict[str, Any], customer: dict[str, Any], credit: dict[str, Any], hits: Hits) -> None:
    if credit["status"] == "ok":
        if order["paid"] != "paid" and credit["exposure"] + order["payable"] > credit["limit"]:
            hits.append(("CRD-01.limit", ""))
        if credit["score"] is not None and credit["score"] < 550:
            hits.append(("RSK-07.score", ""))
        if credit["overdue_days"] > 30:
            hits.append(("RSK-07.overdue", ""))
    elif credit["status"] == "unavailable":
        hits.append(("CRD-01.unavailable_hold", ""))
    if (customer["lifetime_spend"] or 0) >= 500_000 or (customer["purchase_count"] or 0) > 6:
        hits.append(("APP-06.green_lane", ""))


def _approve(order: dict[str, Any], customer: dict[str, Any], hits: Hits) -> None:
    three = order["type"] == "custom" or order["payable"] >= 2_000_000
    if three or order["type"] == "presale":
        hits += [("APP-03", ""), ("APP-01" if three else "APP-03.finance", "")]
        if (customer["lifetime_spend"] or 0) >= 500_000 or (customer["purchase_count"] or 0) > 6:
            hits.append(("APP-06.skip", ""))
