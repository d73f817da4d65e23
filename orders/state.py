"""The order's states and the shape of its transition table (the table itself is `rules/states.yaml`).

The seven labels of STM-01 are the customer's own; the others are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orders.hold import Gate


class OrderState(StrEnum):
    """Where an order or a fulfilment order stands."""

    TO_CONFIRM = "to_confirm"
    PENDING_REVIEW = "pending_review"
    REJECTED = "rejected"
    SPLIT = "split"
    ROUTING = "routing"
    WAITING_STOCK = "waiting_stock"
    PRINTED = "printed"
    SHIPPED = "shipped"
    LOGISTICS_EXCEPTION = "logistics_exception"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    AFTER_SALE = "after_sale"
    CANCELLED = "cancelled"


STATE_ZH: dict[OrderState, str] = {
    OrderState.TO_CONFIRM: "待确认",
    OrderState.PENDING_REVIEW: "待审核",
    OrderState.REJECTED: "已驳回",
    OrderState.SPLIT: "已拆单",
    OrderState.ROUTING: "分仓中",
    OrderState.WAITING_STOCK: "待货",
    OrderState.PRINTED: "已打单",
    OrderState.SHIPPED: "已发货",
    OrderState.LOGISTICS_EXCEPTION: "物流异常",
    OrderState.DELIVERED: "已签收",
    OrderState.COMPLETED: "已完成",
    OrderState.AFTER_SALE: "售后",
    OrderState.CANCELLED: "已取消",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed step: from → to by a command, for some roles, through a gate, under named guards."""

    source: OrderState
    target: OrderState
    command: str
    roles: tuple[str, ...]
    gate: Gate | None
    guards: tuple[str, ...]
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class NextState:
    """A command seen from one order: allowed, or the reasons why not."""

    command: str
    target: OrderState
    label_zh: str
    label_en: str
    allowed: bool
    why_not_zh: tuple[str, ...] = ()
    why_not_en: tuple[str, ...] = ()
