"""Loops of the background: woken at once, and never more often than their breath allows."""

from __future__ import annotations

import threading

from server.loop import Loop

SOON_S = 30.0


def looking(breath_s, every_s=3600.0, fails=0):
    """Return a started loop, what releases each look, and how many there were."""
    seen, looks = threading.Semaphore(0), []

    def look():
        looks.append(len(looks))
        seen.release()
        if len(looks) <= fails:
            raise RuntimeError("the database is away")

    return Loop("test", every_s, look, breath_s=breath_s).start(), seen, looks


def test_a_loop_looks_when_it_starts_and_whenever_it_is_woken():
    loop, seen, _ = looking(breath_s=0.0)
    for _ in range(3):
        assert seen.acquire(timeout=SOON_S)
        loop.wake()
    assert seen.acquire(timeout=SOON_S)
    loop.stop()


def test_a_woken_loop_draws_breath_first_and_ends_at_once_when_told():
    loop, seen, looks = looking(breath_s=3600.0)
    assert seen.acquire(timeout=SOON_S)
    for _ in range(100):
        loop.wake()
    loop.stop()  # joins the thread: were the breath not cut short, this would take an hour
    assert len(looks) == 1


def test_a_failing_look_does_not_end_the_loop(monkeypatch):
    monkeypatch.setattr("server.loop.AFTER_FAILURE_S", 0.0)
    loop, seen, _ = looking(breath_s=0.0, every_s=0.001, fails=2)
    for _ in range(4):
        assert seen.acquire(timeout=SOON_S)
    loop.stop()
