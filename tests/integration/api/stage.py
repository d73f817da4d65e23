"""A stage for pulling: one channel of the demo company, its platform's stub, and the clock that both go by."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from adapters.channels.stub.server import Server
from server.db import tables as t
from server.db.doors import pulls
from server.desk.doors.pull import pull
from tests.conftest import START
from tests.integration.api.test_channels import set_up

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

CODE = "shop"


class Stage:
    """One channel, its platform's stub, and the clock that both go by."""

    def __init__(self, api: Api, platform: str) -> None:
        private = api.deps.settings.model_copy(update={"webhook_allow_private": True})
        self.api, self.deps, self.clock = api, replace(api.deps, settings=private), api.clock
        self.platform, self.server = platform, Server(platform)
        self.shop = self.server.shop
        self.shop.clock = api.clock
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        shop = self.shop
        keys = {
            "app_key": shop.key,
            "app_secret": shop.secret,
            "access_token": shop.token,
            "refresh_token": shop.renewal,
        }
        set_up(api, CODE, preset=platform, platform=platform, secrets=keys)
        with self.deps.store.db.write() as conn:
            pulls.set_up(conn, CODE, {"url": self.server.url}, since=START, now=START)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def sell(self, count: int = 1, *, first: int = 600001, late_s: float = 0) -> list[str]:
        """Sell once a second from now on; the clock goes on."""
        numbers = [str(first + index) for index in range(count)]
        for number in numbers:
            self.server.order(number, self.clock(), late_s=late_s)
            self.clock.forward(seconds=1)
        return numbers

    def pull(self) -> dict[str, Any]:
        """Pull now, whatever was said about the next time; return how the channel stands."""
        with self.deps.store.db.write() as conn:
            pulls.soon(conn, CODE, self.clock())
        assert pull(self.deps, CODE)
        return self.row()

    def row(self) -> dict[str, Any]:
        with self.deps.store.db.read() as conn:
            return pulls.get(conn, CODE) or {}

    def orders(self) -> list[str]:
        """Return the numbers of our orders as they came in, without the platforms' decoration."""
        with self.deps.store.db.read() as conn:
            stored = text(
                "rowid" if conn.dialect.name == "sqlite" else "ctid"
            )  # ids of one millisecond are not in order
            found = conn.execute(select(t.orders.c.number).where(t.orders.c.channel == CODE).order_by(stored))
            return [number.lstrip("#") for number in found.scalars()]

    def events(self) -> list[str]:
        with self.deps.store.db.read() as conn:
            return list(
                conn.execute(select(t.notifications.c.event).where(t.notifications.c.recipient == "admin")).scalars()
            )
