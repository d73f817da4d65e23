"""`verify`: walk every audit chain and seal, and replay every decision's hash; says the first thing that is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db import audit
from server.deps import build_deps
from server.desk.replay import replay_all

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("verify", help="核验审计链与判定 / verify the audit chains and the decisions")
    parser.add_argument("--limit", type=int, default=None, help="replay at most this many decisions")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Exit code 1 when anything was tampered with or comes out otherwise."""
    deps = build_deps(settings)
    try:
        with deps.store.db.read() as conn:
            broken = audit.verify_all(conn)
        replays = replay_all(deps, options.limit)
    finally:
        deps.close()
    different = [result for result in replays if not result.same]
    for item in broken:
        print(f"审计链断裂 / broken audit chain: {item}")
    for result in different:
        print(f"判定不一致 / decision differs: {result.decision_id}")
    print(f"{len(replays)} 个判定重放 / decisions replayed, {len(different)} 不一致 / different")
    return 1 if broken or different else 0
