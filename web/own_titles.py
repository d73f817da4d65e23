"""The columns of somebody's own sheet beside the fields that they became (MAP-05), for the review screen.

Place in the order's way: between what `read` kept of a sheet (``quality.columns``) and the page. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from web.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELD_ZH = {
    "sku": "产品型号",
    "buyer_sku": "客户料号",
    "gtin": "条码",
    "name": "品名",
    "spec": "规格",
    "quantity": "数量",
    "unit": "单位",
    "unit_price": "单价",
    "amount": "金额",
    "date": "交期",
    "requested": "交期",
    "number": "订单号",
    "buyer": "客户名称",
    "contact": "联系人",
    "buyer_contact": "联系人",
    "phone": "联系电话",
    "buyer_phone": "联系电话",
    "ship_contact": "收货人",
    "ship_phone": "收货电话",
    "ship_address": "收货地址",
    "address": "收货地址",
    "terms": "付款方式",
}


@dataclass(frozen=True, slots=True)
class OwnTitle:
    """One column as its owner calls it; ``label`` is the field's name here, empty where the column was not used."""

    title: str
    field: str
    label: str


def own_titles(quality: Mapping[str, Any]) -> tuple[OwnTitle, ...]:
    """Return the columns of a sheet in their order; none for other documents."""
    kept = [(str(one["title"]), one.get("field") or "") for one in quality.get("columns") or ()]
    return tuple(OwnTitle(title, kind, translate(FIELD_ZH[kind]) if kind in FIELD_ZH else "") for title, kind in kept)


def by_field(titles: tuple[OwnTitle, ...]) -> dict[str, str]:
    """Return the owner's name of each field; the first column where several became it."""
    return {one.field: one.title for one in reversed(titles) if one.field}
