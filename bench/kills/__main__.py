"""`make prove-kills`: 200 kills under load, on SQLite or PostgreSQL; exit 1 if anything was lost or doubled."""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.kills.installation import Installation
from bench.kills.prove import Run, prove
from bench.report import save, table
from tests.servers import ON_DISK, postgresql_cluster


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="chooses victims and moments")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--minutes", type=float, default=math.inf, help="judge after so many kills as fit into these")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="sluice-kills-", dir=ON_DISK))
    try:
        run = _run(options, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    rows = [*run.kills.items(), *asdict(run.verdict).items(), ("answers lost on the way", run.answers_lost)]
    rows += [("documents uploaded", run.documents), ("documents unread", run.documents_unread)]
    print(table(("", "count"), [(name.replace("_", " "), count) for name, count in rows]))
    save(f"kills-{options.database}", {"seed": options.seed, **asdict(run)})
    others = {"unexpected": len(run.unexpected), "documents_unread": run.documents_unread}
    faults = {**run.verdict.faults, **{name: count for name, count in others.items() if count}}
    if faults:
        print(f"✗ {faults} {run.unexpected[:3]}", file=sys.stderr)
    return 1 if faults else 0


def _run(options: argparse.Namespace, home: Path) -> Run:
    limits = {"seed": options.seed, "at_most_s": 60 * options.minutes}
    if options.database == "sqlite":
        one = Installation(home, f"sqlite:///{home / 'sluice.db'}", machines=1, documents=True)
        return prove(one, options.kills, **limits)
    with postgresql_cluster(durable=True) as url:
        return prove(Installation(home, url, machines=2, documents=True), options.kills, **limits)


if __name__ == "__main__":
    sys.exit(main())
