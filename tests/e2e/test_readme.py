"""The README's first command does what the README shows: the same three orders, decided the same way."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from server.config import ROOT, child_environment
from tests.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text()
ROWS = 3


def first_command() -> str:
    found = re.search(r"^```console\n\$ (.+)$", README, re.MULTILINE)
    assert found, "README has no command"
    return found.group(1)


def shown_output() -> str:
    return README.split("<!-- output of make run: begin -->")[1].split("<!-- output of make run: end -->")[0]


def table(output: str) -> list[str]:
    """Return the head and the rows of the table of first orders."""
    lines = [line.rstrip() for line in output.splitlines()]
    head = next((place for place, line in enumerate(lines) if line.startswith("订单 order")), None)
    assert head is not None, output
    return lines[head : head + 2 + ROWS]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_first_command_of_the_readme_prints_the_table_that_the_readme_shows(tmp_path: Path) -> None:
    assert first_command() == "make run"
    done = subprocess.run(
        ["make", "--no-print-directory", "run", "ARGS=--once"],
        cwd=ROOT,
        env=child_environment(data_dir=tmp_path / "data", port=free_port()),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert table(done.stdout) == table(shown_output())
