"""json-rules-engine, run by node in a process of its own: `json_rules.mjs` has the rules."""

from __future__ import annotations

import shutil
from pathlib import Path

_SCRIPT = Path(__file__).with_name("json_rules.mjs")


def installed() -> bool:
    """Say whether node and the package are there."""
    module = Path(__file__).parents[2] / "node_modules" / "json-rules-engine"
    return shutil.which("node") is not None and module.is_dir()


def command() -> list[str]:
    """Return how it is started."""
    return [shutil.which("node") or "node", str(_SCRIPT)]
