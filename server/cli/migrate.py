"""`migrate`: bring the database's tables up to date and make sure that a first API key exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.prepare import prepare

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    commands.add_parser("migrate", help="建表或升级数据库 / create or upgrade the database").set_defaults(run=run)


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Migrate."""
    prepare(settings)
    print("数据库已是最新 / the database is up to date")
    return 0
