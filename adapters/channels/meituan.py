"""Meituan: MD5 over the whole URL with sorted parameters and the secret; a push names the order, then it is read.

There is no list by time of change, so an order is asked for when its push comes. Source: Meituan open platform,
signing, order/getOrderDetail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from adapters.channels.incoming import in_time, md5, refused, same, text_of
from adapters.channels.pull import Call, Platform, RateLimited, Seen, from_epoch
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets
    from adapters.channels.pull import Answer, Shop, Status


def sign(url: str, params: dict[str, str], secret: str) -> str:
    """Return ``sig``: lower hex MD5 of ``url?a=1&b=2`` + secret, the parameters sorted."""
    told = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sig")
    return md5(f"{url}?{told}{secret}".encode())


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check a push: the form's ``sig`` under the address that the channel was registered with."""
    try:
        form = dict(parse_qsl(incoming.body.decode(), keep_blank_values=True, strict_parsing=True))
    except (UnicodeDecodeError, ValueError):
        raise refused("The push is no form", "推送内容不是表单") from None
    in_time(form.get("timestamp", ""), incoming)
    same(form.get("sig", ""), sign(text_of(secrets, "url"), form, text_of(secrets, "app_secret")))
    return form.get("order_id", "")


def _status(word: Any) -> Status:
    words: dict[str, Status] = {"1": "ready", "2": "ready", "3": "ready", "4": "ready", "9": "cancelled"}
    return words.get(str(word), "gone")


def _detail(shop: Shop, number: str) -> Call:
    url = f"{shop.url}/order/getOrderDetail"
    told = {"app_id": shop.secret("app_key"), "order_id": number, "timestamp": str(int(shop.now.timestamp()))}
    told["sig"] = sign(url, told, shop.secret("app_secret"))
    return Call("GET", f"{url}?{urlencode(told)}")


def _detailed(value: Any) -> Seen:
    order = value["data"]
    order = order[0] if isinstance(order, list) else order
    return Seen(str(order["order_id"]), from_epoch(order.get("utime")), _status(order.get("status")), value)


def _fault(answer: Answer) -> None:
    told = answer.json()
    error = told.get("error") or {}
    if told.get("data") not in ("ng", None) or not error:
        return
    code, said = str(error.get("code", "")), str(error.get("msg", ""))
    if "频" in said or "limit" in said.lower():
        raise RateLimited(10.0)
    raise TransportError(
        f"{code} {said}"[:200], f"平台报错 {code} {said}"[:200], permanent=False, code=f"mt_{code}"[:32]
    )


def _pinged(body: bytes) -> tuple[str, ...]:
    number = dict(parse_qsl(body.decode("utf-8", "replace"))).get("order_id", "")
    return (number,) if number.isdigit() else ()


HOME = "https://waimaiopen.meituan.com/api/v1"
PLATFORM = Platform(HOME, _fault, _detail, _detailed, needs=("app_key", "app_secret"), pinged=_pinged)
