"""`config export|import FILE`: the whole configuration as one file, without secrets, people's data and orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from intake.readers.payload import load_strict
from orders.actor import SYSTEM
from orders.errors import UnreadableDocument
from server.clock import utc_now
from server.db.database import Database
from server.db.store import open_store
from server.desk.papers import transfer
from server.keys import load_keys

if TYPE_CHECKING:
    import argparse

    from server.config import Settings
    from server.db.store import Store


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("config", help="导出、导入全部配置 / export and import the whole configuration")
    parser.add_argument("action", choices=("export", "import"))
    parser.add_argument("file", type=Path)
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it. The database must be migrated. Raises what `take_over` raises."""
    now = utc_now()
    db = Database(settings.url)
    try:
        keys = load_keys(settings)
        store = open_store(db, keys.data_keys, data_dir=settings.data_dir, timezone=settings.timezone, now=now)
        if options.action == "export":
            options.file.write_text(_text(transfer.export(store)), encoding="utf-8")
            print(f"已导出 / exported: {options.file}")
        else:
            counts = _import(store, options.file)
            print("已导入 / imported: " + "，".join(f"{name} {count}" for name, count in counts.items()))
            print("渠道密钥、去向的地址与密钥不在文件里，请逐个填写 / secrets are not in the file: fill them in")
    finally:
        db.close()
    return 0


def _text(value: transfer.Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _import(store: Store, path: Path) -> dict[str, int]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{path}: {error.strerror}", f"无法读取 {path}", code="no_file") from error
    return transfer.take_over(store, SYSTEM, load_strict(data), utc_now())
