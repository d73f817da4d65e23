"""Column titles of the exports that shop platforms write, beside those of orders between companies (IN-06).

Source: title rows of the platforms' own order exports. Kinds are those of `intake/fields`, and ``gtin``.
"""

from __future__ import annotations

import re

_GOODS: dict[str, str] = {
    "sku": "商家编码 商家sku 外部编码 规格编码 sku编码 商品外部编码 商家商品编码 货品编号 lineitemsku variantsku",
    "gtin": "条码 条形码 商品条码 商品条形码 69码 国际条码 gtin ean ean13 upc barcode",
    "name": "宝贝标题 宝贝名称 商品标题 商品名称 货品名称 lineitemname producttitle",
    "spec": "商品属性 商品规格 宝贝属性 sku规格 销售属性",
    "quantity": "购买数量 商品数量 宝贝数量 宝贝总数量 商品总件数 件数 lineitemquantity quantitypurchased",
    "unit_price": "商品单价 宝贝单价 商品价格 成交单价 lineitemprice itemprice",
}
_ORDER: dict[str, str] = {
    "number": "主订单编号 子订单编号 订单编号 订单号 平台订单号 交易编号 线上订单号 amazonorderid",
    "buyer": "买家会员名 买家昵称 买家账号 会员名称 下单账号 买家公司名 billingname buyername",
    "ship_contact": "收货人姓名 收货人 收件人 收件人姓名 shippingname recipientname",
    "ship_phone": "联系手机 联系电话 收货人手机 收货人电话 收件人手机 shippingphone shipphonenumber",
    "ship_address": "收货地址 收件地址 详细地址 收货人地址 shippingaddress shipaddress1",
}
_GOODS_KIND = {word: kind for kind, words in _GOODS.items() for word in words.split()}
_ORDER_KIND = {word: kind for kind, words in _ORDER.items() for word in words.split()}
_BLANK = re.compile(r"[\s.:：_\-/'’*()（）]")


def _bare(title: str) -> str:
    return _BLANK.sub("", title).lower()


def goods_kind(title: str) -> str | None:
    """Return what a column says about a line; None for a title that no platform uses."""
    return _GOODS_KIND.get(_bare(title))


def order_kind(title: str) -> str | None:
    """Return what a column says about the whole order; None for a title that no platform uses."""
    return _ORDER_KIND.get(_bare(title))
