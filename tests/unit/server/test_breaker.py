"""The breaker: closed for two failures, open from the third, asked again after a growing while."""

from datetime import UTC, datetime, timedelta

from server.dispatch.breaker import Breaker

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def failed(count):
    breaker = Breaker()
    for _ in range(count):
        breaker.failed(NOW)
    return breaker


def test_INT_10_two_failures_leave_it_closed_and_the_third_opens_it():
    assert not failed(2).is_open
    assert failed(2).lets_through(NOW)
    assert failed(3).is_open
    assert not failed(3).lets_through(NOW)


def test_INT_10_rest_doubles_from_one_second_to_a_minute():
    for failures, rest in ((3, 1), (4, 2), (8, 32), (9, 60), (50, 60)):
        breaker = failed(failures)
        assert not breaker.lets_through(NOW + timedelta(seconds=rest - 0.01))
        assert breaker.lets_through(NOW + timedelta(seconds=rest))


def test_INT_10_answer_closes_it_and_says_that_it_was_open():
    breaker = failed(5)
    assert breaker.answered()
    assert not breaker.answered()
    assert not breaker.is_open
    breaker.failed(NOW)
    assert not breaker.is_open


def test_INT_10_destination_that_asks_for_rest_gets_it_at_once_and_is_then_asked_with_growing_pauses():
    breaker = Breaker()
    breaker.failed(NOW, 90)
    assert not breaker.lets_through(NOW + timedelta(seconds=89.9))
    assert breaker.lets_through(NOW + timedelta(seconds=90))
    later = NOW + timedelta(seconds=90)
    breaker.failed(later)
    assert not breaker.lets_through(later + timedelta(seconds=0.9))
    assert breaker.lets_through(later + timedelta(seconds=1))
