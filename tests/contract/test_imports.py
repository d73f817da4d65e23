"""The house stands as designed: who imports whom, who reads the environment, how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from server.config import ROOT

ROOMS = ("orders", "ocr", "intake", "rules", "adapters", "server", "web")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
EVERYTHING = sorted([*SOURCES, *(path for top in ("tests", "bench") for path in (ROOT / top).rglob("*.py"))])
MOST_LINES = 400
MOST_LINES_OF_THE_WAY = 59
"""The order's way is one page that can be taken in at a glance."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_import_contracts_hold() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_room_is_under_contract() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages == set(ROOMS)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_only_the_settings_read_the_environment() -> None:
    readers = [name_of(path) for path in SOURCES if reads_environment(path)]
    assert readers == ["server/config.py"]


def reads_environment(path: Path) -> bool:
    def is_environment(node: ast.AST) -> bool:
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv"):
                return True
            case ast.ImportFrom(module="os", names=names):
                return any(alias.name in {"environ", "environb", "getenv"} for alias in names)
            case _:
                return False

    return any(is_environment(node) for node in ast.walk(ast.parse(path.read_text())))


def test_only_the_driver_touches_the_rules_engine() -> None:
    users = {
        name_of(path) for path in SOURCES if any(name.split(".")[0].startswith("durable") for name in imports(path))
    }
    assert users == {"rules/engine.py"}


def test_every_module_says_its_place_in_a_docstring() -> None:
    written = [path for path in SOURCES if path.read_text().strip()]
    assert [name_of(path) for path in written if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_file_is_longer_than_a_newcomer_reads() -> None:
    long = {name_of(path): count for path in EVERYTHING if (count := len(path.read_text().splitlines())) > MOST_LINES}
    assert not long


def test_no_room_is_named_for_leftovers() -> None:
    leftovers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [name_of(path) for path in EVERYTHING if leftovers & {path.stem, *path.relative_to(ROOT).parts}] == []


def test_the_way_of_an_order_stays_one_page() -> None:
    assert len((ROOT / "server" / "pipeline.py").read_text("utf-8").splitlines()) <= MOST_LINES_OF_THE_WAY


HEAVY = ("openpyxl", "numpy", "cv2", "onnxruntime", "pypdfium2", "celery")
"""What a process loads when it needs it: together a second and 100 MB for each web, worker and command."""


def test_a_server_starts_without_what_few_calls_need() -> None:
    program = f"import sys, server.app; print([name for name in {HEAVY} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
