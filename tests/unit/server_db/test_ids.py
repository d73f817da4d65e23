"""Identifiers sort by age and say what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from server.db.ids import PREFIXES, new_id

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_ids_sort_by_time() -> None:
    ids = [new_id("ord", NOW + timedelta(milliseconds=n)) for n in range(1000)]
    assert ids == sorted(ids)


def test_ids_of_one_instant_differ() -> None:
    assert len({new_id("ord", NOW) for _ in range(10_000)}) == 10_000


def test_every_prefix_is_three_letters_but_that_of_what_test_keys_send() -> None:
    assert {prefix for prefix in PREFIXES if len(prefix) != 3} == {"test"}
