"""Turns: who met a race waits for the others of the same buyer; nobody else does."""

from __future__ import annotations

from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from server import turns
from server.turns import Turns


def of(phone: str | None, name: str | None = None) -> Any:
    """What turns look at of an order."""
    return SimpleNamespace(buyer=SimpleNamespace(name=name, contact=SimpleNamespace(phone=phone)))


def waits(mine: Turns, order: Any, tries: int) -> bool:
    """Say whether somebody else would have to wait for this turn just now."""
    came = Event()

    def come() -> None:
        with mine.of(order, tries):
            came.set()

    other = Thread(target=come, daemon=True)
    other.start()
    return not came.wait(0.2)


def test_a_first_try_waits_for_nobody_until_a_race_was_met() -> None:
    mine = Turns()
    with mine.of(of("1"), 0):
        assert not waits(mine, of("1"), 0)
    with mine.of(of("1"), 1):
        assert waits(mine, of("1"), 0)
        assert waits(mine, of("1"), 1)
        assert not waits(mine, of("2"), 1)


@pytest.mark.parametrize(("one", "other"), [((None, "甲"), (None, "甲")), (("1", "甲"), ("1", "乙"))])
def test_a_buyer_is_a_phone_else_a_name(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    mine = Turns()
    with mine.of(of(*one), 1):
        assert waits(mine, of(*other), 0)


def test_nobody_is_kept_in_mind_once_the_queue_is_empty_also_after_a_failure() -> None:
    mine = Turns()
    with pytest.raises(ZeroDivisionError), mine.of(of("1"), 1):
        _ = 1 / 0
    assert mine._queues == {}
    with mine.of(of(None), 5):
        assert mine._queues == {}


def test_a_turn_that_does_not_come_is_waited_for_no_longer_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 0.05)
    mine = Turns()
    with mine.of(of("1"), 1), mine.of(of("1"), 1):
        pass
    assert mine._queues == {}
