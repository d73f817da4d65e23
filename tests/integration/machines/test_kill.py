"""kill -9 at any moment under load: no acknowledged order is lost, the ERP sees none twice.

The long run is `make prove-kills`; these are its short sisters.
"""

from __future__ import annotations

import pytest

from bench.kills.installation import Installation
from bench.kills.prove import prove

PAUSE_S = 0.1
"""Senders that rest leave the machine to whoever starts again after a kill; four of them are never all at rest."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_INT_10_kills_of_the_one_process_tree_lose_and_double_nothing(tmp_path):
    site = Installation(tmp_path, f"sqlite:///{tmp_path / 'sluice.db'}", machines=1)
    site.pause_s = PAUSE_S
    run = prove(site, kills=3, seed=7)
    assert run.unexpected == []
    assert run.verdict.faults == {}
    assert run.verdict.accepted > 20
    assert sum(run.kills.values()) == 3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_INT_10_kills_of_two_webs_two_workers_and_the_broker_lose_and_double_nothing(tmp_path, postgresql_url, broker):
    def also(number: int) -> None:
        if number == 2:
            broker.empty()

    site = Installation(tmp_path, postgresql_url, machines=2, broker_url=broker.url, documents=True)
    site.pause_s = PAUSE_S
    run = prove(site, kills=4, seed=11, also=also)
    assert run.unexpected == []
    assert run.verdict.faults == {}
    assert run.verdict.accepted > 20
    assert run.documents > 3
    assert run.documents_unread == 0
