"""菜鸟电子面单: a number and what the printer gets, asked for one parcel at a time; given back when it is not used.

Place in the order's way: before the label is printed; `server/desk/labels.py` asks. Calls go over TOP, signed like
Taobao's. The platform knows a parcel by our order and parcel numbers: asked again after a lost answer it gives the
number that it gave before. As a destination it hears of cancelled orders, and gives their numbers back.
Source: TOP, cainiao.waybill.ii.get (param_waybill_cloud_print_apply_new_request: cp_code, sender, trade_order_info_dtos
of object_id, order_info, package_info, recipient, template_url, user_id, logistics_services; answer modules.
waybill_cloud_print_response of object_id, waybill_code, print_data), cainiao.waybill.ii.cancel (cp_code, waybill_code;
answer cancel_result).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.channels.pull import local
from adapters.channels.taobao import FORM, sign
from adapters.http import json_object, post
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from orders.errors import TransportError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.message import Deliver, Message, Secrets, Target

Json = dict[str, Any]
_SENDER = ("name", "mobile", "province", "city", "district", "detail")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a label is asked for. ``items`` are (name, count); ``recipient``: name, mobile and address parts."""

    order: str
    parcel: str
    carrier: str
    site: str
    recipient: Json
    items: tuple[tuple[str, int], ...]
    signature: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """The number, and what the printer gets."""

    waybill: str
    print_data: str


def ask(target: Target, secrets: Secrets, parcel: Parcel, now: datetime) -> Label:
    """Ask for a label. Raises TransportError, permanent where asking again gives the same."""
    told = {"param_waybill_cloud_print_apply_new_request": json.dumps(_wanted(target, parcel), ensure_ascii=False)}
    value = _called(target, secrets, "cainiao.waybill.ii.get", told, now)
    found = (value.get("modules") or {}).get("waybill_cloud_print_response") or []
    mine = [item for item in found if item.get("object_id") == parcel.parcel and item.get("waybill_code")]
    if not mine:
        raise TransportError("no number was given", "菜鸟没有给出单号", permanent=False, code="no_waybill")
    return Label(str(mine[0]["waybill_code"]), str(mine[0].get("print_data") or ""))


def give_back(target: Target, secrets: Secrets, carrier: str, waybill: str, now: datetime) -> None:
    """Give a number back. Raises TransportError."""
    told = {"cp_code": _company(target, carrier), "waybill_code": waybill}
    value = _called(target, secrets, "cainiao.waybill.ii.cancel", told, now)
    if value.get("cancel_result") is not True:
        raise TransportError(
            f"{waybill} was not taken back", f"单号 {waybill} 未能取消", permanent=True, code="not_cancelled"
        )


def _wanted(target: Target, parcel: Parcel) -> Json:
    settings = target.settings
    order: Json = {
        "object_id": parcel.parcel,
        "order_info": {"order_channels_type": "OTHERS", "trade_order_list": [parcel.order]},
        "package_info": {
            "id": parcel.parcel,
            "items": [{"name": name, "count": count} for name, count in parcel.items],
        },
        "recipient": parcel.recipient,
        "template_url": settings["template_url"],
        "user_id": settings["user_id"],
    }
    if parcel.signature:
        order["logistics_services"] = _signing(settings["signature_service"])
    return {
        "cp_code": _company(target, parcel.carrier),
        "sender": _sender(settings["senders"], parcel.site),
        "trade_order_info_dtos": [order],
    }


def _signing(service: str) -> str:
    """Return the service that asks the receiver to sign; a carrier's contract names it."""
    if not service:
        raise TransportError(
            "the receiver must sign, but no signature service is named for this account",
            "该包裹必须签收确认，但账号没有填写签收服务代码",
            permanent=True,
            code="no_signature_service",
        )
    return json.dumps({service: {}})


def _company(target: Target, carrier: str) -> str:
    pairs = dict(pair.split("=", 1) for pair in target.settings["companies"].split(",") if "=" in pair)
    return {name.strip(): code.strip() for name, code in pairs.items()}.get(carrier, carrier)


def _sender(senders: str, site: str) -> Json:
    """Return who sends from a site: ``site=name/mobile/province/city/district/detail``, several behind ``;``."""
    for part in senders.split(";"):
        name, _, told = part.partition("=")
        values = [item.strip() for item in told.split("/", len(_SENDER) - 1)]
        if name.strip() == site and len(values) == len(_SENDER):
            known = dict(zip(_SENDER, values, strict=True))
            address = {key: known[key] for key in ("province", "city", "district", "detail")}
            return {"name": known["name"], "mobile": known["mobile"], "address": address}
    raise TransportError(
        f"no sender is named for the site {site}", f"没有填写 {site} 的发件人", permanent=True, code="no_sender"
    )


def _called(target: Target, secrets: Secrets, method: str, own: dict[str, str], now: datetime) -> Json:
    told = {"method": method, "app_key": target.settings["app_key"], "session": secrets[1], "timestamp": local(now)}
    told |= {"format": "json", "v": "2.0", "sign_method": "md5", **own}
    told["sign"] = sign(told, secrets[0])
    url = f"{target.url.rstrip('/')}/router/rest"
    answer = json_object(post(url, urlencode(told).encode(), FORM, target.timeout_s))
    error = answer.get("error_response")
    if error is not None:
        raise _refused(error)
    found = answer.get(f"{method.replace('.', '_')}_response")
    if not isinstance(found, dict):
        raise TransportError("the answer is none", "菜鸟的应答看不懂", permanent=False, code="not_understood")
    return found


def _refused(error: Json) -> TransportError:
    code, more = str(error.get("code", "")), f"{error.get('sub_code') or ''} {error.get('sub_msg') or ''}".strip()
    busy = code == "7" or str(error.get("sub_code") or "").startswith("isp.") or "limited-by" in more
    return TransportError(
        f"refused: {code} {more}"[:200], f"菜鸟拒绝：{code} {more}"[:200], permanent=not busy, code=f"top_{code}"[:32]
    )


def _make(clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
        """Give the numbers of a cancelled order back."""
        plans = json.loads(message.body).get("fulfilments") or () if message.event == "order.cancelled" else ()
        numbers = [(plan["carrier"], plan["waybill"]) for plan in plans if plan.get("carrier") and plan.get("waybill")]
        for carrier, waybill in numbers:
            give_back(target, secrets, carrier, waybill, clock())
        return Receipt(status=200, detail=f"{len(numbers)} given back")

    return deliver


KIND = Kind(
    "waybill.cainiao",
    "菜鸟电子面单",
    "Cainiao waybills",
    _make,
    url="https://eco.taobao.com",
    fields=(
        Field("app_key", "app_key", "app_key", required=True),
        Field("app_secret", "app_secret", "app_secret", required=True, secret=True),
        Field("session", "授权 session", "Session", required=True, secret=True),
        Field("user_id", "使用者 ID", "User id", required=True),
        Field("template_url", "面单模板地址", "Template URL", required=True),
        Field(
            "senders",
            "发件人（站点编码=姓名/手机/省/市/区/详细地址; …）",
            "Senders (site=name/mobile/…; …)",
            required=True,
        ),
        Field("companies", "承运商对照", "Carriers", default="YTO=YTO,ZTO=ZTO,YUNDA=YUNDA,STO=STO,SF=SF,EMS=EMS"),
        Field("signature_service", "签收确认的服务代码", "Service that asks for a signature"),
    ),
    events=("order.cancelled",),
)
