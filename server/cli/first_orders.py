"""Three first orders, each through a real door: the API, an e-mail over SMTP, a crooked photo; and the table of them.

Placing them again is harmless: the same numbers and the same mail give the same orders.
"""

from __future__ import annotations

import smtplib
import time
import unicodedata
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from orders.errors import InternalError
from server.demo import HERE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

PHOTO = HERE / "purchase-order.jpg"
PATIENCE_S = 90.0
ACME_NUMBER = "PO-2026-0117"
MAIL_ID = "<sluice-demo-1@huachuan.example>"
MAIL_TEXT = """李经理您好转 Sluice：

订单号：HC-20261122-01
客户：成都华川自动化设备有限公司
联系人：李经理 13700137002
收货地址：四川省成都市双流区西航港大道88号
请安排以下物料，本月底前送到：

A-1001 A型接头 300个 单价12.50
A-1004 法兰垫片 500片 单价3.20

谢谢！
"""


def place_first_orders(api: httpx.Client, smtp_port: int) -> list[dict[str, Any]]:
    """Send the three; return each with its door, its order and where it was pushed."""
    placed = [("API", _by_api(api)), ("邮件 mail", _by_mail(api, smtp_port)), ("照片 photo", _by_photo(api))]
    return [{"door": door, **_settled(api, order_id)} for door, order_id in placed]


def _by_api(api: httpx.Client) -> str:
    order = {
        "number": ACME_NUMBER,
        "currency": "CNY",
        "buyer": {"name": "上海联创贸易有限公司", "contact": {"name": "陈经理", "phone": "13600136003"}},
        "ship_to": {
            "contact": {"name": "陈经理", "phone": "13600136003"},
            "address": {"text": "上海市浦东新区金科路2889号"},
        },
        "payment_terms": "net60",
        "lines": [
            {"line_no": 1, "sku": "A-1001", "quantity": "10", "unit_price": "12.50"},
            {"line_no": 2, "sku": "A-1005", "quantity": "5", "unit_price": "8.60"},
        ],
    }
    answer = _checked(api.post("/v1/orders", json=order, headers={"Idempotency-Key": ACME_NUMBER}))
    return str(answer["id"])


def _by_mail(api: httpx.Client, smtp_port: int) -> str:
    message = EmailMessage()
    message["From"], message["To"] = "order@huachuan.example", "orders@sluice.example"
    message["Subject"], message["Message-ID"] = "采购订单 HC-20261122-01", MAIL_ID
    message.set_content(MAIL_TEXT)
    with smtplib.SMTP("127.0.0.1", smtp_port, timeout=30) as smtp:
        smtp.send_message(message)
    return _confirm(api, lambda: _document_of_mail(api))


def _document_of_mail(api: httpx.Client) -> str | None:
    found = _checked(api.get("/v1/documents", params={"message_id": MAIL_ID}))["data"]
    return str(found[0]["id"]) if found else None


def _by_photo(api: httpx.Client) -> str:
    files = {"file": (PHOTO.name, PHOTO.read_bytes(), "image/jpeg")}
    document_id = str(_checked(api.post("/v1/documents", files=files))["id"])
    return _confirm(api, lambda: document_id)


def _confirm(api: httpx.Client, find: Callable[[], str | None]) -> str:
    """Wait for the drafts and do what the salesperson does: look, confirm what is doubtful, submit."""
    document = _wait_for(lambda: _ready(api, find()), "the document was not read")
    if document["state"] == "refused":
        raise InternalError(f"the demo document was refused: {document['reason']}", code="demo_refused")
    draft = _checked(api.get(f"/v1/drafts/{document['drafts'][0]['id']}"))
    if draft["order_id"]:
        return str(draft["order_id"])
    doubtful = [{"path": item["path"], "confirm": True} for item in draft["fields"] if item["status"] == "confirm"]
    if doubtful:
        _checked(api.patch(f"/v1/drafts/{draft['id']}", json={"edits": doubtful}))
    return str(_checked(api.post(f"/v1/drafts/{draft['id']}/submit"))["id"])


def _ready(api: httpx.Client, document_id: str | None) -> dict[str, Any] | None:
    if document_id is None:
        return None
    document = _checked(api.get(f"/v1/documents/{document_id}"))
    return document if document["state"] in ("ready", "refused") else None


def _settled(api: httpx.Client, order_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        rows: list[dict[str, Any]] = _checked(api.get("/v1/outbox", params={"order_id": order_id}))["data"]
        return {"rows": rows} if all(row["state"] != "waiting" for row in rows) else None

    rows = _wait_for(look, "the order's messages were not sent")["rows"]
    return {
        "order": _checked(api.get(f"/v1/orders/{order_id}")),
        "pushed": sorted({row["destination"] for row in rows if row["state"] == "sent"}),
    }


def _wait_for(look: Callable[[], dict[str, Any] | None], complaint: str) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise InternalError(f"{complaint} in {PATIENCE_S:.0f} s", code="demo_too_slow")


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success:
        value: dict[str, Any] = answer.json()
        return value
    raise InternalError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")


HEADS = (
    "订单 order",
    "入口 door",
    "结果 outcome",
    "挂起与标记 holds & flags (rule)",
    "仓 site",
    "承运 carrier",
    "已推送 pushed",
)


def table(placed: Sequence[dict[str, Any]]) -> str:
    """Draw the orders as a table for a terminal; 中文 takes two columns a character."""
    rows = [HEADS, *(_row(item) for item in placed)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)) for row in rows
    ]
    return "\n".join([lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]])


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    order, body = item["order"], item["order"]["decision"]["body"]
    found = [f"{effect['code']} ({effect['rule']})" for effect in (*body["holds"], *body["flags"])]
    sites = [plan["site"] for plan in body["fulfilments"]]
    carriers = [plan["carrier"] or "—" for plan in body["fulfilments"]]
    return (
        order["order"]["number"] or order["id"],
        item["door"],
        body["outcome"],
        "，".join(found) or "—",
        "，".join(sites) or "—",
        "，".join(carriers) or "—",
        "，".join(item["pushed"]) or "—",
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
