"""The command line: `python -m server COMMAND`. Exit code 0 ok, 1 refused with a reason, 2 usage.

Place in the order's way: a door for people at a terminal. Each command is the module of its name: ``add`` and ``run``.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from pydantic import ValidationError

from orders.errors import SluiceError
from server.config import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    *("run", "serve", "worker", "migrate", "demo", "keys", "config"),
    *("read", "decide", "rules", "replay", "export", "verify"),
)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m server", description="Sluice：所有订单的一道闸门 / one gate for every order"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in _asked(arguments):
        import_module(f"server.cli.{name}").add(commands)
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        code: int = options.run(settings, options)
    except ValidationError as error:
        for fault in error.errors():
            name = "SLUICE_" + "_".join(str(part) for part in fault["loc"]).upper()
            print(f"设置有误 / bad setting {name}: {fault['msg']}", file=sys.stderr)
        return 2
    except SluiceError as error:
        _explain(error)
        return 1
    return code


def _asked(arguments: Sequence[str]) -> Sequence[str]:
    """Return the command named first, else all (help, a typo): a command loads only what it needs itself."""
    return arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS


def _explain(error: SluiceError) -> None:
    print(f"{error.code}: {error.message_zh}", file=sys.stderr)
    if error.message_en != error.message_zh:
        print(f"{error.code}: {error.message_en}", file=sys.stderr)
    for problem in error.problems:
        print(f"  {problem.pointer} [{problem.code}] {problem.message_zh} / {problem.message_en}", file=sys.stderr)
        if problem.candidates:
            print(f"    最接近 / nearest: {', '.join(problem.candidates)}", file=sys.stderr)
