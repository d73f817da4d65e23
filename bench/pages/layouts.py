"""Eight ways in which customers print an order. Each draws one `SampleOrder` with a `Pen`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.pages.company import SELLER
from bench.pages.orders import TERMS, TERMS_EN, SampleLine, SampleOrder, in_capitals

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.pages.canvas import Pen


@dataclass(frozen=True)
class Column:
    """A table column: title, left and right edge in points, how its text stands, which value of the line."""

    title: str
    left: float
    right: float
    anchor: str
    value: str


def _pair(pen: Pen, x: float, y: float, label: str, value: str, key: str, size: float = 10) -> None:  # noqa: PLR0913 - a drawing call
    width = pen.text(x, y, label, size)
    pen.text(x + width, y, value, size, key=key)


def _cell(pen: Pen, column: Column, y: float, text: str, size: float, **style: object) -> None:
    x = {"l": column.left + 4, "r": column.right - 4, "c": (column.left + column.right) / 2}[column.anchor]
    pen.text(x, y, text, size, anchor=column.anchor, **style)


def _value(line: SampleLine, index: int, name: str) -> str:
    return str(index + 1) if name == "no" else grouped(line, name)


def grouped(line: SampleLine, name: str) -> str:
    """Return a value as printed: amounts with thousands separators."""
    text = str(getattr(line, name))
    if name == "amount":
        whole, fraction = text.split(".")
        return f"{int(whole):,}.{fraction}"
    return text


def _rows(
    pen: Pen, order: SampleOrder, columns: tuple[Column, ...], top: float, *, pitch: float = 24, size: float = 9.5
) -> float:
    for index, line in enumerate(order.lines):
        base = top + pitch * index + pitch * 0.66
        for column in columns:
            text = _value(line, index, column.value)
            _cell(pen, column, base, text, size, key=f"/lines/{index}/{column.value}")
    return top + pitch * len(order.lines)


def _grid(pen: Pen, columns: tuple[Column, ...], top: float, rows: int, pitch: float = 24) -> None:
    bottom = top + rows * pitch
    for row in range(rows + 1):
        pen.line(columns[0].left, top + row * pitch, columns[-1].right, top + row * pitch)
    for x in [column.left for column in columns] + [columns[-1].right]:
        pen.line(x, top, x, bottom)


def _titles(pen: Pen, columns: tuple[Column, ...], base: float, size: float = 9.5, **style: object) -> None:
    for column in columns:
        _cell(pen, column, base, column.title, size, **style)


ZH = (
    Column("序号", 40, 72, "c", "no"),
    Column("物料编码", 72, 140, "c", "sku"),
    Column("名称", 140, 225, "l", "name"),
    Column("规格型号", 225, 315, "l", "spec"),
    Column("单位", 315, 350, "c", "unit"),
    Column("数量", 350, 405, "r", "quantity"),
    Column("单价(元)", 405, 470, "r", "unit_price"),
    Column("金额(元)", 470, 555, "r", "amount"),
)


def ruled_zh(pen: Pen, order: SampleOrder) -> None:
    """采购订单: everything in a ruled table, totals in figures and capitals."""
    pen.text(297, 60, "采购订单", 20, anchor="c", bold=True)
    _pair(pen, 40, 95, "订单编号：", order.number, "/number")
    _pair(pen, 330, 95, "订货日期：", order.issued.strftime("%Y年%m月%d日"), "/issued_at")
    _pair(pen, 40, 115, "采购方：", order.buyer, "/buyer/name")
    _pair(pen, 330, 115, "供应商：", SELLER, "")
    _pair(pen, 40, 135, "联系人：", order.contact, "/buyer/contact/name")
    _pair(pen, 330, 135, "联系电话：", order.phone, "/buyer/contact/phone")
    top = 155.0
    _grid(pen, ZH, top, len(order.lines) + 2)
    _titles(pen, ZH, top + 16, bold=True)
    bottom = _rows(pen, order, ZH, top + 24)
    pen.text(56, bottom + 16, "合计", 9.5, anchor="c")
    pen.text(140, bottom + 16, "大写：" + in_capitals(order.total), 9.5)
    pen.text(551, bottom + 16, order.total, 9.5, anchor="r", key="/totals/payable")
    y = bottom + 50
    _pair(pen, 40, y, "交货日期：", order.requested.isoformat(), "/requested_date")
    _pair(pen, 330, y, "付款方式：", TERMS[order.terms], "/payment_terms")
    _pair(pen, 40, y + 20, "收货地址：", order.address, "/ship_to/address/text")
    _pair(pen, 40, y + 40, "收货人：", order.receiver, "/ship_to/contact/name")
    _pair(pen, 330, y + 40, "收货电话：", order.receiver_phone, "/ship_to/contact/phone")
    pen.text(40, y + 80, "备注：请按期交货，如有问题请及时联系。", 9)
    pen.text(40, y + 120, "采购员签字：", 10)
    pen.text(330, y + 120, "审核：", 10)


def borderless_zh(pen: Pen, order: SampleOrder) -> None:
    """订货单: no rules, titles to the left, numbers to the right."""
    columns = (
        Column("料号", 48, 110, "l", "sku"),
        Column("品名", 112, 200, "l", "name"),
        Column("规格", 205, 300, "l", "spec"),
        Column("数量", 310, 360, "r", "quantity"),
        Column("单位", 372, 400, "l", "unit"),
        Column("单价", 405, 465, "r", "unit_price"),
        Column("金额", 475, 550, "r", "amount"),
    )
    pen.text(48, 62, order.buyer, 15, bold=True, key="/buyer/name")
    pen.text(48, 86, "订 货 单", 13)
    _pair(pen, 360, 62, "单号: ", order.number, "/number")
    _pair(pen, 360, 80, "日期: ", order.issued.strftime("%Y/%m/%d"), "/issued_at")
    _pair(pen, 48, 116, "供货单位: ", SELLER, "")
    _pair(pen, 48, 134, "经办人: ", order.contact, "/buyer/contact/name")
    _pair(pen, 250, 134, "电话: ", order.phone, "/buyer/contact/phone")
    for column in columns:
        x = column.left + 4 if column.anchor == "l" else column.left + 10
        pen.text(x, 172, column.title, 10, bold=True)
    bottom = _rows(pen, order, columns, 182, pitch=26, size=10)
    pen.text(410, bottom + 24, "总计:", 10.5)
    pen.text(546, bottom + 24, "¥" + order.total, 10.5, anchor="r", key="/totals/payable")
    y = bottom + 60
    _pair(pen, 48, y, "要求到货日期: ", order.requested.strftime("%Y.%m.%d"), "/requested_date")
    _pair(pen, 48, y + 20, "结算方式: ", TERMS[order.terms], "/payment_terms")
    _pair(pen, 48, y + 40, "送货地址: ", order.address, "/ship_to/address/text")
    _pair(pen, 48, y + 60, "收货联系人: ", order.receiver, "/ship_to/contact/name")
    _pair(pen, 300, y + 60, "收货人电话: ", order.receiver_phone, "/ship_to/contact/phone")


def form_zh(pen: Pen, order: SampleOrder) -> None:
    """采购申请单: a form of label and value cells, the goods in a second grid below."""
    pen.text(297, 58, "产品订购单", 18, anchor="c", bold=True)
    cells = (
        (("订单号", order.number, "/number"), ("下单日期", order.issued.isoformat(), "/issued_at")),
        (("客户名称", order.buyer, "/buyer/name"), ("联系人", order.contact, "/buyer/contact/name")),
        (
            ("联系电话", order.phone, "/buyer/contact/phone"),
            ("期望交期", order.requested.isoformat(), "/requested_date"),
        ),
        (
            ("付款方式", TERMS[order.terms], "/payment_terms"),
            ("收货人", f"{order.receiver} {order.receiver_phone}", "/ship_to/contact/name"),
        ),
        (("收货地址", order.address, "/ship_to/address/text"),),
    )
    top, pitch = 80.0, 28.0
    for row, pairs in enumerate(cells):
        y = top + row * pitch
        pen.line(40, y, 555, y)
        for side, (label, value, key) in enumerate(pairs):
            left = 40 + side * 275
            pen.text(left + 36, y + 18, label, 10, anchor="c")
            pen.text(left + 78, y + 18, value, 10, key=key)
            for x in (left, left + 72):
                pen.line(x, y, x, y + pitch)
        pen.line(555, y, 555, y + pitch)
    bottom = top + len(cells) * pitch
    pen.line(40, bottom, 555, bottom)
    columns = (
        Column("产品型号", 40, 115, "c", "sku"),
        Column("产品名称", 115, 215, "c", "name"),
        Column("规格", 215, 310, "c", "spec"),
        Column("数量", 310, 360, "c", "quantity"),
        Column("单位", 360, 395, "c", "unit"),
        Column("含税单价", 395, 465, "c", "unit_price"),
        Column("小计", 465, 555, "c", "amount"),
    )
    _grid(pen, columns, bottom + 16, len(order.lines) + 1)
    _titles(pen, columns, bottom + 32)
    end = _rows(pen, order, columns, bottom + 40)
    pen.text(40, end + 22, "总金额（大写）：" + in_capitals(order.total), 10)
    pen.text(395, end + 22, "总金额：", 10)
    pen.text(435, end + 22, "￥" + order.total, 10, key="/totals/payable")


def blocks_zh(pen: Pen, order: SampleOrder) -> None:
    """订货通知: no table at all, a block of labelled values for each product."""
    pen.text(297, 60, "订货通知单", 18, anchor="c", bold=True)
    _pair(pen, 60, 92, "采购单号：", order.number, "/number")
    _pair(pen, 330, 92, "日期：", order.issued.isoformat(), "/issued_at")
    _pair(pen, 60, 112, "客户：", order.buyer, "/buyer/name")
    _pair(pen, 60, 132, "联系人：", order.contact, "/buyer/contact/name")
    _pair(pen, 330, 132, "手机：", order.phone, "/buyer/contact/phone")
    y = 165.0
    for index, line in enumerate(order.lines):
        base = f"/lines/{index}/"
        _pair(pen, 60, y, f"{index + 1}、产品编码：", line.sku, base + "sku")
        _pair(pen, 240, y, "产品名称：", line.name, base + "name")
        _pair(pen, 400, y, "规格：", line.spec, base + "spec")
        _pair(pen, 76, y + 20, "数量：", line.quantity + line.unit, base + "quantity")
        _pair(pen, 240, y + 20, "单价：", line.unit_price + "元", base + "unit_price")
        _pair(pen, 400, y + 20, "金额：", line.amount + "元", base + "amount")
        y += 52
    _pair(pen, 60, y, "合计金额：", order.total + "元", "/totals/payable")
    _pair(pen, 240, y, "大写：", in_capitals(order.total), "")
    _pair(pen, 60, y + 24, "交货期：", order.requested.strftime("%Y年%m月%d日"), "/requested_date")
    _pair(pen, 330, y + 24, "付款条件：", TERMS[order.terms], "/payment_terms")
    _pair(pen, 60, y + 44, "送货至：", order.address, "/ship_to/address/text")
    _pair(pen, 60, y + 64, "收货人：", order.receiver, "/ship_to/contact/name")
    _pair(pen, 330, y + 64, "收货人手机：", order.receiver_phone, "/ship_to/contact/phone")


def ruled_en(pen: Pen, order: SampleOrder) -> None:
    """Purchase order in English; names and addresses stay Chinese, as they are registered."""
    columns = (
        Column("Item", 40, 75, "c", "no"),
        Column("Part No.", 75, 140, "l", "sku"),
        Column("Description", 140, 225, "l", "name"),
        Column("Spec", 225, 315, "l", "spec"),
        Column("Qty", 315, 365, "r", "quantity"),
        Column("Unit", 365, 400, "c", "unit"),
        Column("Unit Price", 400, 470, "r", "unit_price"),
        Column("Amount", 470, 555, "r", "amount"),
    )
    pen.text(40, 62, "PURCHASE ORDER", 20, bold=True)
    _pair(pen, 370, 52, "PO No.: ", order.number, "/number")
    _pair(pen, 370, 70, "Date: ", order.issued.strftime("%d %b %Y"), "/issued_at")
    _pair(pen, 40, 100, "Buyer: ", order.buyer, "/buyer/name")
    _pair(pen, 40, 118, "Contact: ", order.contact, "/buyer/contact/name")
    _pair(pen, 220, 118, "Tel: ", order.phone, "/buyer/contact/phone")
    _pair(pen, 40, 136, "Supplier: ", SELLER, "")
    _grid(pen, columns, 155, len(order.lines) + 1)
    _titles(pen, columns, 171, bold=True)
    bottom = _rows(pen, order, columns, 179)
    pen.text(400, bottom + 22, "Total (CNY):", 10, bold=True)
    pen.text(551, bottom + 22, order.total, 10, anchor="r", key="/totals/payable")
    y = bottom + 60
    _pair(pen, 40, y, "Delivery Date: ", order.requested.isoformat(), "/requested_date")
    _pair(pen, 300, y, "Payment Terms: ", TERMS_EN[order.terms], "/payment_terms")
    _pair(pen, 40, y + 20, "Ship To: ", order.address, "/ship_to/address/text")
    _pair(pen, 40, y + 40, "Attn: ", order.receiver, "/ship_to/contact/name")
    _pair(pen, 220, y + 40, "Phone: ", order.receiver_phone, "/ship_to/contact/phone")


def bilingual(pen: Pen, order: SampleOrder) -> None:
    """采购订单 PURCHASE ORDER: every label twice, titles in two lines, only horizontal rules."""
    columns = (
        Column("项次|Item", 40, 78, "c", "no"),
        Column("产品编码|Code", 78, 145, "l", "sku"),
        Column("产品名称|Description", 145, 230, "l", "name"),
        Column("规格|Specification", 230, 315, "l", "spec"),
        Column("数量|Qty", 315, 365, "r", "quantity"),
        Column("单位|UOM", 365, 402, "c", "unit"),
        Column("单价|Unit Price", 402, 470, "r", "unit_price"),
        Column("总价|Amount", 470, 555, "r", "amount"),
    )
    pen.text(297, 56, "采购订单 PURCHASE ORDER", 16, anchor="c", bold=True)
    _pair(pen, 40, 88, "订单号 PO No.: ", order.number, "/number")
    _pair(pen, 330, 88, "日期 Date: ", order.issued.isoformat(), "/issued_at")
    _pair(pen, 40, 108, "买方 Buyer: ", order.buyer, "/buyer/name")
    _pair(pen, 330, 108, "卖方 Seller: ", SELLER, "")
    _pair(pen, 40, 128, "联系人 Contact: ", order.contact, "/buyer/contact/name")
    _pair(pen, 330, 128, "电话 Tel: ", order.phone, "/buyer/contact/phone")
    pen.line(40, 145, 555, 145, 1.2)
    for column in columns:
        for row, title in enumerate(column.title.split("|")):
            _cell(pen, column, 160 + row * 13, title, 9)
    pen.line(40, 180, 555, 180, 1.2)
    bottom = _rows(pen, order, columns, 182)
    pen.line(40, bottom + 4, 555, bottom + 4, 1.2)
    pen.text(360, bottom + 24, "合计 Total:", 10)
    pen.text(551, bottom + 24, order.total, 10, anchor="r", key="/totals/payable")
    y = bottom + 60
    _pair(pen, 40, y, "交货日期 Delivery Date: ", order.requested.isoformat(), "/requested_date")
    _pair(pen, 330, y, "付款条件 Payment: ", TERMS[order.terms], "/payment_terms")
    _pair(pen, 40, y + 20, "收货地址 Ship To: ", order.address, "/ship_to/address/text")
    _pair(pen, 40, y + 40, "收货人 Receiver: ", order.receiver, "/ship_to/contact/name")
    _pair(pen, 330, y + 40, "收货电话 Phone: ", order.receiver_phone, "/ship_to/contact/phone")


def contract_zh(pen: Pen, order: SampleOrder) -> None:
    """购销合同: buyer and seller side by side with the same labels; sums in the text."""
    pen.text(297, 58, "工业品购销合同", 18, anchor="c", bold=True)
    _pair(pen, 370, 84, "合同编号：", order.number, "/number")
    _pair(pen, 370, 102, "签订日期：", order.issued.strftime("%Y-%m-%d"), "/issued_at")
    _pair(pen, 40, 84, "需方：", order.buyer, "/buyer/name")
    _pair(pen, 40, 102, "供方：", SELLER, "")
    pen.text(40, 130, "一、产品名称、规格、数量、价款", 10.5)
    top = 142.0
    _grid(pen, ZH, top, len(order.lines) + 1, 22)
    _titles(pen, ZH, top + 15)
    for index, line in enumerate(order.lines):
        for column in ZH:
            base = top + 22 * (index + 1) + 15
            _cell(pen, column, base, _value(line, index, column.value), 9, key=f"/lines/{index}/{column.value}")
    y = top + 22 * (len(order.lines) + 1) + 24
    pen.text(40, y, f"合计人民币（大写）：{in_capitals(order.total)}", 10)
    _pair(pen, 380, y, "（小写）￥", order.total, "/totals/payable")
    _pair(pen, 40, y + 24, "二、交货时间：", order.requested.strftime("%Y年%m月%d日"), "/requested_date")
    _pair(pen, 40, y + 44, "三、交货地点：", order.address, "/ship_to/address/text")
    _pair(pen, 40, y + 64, "四、收货人：", order.receiver, "/ship_to/contact/name")
    _pair(pen, 260, y + 64, "收货人电话：", order.receiver_phone, "/ship_to/contact/phone")
    _pair(pen, 40, y + 84, "五、结算方式：", TERMS[order.terms], "/payment_terms")
    pen.text(40, y + 104, "六、违约责任：按《中华人民共和国民法典》执行。", 10)
    top = y + 126
    for side, (party, name, contact, phone, keyed) in enumerate(
        (("需方", order.buyer, order.contact, order.phone, True), ("供方", SELLER, "黄海", "02087654321", False))
    ):
        x = 40 + side * 270
        pen.text(x, top, f"{party}（盖章）：{name}", 10)
        _pair(pen, x, top + 20, "联系人：", contact, "/buyer/contact/name" if keyed else "")
        _pair(pen, x, top + 40, "电话：", phone, "/buyer/contact/phone" if keyed else "")


def banded_zh(pen: Pen, order: SampleOrder) -> None:
    """订购单 from an ERP: white titles on a dark band, grey every second row, buyer's and receiver's blocks."""
    columns = (
        Column("商品编号", 40, 110, "l", "sku"),
        Column("商品名称", 110, 205, "l", "name"),
        Column("型号规格", 205, 300, "l", "spec"),
        Column("订购数量", 300, 360, "r", "quantity"),
        Column("单位", 360, 398, "c", "unit"),
        Column("单价", 398, 465, "r", "unit_price"),
        Column("金额", 465, 555, "r", "amount"),
    )
    pen.text(40, 60, "订购单", 22, bold=True)
    _pair(pen, 380, 50, "NO. ", order.number, "/number")
    _pair(pen, 380, 68, "制单日期 ", order.issued.isoformat(), "/issued_at")
    pen.text(40, 100, "订货单位", 9, colour="#555")
    pen.text(40, 116, order.buyer, 10.5, key="/buyer/name")
    _pair(pen, 40, 134, "联系人：", order.contact, "/buyer/contact/name")
    _pair(pen, 40, 150, "电话：", order.phone, "/buyer/contact/phone")
    pen.text(300, 100, "收货信息", 9, colour="#555")
    _pair(pen, 300, 116, "地址：", order.address, "/ship_to/address/text", 9)
    _pair(pen, 300, 134, "联系人：", order.receiver, "/ship_to/contact/name")
    _pair(pen, 300, 150, "电话：", order.receiver_phone, "/ship_to/contact/phone")
    pen.rect(40, 168, 555, 192, "#2b4a6f")
    _titles(pen, columns, 184, bold=True, colour="#ffffff")
    for index in range(1, len(order.lines), 2):
        pen.rect(40, 192 + 24 * index, 555, 216 + 24 * index, "#eef1f5")
    bottom = _rows(pen, order, columns, 192)
    pen.line(40, bottom + 2, 555, bottom + 2)
    pen.text(398, bottom + 22, "应付总额", 10)
    pen.text(551, bottom + 22, order.total, 11, anchor="r", bold=True, key="/totals/payable")
    _pair(pen, 40, bottom + 60, "希望到货：", order.requested.isoformat(), "/requested_date")
    _pair(pen, 300, bottom + 60, "账期：", TERMS[order.terms], "/payment_terms")


LAYOUTS: dict[str, Callable[[Pen, SampleOrder], None]] = {
    "ruled_zh": ruled_zh,
    "borderless_zh": borderless_zh,
    "form_zh": form_zh,
    "blocks_zh": blocks_zh,
    "ruled_en": ruled_en,
    "bilingual": bilingual,
    "contract_zh": contract_zh,
    "banded_zh": banded_zh,
}
