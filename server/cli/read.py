"""`read FILE`: any document → draft orders with provenance; no database, nothing stored."""

from __future__ import annotations

import json
import mimetypes
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from intake.read import read
from ocr.sandbox import Sandbox
from orders.draft import DraftOrder, ReadResult, read_result_to_json
from orders.errors import NotFound
from server.clock import utc_now
from server.demo import COMPANY, catalogue_of, load_company

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("read", help="读取任意单据 / read any document into drafts")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="print the read result as JSON")
    parser.add_argument("--master", type=Path, default=COMPANY, help="catalogue to match with (default: the demo's)")
    parser.add_argument(
        "--on", type=date.fromisoformat, help="月底前、下周三从这一天算起 / the day that relative dates count from"
    )
    parser.add_argument("--as-order", action="store_true", help="按订单读取 / it is an order, whatever it looks like")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Read and print. Exit code 1 when the document cannot be read."""
    file: Path = options.file
    if not file.is_file():
        raise NotFound(f"there is no file {file}", f"没有文件 {file}")
    catalogue = catalogue_of(load_company(options.master))
    recognizer = Sandbox(engine=settings.ocr_engine)
    try:
        guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        zone = settings.timezone
        today = options.on or utc_now().astimezone(ZoneInfo(zone)).date()
        data = file.read_bytes()
        how = {"timezone": zone, "received_on": today, "insist": options.as_order}
        result = read(data, file.name, guessed, catalogue, recognizer, **how)
    finally:
        recognizer.close()
    if options.json:
        print(json.dumps(read_result_to_json(result), ensure_ascii=False, indent=2))
    else:
        _print(result)
    return 0


def _print(result: ReadResult) -> None:
    print(f"{result.kind}  {result.pages} 页 / page(s)  草稿 / drafts: {len(result.orders)}")
    for draft in result.orders:
        _print_draft(draft)


def _print_draft(draft: DraftOrder) -> None:
    print()
    for item in draft.fields:
        mark = " " if item.status.value == "auto" else "?"
        where = f"p{item.page}" if item.page else ""
        print(f" {mark} {item.path:<32} {item.value!s:<36} {item.confidence:.2f} {where}  {'；'.join(item.why)}")
    for warning in draft.warnings:
        print(f" ! {warning}")
