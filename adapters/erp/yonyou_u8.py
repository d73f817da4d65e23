"""用友 U8 over OpenAPI: accepted orders become sale orders, receivables become 应收单, each exactly once.

Place in the order's way: dispatch. The platform gives out a ``tradeid`` (`/system/tradeid`); a second call with it gets
the first answer. It is noted before the call that uses it, so that a lost answer or a crash never makes a second paper.
Source: open.yonyouup.com: `/system/token`, `/system/tradeid`, `/api/saleorder/add` (head businesstype, typecode,
custcode, deptcode; entry inventorycode, quantity, taxunitprice, sum, bgift, rowno), `/api/oughtreceive/add`; ``sync``
asks for the answer at once; errcode "0" means done, with ``url`` instead of ``id`` that it is not done yet.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.erp.papers import RECEIVABLE, SHARED, customer, day, own_number, payload, proof, unsupported
from adapters.http import get, json_object, post
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from orders.decision import canonical_bytes
from orders.errors import TransportError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.message import Deliver, Message, Secrets, Target

Json = dict[str, Any]
_UNKNOWN_CALLER = "19000"
_LATER = ("18000", "18001", "18002", "18003", "19999")
"""Errors of the service, its client or its start, and unexpected ones. Unverified: see docs/adapters.md."""
FRESH_S = 3600.0
"""A token lives two hours; it is asked for anew after one."""


def sale_order(value: Json, target: Target) -> Json:
    """Return the sale order of an accepted order."""
    order: Json = value["order"] or {}
    settings, ship_to = target.settings, order.get("ship_to") or {}
    contact = ship_to.get("contact") or {}
    head = {
        "code": own_number("SO", value["order_id"]),
        "date": day(order.get("issued_at") or value.get("at")),
        "businesstype": settings.get("business_type") or "普通销售",
        "typecode": settings["sale_type"],
        "custcode": customer(order, settings),
        "deptcode": settings["department"],
        "memo": proof(value),
        "ccusperson": " ".join(filter(None, (contact.get("name"), contact.get("phone")))),
        "sendaddress": (ship_to.get("address") or {}).get("text"),
        "dpredatebt": day(order.get("requested_date")),
    }
    entry = [_line(line) for line in order.get("lines") or ()]
    return {"saleorder": {name: told for name, told in head.items() if told} | {"entry": entry}}


def _line(line: Json) -> Json:
    told = {
        "rowno": line["line_no"],
        "inventorycode": line["sku"],
        "quantity": line["quantity"],
        "unitname": line.get("unit"),
        "taxunitprice": line.get("unit_price"),
        "sum": line.get("amount"),
        "bgift": 1 if line.get("is_gift") else 0,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def receivable(value: Json, target: Target) -> Json:
    """Return the 应收单 of a shipped order."""
    code = customer(value["order"] or {}, target.settings)
    entry = {"cust_vendor_code": code, "bdebitcredit": False, "amount": value["amount"], "digest": proof(value)}
    head = {
        "code": own_number("AR", value["order_id"]),
        "cust_vendor_code": code,
        "deptcode": target.settings["department"],
        "date": day(value.get("at")),
        "amount": value["amount"],
        "digest": proof(value),
    }
    head = {name: told for name, told in head.items() if told}
    return {"oughtreceive": {**head, "entry": [entry]}}


_PAPERS = {"order.accepted": ("saleorder", sale_order), RECEIVABLE: ("oughtreceive", receivable)}


class U8:
    """The outlet, with the tokens of this process by account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._tokens: dict[tuple[str, ...], tuple[str, datetime]] = {}

    def deliver(self, message: Message, target: Target, secrets: Secrets) -> Receipt:
        """Add one paper."""
        if message.event not in _PAPERS:
            raise unsupported(message.event)
        path, write = _PAPERS[message.event]
        value = payload(message)
        body = canonical_bytes(write(value, target))
        known = {**_account(target), "to_account": target.settings["to_account"]}
        token = self._token(target, secrets)
        tradeid = self._tradeid(message, target, token)
        own = {"tradeid": tradeid, "biz_id": own_number("B", value["order_id"]), "sync": "1"}
        query = urlencode({**known, "token": token, **own})
        url = f"{target.url.rstrip('/')}/api/{path}/add?{query}"
        answer = self._judged(post(url, body, {"Content-Type": "application/json"}, target.timeout_s), target)
        if answer.get("url") and not answer.get("id"):  # taken, not done yet: asked again under the same trade id
            raise TransportError("not done yet", "用友尚未处理完", permanent=False, code="pending")
        return Receipt(status=200, reference=str(answer.get("id") or answer.get("tradeid") or tradeid), keep=tradeid)

    def _tradeid(self, message: Message, target: Target, token: str) -> str:
        """Return the message's trade id: the one noted on an earlier attempt, else a new one, noted first."""
        noted = None if message.memory is None else message.memory.recall()
        if noted:
            return noted
        query = {**_account(target), "token": token}
        answer = self._judged(get(f"{target.url.rstrip('/')}/system/tradeid", query, target.timeout_s), target)
        trade = answer.get("trade")
        tradeid = str(trade.get("id", "")) if isinstance(trade, dict) else ""
        if not tradeid:
            raise TransportError("no trade id was given", "对方没有给出交易号", permanent=False, code="no_tradeid")
        if message.memory is not None:
            message.memory.note(tradeid)
        return tradeid

    def _token(self, target: Target, secrets: Secrets) -> str:
        key, now = _key(target), self._clock()
        with self._lock:
            kept = self._tokens.get(key)
        if kept is not None and (now - kept[1]).total_seconds() < FRESH_S:
            return kept[0]
        query = {**_account(target), "app_secret": secrets[0]}
        answer = json_object(get(f"{target.url.rstrip('/')}/system/token", query, target.timeout_s))
        token = answer.get("token")
        found = str(token.get("id", "")) if isinstance(token, dict) else ""
        if not found:
            told = str(answer.get("errmsg", ""))[:200]
            raise TransportError(f"no token: {told}", f"取不到令牌：{told}", permanent=False, code="login_failed")
        with self._lock:
            self._tokens[key] = (found, now)
        return found

    def _judged(self, answer: Any, target: Target) -> Json:
        """Return a good answer. An error of the token is ours to mend: it is asked for anew on the next attempt."""
        value = json_object(answer)
        code = str(value.get("errcode", ""))
        if code == "0":
            return value
        told = str(value.get("errmsg", ""))[:200]
        stale = "token" in told.lower() or not code or code == _UNKNOWN_CALLER
        if stale:
            with self._lock:
                self._tokens.pop(_key(target), None)
        raise TransportError(
            f"refused with errcode {code}: {told}",
            f"用友拒绝（errcode {code}）：{told}",
            permanent=not stale and code not in _LATER,
            code="stale_token" if stale else f"errcode_{code}",
        )


def _account(target: Target) -> dict[str, str]:
    return {"from_account": target.settings["from_account"], "app_key": target.settings["app_key"]}


def _key(target: Target) -> tuple[str, ...]:
    return (target.url, *_account(target).values())


def _make(clock: Clock) -> Deliver:
    return U8(clock).deliver


KIND = Kind(
    "erp.yonyou_u8",
    "用友 U8（OpenAPI）",
    "Yonyou U8 (OpenAPI)",
    _make,
    url="https://api.yonyouup.com",
    fields=(
        Field("from_account", "调用方账号", "from_account", required=True),
        Field("to_account", "提供方账号", "to_account", required=True),
        Field("app_key", "app_key", "app_key", required=True),
        Field("app_secret", "app_secret", "app_secret", required=True, secret=True),
        Field("business_type", "业务类型", "Business type", default="普通销售"),
        Field("sale_type", "销售类型编码", "Sale type", default="01"),
        Field("department", "部门编码（U8 必填）", "Department (U8 needs it)"),
        *SHARED,
    ),
    order=True,
    parallel=4,
    events=(),
    receivables=True,
)
