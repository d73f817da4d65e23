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
from orders.source import SOURCE_ZH
from orders.state import STATE_ZH, OrderState
from orders.truth import Truth
from rules.states import GATE_ZH
from web.i18n import language, say, translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

CURRENCY_SIGN = {"CNY": "¥", "USD": "$", "EUR": "€", "JPY": "¥", "GBP": "£", "HKD": "HK$"}

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
GROUP_ZH = {"customer": "客户可改", "sales": "销售可改", "finance": "财务可改", "stock": "仓储可改"}
EXEMPTION_ZH = {"running": "生效中", "over": "已到期", "ended": "已结束"}
ADVICE_ZH = {"unknown": "样本不足", "retire": "考虑停用", "tighten": "收紧条件", "keep": "保留"}
FLIP_ZH = {
    "outcome": "判定结果",
    "hold": "挂起",
    "route": "分仓",
    "carrier": "承运商",
    "approval": "审批路径",
    "require": "必做事项",
    "flag": "标记",
    "notify": "通知",
    "priority": "优先级",
    "workflow": "流程",
}
BACKTEST_ZH = {"waiting": "排队中", "running": "进行中", "done": "已完成", "cancelled": "已停止", "failed": "未能完成"}
FLIP_HEAD_ZH = {
    "number": "订单号",
    "order_id": "系统编号",
    "payable": "应付",
    "currency": "币种",
    "old": "现行判定",
    "new": "候选判定",
    "changes": "会怎样翻转",
    "truth": "真值",
}
BACKTEST_ERROR_ZH = {"its worker died every time": "判定进程每次都中途退出"}
TRUTH_ZH = {Truth.BAD: "该拦", Truth.GOOD: "不该拦", Truth.UNKNOWN: "未知"}
TOTAL_ZH = {
    "newly_held": "新拦下",
    "newly_free": "不再拦",
    "held": "拦下",
    "caught": "拦对",
    "wrong": "错拦",
    "missed": "漏拦",
}
HOLD_CODE_ZH = {
    "EXEMPTED": "豁免放行",
    "DUPLICATE_SUSPECT": "疑似重复",
    "BRUSHING_SUSPECT": "疑似刷单",
    "PICKUP_POINT_HIGH_VALUE": "代收点高额",
    "HIGH_VALUE_SIGNATURE": "高值需签收",
    "PROMO_PRICE_DEVIATION": "促销价偏离成本",
    "LARGE_ORDER": "大额订单",
    "SKU_SWAP_PRICE_GAP": "换货差价",
    "CREDIT_LIMIT": "超信用额度",
    "CREDIT_RISK": "信用风险",
    "OVERDUE": "账款逾期",
    "PAYMENT_PENDING": "待付款",
    "PAYMENT_TERMS": "付款方式与约定不符",
    "INCORRECT_ADDRESS": "地址不全",
    "REMOTE_AREA": "偏远地区",
    "PICKUP_SHOP": "自提门店不明",
    "PICKUP_SHOP_UNNAMED": "自提没说门店",
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
    "CHANNEL_CHANGE": "渠道有变更",
    "PLATFORM_REFUND": "平台退款中",
    "SEVERAL_SHIP_TO": "收货地不止一个",
    "DEGRADED_RECHECK": "降级待复核",
    "INCOMPLETE_ENTRY": "录单不全",
    "green_lane": "绿色通道",
    "RACE_LOST": "并发冲突",
    "engine_failed": "规则引擎失败",
    "intercepted": "人工拦截",
}
ACTION_ZH = {
    "exemption_added": "新增豁免",
    "exemption_ended": "结束豁免",
    "hold_judged": "判定挂起对错",
    "lesson_switched_on": "启用学到的写法",
    "lesson_revoked": "撤销学到的写法",
    "order_received": "收到订单",
    "channel_changed": "渠道发来变更",
    "order_decided": "完成判定",
    "replay_differs": "重放结果不同",
    "hold_released": "放行挂起",
    "approval_given": "审批通过|done",
    "approval_refused": "审批驳回",
    "order_cancelled": "取消订单|done",
    "order_moved": "状态变更",
    "personal_data_revealed": "查看完整个人信息",
    "message_replayed": "重新推送",
    "message_withdrawn": "放弃推送",
    "message_edited": "修改推送内容",
    "label_asked": "取电子面单",
    "label_given_back": "取消单号",
}
CAUSE_ZH = {
    "submit": "提交",
    "release": "放行后重新判定",
    "approve": "审批后重新判定",
    "reject": "驳回|cause",
    "confirm": "确认后重新判定",
    "stock": "到货后重新判定",
    "redecide": "重新判定",
    "recheck": "资料变化后自动重新判定",
}
AGO_ZH = {86_400: "{n} 天前", 3_600: "{n} 小时前", 60: "{n} 分钟前"}
TERMS_ZH = {
    "prepaid": "款到发货",
    "cod": "货到付款",
    "net15": "月结 15 天",
    "net30": "月结 30 天",
    "net60": "月结 60 天",
    "net90": "月结 90 天",
}
SENDING_ZH = {"waiting": "待推送", "sending": "推送中", "sent": "已送达", "dead": "失败", "withdrawn": "已放弃"}
DESTINATION_ZH = {"erp": "ERP", "webhooks": "Webhook", "notify": "站内通知", "answer": "回信"}
TYPE_ZH = {"stock": "现货", "presale": "预售", "custom": "定制"}
FULFILMENT_ZH = {"delivery": "送货", "pickup": "自提"}
PAYMENT_ZH = {"unpaid": "未付款", "partial": "部分付款", "paid": "已付款", "refunded": "已退款"}
CHANNEL_ZH = {
    "erp": "ERP",
    "api": "接口",
    "mail": "邮件",
    "email": "邮件",
    "upload": "上传单据",
    "document": "上传单据",
    "manual": "人工录入",
    "entry": "人工录入",
    "phone": "电话",
    "hotline": "热线",
    "qq": "QQ",
    "wechat": "微信",
    "counter": "到店",
}
ENTRY_SOURCE_ZH = {name: CHANNEL_ZH[name] for name in ("phone", "hotline", "qq", "wechat", "counter")}
FIELD_KIND_ZH = {
    "text": "文本",
    "code": "选项",
    "money": "金额",
    "quantity": "数量",
    "count": "整数",
    "date": "日期",
    "bool": "是否",
}
FIELD_OF_ZH = {"order": "整单", "line": "每行"}
KIND_ZH = {
    "text_pdf": "文字 PDF",
    "scan": "扫描件",
    "photo": "照片",
    "screenshot": "截图",
    "mail": "邮件",
    "sheet": "表格",
    "text": "文本",
    "payload": "数据报文",
    "entry": "人工录入",
}
LESSON_KIND_ZH = {
    "part_number": "客户料号",
    "product_name": "客户的叫法",
    "customer_name": "客户名称写法",
    "label": "标签或列名",
}
LESSON_ZH = {
    "proposed": "正在试读",
    "ready": "可启用",
    "harmful": "会变坏",
    "idle": "没有变化",
    "live": "已启用",
    "revoked": "已撤销",
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
    "waiting": "info",
    "sending": "info",
    "sent": "good",
    "dead": "bad",
    "proposed": "info",
    "harmful": "bad",
    "idle": "",
    "live": "good",
    "revoked": "",
}
"""The colour of a chip, by the value that it shows."""


def _title(value: str) -> str:
    return value.replace("_", " ").capitalize()


def named(table: dict[Any, str], value: Any) -> str:
    """Return the label of an enum value: the Chinese name, or the English one through the catalogue."""
    text = str(getattr(value, "value", value) or "")
    chinese = table.get(text)
    if chinese is None:
        return text
    return translate(chinese)


def field_text(value: Any) -> str:
    """Write the value of an own field."""
    return (translate("是") if value else translate("否")) if isinstance(value, bool) else str(value or "—")


def state_name(value: Any) -> str:
    """Name an order state."""
    return named(STATE_ZH, value)


def code_name(code: str) -> str:
    """Name a hold's or flag's code; an unknown one reads as itself."""
    if language() == "en":
        return _title(code.lower())
    return HOLD_CODE_ZH.get(code, code)


def role_name(role: Any) -> str:
    """Name a role."""
    return named(ROLE_ZH, role)


def came_by(source: str, channel: str) -> str:
    """Return where an order came from and by which channel, once where both are called the same."""
    return " · ".join(dict.fromkeys((named(SOURCE_ZH, source), named(CHANNEL_ZH, channel))))


def destination_name(value: str) -> str:
    """Name where a message goes."""
    kind, _, rest = value.partition(":")
    if kind == "to":
        return rest
    return f"Webhook {rest}" if kind == "webhook" else named(DESTINATION_ZH, value)


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
    for size, sentence in AGO_ZH.items():
        if seconds >= size:
            return translate(sentence, n=seconds // size)
    return translate("刚刚")


def register(app: Flask, clock: Callable[[], datetime]) -> None:
    """Give the templates these words; ``clock`` is what "3 minutes ago" counts from."""
    zone = str(app.config["SLUICE_TIMEZONE"])
    app.jinja_env.filters.update(
        exemption_name=lambda state: named(EXEMPTION_ZH, state),
        advice_name=lambda advice: named(ADVICE_ZH, advice),
        group_name=lambda group: named(GROUP_ZH, group),
        money=money,
        qty=quantity,
        at=lambda value, form="%Y-%m-%d %H:%M": local_time(value, zone, form),
        state_name=state_name,
        code_name=code_name,
        role_name=role_name,
        gate_name=lambda value: named(GATE_ZH, value),
        outcome_name=lambda value: named(OUTCOME_ZH, value),
        hold_state_name=lambda value: named(HOLD_STATE_ZH, value),
        document_state_name=lambda value: named(DOCUMENT_ZH, value),
        draft_state_name=lambda value: named(DRAFT_ZH, value),
        type_name=lambda value: named(TYPE_ZH, value),
        fulfilment_name=lambda value: named(FULFILMENT_ZH, value),
        payment_name=lambda value: named(PAYMENT_ZH, value),
        field_kind_name=lambda value: named(FIELD_KIND_ZH, value),
        field_of_name=lambda value: named(FIELD_OF_ZH, value),
        field_text=field_text,
        source_name=lambda value: named(SOURCE_ZH, value),
        came_by=came_by,
        channel_name=lambda value: named(CHANNEL_ZH, value),
        lesson_kind_name=lambda value: named(LESSON_KIND_ZH, value),
        lesson_state_name=lambda value: named(LESSON_ZH, value),
        kind_name=lambda value: named(KIND_ZH, value),
        ago=lambda value: ago(value, clock()),
        terms_name=lambda value: named(TERMS_ZH, value) or "—",
        destination_name=destination_name,
        sending_name=lambda value: named(SENDING_ZH, value),
        action_name=lambda value: named(ACTION_ZH, value),
        chip=lambda value: f"chip chip-{CHIP.get(str(getattr(value, 'value', value)), '')}",
    )
    app.jinja_env.globals.update(
        t=translate, say=say, language=language, roles=tuple(Role), states=tuple(OrderState), gates=tuple(Gate)
    )
