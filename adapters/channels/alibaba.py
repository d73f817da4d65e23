"""1688: calls and pushes signed with HMAC-SHA1 over path and sorted parameters; orders pulled by change.

Source: 1688 open platform, signing (open.1688.com/doc/signature.htm), alibaba.trade.getSellerOrderList and
alibaba.trade.get.sellerView.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from adapters.channels.incoming import refused, same, text_of
from adapters.channels.pull import Call, Page, Platform, RateLimited, Seen, TokenExpired, back, local, rows
from adapters.channels.taobao import FORM
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets
    from adapters.channels.pull import Answer, Shop, Span, Status

PAGE = 50


def sign(path: str, params: dict[str, str], secret: str) -> str:
    """Return ``_aop_signature``: upper hex; ``path`` is ``param2/1/…/appKey``, empty for a push."""
    told = path + "".join(f"{name}{params[name]}" for name in sorted(params) if name != "_aop_signature")
    return hmac.new(secret.encode(), told.encode(), hashlib.sha1).hexdigest().upper()


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check a push: the form's ``_aop_signature`` over its other fields."""
    try:
        form = dict(parse_qsl(incoming.body.decode(), keep_blank_values=True, strict_parsing=True))
    except (UnicodeDecodeError, ValueError):
        raise refused("The push is no form", "推送内容不是表单") from None
    same(form.get("_aop_signature", "").upper(), sign("", form, text_of(secrets, "app_secret")))
    return form.get("msgId", "")


def _status(word: Any) -> Status:
    words: dict[str, Status] = {"waitbuyerpay": "wait", "waitsellersend": "ready", "cancel": "cancelled"}
    return {**words, "terminated": "cancelled"}.get(str(word), "gone")


def _call(shop: Shop, name: str, **own: str) -> Call:
    path = f"param2/1/com.alibaba.trade/{name}/{shop.secret('app_key')}"
    told = {"access_token": shop.secret("access_token"), **own}
    told["_aop_signature"] = sign(path, told, shop.secret("app_secret"))
    return Call("POST", f"{shop.url}/openapi/{path}", urlencode(told).encode(), FORM)


def _listing(shop: Shop, span: Span, token: str | None) -> Call:
    between = {"modifyStartTime": _stamp(span.since), "modifyEndTime": _stamp(span.until)}
    return _call(shop, "alibaba.trade.getSellerOrderList", **between, page=token or "1", pageSize=str(PAGE))


def _stamp(at: datetime) -> str:
    return local(at, "%Y%m%d%H%M%S000+0800")


def _read_stamp(text: Any) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y%m%d%H%M%S%f%z").astimezone(UTC)
    except ValueError:
        return None


def _listed(answer: Answer, token: str | None) -> Page:
    told = answer.json()
    return Page(tuple(_seen(one) for one in rows(told, "result")), back(token, told.get("totalRecord"), PAGE))


def _seen(order: dict[str, Any], record: Any = None) -> Seen:
    base = order["baseInfo"]
    number = str(base.get("idOfStr") or base["id"])
    return Seen(number, _read_stamp(base.get("modifyTime")), _status(base.get("status")), record)


def _detail(shop: Shop, number: str) -> Call:
    return _call(shop, "alibaba.trade.get.sellerView", orderId=number, webSite="1688")


def _detailed(value: Any) -> Seen:
    return _seen(value["result"], value)


def _fault(answer: Answer) -> None:
    told = answer.json()
    code = str(told.get("error_code") or told.get("errorCode") or "")
    said = str(told.get("error_message") or told.get("errorMessage") or "")
    if not code:
        return
    if code == "401" or "token" in said.lower():
        raise TokenExpired
    if "limit" in said.lower() or "flow" in said.lower():
        raise RateLimited(60.0)
    raise TransportError(
        f"{code} {said}"[:200], f"平台报错 {code} {said}"[:200], permanent=False, code=f"aop_{code}"[:32]
    )


def _refresh(shop: Shop) -> Call:
    key = shop.secret("app_key")
    told = {"grant_type": "refresh_token", "client_id": key, "client_secret": shop.secret("app_secret")}
    told["refresh_token"] = shop.secret("refresh_token")
    return Call("POST", f"{shop.url}/openapi/http/1/system.oauth2/getToken/{key}", urlencode(told).encode(), FORM)


HOME = "https://gw.open.1688.com"
PLATFORM = Platform(HOME, _fault, _detail, _detailed, _listing, _listed, _refresh)
