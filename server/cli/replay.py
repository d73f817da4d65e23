"""`replay ORDER`: decide an order's stored decisions again from their frozen facts and bundles, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.deps import build_deps
from server.desk.rulework.replay import replay_order

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("replay", help="重放订单的判定 / replay an order's decisions")
    parser.add_argument("order", help="order id (ord_…)")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Exit code 1 when any decision comes out otherwise."""
    deps = build_deps(settings)
    try:
        results = replay_order(deps, options.order)
    finally:
        deps.close()
    for result in results:
        verdict = "一致 / same" if result.same else "不一致 / DIFFERENT"
        print(f"{result.decision_id}  {verdict}  {result.stored_hash[:12]} {result.replayed_hash[:12]}")
    return 0 if all(result.same for result in results) else 1
