"""`demo`: load the demo company (sites, SKUs, customers, credit accounts, users, past orders)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.prepare import prepare
from server.demo.load import load_demo
from server.demo.past import place_past_orders
from server.deps import build_deps

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    commands.add_parser("demo", help="载入演示公司 / load the demo company").set_defaults(run=run)


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Load it; doing it twice changes nothing."""
    prepare(settings)
    deps = build_deps(settings)
    try:
        fresh = load_demo(deps.store, deps.clock())
        count = place_past_orders(deps)
        print("演示公司已载入 / demo company loaded" if fresh else "演示公司已存在 / the demo company is there already")
        print(f"新增历史订单 / new past orders: {count}")
    finally:
        deps.close()
    return 0
