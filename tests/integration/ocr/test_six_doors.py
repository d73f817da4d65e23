"""U10: one order by six doors is one order: the same content hash, or the difference is listed here by its path."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from bench.pages.company import catalogue
from bench.pages.make import page, pdf
from bench.pages.orders import TERMS, SampleOrder, sample
from intake.canonical import without_holes
from intake.normalize import normalize
from intake.read import read
from orders.wire import content_hash, content_of, order_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocr.sandbox import Sandbox
    from orders.order import Order

CATALOGUE = catalogue()
SENT = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
SAMPLE = sample(0)


def as_json(order: SampleOrder) -> bytes:
    contact = {"name": order.contact, "phone": order.phone}
    value = {
        "number": order.number,
        "currency": "CNY",
        "buyer": {"name": order.buyer, "contact": contact},
        "ship_to": {
            "contact": {"name": order.receiver, "phone": order.receiver_phone},
            "address": {"text": order.address},
        },
        "requested_date": order.requested.isoformat(),
        "payment_terms": order.terms,
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "unit": line.unit, "unit_price": line.unit_price}
            for line in order.lines
        ],
    }
    return json.dumps(value, ensure_ascii=False).encode()


def head(order: SampleOrder) -> list[tuple[str, str]]:
    return [
        ("订单号", order.number),
        ("客户", order.buyer),
        ("联系人", order.contact),
        ("联系电话", order.phone),
        ("收货人", order.receiver),
        ("收货电话", order.receiver_phone),
        ("收货地址", order.address),
        ("期望交期", order.requested.isoformat()),
        ("付款方式", TERMS[order.terms]),
    ]


def as_mail(order: SampleOrder) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "buyer@example.com", "orders@sluice.example", "采购订单"
    lines = [f"{line.sku} {line.name} {line.quantity}{line.unit} 单价{line.unit_price}元" for line in order.lines]
    message.set_content("\n".join([*(f"{label}：{value}" for label, value in head(order)), "", *lines]))
    return message.as_bytes()


def as_sheet(order: SampleOrder) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in head(order):
        sheet.append(row)
    sheet.append(["物料编码", "物料名称", "规格", "数量", "单位", "单价", "金额"])
    for line in order.lines:
        row = [line.sku, line.name, line.spec, float(line.quantity), line.unit, line.unit_price, line.amount]
        sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def arrived(door: str) -> tuple[bytes, str, str]:
    """The same order as it comes by a door: bytes, file name, content type."""
    match door:
        case "json":
            return as_json(SAMPLE), "order.json", "application/json"
        case "mail":
            return as_mail(SAMPLE), "order.eml", "message/rfc822"
        case "sheet":
            return as_sheet(SAMPLE), "order.xlsx", ""
        case "pdf":
            return pdf("ruled_zh", SAMPLE), "order.pdf", "application/pdf"
        case "photo":
            return page("ruled_zh", "photo_mild", 0).data("JPEG"), "IMG_1.jpg", "image/jpeg"
        case _:
            return page("ruled_zh", "clean", 0).data("PNG"), "screenshot.png", "image/png"


def order_by(door: str, reader: Sandbox) -> Order:
    result = read(*arrived(door), CATALOGUE, reader)
    (draft,) = result.orders
    return normalize(without_holes(draft.order), CATALOGUE, channel=door, received_at=SENT)


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{at}/{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from leaves(part, f"{at}/{place}")
    else:
        yield at, value


def differences(one: Order, other: Order) -> dict[str, tuple[Any, Any]]:
    left, right = (dict(leaves(content_of(order_to_json(order)))) for order in (one, other))
    return {path: (left.get(path), right.get(path)) for path in left | right if left.get(path) != right.get(path)}


@pytest.fixture(scope="module")
def by_json(rapid: Sandbox) -> Order:
    return order_by("json", rapid)


@pytest.mark.parametrize("door", ["mail", "sheet", "pdf", "photo", "screenshot"])
def test_U10_order_by_any_door_has_the_content_hash_of_the_one_by_json(
    door: str, by_json: Order, rapid: Sandbox
) -> None:
    other = order_by(door, rapid)
    assert differences(by_json, other) == {}
    assert content_hash(other) == content_hash(by_json)


def test_U10_another_quantity_is_another_content(by_json: Order, rapid: Sandbox) -> None:
    changed = json.loads(as_json(SAMPLE))
    changed["lines"][0]["quantity"] = "999"
    result = read(json.dumps(changed).encode(), "order.json", "application/json", CATALOGUE, rapid)
    other = normalize(result.orders[0].order, CATALOGUE, channel="api", received_at=SENT)
    assert "/lines/0/quantity" in differences(by_json, other)
    assert content_hash(other) != content_hash(by_json)
