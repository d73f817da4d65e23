"""`verify [FILE]`: follow every audit chain and seal, decide every decision again, say everything that is broken.

With a file of `export` nothing else is needed: no database, no keys, no settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from server.db import audit
from server.deps import build_deps
from server.desk.replay import replay_all
from server.verifying import verify

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("verify", help="核验审计链与判定 / verify the audit chains and the decisions")
    parser.add_argument("file", type=Path, nargs="?", help="evidence written by export (default: the database)")
    parser.add_argument("--seal", default=None, help="with a file: a seal's hash that was kept apart")
    parser.add_argument("--limit", type=int, default=None, help="without a file: replay at most this many decisions")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Exit code 1 when anything was tampered with or comes out otherwise."""
    return _file(options) if options.file else _database(settings, options)


def _file(options: argparse.Namespace) -> int:
    found = verify(options.file, seal=options.seal)
    for fault in found.faults:
        print(f"✗ {fault.where}: {fault.zh} / {fault.en}")
    print(f"{found.orders} 张订单 / orders, {found.entries} 环 / entries, {found.seals} 封印 / seals")
    print(f"{found.decisions} 个判定 / decisions：{found.replayed} 重放一致或已列出 / replayed", end="，")
    print(f"{found.erased} 已删除个人信息 / erased，{found.undecided} 非规则判定 / not decided by rules")
    return 1 if found.faults else 0


def _database(settings: Settings, options: argparse.Namespace) -> int:
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
