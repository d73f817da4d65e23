"""The doors benchmark: its robots and failing systems count what arrives, with numbers that are over at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.doors import __main__ as command
from bench.doors import bare, robots
from bench.doors.figures import quantile
from bench.doors.outlets import ScaledClock, installation

if TYPE_CHECKING:
    from pathlib import Path


def test_every_part_can_be_named() -> None:
    assert list(command.PARTS) == ["mapping", "pulling", "deliveries", "robots", "failing"]


def test_rival_that_stores_keeps_the_raw_body(tmp_path: Path) -> None:
    app = bare.kept(f"sqlite:///{tmp_path}/rival.db")
    answer = app.test_client().post("/v1/hooks/a", data=b"raw", headers={"webhook-id": "1"})
    assert answer.status_code == 202


def test_quantile_is_the_value_that_a_share_reaches() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(list(map(float, range(100))), 0.99) == 99.0


def test_installation_sends_what_it_is_told_to_the_robot() -> None:
    with installation() as here:
        here.destination("d-0", "robot.dingtalk", "http://127.0.0.1:9/x", "D-0", keyword="", mentions="")
        here.tell([("B0000001", ("D-0",))])
    assert robots._NUMBER.findall("订单 B0000001 已放行") == ["B0000001"]
    clock = ScaledClock(1000.0)
    assert clock() <= clock()
