"""Calls that rush in go first: what works beside them waits its share of the processor out."""

from __future__ import annotations

import pytest

from server.rush import MANY, SHARE, SPAN_S, STEP_S, Rush


class Machine:
    """A clock and a processor that move when somebody pauses, and the loop that does."""

    def __init__(self) -> None:
        self.now, self.computed, self.stopping = 1000.0, 0.0, False
        self.rush = Rush(lambda: self.now, lambda: self.computed)

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.computed += seconds
        self.call(MANY)

    def call(self, times: int) -> None:
        for _ in range(times):
            self.rush.called()


@pytest.mark.parametrize(("calls", "on"), [(MANY - 1, False), (MANY, True)])
def test_IN_01_so_many_calls_in_a_span_are_a_rush(calls: int, on: bool) -> None:
    machine = Machine()
    machine.call(calls)
    assert machine.rush.on is on


@pytest.mark.parametrize(("spans", "on"), [(1, True), (2, False)])
def test_IN_01_a_rush_is_over_when_a_whole_span_had_no_calls(spans: int, on: bool) -> None:
    machine = Machine()
    machine.call(MANY)
    machine.now += spans * SPAN_S
    assert machine.rush.on is on


def test_IN_01_a_job_makes_way_until_the_calls_had_their_share() -> None:
    machine = Machine()
    machine.call(MANY)
    machine.rush.make_way(0.1, machine)  # type: ignore[arg-type]
    assert machine.computed == pytest.approx(0.1 * (1 - SHARE) / SHARE, abs=STEP_S)


def test_IN_01_nobody_makes_way_when_there_is_no_rush_or_the_process_ends() -> None:
    machine = Machine()
    machine.rush.make_way(0.1, machine)  # type: ignore[arg-type]
    machine.call(MANY)
    machine.stopping = True
    machine.rush.make_way(0.1, machine)  # type: ignore[arg-type]
    assert machine.computed == 0
