"""A web process: what it has ready before its first order."""

from __future__ import annotations

import gc
from dataclasses import replace

from intake.known import match
from server.background import start_web
from server.warm import COLLECT_AT


def test_a_web_process_has_its_index_before_the_first_order_and_collects_rarely(deps, monkeypatch) -> None:
    built = []
    monkeypatch.setattr(match, "_latest", [])
    monkeypatch.setattr(
        match, "_build", lambda catalogue, build=match._build: built.append(catalogue) or build(catalogue)
    )
    before = gc.get_threshold()
    only_web = deps.settings.model_copy(update={"database_url": "postgresql://elsewhere/x"})
    background = start_web(replace(deps, settings=only_web))
    try:
        assert built == [deps.catalogue()]
        assert (gc.get_threshold(), gc.get_freeze_count() > 0) == (COLLECT_AT, True)
        match.index_of(deps.catalogue())
        assert len(built) == 1
    finally:
        for stop in reversed(background.parts):
            stop()
        gc.set_threshold(*before)
        gc.unfreeze()
