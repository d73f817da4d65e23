"""`serve`: the web server, by gunicorn; on SQLite one process with its worker inside."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from server.cli.prepare import prepare

if TYPE_CHECKING:
    import argparse

    from server.config import Settings

GUNICORN = ("-m", "gunicorn", "--config", "python:server.gunicorn_conf", "web:create_app()")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    commands.add_parser("serve", help="启动网站与 API / serve the screens and the API").set_defaults(run=run)


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Make the database ready, then become gunicorn."""
    prepare(settings)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *GUNICORN])  # noqa: S606 - our own interpreter, fixed arguments
