"""Papers that are no office form: till receipts, dot-matrix prints, stamped and continued orders, phone screens."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.pages.canvas import FONTS
from bench.pages.company import SELLER
from bench.pages.layouts import ZH, Column, _grid, _pair, _rows, _titles, grouped
from bench.pages.orders import TERMS, SampleOrder, in_capitals

if TYPE_CHECKING:
    from bench.pages.canvas import Pen

RECEIPT = (226.0, 640.0)
_SLIP = frozenset({"/payment_terms", "/requested_date"})


def receipt_zh(pen: Pen, order: SampleOrder) -> set[str]:
    """销售小票: 80 mm wide, the product on one line, quantity, price and sum on the next."""
    pen.text(113, 26, "采 购 小 票", 13, anchor="c")
    y = 46.0
    for label, value in (
        ("单号:", order.number),
        ("日期:", order.issued.isoformat()),
        ("客户:", order.buyer),
        ("联系人:", f"{order.contact} {order.phone}"),
    ):
        _pair(pen, 10, y, label, value, "", 8.5)
        y += 14
    pen.text(113, y, "-" * 44, 8, anchor="c")
    y += 12
    for x, title, anchor in (
        (10, "编码", "l"),
        (80, "品名", "l"),
        (130, "数量", "r"),
        (172, "单价", "r"),
        (216, "金额", "r"),
    ):
        pen.text(x, y, title, 8.5, anchor=anchor)
    y += 14
    for line in order.lines:
        pen.text(10, y, line.sku, 8.5)
        pen.text(80, y, f"{line.name} {line.spec}", 8.5)
        pen.text(130, y + 12, line.quantity + line.unit, 8.5, anchor="r")
        pen.text(172, y + 12, line.unit_price, 8.5, anchor="r")
        pen.text(216, y + 12, line.amount, 8.5, anchor="r")
        y += 27
    pen.text(113, y, "-" * 44, 8, anchor="c")
    pen.text(10, y + 14, "合计:", 10)
    pen.text(216, y + 14, order.total, 10, anchor="r")
    y += 32
    for label, value in (("收货人:", order.receiver), ("电话:", order.receiver_phone)):
        _pair(pen, 10, y, label, value, "", 8.5)
        y += 14
    _pair(pen, 10, y, "地址:", order.address[:20], "", 8.5)
    pen.text(10, y + 12, order.address[20:], 8.5)
    return set(_SLIP)


def stamped_zh(pen: Pen, order: SampleOrder) -> set[str]:
    """订购合同 with the buyer's red seal across the last lines of text and a scribbled signature."""
    pen.text(297, 58, "产 品 订 购 合 同", 18, anchor="c", bold=True)
    _pair(pen, 40, 90, "甲方（需方）：", order.buyer, "")
    _pair(pen, 360, 90, "合同编号：", order.number, "")
    _pair(pen, 40, 108, "乙方（供方）：", SELLER, "")
    _pair(pen, 360, 108, "签订日期：", order.issued.isoformat(), "")
    pen.text(40, 130, "甲方向乙方订购下列产品，双方协商一致，订立本合同：", 10)
    _grid(pen, ZH, 142, len(order.lines) + 1, 21)
    _titles(pen, ZH, 157)
    bottom = _rows(pen, order, ZH, 163, pitch=21, size=9)
    pen.text(40, bottom + 18, f"合计金额（小写）：￥{order.total}   （大写）：{in_capitals(order.total)}", 9.5)
    y = bottom + 40
    for label, value in (
        ("1. 交货日期：", f"{order.requested:%Y年%m月%d日}"),
        ("2. 交货地点：", order.address),
        ("3. 付款方式：", TERMS[order.terms]),
        ("4. 收货人：", f"{order.receiver}，{order.receiver_phone}"),
        ("5. 采购员：", f"{order.contact}，{order.phone}"),
    ):
        _pair(pen, 40, y, label, value, "")
        y += 18
    pen.text(40, y + 14, "甲方（盖章）：", 10)
    pen.text(330, y + 14, "乙方（盖章）：", 10)
    return set()


def seal(image: Image.Image, seed: int, text: str) -> Image.Image:
    """Press a round red seal over the lower half of what is printed."""
    rng = random.Random(seed)
    dark = np.where(np.asarray(image.convert("L")).min(axis=1) < 100)[0]
    size = round(image.width * 0.2)
    stamp = Image.new("RGBA", (size, size))
    pen = ImageDraw.Draw(stamp)
    red = (205, 40, 40, 150)
    pen.ellipse((4, 4, size - 4, size - 4), outline=red, width=max(3, size // 40))
    face = ImageFont.truetype(str(FONTS["sans"][1]), size // 11, index=2)
    pen.text((size / 2, size * 0.3), text[:8], font=face, fill=red, anchor="mm")
    pen.text((size / 2, size * 0.72), "合同专用章", font=face, fill=red, anchor="mm")
    points = [
        (size / 2 + r * np.sin(a), size / 2 - r * np.cos(a))
        for a, r in ((i * 0.628, size * (0.12, 0.05)[i % 2]) for i in range(10))
    ]
    pen.polygon(points, fill=red)
    stamp = stamp.rotate(rng.uniform(-25, 25), resample=Image.Resampling.BICUBIC)
    page = image.convert("RGBA")
    bottom = int(np.percentile(dark, 88)) if dark.size else image.height // 2
    page.alpha_composite(stamp, (rng.randrange(image.width // 8, image.width // 2), max(0, bottom - size // 2)))
    return page.convert("RGB")


def dotted(image: Image.Image) -> Image.Image:
    """Print as a dot-matrix printer does: needles on a coarse grid, a worn ribbon."""
    small = np.asarray(
        image.convert("L").resize((image.width * 11 // 20, image.height * 11 // 20), Image.Resampling.BOX)
    )
    needles = ((small < 175) * 255).astype(np.uint8)
    large = cv2.resize(needles, image.size, interpolation=cv2.INTER_NEAREST).astype(np.float32)
    soft = cv2.GaussianBlur(large, (0, 0), 1.0)
    wear = cv2.resize(np.random.default_rng(5).uniform(0.6, 0.95, (40, 30)).astype(np.float32), image.size)
    return Image.fromarray(np.clip(252 - soft * wear, 0, 255).astype(np.uint8)).convert("RGB")


def continued_zh(pen: Pen, order: SampleOrder, part: int = 0) -> set[str]:
    """采购订单 whose table goes on, titles repeated, on a second page that also bears the sum."""
    half = (len(order.lines) + 1) // 2
    lines = order.lines[:half] if part == 0 else order.lines[half:]
    pen.text(297, 56, "采购订单", 18, anchor="c", bold=True)
    _pair(pen, 40, 84, "订单编号：", order.number, "")
    pen.text(500, 84, f"第{part + 1}页/共2页", 9)
    top = 100.0
    if part == 0:
        _pair(pen, 40, 102, "客户名称：", order.buyer, "")
        _pair(pen, 330, 102, "订货日期：", order.issued.isoformat(), "")
        _pair(pen, 40, 120, "采购员：", order.contact, "")
        _pair(pen, 330, 120, "采购员电话：", order.phone, "")
        top = 134.0
    _grid(pen, ZH, top, len(lines) + 1)
    _titles(pen, ZH, top + 16)
    bottom = _numbered(pen, order, lines, top + 24, half * part)
    if part == 0:
        pen.text(555, bottom + 18, "（接下页）", 9, anchor="r")
        return set()
    pen.text(470, bottom + 20, "合计：", 10, anchor="r")
    pen.text(551, bottom + 20, order.total, 10, anchor="r")
    y = bottom + 46
    _pair(pen, 40, y, "交货日期：", order.requested.isoformat(), "")
    _pair(pen, 330, y, "付款方式：", TERMS[order.terms], "")
    _pair(pen, 40, y + 18, "收货地址：", order.address, "")
    _pair(pen, 40, y + 36, "收货人：", order.receiver, "")
    _pair(pen, 330, y + 36, "收货电话：", order.receiver_phone, "")
    return set()


def _numbered(pen: Pen, order: SampleOrder, lines: tuple[object, ...], top: float, first: int) -> float:
    for index in range(len(lines)):
        line = order.lines[first + index]
        base = top + 24 * index + 16
        for column in ZH:
            text = str(first + index + 1) if column.value == "no" else grouped(line, column.value)
            x = {"l": column.left + 4, "r": column.right - 4, "c": (column.left + column.right) / 2}[column.anchor]
            pen.text(x, base, text, 9.5, anchor=column.anchor)
    return top + 24 * len(lines)


def split_zh(pen: Pen, order: SampleOrder) -> set[str]:
    """询价采购单 with titles over two levels (a merged 金额 over 单价 and 合计) and a header in two blocks."""
    pen.text(297, 50, "物资采购单", 17, anchor="c", bold=True)
    for x, title, rows in (
        (40, "需方信息", ((order.buyer, "单位名称"), (order.contact, "联系人"), (order.phone, "电话"))),
        (300, "供方信息", ((SELLER, "单位名称"), ("黄海", "联系人"), ("020-87654321", "电话"))),
    ):
        pen.text(x, 80, title, 10, bold=True)
        for index, (value, label) in enumerate(rows):
            _pair(pen, x, 96 + 15 * index, label + "：", value, "", 9.5)
    _pair(pen, 40, 148, "单号：", order.number, "", 9.5)
    _pair(pen, 300, 148, "日期：", f"{order.issued:%Y/%m/%d}", "", 9.5)
    columns = (
        Column("序号", 40, 70, "c", "no"),
        Column("物料编码", 70, 140, "c", "sku"),
        Column("物料名称", 140, 220, "c", "name"),
        Column("规格", 220, 310, "c", "spec"),
        Column("单位", 310, 345, "c", "unit"),
        Column("数量", 345, 395, "c", "quantity"),
        Column("单价", 395, 465, "r", "unit_price"),
        Column("合计", 465, 555, "r", "amount"),
    )
    pen.line(40, 158, 555, 158)
    for column in columns[:6]:
        pen.text((column.left + column.right) / 2, 178, column.title, 9, anchor="c")
    pen.text(475, 170, "含税价格（元）", 9, anchor="c")
    pen.line(395, 176, 555, 176)
    for column in columns[6:]:
        pen.text((column.left + column.right) / 2, 188, column.title, 9, anchor="c")
    for edge in [column.left for column in columns if column.value != "amount"] + [555]:
        pen.line(edge, 158, edge, 194 + 22 * len(order.lines))
    pen.line(465, 176, 465, 194 + 22 * len(order.lines))
    for index in range(len(order.lines) + 1):
        pen.line(40, 194 + 22 * index, 555, 194 + 22 * index)
    bottom = _rows(pen, order, columns, 194, pitch=22, size=9)
    pen.text(551, bottom + 18, f"总计：{order.total}", 10, anchor="r")
    _pair(pen, 40, bottom + 40, "要求到货日期：", order.requested.isoformat(), "")
    _pair(pen, 300, bottom + 40, "结算方式：", TERMS[order.terms], "")
    _pair(pen, 40, bottom + 58, "收货地址：", order.address, "")
    _pair(pen, 40, bottom + 76, "收货人：", f"{order.receiver} {order.receiver_phone}", "")
    return set()


def chat(order: SampleOrder, *, filler: int = 0, width: int = 1080) -> tuple[Image.Image, list[str]]:
    """Draw a chat on a phone: the customer's bubbles to the left, ours to the right; return what was said in order."""
    said = [
        (0, f"你好，我是{order.buyer}的{order.contact}"),
        (1, "您好，请讲"),
        (0, "这次要订下面几样："),
        *((0, f"{line.sku} {line.name} {line.quantity}{line.unit}") for line in order.lines),
        (1, "好的，什么时候要？"),
        (0, f"{order.requested:%Y-%m-%d}前送到{order.address}"),
        (0, f"收货人：{order.receiver} {order.receiver_phone}"),
        (1, "收到，马上安排"),
    ]
    for index in range(filler):
        said.insert(
            3 + index,
            (
                index % 2,
                (
                    "上次的货收到了，质量不错，谢谢你们及时安排"
                    if index % 2 == 0
                    else f"不客气，第{index + 1}批也已经发出"
                ),
            ),
        )
    face = ImageFont.truetype(str(FONTS["sans"][0]), 44, index=2)
    small = ImageFont.truetype(str(FONTS["sans"][0]), 30, index=2)
    canvas = Image.new("RGB", (width, 40_000), "#ededed")
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((0, 0, width, 150), fill="#ededed")
    pen.text((60, 40), "10:24", font=small, fill="#111", anchor="lm")
    pen.text((width / 2, 105), order.contact, font=face, fill="#111", anchor="mm")
    texts: list[str] = []
    y: float = 190.0
    for index, (mine, text) in enumerate(said):
        if index % 6 == 0:
            pen.text((width / 2, y + 14), f"上午 10:{24 + index // 6}", font=small, fill="#999", anchor="mm")
            y += 62
        rows = _broken(text, face, width - 400)
        broad = max(face.getlength(row) for row in rows) + 60
        high = 62 * len(rows) + 40
        left = width - 160 - broad if mine else 160
        pen.rounded_rectangle((left, y, left + broad, y + high), 16, fill="#95ec69" if mine else "#ffffff")
        pen.rounded_rectangle(
            (width - 136 if mine else 32, y, width - 32 if mine else 136, y + 104), 12, fill="#7a9cc6"
        )
        for row_index, row in enumerate(rows):
            pen.text((left + 30, y + 52 + 62 * row_index), row, font=face, fill="#111", anchor="lm")
        y += high + 44
        texts.append(text)
    return canvas.crop((0, 0, width, max(1500, round(y) + 120))), texts


def _broken(text: str, face: ImageFont.FreeTypeFont, room: float) -> list[str]:
    rows = [""]
    for char in text:
        if face.getlength(rows[-1] + char) > room:
            rows.append("")
        rows[-1] += char
    return rows
