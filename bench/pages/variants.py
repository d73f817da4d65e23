"""Five more ways to print an order, unlike those of `layouts`: the reader is tried on them, not tuned to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.pages.company import SELLER
from bench.pages.layouts import ZH, Column, _cell, _grid, _pair, _rows, _titles, grouped
from bench.pages.orders import TERMS, TERMS_EN, SampleOrder, in_capitals

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.pages.canvas import Pen


def voucher_zh(pen: Pen, order: SampleOrder) -> None:
    """采购凭证 of a large ERP: line numbers 10, 20, 30, the specification on a second line, no colon anywhere."""
    pen.text(40, 50, "采购订单", 18)
    pen.text(360, 50, f"采购凭证号 {order.number}", 9)
    pen.text(360, 66, f"凭证日期 {order.issued:%Y.%m.%d}", 9)
    pen.text(40, 80, "订货方", 9)
    pen.text(40, 96, order.buyer, 10)
    pen.text(40, 112, f"联系人 {order.contact}  电话 {order.phone}", 9)
    pen.text(300, 80, "供应商", 9)
    pen.text(300, 96, SELLER, 10)
    columns = (
        ("项目", 40, "no"),
        ("物料", 80, "sku"),
        ("描述", 150, "name"),
        ("订单数量", 300, "quantity"),
        ("单位", 360, "unit"),
        ("单价", 420, "unit_price"),
        ("净值", 510, "amount"),
    )
    for title, x, _ in columns:
        pen.text(x, 150, title, 9)
    pen.line(40, 156, 555, 156)
    y = 175.0
    for index, line in enumerate(order.lines):
        for _, x, value in columns:
            pen.text(x, y, str(10 * (index + 1)) if value == "no" else grouped(line, value), 9)
        pen.text(150, y + 12, f"规格: {line.spec}", 8)
        y += 34
    pen.line(40, y, 555, y)
    pen.text(420, y + 16, "合计净值", 9)
    pen.text(510, y + 16, order.total, 9)
    pen.text(40, y + 40, f"交货日期 {order.requested.isoformat()}", 9)
    pen.text(40, y + 56, f"付款条件 {TERMS[order.terms]}", 9)
    pen.text(40, y + 72, f"交货地点 {order.address}", 9)
    pen.text(40, y + 88, f"收货人 {order.receiver} {order.receiver_phone}", 9)


def merged_zh(pen: Pen, order: SampleOrder) -> None:
    """采购单: name and specification in one column, the unit behind the quantity, a tax column."""
    pen.text(297, 50, order.buyer, 15, anchor="c")
    pen.text(297, 72, "采 购 单", 13, anchor="c")
    _pair(pen, 40, 96, "编号:", order.number, "")
    _pair(pen, 240, 96, "日期:", f"{order.issued.year}年{order.issued.month}月{order.issued.day}日", "")
    _pair(pen, 420, 96, "页码:", "1/1", "")
    _pair(pen, 40, 114, "供应商:", SELLER, "")
    _pair(pen, 300, 114, "采购员:", order.contact, "")
    _pair(pen, 430, 114, "电话:", order.phone, "")
    columns = (
        Column("行号", 40, 75, "c", "no"),
        Column("物料代码", 75, 150, "c", "sku"),
        Column("品名规格", 150, 310, "l", "name"),
        Column("数量", 310, 375, "c", "quantity"),
        Column("含税单价", 375, 445, "r", "unit_price"),
        Column("税率", 445, 485, "c", "tax"),
        Column("价税合计", 485, 555, "r", "amount"),
    )
    _grid(pen, columns, 130, len(order.lines) + 2)
    _titles(pen, columns, 146)
    for index, line in enumerate(order.lines):
        said = {"no": str(index + 1), "name": f"{line.name} {line.spec}", "quantity": line.quantity + line.unit}
        for column in columns:
            text = "13%" if column.value == "tax" else said.get(column.value) or grouped(line, column.value)
            _cell(pen, column, 130 + 24 * (index + 1) + 16, text, 9)
    base = 130 + 24 * (len(order.lines) + 1) + 16
    pen.text(80, base, "合计", 9)
    pen.text(551, base, order.total, 9, anchor="r")
    _pair(pen, 40, base + 30, "交货日期:", order.requested.isoformat(), "")
    _pair(pen, 300, base + 30, "结算方式:", TERMS[order.terms], "")
    _pair(pen, 40, base + 48, "送货地址:", order.address, "")
    _pair(pen, 40, base + 66, "联系人:", order.receiver, "")
    _pair(pen, 240, base + 66, "联系电话:", order.receiver_phone, "")


def grid_zh(pen: Pen, order: SampleOrder) -> None:
    """订购合同: labels above their values in a grid, both parties side by side, one line for the delivery."""
    pen.text(297, 50, "订购合同", 16, anchor="c")
    edges = (40, 170, 300, 430, 555)
    for y in (70, 90, 114):
        pen.line(40, y, 555, y)
    for x in edges:
        pen.line(x, 70, x, 114)
    labels = ("合同编号", "签订日期", "交货日期", "付款方式")
    said = (order.number, order.issued.isoformat(), order.requested.isoformat(), TERMS[order.terms])
    for index, (label, value) in enumerate(zip(labels, said, strict=True)):
        middle = (edges[index] + edges[index + 1]) / 2
        pen.text(middle, 84, label, 9, anchor="c")
        pen.text(middle, 106, value, 9, anchor="c")
    rows = (
        ("甲方（采购方）", order.buyer, "乙方（供货方）", SELLER),
        ("联系人", order.contact, "联系人", "黄海"),
        ("电话", order.phone, "电话", "020-87654321"),
    )
    for index, cells in enumerate(rows):
        y = 130 + 22 * index
        pen.line(40, y, 555, y)
        for x, text in zip((44, 125, 304, 385), cells, strict=True):
            pen.text(x, y + 15, text, 9)
        for x in (40, 120, 300, 380, 555):
            pen.line(x, y, x, y + 22)
    pen.line(40, 196, 555, 196)
    _grid(pen, ZH, 210, len(order.lines) + 1)
    _titles(pen, ZH, 226)
    bottom = _rows(pen, order, ZH, 234)
    pen.text(40, bottom + 20, f"金额合计：￥{order.total}（{in_capitals(order.total)}）", 10)
    pen.text(40, bottom + 40, f"收货信息：{order.address}，{order.receiver}，{order.receiver_phone}", 9)


def blocks_en(pen: Pen, order: SampleOrder) -> None:
    """American purchase order: bill-to and ship-to blocks, subtotal, shipping and total."""
    pen.text(40, 50, "ACME TRADING", 16)
    pen.text(400, 50, "PURCHASE ORDER", 14)
    _pair(pen, 400, 70, "PO Number: ", order.number, "")
    _pair(pen, 400, 84, "PO Date: ", order.issued.strftime("%b %d, %Y"), "")
    _pair(pen, 400, 98, "Delivery Date: ", order.requested.strftime("%b %d, %Y"), "")
    _pair(pen, 400, 112, "Terms: ", TERMS_EN[order.terms], "")
    blocks = (
        (40, "BILL TO", order.buyer, order.contact, order.phone),
        (220, "SHIP TO", order.address, order.receiver, order.receiver_phone),
    )
    for x, title, name, contact, phone in blocks:
        pen.text(x, 100, title, 9)
        pen.text(x, 114, name, 9)
        pen.text(x, 128, f"Attn: {contact}", 9)
        pen.text(x, 142, f"Tel: {phone}", 9)
    columns = (
        ("#", 40, "no", "l"),
        ("SKU", 65, "sku", "l"),
        ("Product", 130, "name", "l"),
        ("Size", 220, "spec", "l"),
        ("Qty", 340, "quantity", "r"),
        ("U/M", 365, "unit", "l"),
        ("Rate", 450, "unit_price", "r"),
        ("Line Total", 550, "amount", "r"),
    )
    for title, x, _, anchor in columns:
        pen.text(x, 180, title, 9, anchor=anchor)
    pen.line(40, 185, 555, 185)
    y = 202.0
    for index, line in enumerate(order.lines):
        for _, x, value, anchor in columns:
            pen.text(x, y, str(index + 1) if value == "no" else grouped(line, value), 9, anchor=anchor)
        y += 20
    pen.line(40, y, 555, y)
    for step, (label, amount) in enumerate((("Subtotal", order.total), ("Shipping", "0.00"), ("Total", order.total))):
        pen.text(450, y + 16 * (step + 1), label, 9, anchor="r")
        pen.text(550, y + 16 * (step + 1), f"CNY {amount}" if step == 2 else amount, 9, anchor="r")


def wrapped_zh(pen: Pen, order: SampleOrder) -> None:
    """采购订单 in high rows: name over specification in one cell, two columns of codes, a date for each line."""
    pen.text(297, 50, "采购订单", 18, anchor="c")
    _pair(pen, 40, 80, "订单编号：", order.number, "")
    _pair(pen, 330, 80, "下单日期：", order.issued.strftime("%Y/%m/%d"), "")
    _pair(pen, 40, 98, "客户名称：", order.buyer, "")
    _pair(pen, 330, 98, "供应商：", SELLER, "")
    _pair(pen, 40, 116, "采购联系人：", f"{order.contact} {order.phone}", "")
    columns = (
        Column("序号", 40, 66, "c", "no"),
        Column("客户料号", 66, 126, "c", "theirs"),
        Column("供应商料号", 126, 186, "c", "sku"),
        Column("产品名称及规格", 186, 290, "l", "name"),
        Column("数量", 290, 335, "c", "quantity"),
        Column("单位", 335, 363, "c", "unit"),
        Column("未税单价", 363, 415, "r", "unit_price"),
        Column("金额", 415, 485, "r", "amount"),
        Column("交期", 485, 555, "c", "date"),
    )
    _grid(pen, columns, 130, len(order.lines) + 1, 36)
    _titles(pen, columns, 150, 9)
    for index, line in enumerate(order.lines):
        top = 130 + 36 * (index + 1)
        own = {"no": str(index + 1), "theirs": f"K-{index:03d}", "date": order.requested.isoformat()}
        for column in columns:
            if column.value == "name":
                pen.text(column.left + 4, top + 15, line.name, 9)
                pen.text(column.left + 4, top + 29, line.spec, 9)
            else:
                _cell(pen, column, top + 22, own.get(column.value) or grouped(line, column.value), 8.5)
    y = 130 + 36 * (len(order.lines) + 1) + 20
    pen.text(40, y, "总金额(RMB)：", 9)
    pen.text(120, y, order.total, 9)
    _pair(pen, 300, y, "付款方式：", TERMS[order.terms], "")
    _pair(pen, 40, y + 18, "交货地址：", order.address, "")
    _pair(pen, 40, y + 36, "收货人及电话：", f"{order.receiver}/{order.receiver_phone}", "")
    _pair(pen, 300, y + 36, "要求到货日：", order.requested.isoformat(), "")


VARIANTS: dict[str, Callable[[Pen, SampleOrder], None]] = {
    "voucher_zh": voucher_zh,
    "merged_zh": merged_zh,
    "grid_zh": grid_zh,
    "blocks_en": blocks_en,
    "wrapped_zh": wrapped_zh,
}
