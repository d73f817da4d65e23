"""What is killed: a stub ERP and Sluice, as one process tree on SQLite or as several machines on PostgreSQL."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from bench.kills.program import Program
from bench.served import run_server_command
from bench.served import settings as environment
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PLENTY = 10**15
"""Stock of every SKU, in 10⁻⁶: no order waits for goods."""


class Installation:
    """Programs on one database and one DATA_DIR. ``pause_s``: how long each sender rests between two orders."""

    pause_s: float = 0.01

    def __init__(
        self, home: Path, database_url: str, *, machines: int, broker_url: str = "", documents: bool = False
    ) -> None:
        self.home, self.database_url, self.documents = home, database_url, documents
        home.mkdir(parents=True, exist_ok=True)
        self.erp = self._erp()
        common = {"erp_url": self.erp.url, "broker_url": broker_url, "web_workers": 1, "engine_children": 1}
        self.webs = [self._web(number, common) for number in range(machines)]
        workers = 0 if database_url.startswith("sqlite") else machines
        self.workers = [self._program(f"worker {number}", ["server", "worker"], common) for number in range(workers)]
        self.programs = [*self.webs, *self.workers]

    def _program(self, name: str, arguments: list[str], more: Mapping[str, object], url: str = "") -> Program:
        values = environment(self.database_url, self.home / "data", **more)
        return Program(name, arguments, values, self.home / f"{name.replace(' ', '-')}.log", url)

    def _web(self, number: int, common: Mapping[str, object]) -> Program:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        return self._program(f"web {number}", ["server", "serve"], {**common, "port": port}, url)

    def _erp(self) -> Program:
        port = free_port()
        arguments = ["adapters.erp.stub", "--port", str(port), "--store", str(self.home / "erp.db")]
        return self._program("the ERP", arguments, {}, f"http://127.0.0.1:{port}")

    @property
    def web_urls(self) -> list[str]:
        """Return where orders can be posted."""
        return [web.url for web in self.webs]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Load the demo company, start everything, and kill everything at the end."""
        values = environment(self.database_url, self.home / "data")
        run_server_command("demo", values)
        self._stock_up()
        everything = [self.erp, *self.programs]
        try:
            for program in everything:
                program.start()
            for program in everything:
                program.wait_ready()
            yield
        finally:
            for program in everything:
                if hasattr(program, "process"):
                    program.end()

    def _stock_up(self) -> None:
        engine = create_engine(self.database_url)
        with engine.begin() as conn:
            conn.execute(text("UPDATE stock_items SET on_hand = :plenty"), {"plenty": PLENTY})
        engine.dispose()
