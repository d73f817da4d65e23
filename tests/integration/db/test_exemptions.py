"""Exemptions on both databases: read with the customer in one statement, one running for each scope."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orders.context import Exemption
from orders.errors import Conflict
from server.db.facts.context import read_context
from server.db.rulework import exemptions
from tests.integration.db.world import NOW, found_company, make_order

if TYPE_CHECKING:
    from server.db.store import Store


def test_the_running_exemptions_of_the_customer_are_frozen_with_the_context(store: Store) -> None:
    found_company(store)
    until = NOW + timedelta(days=2, microseconds=5)
    row = {"customer": "C-1", "reason": "x", "created_by": "usr_risk"}
    with store.db.write() as conn:
        first = exemptions.add(conn, {**row, "scope": "stage:fraud", "until": until}, NOW)
        second = exemptions.add(conn, {**row, "scope": "RSK-02", "until": NOW + timedelta(microseconds=1)}, NOW)
        ended = exemptions.add(conn, {**row, "scope": "RSK-05", "until": until}, NOW)
        assert exemptions.end(conn, ended, actor="usr_risk", reason="x", now=NOW)
        assert not exemptions.end(conn, ended, actor="usr_risk", reason="x", now=NOW)
        exemptions.add(conn, {**row, "customer": "C-2", "scope": "RSK-01", "until": until}, NOW)
    with store.db.read() as conn:
        found = read_context(conn, store, make_order(), now=NOW).exemptions
        later = read_context(conn, store, make_order(), now=NOW + timedelta(microseconds=1)).exemptions
    lane = Exemption(first, "stage:fraud", until)
    assert set(found) == {lane, Exemption(second, "RSK-02", NOW + timedelta(microseconds=1))}
    assert later == (lane,)


def test_one_exemption_runs_for_a_customer_and_scope_and_a_new_one_follows_its_end(store: Store) -> None:
    row = {"customer": "C-1", "scope": "RSK-02", "reason": "x", "created_by": "u", "until": NOW + timedelta(days=1)}
    with store.db.write() as conn:
        exemptions.add(conn, row, NOW)
        with pytest.raises(Conflict):
            exemptions.add(conn, row, NOW)
        exemptions.add(conn, {**row, "until": NOW + timedelta(days=9)}, NOW + timedelta(days=1))
        assert len(exemptions.list_page(conn, customer="C-1").rows) == 2
