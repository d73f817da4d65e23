"""NL-02: what a transcript asks for: which orders, which wish, which address; two wishes are not guessed."""

from __future__ import annotations

import pytest

from intake.speech.spoken import Wish, understood

STOP, CANCEL, REROUTE = Wish.INTERCEPT, Wish.CANCEL, Wish.REROUTE


@pytest.mark.parametrize(
    ("text", "wishes", "numbers"),
    [
        ("拦截订单 123 客户说错了型号", (STOP,), ("123",)),
        ("把订单 PO-2026-0117 先别发", (STOP,), ("PO-2026-0117",)),
        ("订单幺二三拦下来", (STOP,), ("123",)),
        ("P O 杠 二零二六 杠 零幺幺七 扣住", (STOP,), ("PO-2026-0117",)),
        ("攔截訂單 SO-9", (STOP,), ("SO-9",)),
        ("取消订单 PO-1", (CANCEL,), ("PO-1",)),
        ("PO-1 和 PO-2 都拦截", (STOP,), ("PO-1", "PO-2")),
        ("please intercept order po-77", (STOP,), ("PO-77",)),
        ("拦截 po 12", (STOP,), ("PO12",)),
        ("不要取消订单 PO-1，先拦截", (STOP,), ("PO-1",)),
        ("别拦截 PO-1", (), ("PO-1",)),
        ("拦截 PO-1，取消 PO-2", (CANCEL, STOP), ("PO-1", "PO-2")),
        ("PO-1 到哪里了", (), ("PO-1",)),
        ("把它拦下来", (STOP,), ()),
    ],
)
def test_NL_02_wish_and_numbers_are_heard(text: str, wishes: tuple[Wish, ...], numbers: tuple[str, ...]) -> None:
    heard = understood(text)
    assert (heard.wishes, heard.numbers) == (wishes, numbers)


@pytest.mark.parametrize(
    ("text", "numbers", "address"),
    [
        ("把订单 PO-1 改发到 四川省成都市武侯区天府大道18号", ("PO-1",), "四川省成都市武侯区天府大道18号"),
        ("PO-1 拦下来，改寄到苏州工厂。", ("PO-1",), "苏州工厂"),
        ("改发到成都市武侯区天府大道18号，订单 PO-1", ("PO-1",), "成都市武侯区天府大道18号"),
        ("reroute order PO-1 to Chengdu depot", ("PO-1",), "Chengdu depot"),
        ("订单 PO-1 改发到", ("PO-1",), ""),
    ],
)
def test_NL_02_new_address_is_heard_apart_from_the_number(text: str, numbers: tuple[str, ...], address: str) -> None:
    heard = understood(text)
    assert (heard.wishes, heard.numbers, heard.address) == ((REROUTE,), numbers, address)
