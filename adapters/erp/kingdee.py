"""金蝶云星空 over WebAPI: an order is saved, submitted and audited under our own number, exactly once.

Place in the order's way: dispatch. There is no idempotency key: our own bill number is the key. The bill is looked up
first, and the steps that it has not taken yet are taken, so that a lost answer or a crash never makes a second one.
Source: vip.kingdee.com, WebAPI: LoginByAppSecret, View, Save, Submit, Audit of SAL_SaleOrder and AR_receivable; MsgCode
1 means that the session ended.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from adapters.erp.papers import RECEIVABLE, SHARED, customer, day, own_number, payload, proof, unsupported
from adapters.http import json_object, post
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from orders.decision import canonical_bytes
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Secrets, Target

Json = dict[str, Any]
_LOGIN = "Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginByAppSecret.common.kdsvc"
_FORM = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{}.common.kdsvc"
SESSION_ENDED = 1
_STEPS = {"A": ("Submit", "Audit"), "D": ("Submit", "Audit"), "Z": ("Submit", "Audit"), "B": ("Audit",), "C": ()}
"""A bill's DocumentStatus (Z 暂存, A 创建, B 审核中, C 已审核, D 重新审核) → the steps that are left."""


def sale_order(value: Json, target: Target, number: str) -> Json:
    """Return the sale order of an accepted order."""
    order: Json = value["order"] or {}
    settings, ship_to = target.settings, order.get("ship_to") or {}
    contact = ship_to.get("contact") or {}
    wanted = order.get("requested_date")
    return {
        "FBillNo": number,
        "FDate": day(order.get("issued_at") or value.get("at")),
        "FBillTypeID": {"FNumber": settings["bill_type"]},
        "FSaleOrgId": {"FNumber": settings["organisation"]},
        "FCustId": {"FNumber": customer(order, settings)},
        "FNote": proof(value),
        "FReceiveAddress": (ship_to.get("address") or {}).get("text") or "",
        "FLinkMan": contact.get("name") or "",
        "FLinkPhone": contact.get("phone") or "",
        "FSaleOrderEntry": [_line(line, wanted) for line in order.get("lines") or ()],
    }


def _line(line: Json, wanted: str | None) -> Json:
    told = {
        "FMaterialId": {"FNumber": line["sku"]},
        "FQty": line["quantity"],
        "FTaxPrice": line.get("unit_price"),
        "FDeliveryDate": line.get("requested_date") or wanted,
        "FIsFree": bool(line.get("is_gift")),
    }
    return {name: value for name, value in told.items() if value is not None}


def receivable(value: Json, target: Target, number: str) -> Json:
    """Return the 应收单 of a shipped order."""
    settings = target.settings
    return {
        "FBillNo": number,
        "FDATE": day(value.get("at")),
        "FCUSTOMERID": {"FNumber": customer(value["order"] or {}, settings)},
        "FSETTLEORGID": {"FNumber": settings["organisation"]},
        "FAR_Remark": proof(value),
        "FEntityDetail": [{"FPriceQty": "1", "FTaxPrice": value["amount"], "FAllAmount": value["amount"]}],
    }


_PAPERS = {
    "order.accepted": ("SAL_SaleOrder", "SO", sale_order),
    RECEIVABLE: ("AR_receivable", "AR", receivable),
}


class Kingdee:
    """The outlet, with the sessions of this process by account."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sessions: dict[tuple[str, str, str], str] = {}

    def deliver(self, message: Message, target: Target, secrets: Secrets) -> Receipt:
        """Save, submit and audit one paper; what was done on an earlier attempt is left alone."""
        if message.event not in _PAPERS:
            raise unsupported(message.event)
        form, prefix, write = _PAPERS[message.event]
        value = payload(message)
        number = own_number(prefix, value["order_id"])
        status = self._status(form, number, target, secrets)
        if status is None:
            model = {"IsDeleteEntry": False, "Model": write(value, target, number)}
            self._form("Save", form, model, target, secrets)
        for step in _STEPS.get(status or "A", ()):
            self._form(step, form, {"Numbers": [number]}, target, secrets)
        return Receipt(status=200, reference=number, detail="" if status is None else "duplicate")

    def _status(self, form: str, number: str, target: Target, secrets: Secrets) -> str | None:
        """Return the status of a bill that is there already."""
        result = self._asked("View", form, {"Number": number}, target, secrets)
        bill = result.get("Result")
        if not isinstance(bill, dict):
            return None
        return str(bill.get("DocumentStatus") or bill.get("FDocumentStatus") or "A")

    def _form(self, step: str, form: str, data: Json, target: Target, secrets: Secrets) -> None:
        status = self._asked(step, form, data, target, secrets).get("ResponseStatus") or {}
        if status.get("IsSuccess") is True:
            return
        errors = status.get("Errors") or ()
        told = "；".join(f"{error.get('FieldName') or ''} {error.get('Message')}".strip() for error in errors)[:300]
        raise TransportError(
            f"{step} was refused: {told}", f"金蝶{step}失败：{told}", permanent=True, code=f"{step.lower()}_refused"
        )

    def _asked(self, step: str, form: str, data: Json, target: Target, secrets: Secrets) -> Json:
        session = self._session(target, secrets)
        headers = {"Content-Type": "application/json", "Cookie": f"kdservice-sessionid={session}"}
        body = canonical_bytes({"formid": form, "data": data})
        answer = json_object(post(f"{target.url.rstrip('/')}/{_FORM.format(step)}", body, headers, target.timeout_s))
        result = answer.get("Result")
        if not isinstance(result, dict):
            raise TransportError(
                "the answer holds no Result", "对方应答没有 Result", permanent=False, code="not_understood"
            )
        if (result.get("ResponseStatus") or {}).get("MsgCode") == SESSION_ENDED:
            with self._lock:
                self._sessions.pop(_key(target), None)
            raise TransportError("the session ended", "金蝶会话已过期", permanent=False, code="session_ended")
        return result

    def _session(self, target: Target, secrets: Secrets) -> str:
        with self._lock:
            kept = self._sessions.get(_key(target))
        if kept:
            return kept
        settings = target.settings
        told = [settings["account_id"], settings["user"], settings["app_id"], secrets[0], 2052]
        headers = {"Content-Type": "application/json"}
        body = canonical_bytes({"parameters": told})
        answer = json_object(post(f"{target.url.rstrip('/')}/{_LOGIN}", body, headers, target.timeout_s))
        session = str(answer.get("KDSVCSessionId") or "")
        if answer.get("LoginResultType") != 1 or not session:
            reason = str(answer.get("Message") or "")[:200]
            raise TransportError(f"no login: {reason}", f"登录失败：{reason}", permanent=False, code="login_failed")
        with self._lock:
            self._sessions[_key(target)] = session
        return session


def _key(target: Target) -> tuple[str, str, str]:
    return target.url, target.settings["account_id"], target.settings["user"]


def _make(_clock: Clock) -> Deliver:
    return Kingdee().deliver


KIND = Kind(
    "erp.kingdee",
    "金蝶云星空（WebAPI）",
    "Kingdee Cloud Galaxy (WebAPI)",
    _make,
    url="https://example.ik3cloud.com/K3Cloud",
    fields=(
        Field("account_id", "账套 ID", "Account set id", required=True),
        Field("user", "用户名", "User", required=True),
        Field("app_id", "应用 ID", "App id", required=True),
        Field("app_secret", "应用密钥", "App secret", required=True, secret=True),
        Field("organisation", "销售组织编码", "Sales organisation", default="100"),
        Field("bill_type", "单据类型", "Bill type", default="XSDD01_SYS"),
        *SHARED,
    ),
    order=True,
    parallel=4,
    events=(),
    receivables=True,
)
