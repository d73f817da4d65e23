"""json-rules-engine, run by node in a process of its own: `json_rules.mjs` has the rules."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

Hits = list[tuple[str, Any]]
_SCRIPT = Path(__file__).with_name("json_rules.mjs")


def installed() -> bool:
    """Say whether node and the package are there."""
    module = Path(__file__).parents[2] / "node_modules" / "json-rules-engine"
    return shutil.which("node") is not None and module.is_dir()


class JsonRules:
    """One node process with the orders loaded; it measures itself, by its own processor time."""

    def __init__(self, orders: list[dict[str, Any]]) -> None:
        node = shutil.which("node") or "node"
        self._process = subprocess.Popen(
            [node, str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._ask({"orders": orders})

    def hits(self) -> list[Hits]:
        """Return the hits of every order."""
        return [[(rule, key) for rule, key in found] for found in self._ask({"hits": True})]

    def rate(self, seconds: float) -> float:
        """Return orders per CPU second of one round."""
        return float(self._ask({"seconds": seconds}))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
