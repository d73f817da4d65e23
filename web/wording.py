"""How values look to people: money, quantities, times, masked personal data, names of states and codes.

Place in the order's way: the last touch before a page. Knows Jinja filters, no database.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orders.actor import ROLE_ZH, Role
from orders.decision import Outcome
from orders.draft import DocumentState, DraftState
from orders.hold import Gate, HoldState
from orders.state import STATE_ZH, OrderState
from web.i18n import language, say, translate

if TYPE_CHECKING:
    from flask import Flask

CURRENCY_SIGN = {"CNY": "¥", "USD": "$", "EUR": "€", "JPY": "¥", "GBP": "£", "HKD": "HK$"}

GATE_ZH = {
    Gate.SUBMIT: "提交",
    Gate.APPROVE: "审批",
    Gate.ALLOCATE: "分仓",
    Gate.RELEASE_TO_WAREHOUSE: "下发仓库",
    Gate.LABEL: "打面单",
    Gate.SHIP: "发货",
    Gate.INVOICE: "开票",
}
OUTCOME_ZH = {Outcome.PASS: "通过", Outcome.FLAG: "通过（有标记）", Outcome.HOLD: "挂起", Outcome.REJECT: "驳回"}
HOLD_STATE_ZH = {HoldState.ACTIVE: "待放行", HoldState.RELEASED: "已放行", HoldState.SUPERSEDED: "已失效"}
DOCUMENT_ZH = {
    DocumentState.RECEIVED: "已接收",
    DocumentState.READING: "识别中",
    DocumentState.READY: "已识别",
    DocumentState.REFUSED: "无法识别",
    DocumentState.WITHDRAWN: "已撤回",
}
DRAFT_ZH = {
    DraftState.OPEN: "待核对",
    DraftState.NEEDS_INPUT: "待补录",
    DraftState.SUBMITTED: "已提交",
    DraftState.WITHDRAWN: "已撤回",
}
HOLD_CODE_ZH = {
    "DUPLICATE_SUSPECT": "疑似重复",
    "BRUSHING_SUSPECT": "疑似刷单",
    "PICKUP_POINT_HIGH_VALUE": "代收点高额",
    "HIGH_VALUE_SIGNATURE": "高值需签收",
    "PROMO_PRICE_DEVIATION": "促销价偏离成本",
    "LARGE_ORDER": "大额订单",
    "SKU_SWAP_PRICE_GAP": "换货差价",
    "CREDIT_LIMIT": "超信用额度",
    "CREDIT_RISK": "信用风险",
    "CREDIT_UNAVAILABLE": "信用服务不可用",
    "OVERDUE": "账款逾期",
    "PAYMENT_PENDING": "待付款",
    "INCORRECT_ADDRESS": "地址不全",
    "REMOTE_AREA": "偏远地区",
    "STOCK_SHORT": "库存不足",
    "TRANSFER_NEEDED": "需调拨",
    "PRESALE_SUPPLIER_DELAY": "预售供应延迟",
    "OCR_LOW_CONFIDENCE": "识别存疑",
    "OCR_ARITHMETIC": "金额不符",
    "UNMAPPED_SKU": "未知产品",
    "PRICE_MISMATCH": "价格不符",
    "CAPACITY": "产能不足",
    "LATE_PROMISE": "交期晚于期望",
    "COMPLIANCE": "合规待查",
    "CATALOGUE_NOT_COVERED": "目录未覆盖",
    "MANUAL": "人工挂起",
    "DEGRADED_RECHECK": "降级待复核",
    "REQUIRED_FIELDS": "必填项缺失",
    "MISSING_FIELD": "必填项缺失",
    "RACE_LOST": "并发冲突",
    "engine_failed": "规则引擎失败",
}
TYPE_ZH = {"stock": "现货", "presale": "预售", "custom": "定制"}
FULFILMENT_ZH = {"delivery": "送货", "pickup": "自提"}
PAYMENT_ZH = {"unpaid": "未付款", "partial": "部分付款", "paid": "已付款", "refunded": "已退款"}
CHANNEL_ZH = {"erp": "ERP", "api": "接口", "mail": "邮件", "email": "邮件", "upload": "上传单据", "document": "上传单据", "manual": "人工录入"}
KIND_ZH = {
    "text_pdf": "文字 PDF",
    "scan": "扫描件",
    "photo": "照片",
    "screenshot": "截图",
    "mail": "邮件",
    "sheet": "表格",
    "text": "文本",
    "payload": "数据报文",
}
CHIP = {
    "pass": "good",
    "flag": "info",
    "hold": "warn",
    "reject": "bad",
    "active": "warn",
    "released": "good",
    "superseded": "",
    "received": "info",
    "reading": "info",
    "ready": "good",
    "refused": "bad",
    "withdrawn": "",
    "open": "info",
    "needs_input": "warn",
    "submitted": "good",
    "to_confirm": "warn",
    "pending_review": "warn",
    "rejected": "bad",
    "split": "info",
    "routing": "info",
    "waiting_stock": "warn",
    "printed": "accent",
    "shipped": "accent",
    "logistics_exception": "bad",
    "delivered": "good",
    "completed": "good",
    "after_sale": "info",
    "cancelled": "",
    "pending": "info",
    "sent": "good",
    "retrying": "warn",
    "dead": "bad",
}
"""The colour of a chip, by the value that it shows."""


def _title(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _named(table: dict[Any, str], value: Any) -> str:
    """Return the label of an enum value: the Chinese name, or the English one through the catalogue."""
    text = str(getattr(value, "value", value) or "")
    chinese = table.get(text)
    if chinese is None:
        return text
    return translate(chinese)


def state_name(value: Any) -> str:
    """Name an order state."""
    return _named(STATE_ZH, value)


def code_name(code: str) -> str:
    """Name a hold's or flag's code; an unknown one reads as itself."""
    if language() == "en":
        return _title(code.lower())
    return HOLD_CODE_ZH.get(code, code)


def role_name(role: Any) -> str:
    """Name a role."""
    return _named(ROLE_ZH, role)


def grouped(text: str) -> str:
    """Put separators between the thousands of a plain decimal text."""
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, fraction = body.partition(".")
    return f"{sign}{int(whole):,}{dot}{fraction}" if whole.isdigit() else text


def money(value: str | int | None, currency: str = "CNY") -> str:
    """Write an amount: decimal text as it is, integers as fen. ``12500.00`` → ``¥12,500.00``."""
    if value is None or value == "":
        return "—"
    text = f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}" if isinstance(value, int) else value
    sign = CURRENCY_SIGN.get(currency, f"{currency} ")
    grouped_text = grouped(text)
    return f"-{sign}{grouped_text[1:]}" if grouped_text.startswith("-") else f"{sign}{grouped_text}"


def quantity(value: str | int | None) -> str:
    """Write a quantity: decimal text as it is, integers as 10⁻⁶."""
    if value is None or value == "":
        return "—"
    if isinstance(value, int):
        whole, part = divmod(abs(value), 1_000_000)
        fraction = f"{part:06d}".rstrip("0")
        value = ("-" if value < 0 else "") + str(whole) + (f".{fraction}" if fraction else "")
    return grouped(value)


def local_time(value: datetime | str | None, zone: str, form: str = "%Y-%m-%d %H:%M") -> str:
    """Write an instant in the installation's time zone."""
    if value is None or value == "":
        return "—"
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(zone)).strftime(form)


def ago(moment: datetime | str | None, now: datetime) -> str:
    """Say how long ago ``moment`` was, coarsely."""
    if moment is None or moment == "":
        return "—"
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    seconds = max(0, int((now - at).total_seconds()))
    for size, sentence in ((86_400, "{n} 天前"), (3_600, "{n} 小时前"), (60, "{n} 分钟前")):
        if seconds >= size:
            return translate(sentence, n=seconds // size)
    return translate("刚刚")


def masked_phone(value: str | None) -> str:
    """Keep the first three and the last four digits: ``138****8000``."""
    if not value:
        return "—"
    return value[:3] + "****" + value[-4:] if len(value) >= 10 else value[:1] + "***"


def masked_name(value: str | None) -> str:
    """Keep the family name: ``张*``. Company names (five characters and more) stay."""
    if not value:
        return "—"
    return value if len(value) >= 5 else value[:1] + "*" * (len(value) - 1)


def masked_address(value: str | None) -> str:
    """Keep the first nine characters, which name province and city."""
    if not value:
        return "—"
    return value if len(value) <= 6 else value[:9] + "****"


def masked_id(value: str | None) -> str:
    """Keep three characters at each end."""
    if not value:
        return "—"
    return value[:3] + "****" + value[-3:] if len(value) > 8 else "****"


def register(app: Flask) -> None:
    """Give the templates these words."""
    zone = str(app.config["SLUICE_TIMEZONE"])
    app.jinja_env.filters.update(
        money=money,
        qty=quantity,
        at=lambda value, form="%Y-%m-%d %H:%M": local_time(value, zone, form),
        masked_phone=masked_phone,
        masked_name=masked_name,
        masked_address=masked_address,
        masked_id=masked_id,
        state_name=state_name,
        code_name=code_name,
        role_name=role_name,
        gate_name=lambda value: _named(GATE_ZH, value),
        outcome_name=lambda value: _named(OUTCOME_ZH, value),
        hold_state_name=lambda value: _named(HOLD_STATE_ZH, value),
        document_state_name=lambda value: _named(DOCUMENT_ZH, value),
        draft_state_name=lambda value: _named(DRAFT_ZH, value),
        type_name=lambda value: _named(TYPE_ZH, value),
        fulfilment_name=lambda value: _named(FULFILMENT_ZH, value),
        payment_name=lambda value: _named(PAYMENT_ZH, value),
        channel_name=lambda value: _named(CHANNEL_ZH, value),
        kind_name=lambda value: _named(KIND_ZH, value),
        chip=lambda value: f"chip chip-{CHIP.get(str(getattr(value, 'value', value)), '')}",
    )
    app.jinja_env.globals.update(
        t=translate, say=say, language=language, roles=tuple(Role), states=tuple(OrderState), gates=tuple(Gate)
    )
