"""`rules check|test|publish`: what a rule author does at a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orders.errors import Refused
from rules.bundle import bundle_from_dir
from rules.examples import test as run_examples
from rules.mutants import examine
from server.clock import utc_now
from server.db import bundles
from server.db.database import Database

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its verbs."""
    parser = commands.add_parser("rules", help="检查、测试、发布规则 / check, test and publish rule files")
    parser.add_argument("verb", choices=("check", "test", "publish"))
    parser.add_argument("--dir", type=Path, default=None, help="directory of rule files (default: RULES_DIR)")
    parser.add_argument("--reason", default="", help="why, for the audit trail (publish)")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Check always; run the examples for test and publish. Exit code 1 with the reason when anything is wrong."""
    directory: Path = options.dir or settings.rules_dir
    bundle = bundle_from_dir(directory)
    print(f"{len(bundle.files)} 个规则文件有效 / rule files are valid; bundle {bundle.hash[:12]}")
    if options.verb == "check":
        return 0
    failures = run_examples(bundle)
    for failure in failures:
        print(f"  {failure}")
    if failures:
        raise Refused(f"{len(failures)} examples fail", f"{len(failures)} 个示例未通过", code="examples_fail")
    print("全部示例通过 / all examples pass")
    if options.verb == "test":
        _prove(bundle.files)
    if options.verb == "publish":
        _publish(settings, bundle.hash, bundle.files, options.reason)
    return 0


def _prove(files: Mapping[str, str]) -> None:
    """Mutate every rule; name each mutant that no example notices, and the example that would."""
    found = examine(files)
    caught = len(found.mutants) - len(found.survivors)
    print(f"变异 {len(found.mutants)} 处，示例发现 {caught} 处 / {caught} of {len(found.mutants)} mutants are caught")
    for mutant in found.survivors:
        print(f"  {mutant}")
    for proposal in found.proposals:
        print(f"  建议加入 / add to {proposal.file}: - {proposal.text}")
    if not found.passed:
        count = len(found.survivors)
        raise Refused(f"{count} mutants survive", f"{count} 处变异没有示例发现", code="mutants_survive")


def _publish(settings: Settings, bundle_hash: str, files: Mapping[str, str], reason: str) -> None:
    if not reason:
        raise Refused("say why with --reason", "请用 --reason 说明原因", code="reason_missing")
    db = Database(settings.url)
    try:
        with db.write() as conn:
            now = utc_now()
            bundles.put(conn, bundle_hash, files, actor="cli", now=now)
            bundles.publish(conn, bundle_hash, actor="cli", now=now, reason=reason)
    finally:
        db.close()
    print(f"已生效 / live: {bundle_hash[:12]}")
