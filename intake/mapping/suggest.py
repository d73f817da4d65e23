"""Propose a mapping from sample records: by what fields are called and what their values look like (MAP-03).

Only proposes: each has a score, and a person confirms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST = 55.0

_NAMES: dict[str, tuple[str, ...]] = {
    "number": ("order_id", "orderid", "order_no", "order_sn", "tid", "订单编号", "订单号", "po number", "bill_no"),
    "issued_at": ("create_time", "created_at", "created", "order_time", "下单时间", "订单创建时间", "date"),
    "payment.paid_at": ("pay_time", "paid_at", "付款时间", "支付时间"),
    "buyer.name": ("buyer_name", "customer_name", "客户名称", "买家", "经销商", "company"),
    "buyer.contact.phone": ("buyer_phone", "buyer_mobile"),
    "ship_to.contact.name": ("receiver_name", "receiver", "consignee", "收货人", "收件人", "recipient_name"),
    "ship_to.contact.phone": ("receiver_phone", "receiver_mobile", "收货电话", "联系电话", "手机", "tel", "mobile"),
    "ship_to.address.text": ("receiver_address", "full_address", "收货地址", "address"),
    "ship_to.address.province": ("province", "receiver_state", "省", "省份"),
    "ship_to.address.city": ("city", "receiver_city", "市", "城市"),
    "ship_to.address.district": ("district", "county", "receiver_district", "区", "区县"),
    "note": ("buyer_message", "remark", "buyer_memo", "note", "备注", "买家留言"),
    "totals.shipping": ("freight", "post_fee", "postage", "shipping_fee", "运费", "邮费"),
    "totals.discount": ("discount", "discount_fee", "coupon", "优惠", "优惠金额"),
    "totals.payable": ("pay_amount", "payment", "total", "total_price", "实付", "应付金额", "实收款", "订单金额"),
    "lines.sku": (
        "outer_sku_id",
        "sku",
        "sku_code",
        "outer_id",
        "product_code",
        "item_code",
        "goods_code",
        "material_code",
        "商品编码",
        "产品编码",
        "物料编码",
        "货号",
        "型号",
        "cargo_number",
        "code",
    ),
    "lines.gtin": ("barcode", "gtin", "ean", "upc", "条码"),
    "lines.name": ("title", "goods_name", "product_name", "sku_name", "商品名称", "品名"),
    "lines.spec": ("spec", "sku_properties_name", "goods_spec", "规格"),
    "lines.quantity": (
        "quantity",
        "num",
        "qty",
        "goods_count",
        "item_num",
        "数量",
        "件数",
        "count",
        "item_total",
        "sku_cnt",
    ),
    "lines.unit": ("unit", "uom", "单位"),
    "lines.unit_price": ("price", "unit_price", "goods_price", "单价", "售价"),
    "lines.amount": ("line_amount", "item_amount", "金额", "小计"),
}
_FORMS = {"quantity": "quantity", "unit_price": "money", "amount": "money", "payable": "money"}
_FORMS |= {"shipping": "money", "discount": "money", "number": "id_text", "sku": "id_text", "gtin": "id_text"}
_TIMES = ((re.compile(r"1\d{9}\Z"), "epoch_s"), (re.compile(r"1\d{12}\Z"), "epoch_ms"))
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One proposal. ``score`` is 0–100; ``unit`` of money is never guessed: the person says it."""

    target: str
    path: str
    form: str
    score: float
    example: str
    format: str | None = None


def suggest(sample: Any) -> list[Suggestion]:
    """Return the best path for each field of the order, the surest first; ``sample`` is a record or some rows."""
    head, lines = _parts(sample)
    found = [
        best
        for target, names in _NAMES.items()
        if (best := _best(target, names, lines if target.startswith("lines.") else head)) is not None
    ]
    return sorted(found, key=lambda item: -item.score)


def suggested_template(sample: Any, unit: str) -> dict[str, Any]:
    """Return a template of what is proposed for a sample, for a person to check; ``unit`` is what money is in."""
    fields: dict[str, Any] = {}
    used: set[tuple[bool, str]] = set()
    for one in suggest(sample):
        spoken_for = (one.target.startswith("lines."), one.path)
        if spoken_for in used:
            continue
        used.add(spoken_for)
        more = {"unit": unit} if one.form == "money" else {"format": one.format} if one.format else {}
        fields[one.target] = {"from": [one.path], "as": one.form, **more}
    for target in {"number", "lines.sku", "lines.quantity"} & fields.keys():
        fields[target]["required"] = True
    if isinstance(sample, list):
        return {"fields": fields, **({"group_by": fields["number"]["from"][0]} if "number" in fields else {})}
    loop = _loop(dict(_leaves("", sample, 0)))
    return {"fields": fields, **({"lines": loop} if loop else {})}


def _loop(leaves: dict[str, str]) -> str:
    """Return the path to the list that most values lie in, empty where there is none."""
    nested = [path for path in leaves if ".0." in path]
    loops = sorted({path.split(".0.")[0] for path in nested})
    return max(loops, key=lambda start: sum(path.startswith(f"{start}.0.") for path in nested), default="")


def _parts(sample: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Return path → example of the order's values, and of a line's."""
    if isinstance(sample, list):
        rows = [row for row in sample[:20] if isinstance(row, dict)]
        cells = {str(name): str(value) for row in rows for name, value in row.items() if value}
        return cells, cells
    leaves = dict(_leaves("", sample, 0))
    nested = {path: value for path, value in leaves.items() if re.search(r"\.0\.", f".{path}")}
    head = {path: value for path, value in leaves.items() if path not in nested}
    if not nested:
        return head, head
    loop = _loop(nested)
    lines = {path.removeprefix(f"{loop}.0."): value for path, value in nested.items() if path.startswith(f"{loop}.0.")}
    return head, lines


def _leaves(path: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > 10:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), inner, depth + 1)
    elif isinstance(value, list):
        for inner in value[:1]:
            yield from _leaves(f"{path}.0", inner, depth + 1)
    elif value not in (None, ""):
        yield path, str(value)


def _best(target: str, names: tuple[str, ...], values: dict[str, str]) -> Suggestion | None:
    scored = [(max(_alike(path, name) for name in names), path) for path in values]
    score, path = max(scored, default=(0.0, ""))
    if score < LEAST:
        return None
    last = target.rpartition(".")[2]
    form = _FORMS.get(last, "text")
    shape = None
    if last in ("issued_at", "paid_at"):
        form, shape = "time", _format(values[path])
    return Suggestion(target, path, form, round(score, 1), values[path][:60], shape)


def _alike(path: str, name: str) -> float:
    own = path.rpartition(".")[2].casefold().replace("_", "").replace(" ", "")
    other = name.casefold().replace("_", "").replace(" ", "")
    return 100.0 if own == other else float(fuzz.ratio(own, other)) * 0.9


def _format(example: str) -> str:
    for pattern, name in _TIMES:
        if pattern.match(example):
            return name
    return "%Y-%m-%d %H:%M:%S" if _LOCAL.match(example) else "iso"
