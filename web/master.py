"""How master data looks: columns of the lists, fields of the forms, one short table per kind.

Place in the order's way: between `server.db.master` (items of decimal text) and the master screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from web.access import Screen


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list and one field of the form. ``kind`` says how both show it.

    text, code, money, number, choice, flag, names (several, "、" between), pairs and people (one a line).
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    listed: bool = True
    editable: bool = True
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of master data as people see it."""

    screen: Screen
    kind: str
    title: str
    intro: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]

    @property
    def listed(self) -> tuple[Column, ...]:
        """Columns of the list."""
        return tuple(column for column in self.columns if column.listed)

    @property
    def fields(self) -> tuple[Column, ...]:
        """Fields of the form."""
        return tuple(column for column in self.columns if column.editable)

    def code(self, item: dict[str, Any]) -> str:
        """Return the item's own code, as `server.db.master.get` takes it."""
        parts = [str(item.get(name) or "") for name in self.keys]
        if self.kind == "stock":
            return "@".join(parts)
        if self.kind == "prices":
            since = item.get("valid_from")
            return ":".join(parts) + (f":{since}" if since else "")
        return parts[0]


_STATE = Column("state", "状态", "choice", options=(("active", "启用"), ("retired", "停用")))
_TYPES = (("stock", "现货"), ("presale", "预售"), ("custom", "定制"))
_LEVELS = (("normal", "普通"), ("vip", "VIP"))
_TERMS = (
    ("", "—"),
    ("prepaid", "款到发货"),
    ("cod", "货到付款"),
    ("net15", "月结 15 天"),
    ("net30", "月结 30 天"),
    ("net60", "月结 60 天"),
)

SHEETS: dict[str, Sheet] = {
    "skus": Sheet(
        Screen.SKUS,
        "skus",
        "产品|menu",
        "能下单的只有这里有的产品；单据上的型号、别名、条码都对到这里。",
        (
            Column("sku", "产品型号", "code", required=True),
            Column("name", "品名", required=True),
            Column("spec", "规格"),
            Column("unit", "单位", required=True),
            Column("type", "类型", "choice", options=_TYPES),
            Column("gtin", "条码", listed=False),
            Column("cost", "成本", "money"),
            Column("pack_size", "每包装数量", "number", listed=False),
            Column("pack_unit", "包装单位", listed=False),
            Column("aliases", "别名", "names", hint="多个用顿号隔开"),
            Column("supplier_delayed", "供应延迟", "flag"),
            _STATE,
        ),
        ("sku",),
    ),
    "customers": Sheet(
        Screen.CUSTOMERS,
        "customers",
        "客户|menu",
        "联系人和证件号加密保存，列表只显示打码后的内容。",
        (
            Column("code", "客户编号", "code", required=True),
            Column("name", "名称", required=True),
            Column("level", "等级", "choice", options=_LEVELS),
            Column("payment_terms", "付款方式", "choice", options=_TERMS),
            Column("ids", "证照号", "ids", listed=False, hint="一行一个：uscc=91320505…"),
            Column("contacts", "联系人", "people", listed=False, hint="一行一个：姓名, 电话, 邮箱"),
            Column("addresses", "收货地址", "places", listed=False, hint="一行一个：名称=完整地址"),
            Column("buyer_skus", "客户料号", "pairs", listed=False, hint="一行一个：客户料号=产品型号"),
            Column("lifetime_spend", "历史消费", "money"),
            Column("purchase_count", "历史单数", "whole"),
            _STATE,
        ),
        ("code",),
    ),
    "prices": Sheet(
        Screen.PRICES,
        "prices",
        "价格|menu",
        "目录价、合同价、活动价；判定时取当时有效的那一条。",
        (
            Column("sku", "产品型号", "code", required=True),
            Column("kind", "种类", "choice", options=(("list", "目录价"), ("contract", "合同价"), ("promo", "活动价"))),
            Column("customer", "客户编号", "code", hint="合同价必填"),
            Column("promotion", "活动"),
            Column("price", "单价", "money", required=True),
            Column("currency", "币种", "code"),
            Column("valid_from", "开始", "day"),
            Column("valid_until", "结束", "day"),
            Column("approved", "已批准", "flag"),
        ),
        ("sku", "kind", "customer", "promotion", "currency"),
    ),
    "stock": Sheet(
        Screen.STOCK,
        "stock",
        "库存",
        "可用 = 现货 − 已占用 + 在途 × 系数；已占用只随订单变化。",
        (
            Column("sku", "产品型号", "code", required=True),
            Column("site", "站点", "code", required=True),
            Column("on_hand", "现货", "number", required=True),
            Column("reserved", "已占用", "number", editable=False),
            Column("in_transit", "在途", "number"),
            Column("coefficient", "在途系数", "number", hint="0 到 1"),
            Column("available", "可用", "number", editable=False),
        ),
        ("sku", "site"),
    ),
    "credit": Sheet(
        Screen.CREDIT,
        "credit_accounts",
        "信用|menu",
        "可用额度 = 额度 − 财务口径占用 − 本系统未结订单。",
        (
            Column("customer", "客户编号", "code", required=True),
            Column("limit", "信用额度", "money", required=True),
            Column("exposure", "占用额度", "money"),
            Column("open_orders", "未结订单", "money", editable=False),
            Column("available", "可用额度", "money", editable=False),
            Column("overdue_days", "逾期天数", "whole"),
            Column("score", "信用分", "whole"),
            Column("currency", "币种", "code", listed=False),
        ),
        ("customer",),
    ),
    "sites": Sheet(
        Screen.SITES,
        "sites",
        "站点|menu",
        "仓库、门店和生产单元：货从这里发。",
        (
            Column("code", "编号", "code", required=True),
            Column("name", "名称", required=True),
            Column(
                "kind", "种类", "choice", options=(("warehouse", "仓库"), ("store", "门店"), ("production", "生产单元"))
            ),
            Column("address", "地址"),
            _STATE,
        ),
        ("code",),
    ),
}
"""By the name in the address. Source: the item shapes of `server/db/master`."""


def to_form(column: Column, value: Any) -> str:
    """Return a value as the form's text."""
    if value is None:
        return ""
    if column.kind == "names":
        return "、".join(value)
    if column.kind == "ids":
        return "\n".join(f"{item['scheme']}={item['value']}" for item in value)
    if column.kind == "people":
        return "\n".join(
            ", ".join(item.get(key) or "" for key in ("name", "phone", "email")).rstrip(", ") for item in value
        )
    if column.kind == "places":
        return "\n".join(f"{item.get('label') or ''}={item['text']}" for item in value)
    if column.kind == "pairs":
        return "\n".join(f"{key}={item}" for key, item in value.items())
    if column.kind == "flag":
        return "true" if value else ""
    return str(value)[:10] if column.kind == "day" else str(value)


def _pair(line: str) -> tuple[str, str]:
    first, mark, second = line.replace("＝", "=").partition("=")
    return (first.strip(), second.strip()) if mark else ("", first.strip())


def _people(lines: list[str]) -> list[dict[str, str | None]]:
    made = []
    for line in lines:
        parts = [part.strip() or None for part in line.replace("，", ",").split(",")]
        parts += [None] * (3 - len(parts))
        made.append(dict(zip(("name", "phone", "email"), parts[:3], strict=True)))
    return made


def from_form(column: Column, text: str) -> Any:
    """Return what the form's text means, in the shape of the item."""
    text = text.strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    match column.kind:
        case "flag":
            return text == "true"
        case "names":
            return [part.strip() for part in text.replace("，", "、").replace(",", "、").split("、") if part.strip()]
        case "ids":
            return [{"scheme": scheme or "uscc", "value": value} for scheme, value in map(_pair, lines)]
        case "places":
            return [{"label": label or None, "text": value} for label, value in map(_pair, lines)]
        case "pairs":
            return dict(_pair(line) for line in lines)
        case "people":
            return _people(lines)
        case "whole":
            return int(text) if text.isascii() and text.isdigit() else (text or None)
        case _:
            return text or None
