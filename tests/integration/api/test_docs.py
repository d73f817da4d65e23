"""docs/api.md is true: its commands run against a real server, one after another, and print what the page says."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from intake.complaint import WORDS
from orders import errors
from orders.errors import RuleAuthorError
from server.api.call.complaint import _WORDS
from server.api.call.problem import JSON_FAULTS, status_of
from server.api.call.wording import TITLES
from server.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orders.errors import SluiceError
    from tests.integration.api.conftest import Api

PAGE = ROOT / "docs" / "api.md"


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


def test_the_quick_start_prints_what_the_page_says(served: tuple[str, str]) -> None:
    found = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    program, printed = found.groups()
    url, key = served
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        env={"SLUICE": url, "KEY": key, "PATH": os.defpath, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == printed, done.stderr


ELSEWHERE = {"TransportError", "InternalError", "Quality"}
"""What is raised as these is answered as `transport` or `internal`, or is no answer at all."""
ERRORS: dict[str, type[errors.SluiceError]] = {
    kind.__name__: kind for kind in (errors.SenderError, *errors.SenderError.__subclasses__(), RuleAuthorError)
}


def raised() -> dict[str, set[str]]:
    """Return every code that the sources give an error, with the kinds of error that bear it."""
    found: dict[str, set[str]] = {}
    for path in (path for room in ("server", "intake", "rules") for path in (ROOT / room).rglob("*.py")):
        if "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                kind = getattr(node.func, "id", getattr(node.func, "attr", ""))
                told = next((one.value for one in node.keywords if one.arg == "code"), None)
                if kind == "refused" and node.args:
                    kind, told = "UnreadableDocument", node.args[0]
                if isinstance(told, ast.Constant) and isinstance(told.value, str) and kind not in ELSEWHERE:
                    found.setdefault(told.value, set()).add(kind)
    return found


def test_every_code_of_an_error_stands_on_the_page_with_its_status() -> None:
    page = PAGE.read_text("utf-8").partition("## Every code")[2]
    told = {
        code: {int(status) for status in statuses.split(", ")}
        for codes, statuses in re.findall(r"^\| (`[a-z_`, ]+`) \| ([\d, ]+) \|", page, re.MULTILINE)
        for code in re.findall(r"`([a-z_]+)`", codes)
    }
    codes = raised()
    assert set(codes) | set(TITLES) <= set(told)
    assert set(told) <= set(codes) | set(TITLES)
    for code, kinds in codes.items():
        for kind in kinds & set(ERRORS) - {"RuleAuthorError"}:
            assert status_of(ERRORS[kind]("x", code=code)) in told[code], (code, kind)


def test_every_code_of_a_field_stands_on_the_page() -> None:
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE.read_text("utf-8").partition("**In `errors`.**")[2]))
    assert {*WORDS, *JSON_FAULTS, *(code for code, _, _ in _WORDS.values())} <= named


def test_status_table_of_the_page_names_what_is_answered() -> None:
    rows = re.findall(r"^\| ([\d /]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    told = {int(number) for row in rows for number in re.findall(r"\d{3}", row)}
    from orders.errors import Conflict, Forbidden, InternalError, InvalidOrder, NotFound, SenderError, TransportError

    codes = ("unauthenticated", "stale_version", "too_large", "unsupported_media_type", "rate_limited", "erased")
    met: list[SluiceError] = [
        InternalError("x"),
        Conflict("x"),
        Forbidden("x"),
        InvalidOrder("x"),
        NotFound("x"),
        TransportError("x", permanent=False),
    ]
    met += [SenderError("x"), *(SenderError("x", code=code) for code in codes)]
    assert told == {status_of(error) for error in met}
