"""docs/api.md is true: its commands run against a real server, one after another, and print what the page says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from server.api.problem import status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.api.conftest import Api

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def commands() -> list[tuple[str, str]]:
    """Return each command of the page's console blocks with the output below it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            ends = next(index for index, line in enumerate(lines) if not _goes_on(lines, index))
            found.append(("\n".join(lines[: ends + 1]), "\n".join(lines[ends + 1 :])))
    return found


def _goes_on(lines: list[str], index: int) -> bool:
    """Say whether the command continues on the next line: a backslash, or an open quote."""
    told = "\n".join(lines[: index + 1])
    return told.endswith("\\") or told.count("'") % 2 == 1


@pytest.fixture
def served(lite: Api) -> Iterator[tuple[str, str]]:
    server = make_server("127.0.0.1", 0, lite.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", lite.keys["admin"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_every_command_of_the_page_prints_what_the_page_says(served: tuple[str, str]) -> None:
    for tool in ("bash", "curl", "jq"):
        assert shutil.which(tool), f"{tool} is missing: install it"
    told = commands()
    assert len(told) > 12
    url, key = served
    script = [f"export SLUICE={url} KEY={key}"]
    for number, (command, _) in enumerate(told):
        script += [f"echo '<{number}>'"] + ([] if command.startswith("export ") else [command])
    done = subprocess.run(["bash", "-c", "\n".join(script)], capture_output=True, text=True, timeout=100, check=False)
    printed = re.split(r"^<\d+>\n", done.stdout, flags=re.MULTILINE)[1:]
    assert [text.strip() for text in printed] == [output for _, output in told], done.stderr


def test_status_table_of_the_page_names_what_is_answered() -> None:
    rows = re.findall(r"^\| ([\d /]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    told = {int(number) for row in rows for number in re.findall(r"\d{3}", row)}
    from orders.errors import Conflict, Forbidden, InvalidOrder, NotFound, SenderError, TransportError

    codes = ("unauthenticated", "stale_version", "too_large", "unsupported_media_type", "rate_limited", "erased")
    errors = [Conflict("x"), Forbidden("x"), InvalidOrder("x"), NotFound("x"), TransportError("x", permanent=False)]
    errors += [SenderError("x"), *(SenderError("x", code=code) for code in codes)]
    assert told == {status_of(error) for error in errors}
