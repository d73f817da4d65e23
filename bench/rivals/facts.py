# ruff: noqa: E501 - rules of other engines read best one to a line
"""Facts as the rivals take them: nested dictionaries, joins done beforehand."""

from __future__ import annotations

from typing import Any

CENTRAL = ("湖北", "湖南", "河南", "四川", "重庆", "贵州", "云南", "西藏")
COAST = ("江苏", "浙江", "上海")
REMOTE = ("西藏", "新疆", "青海", "内蒙古")
ENTRY = ("form", "phone", "qq", "hotline")
NO_DISTRICT = ("东莞市", "中山市", "儋州市", "嘉峪关市", "东莞", "中山", "儋州", "嘉峪关")
HEAD = {
    "order": ("channel", "type", "fulfilment", "requested_date", "payment_terms", "payable", "goods", "lines_total",
              "lines_gross", "expected_payable", "expected_payable_taxed"),
    "customer": ("same_id_orders_today", "lifetime_spend", "purchase_count"),
    "credit": ("status", "limit", "exposure", "overdue_days", "score"),
}  # fmt: skip
PLACE = ("province", "city", "district")
LINE = ("line_no", "sku", "type", "unit_price", "net_price", "amount", "expected_amount", "is_gift", "promotion", "cost",
        "approved_promo_price")  # fmt: skip
TWIN = ("order_id", "channel", "same_phone", "same_content", "shared_skus", "apart")


def nested(facts: dict[str, Any]) -> dict[str, Any]:
    """Return frozen facts as nested dictionaries with every key present."""
    head, personal = facts["head"], facts["personal"]
    found: dict[str, Any] = {name: {word: head.get(f"{name}.{word}") for word in words} for name, words in HEAD.items()}
    order = found["order"]
    order["paid"] = head.get("order.payment.status")
    order["buyer"] = personal.get("order.buyer.name")
    order.update({word: head.get(f"order.ship_to.{word}") for word in PLACE})
    order["address"] = personal.get("order.ship_to.address") or ""
    order.update({word: personal.get(f"order.ship_to.{word}") for word in ("detail", "name", "phone")})
    stock = {(row["sku"], row["site"]): row["available"] for row in facts["stock"]}
    found["line"] = [_line(row, stock) for row in facts["line"]]
    found["site"] = [{"code": row["code"], "can_fill": row["can_fill"]} for row in facts["site"]]
    found["duplicate"] = [{word: row.get(word) for word in TWIN} for row in facts["duplicate"]]
    found["movable"] = any(0 < row["pool_demand"] <= row["pool_available"] for row in facts["line"])
    return found


def _line(row: dict[str, Any], stock: dict[tuple[str, str], int]) -> dict[str, Any]:
    found = {word: row.get(word) for word in LINE}
    found["demand"], found["pool"] = row["pool_demand"], row["pool_available"]
    found["gz"], found["cd"] = stock.get((row["sku"], "GZ")), stock.get((row["sku"], "CD"))
    return found


def joined(given: dict[str, Any]) -> dict[str, Any]:
    """Return nested facts flat, for engines that look at one row at a time: the heads as one row, sums made before."""
    order, credit = given["order"], given["credit"]
    head = {**order, **given["customer"], **credit, "movable": given["movable"]}
    head["owed"] = None if credit["exposure"] is None else credit["exposure"] + order["payable"]
    lines = [{**row, "thin": _thin(row)} for row in given["line"]]
    return {"head": head, "line": lines, "twin": [{**row, "own": order["channel"]} for row in given["duplicate"]]}


def _thin(row: dict[str, Any]) -> bool:
    return row["cost"] is not None and row["net_price"] is not None and row["net_price"] * 100 < row["cost"] * 85
