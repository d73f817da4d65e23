"""`worker`: run jobs, deliveries and mail doors; on Celery when BROKER_URL is set, else on threads of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server import log
from server.background import run_worker
from server.deps import build_deps

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    commands.add_parser("worker", help="执行后台任务 / run jobs, deliveries and mail doors").set_defaults(run=run)


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Work until SIGTERM."""
    log.configure()
    run_worker(build_deps(settings))
    return 0
