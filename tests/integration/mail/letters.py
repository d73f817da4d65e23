"""Mails as customers' programs write them."""

from __future__ import annotations

import base64
from email.message import EmailMessage

ORDER_TEXT = """订单号：HC-20261122-01
客户：成都华川自动化设备有限公司
联系人：李经理 13700137002
收货地址：四川省成都市双流区西航港大道88号
请安排以下物料，本月底前送到：

A-1001 A型接头 300个 单价12.50
A-1004 法兰垫片 500片 单价3.20

谢谢！
"""


def letter(message_id: str | None = "<one@huachuan.example>", text: str = ORDER_TEXT) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "order@huachuan.example"
    message["To"] = "orders@sluice.example"
    message["Subject"] = "采购订单"
    message["Date"] = "Sun, 22 Nov 2026 10:00:00 +0800"
    if message_id:
        message["Message-ID"] = message_id
    message.set_content(text)
    return message


def gb_letter(declared: str = "gb2312", text: str = ORDER_TEXT, encoded_as: str = "gb18030") -> bytes:
    """A mail as older Chinese programs send it: GB text under a loose name."""
    subject = base64.b64encode("采购订单".encode(encoded_as)).decode()
    body = base64.encodebytes(text.encode(encoded_as)).decode()
    return (
        f"From: =?{declared}?B?{base64.b64encode('李经理'.encode(encoded_as)).decode()}?= <order@huachuan.example>\r\n"
        "To: orders@sluice.example\r\n"
        f"Subject: =?{declared}?B?{subject}?=\r\n"
        "Date: Sun, 22 Nov 2026 10:00:00 +0800\r\n"
        "Message-ID: <gb@huachuan.example>\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: text/plain; charset="{declared}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n" + body.replace("\n", "\r\n")
    ).encode("ascii")


def bomb(parts: int = 10_000) -> bytes:
    head = b'Message-ID: <bomb@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
    return head + b"--x\r\n\r\na\r\n" * parts + b"--x--\r\n"
