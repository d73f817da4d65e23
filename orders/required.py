"""What an order that a person enters must say before it is submitted (MAP-08, VAL-01): six fields, and a currency.

Source: requirement MAP-08: customer, product, quantity, unit price, expected date, terms of payment.
"""

from __future__ import annotations

from typing import Any

from orders.errors import Problem

ORDER_FIELDS: dict[str, tuple[str, str]] = {
    "/buyer/name": ("客户名称", "the customer's name"),
    "/requested_date": ("期望交期", "the expected date"),
    "/payment_terms": ("付款方式", "the terms of payment"),
    "/currency": ("币种", "the currency"),
}
LINE_FIELDS: dict[str, tuple[str, str]] = {
    "sku": ("产品型号", "the product"),
    "quantity": ("数量", "the quantity"),
    "unit_price": ("单价", "the unit price"),
}


def missing(order: dict[str, Any]) -> tuple[Problem, ...]:
    """Return a problem for each required field without a value, in the order of the form."""
    lines = order.get("lines") or []
    found = [_problem(path, *words) for path, words in ORDER_FIELDS.items() if not _said(order, path, lines)]
    if not lines:
        found.append(Problem("/lines", "required", "至少要有一行明细", "there must be at least one line"))
    for number, line in enumerate(lines):
        found += [
            _problem(f"/lines/{number}/{name}", *words)
            for name, words in LINE_FIELDS.items()
            if not _line_says(line, name)
        ]
    return tuple(found)


def _said(order: dict[str, Any], path: str, lines: list[dict[str, Any]]) -> bool:
    node: Any = order
    for part in path.strip("/").split("/"):
        node = (node or {}).get(part)
    if path == "/requested_date" and not node:
        return bool(lines) and all(line.get("requested_date") for line in lines)
    return bool(node)


def _line_says(line: dict[str, Any], name: str) -> bool:
    if name == "sku":
        return bool(line.get("sku") or line.get("buyer_sku") or line.get("gtin"))
    if name == "unit_price":
        return bool(line.get("unit_price") or line.get("is_gift"))
    return bool(line.get(name))


def _problem(path: str, zh: str, en: str) -> Problem:
    return Problem(path, "required", f"缺少{zh}，请补上", f"{en} is missing: fill it in")
