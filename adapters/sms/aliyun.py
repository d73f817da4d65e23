"""阿里云 text messages: `SendSms` with a template, signed by HMAC-SHA1 over the sorted query.

Source: help.aliyun.com, RPC signature 1.0 (percent-encoding after RFC 3986, ``GET&%2F&…`` keyed with secret + "&") and
SendSms 2017-05-25. SendSms itself knows no idempotency key: OutId carries ours, so that a repetition can be told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import quote

from adapters.http import json_object, post
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from adapters.sms.template import parameters, phones
from orders.decision import sha256_hex
from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.message import Deliver, Message, Secrets, Target

_JUDGED = frozenset({400, 403})
"""The gateway answers its own refusals with these, "too fast" among them: the code in the body says which it is."""
BUSY = ("isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "isv.BUSINESS_LIMIT_CONTROL", "Throttling.User", "Throttling.Api")


def signed(query: Mapping[str, str], secret: str) -> str:
    """Return the body of a POST: the sorted query with its signature."""
    told = "&".join(f"{_escaped(name)}={_escaped(query[name])}" for name in sorted(query))
    text = f"POST&{_escaped('/')}&{_escaped(told)}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return f"{told}&Signature={_escaped(base64.b64encode(digest).decode())}"


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def _make(clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
        payload, settings = json.loads(message.body), target.settings
        key = sha256_hex(message.idempotency_key.encode())[:32]
        now = clock()
        query = {
            "AccessKeyId": settings["access_key"],
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": key,
            "PhoneNumbers": ",".join(phones(settings["to"], payload)),
            "SignName": settings["sign_name"],
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": f"{key}{now.timestamp():.6f}",
            "SignatureVersion": "1.0",
            "TemplateCode": settings["template"],
            "TemplateParam": json.dumps(parameters(settings["parameters"], payload), ensure_ascii=False),
            "Timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = post(target.url, signed(query, secrets[0]).encode(), headers, target.timeout_s, accept=_JUDGED)
        value = json_object(answer)
        code = str(value.get("Code", "not_understood"))
        if code != "OK":
            told = str(value.get("Message", ""))[:200]
            busy = code in (*BUSY, "not_understood")
            raise TransportError(
                f"refused: {code} {told}", f"对方拒绝：{code} {told}", permanent=not busy, code=code.lower()
            )
        return Receipt(status=answer.status_code, reference=str(value.get("BizId", "")))

    return deliver


KIND = Kind(
    "sms.aliyun",
    "阿里云短信",
    "Alibaba Cloud SMS",
    _make,
    url="https://dysmsapi.aliyuncs.com/",
    fields=(
        Field("access_key", "AccessKey ID", "AccessKey ID", required=True),
        Field("access_secret", "AccessKey Secret", "AccessKey secret", required=True, secret=True),
        Field("sign_name", "短信签名", "Signature", required=True),
        Field("template", "模板代码", "Template code", required=True),
        Field("parameters", "模板参数", "Template parameters", default="number=number,carrier=carrier,waybill=waybill"),
        Field("to", "发给", "To", default="customer"),
    ),
    order=True,
    events=("order.shipped",),
)
