"""`export FILE`: write decisions with facts, rules and trail, to be verified anywhere with `verify FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orders.actor import SYSTEM
from server import evidence
from server.clock import utc_now
from server.db import audit
from server.db.database import Database
from server.db.order import orders
from server.db.store import open_store
from server.keys import load_keys

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("export", help="导出可离线核验的证据 / write evidence that is verified offline")
    parser.add_argument("file", type=Path, help="where to (a ZIP; holds personal data)")
    parser.add_argument("--order", action="append", default=[], help="only this order (repeat for more)")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Seal the trail, write the file, note it in the trail; print the seal to keep apart."""
    now = utc_now()
    db = Database(settings.url)
    try:
        keys = load_keys(settings)
        store = open_store(db, keys.data_keys, data_dir=settings.data_dir, timezone=settings.timezone, now=now)
        with db.read() as conn:
            for order_id in options.order:
                orders.require(conn, order_id, SYSTEM)
        with db.write() as conn:
            audit.record(conn, "evidence", audit.Entry("evidence_exported", "cli", {"orders": options.order}), now)
        audit.seal_heads(db, now, everything=True, limit=1_000_000)
        manifest = evidence.write(store, options.file, now=now, order_ids=options.order)
    finally:
        db.close()
    count = manifest["members"]["decisions.jsonl"]["rows"]
    print(f"{count} 个判定 / decisions → {options.file}")
    if manifest["last_seal"]:
        print(f"请另存此封印 / keep this seal apart: {manifest['last_seal']['hash']}")
    return 0
