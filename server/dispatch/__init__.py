"""Dispatch, the last step of an order's way: outbox rows go out at least once, those of one order in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db import signing
from server.db.outlets.outbox import take_over
from server.dispatch.dispatcher import Dispatcher
from server.dispatch.lane import Plan

if TYPE_CHECKING:
    from server.needs import Needs

__all__ = ["Dispatcher", "Plan", "start"]


def start(deps: Needs, plan: Plan | None = None) -> Dispatcher:
    """Send messages from this process. On SQLite it is the only one: what a process before it held is free at once."""
    if deps.settings.is_sqlite:
        with deps.store.db.write() as conn:
            take_over(conn, deps.clock())
    signing.ensure(deps.store, deps.clock())
    dispatcher = Dispatcher(deps, plan).start()
    deps.wakers.append(dispatcher.wake)  # a commit of this process is sent at once
    return dispatcher
