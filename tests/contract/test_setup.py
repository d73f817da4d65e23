"""The set-up: a second run does nothing, and whatever is missing is named together with what to do.

Cold set-ups in fresh roots are tried by `make fresh`; here the machine's answers are small commands put on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from server.config import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PYTHONS = ("python3", "python3.13", "python3.12", "python3.11")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with nothing but what the set-up reads."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    for name in ("requirements.lock", "requirements-dev.lock", "package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def answer(clone: Path, name: str, script: str) -> None:
    """Put a command in front of the machine's own."""
    path = clone / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def set_up(clone: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{clone / 'bin'}:{SYSTEM_PATH}", "HOME": str(clone), **variables}
    command = ["sh", str(clone / "deploy" / "setup.sh"), *arguments]
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def test_second_run_changes_nothing() -> None:
    found = subprocess.run(
        ["sh", "deploy/setup.sh", "test"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "ready" in found.stdout
    assert "installing" not in found.stdout


def test_steps_are_numbered() -> None:
    found = subprocess.run(
        ["sh", "deploy/setup.sh", "run"], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert re.findall(r"^\[(\d)/(\d)\]", found.stdout, re.MULTILINE) == [("1", "3"), ("2", "3"), ("3", "3")]


def test_unknown_argument_is_refused_with_the_usage(clone: Path) -> None:
    found = set_up(clone, "everything")
    assert found.returncode == 1
    assert "usage: sh deploy/setup.sh [run|test]" in found.stderr


def test_missing_packages_without_root_or_sudo_are_named_with_the_command_for_root(clone: Path) -> None:
    answer(clone, "apt-get", "exit 1")
    answer(clone, "dpkg-query", 'case "$*" in *tesseract-ocr-chi-sim) ;; *) echo installed ;; esac')
    answer(clone, "id", "echo 1000")
    answer(clone, "sudo", "exit 1")
    found = set_up(clone)
    assert found.returncode == 1
    assert (
        "run once as root: apt-get update && apt-get install --no-install-recommends tesseract-ocr-chi-sim"
        in found.stderr
    )


def test_nothing_missing_needs_no_rights(clone: Path) -> None:
    answer(clone, "apt-get", "exit 1")
    answer(clone, "dpkg-query", "echo installed")
    answer(clone, "id", "echo 1000")
    answer(clone, "sudo", "exit 1")
    for name in PYTHONS:
        answer(clone, name, "exit 1")
    found = set_up(clone)
    assert "all present" in found.stdout
    assert "[2/3]" in found.stdout


def test_without_a_fitting_python_the_versions_and_the_way_out_are_named(clone: Path) -> None:
    answer(clone, "apt-get", "exit 1")
    answer(clone, "dpkg-query", "echo installed")
    answer(clone, "python3", '[ "$1" = -V ] && echo "Python 3.9.2" || exit 1')
    for name in PYTHONS[1:]:
        answer(clone, name, "exit 1")
    found = set_up(clone)
    assert found.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13 found" in found.stderr
    assert "Python 3.9.2" in found.stderr
    assert "PYTHON=/path/to/python3.12 make run" in found.stderr


def test_without_apt_the_missing_command_and_brew_are_named(clone: Path) -> None:
    for name in ("sh", "dirname", "mkdir", "date", "flock", "id", "cat"):
        path = shutil.which(name)
        if path:
            answer(clone, name, f'exec {path} "$@"')
    environment = {"PATH": str(clone / "bin"), "HOME": str(clone)}
    command = ["/bin/sh", str(clone / "deploy" / "setup.sh")]
    found = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 1
    assert "tesseract is missing and there is no apt-get here" in found.stderr
    assert "brew install tesseract" in found.stderr


def test_failing_download_shows_the_log_and_where_a_mirror_goes(clone: Path) -> None:
    answer(clone, "apt-get", "exit 1")
    answer(clone, "dpkg-query", "echo installed")
    answer(clone, "python3", f'exec {sys.executable} "$@"')
    answer(clone / "var" / "tools", "python", f'exec {ROOT / "var" / "tools" / "bin" / "python"} "$@"')  # it has pip
    found = set_up(clone, PIP_NO_INDEX="1", PIP_IGNORE_INSTALLED="1", PIP_CONFIG_FILE="/dev/null")
    assert found.returncode == 1
    assert "--- var/setup/" in found.stderr
    assert "uv could not be downloaded" in found.stderr
    assert "PIP_INDEX_URL" in found.stderr


def test_every_make_target_explains_itself_in_both_languages() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert targets
    explained = dict(re.findall(r"^([a-z-]+):.*## (.+)$", text, re.MULTILINE))
    assert set(explained) == set(targets.group(1).split())
    assert all("· " in meaning for meaning in explained.values())


@pytest.mark.parametrize(("broken", "said"), [("", ""), ("lint", "the linters"), ("test", "the tests")])
def test_ci_runs_what_make_check_runs_and_is_red_when_either_is(clone: Path, broken: str, said: str) -> None:
    shutil.copytree(ROOT / ".ci", clone / ".ci")
    (clone / "deploy" / "setup.sh").write_text("exit 0\n")
    answer(clone, "make", f'echo "made $1"; [ "$1" != "{broken}" ]')
    environment = {"PATH": f"{clone / 'bin'}:{SYSTEM_PATH}"}
    found = subprocess.run(["bash", str(clone / ".ci" / "run")], env=environment, capture_output=True, text=True)
    assert found.returncode == bool(broken)
    assert sorted(re.findall(r"^made (\w+)$", found.stdout, re.MULTILINE)) == ["lint", "test"]
    assert found.stdout.endswith(f"red: {said}\n" if broken else "made lint\n")
    assert "check: lint test" in (ROOT / "Makefile").read_text()
