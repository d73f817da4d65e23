"""Connections spread over the web processes: who has more lets others go first."""

from server.gthread import LONGEST_S, courtesy_s


def test_a_process_alone_waits_for_nobody():
    assert courtesy_s(100, 1) == 0.0


def test_a_process_waits_the_longer_the_more_connections_it_has_but_never_long():
    assert courtesy_s(0, 2) == 0.0
    assert 0.0 < courtesy_s(1, 2) < courtesy_s(7, 2) < courtesy_s(8, 2) == courtesy_s(500, 2) == LONGEST_S
