"""`keys show|add|rotate`: the data keys that wrap everybody's own key; a new one is put in place, the old one retired.

Only wraps change: what is sealed stays as it is. Rotation may be stopped at any time and goes on where it was; the old
key is accepted until nothing is wrapped by it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.errors import Refused
from server import keys
from server.clock import utc_now
from server.db.database import Database
from server.db.vault import Vault, parse_data_keys, wrapped_by

if TYPE_CHECKING:
    import argparse

    from server.config import Settings

BATCH = 500


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("keys", help="查看与更换数据密钥 / show and rotate data keys")
    parser.add_argument("action", choices=("show", "add", "rotate"), help="show; add a new active key; wrap all anew")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it. Raises Refused when the keys are settings, which only the operator can change."""
    if options.action == "add":
        _add(settings)
        return 0
    db = Database(settings.url)
    try:
        if options.action == "rotate":
            _rotate(settings, db)
        _show(settings, db)
    finally:
        db.close()
    return 0


def _add(settings: Settings) -> None:
    if settings.data_keys:
        raise Refused(
            "The keys are given as SLUICE_DATA_KEYS: put the new one first in that list on every machine",
            "密钥由 SLUICE_DATA_KEYS 给出：请在每台机器上把新密钥放到该列表的最前面",
            code="keys_are_settings",
        )
    keys.add_data_key(settings)
    print("已加新密钥：重启服务后运行 keys rotate / added: restart the server, then run keys rotate")


def _rotate(settings: Settings, db: Database) -> None:
    vault, total = Vault.open(db, keys.load_keys(settings).data_keys, utc_now()), 0
    while True:
        with db.write() as conn:
            count = vault.rotate(conn, BATCH)
        if not count:
            break
        total += count
        print(f"  {total} …", flush=True)
    print(f"重新包装 {total} 把 / wrapped anew: {total}")


def _show(settings: Settings, db: Database) -> None:
    with db.read() as conn:
        wrapped = wrapped_by(conn)
    ids = parse_data_keys(keys.load_keys(settings).data_keys)
    for position, key_id in enumerate(ids):
        use = (
            "在用 / active" if position == 0 else "可删 / may be removed" if key_id not in wrapped else "仍需 / needed"
        )
        print(f"{key_id}  {wrapped.get(key_id, 0):8,}  {use}")
    for key_id in wrapped.keys() - ids.keys():
        print(f"{key_id}  {wrapped[key_id]:8,}  缺失 / missing: put it back at the end of the list")
