"""`decide FILE`: canonical order → decision, with the rules of RULES_DIR and the demo's master data; stores nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from intake.canonical import parse_order
from intake.normalize import normalize
from intake.readers.payload import load_strict
from orders.decision import body_to_json
from orders.errors import NotFound
from rules.bundle import bundle_from_dir
from rules.decide import decide
from rules.facts import freeze
from server.clock import utc_now
from server.demo import COMPANY, catalogue_of, load_company
from server.demo.context import demo_context

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("decide", help="判定一张订单，不保存 / decide an order, store nothing")
    parser.add_argument("file", type=Path)
    parser.add_argument("--master", type=Path, default=COMPANY, help="master data to decide with (default: the demo's)")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Decide and print the body. Exit code 1 when the file is no order."""
    file: Path = options.file
    if not file.is_file():
        raise NotFound(f"there is no file {file}", f"没有文件 {file}")
    company = load_company(options.master)
    now = utc_now()
    raw = parse_order(load_strict(file.read_bytes()))
    order = normalize(raw, catalogue_of(company), channel="cli", received_at=now)
    body = decide(freeze(order, demo_context(company, order, now)), bundle_from_dir(settings.rules_dir))
    print(json.dumps(body_to_json(body), ensure_ascii=False, indent=2))
    return 0
