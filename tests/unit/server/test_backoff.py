"""Waiting before another attempt: it grows, it varies, it has a longest step."""

from datetime import timedelta

from server.backoff import MESSAGES, Backoff

STEPS = Backoff((1, 10, 100), jitter=0.2)


def test_each_attempt_waits_its_step_within_the_jitter():
    for attempt, step in ((1, 1), (2, 10), (3, 100), (4, 100), (99, 100)):
        waits = [STEPS.after(attempt).total_seconds() for _ in range(200)]
        assert min(waits) >= step * 0.8
        assert max(waits) <= step * 1.2


def test_failures_of_one_moment_do_not_come_back_as_one_wave():
    assert len({STEPS.after(3) for _ in range(50)}) > 40


def test_without_jitter_the_step_is_exact():
    assert Backoff((5,), jitter=0).after(1) == timedelta(seconds=5)


def test_INT_09_a_message_is_tried_again_over_days():
    assert len(MESSAGES.steps_s) == 11  # twelve attempts
    assert timedelta(days=1.7) < timedelta(seconds=sum(MESSAGES.steps_s)) < timedelta(days=2)
