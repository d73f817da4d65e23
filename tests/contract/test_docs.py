"""The documents say what is there: settings, files, commands, lock files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from server.config import ROOT, Settings

DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SETTING_ROW = re.compile(r"^\| `(SLUICE_[A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", re.MULTILINE)
FILE_IN_TEXT = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|toml|txt|lock))`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
MADE_BY_SETUP = ("var/", "DATA_DIR/", "node_modules/", ".venv/", "web/static/vendor/")


def documented_settings() -> dict[str, tuple[str, str]]:
    rows = SETTING_ROW.findall((ROOT / "docs" / "settings.md").read_text())
    assert len(rows) == len({name for name, _, _ in rows}), "a setting is documented twice"
    return {name: (default, meaning) for name, default, meaning in rows}


def shown(default: object) -> str:
    """Return a default as an environment would say it; paths without the place of this clone."""
    match default:
        case bool():
            return str(default).lower()
        case "" | ():
            return ""
        case tuple():
            return ",".join(default)
        case Path():
            return str(default.relative_to(ROOT))
        case _:
            return str(default)


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(documented_settings()) == {f"SLUICE_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_documented_default_and_meaning_are_the_settings(name: str) -> None:
    default, meaning = documented_settings()[f"SLUICE_{name.upper()}"]
    field = Settings.model_fields[name]
    assert default == shown(field.default)
    assert field.description
    assert field.description in meaning


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_names_only_files_that_exist(path: Path) -> None:
    text = path.read_text()
    named = {*FILE_IN_TEXT.findall(text), *LINK.findall(text)}
    gone = [name for name in sorted(named) if not exists(name, path.parent)]
    assert not gone, f"{path.name} names files that are not there"


def exists(name: str, beside: Path) -> bool:
    if name.startswith(MADE_BY_SETUP) or (ROOT / name).exists() or (beside / name).exists():
        return True
    return not Path(name).suffix and not (ROOT / Path(name).parts[0]).exists()  # Asia/Shanghai is no file


def test_documents_name_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in DOCS:
        asked = set(re.findall(r"\bmake ((?!lock-)[a-z]+(?:-[a-z]+)*)(?=[`\s])", " ".join(code_of(path.read_text()))))
        assert asked <= targets, path.name


def code_of(text: str) -> list[str]:
    blocks = [re.sub(r"#.*", "", block) for block in re.findall(r"```.*?```", text, re.DOTALL)]
    return [*blocks, *(f"{code}`" for code in re.findall(r"`([^`\n]+)`", text))]


def test_architecture_is_one_page_with_a_diagram() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert "```mermaid" in text
    assert len(text.splitlines()) <= 80


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_decision_record_is_numbered_and_short(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", path.stem)
    assert lines[0].startswith(f"# {path.stem[:4]} ")
    assert len(lines) <= 30


def test_decision_records_have_numbers_of_their_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))


def test_changelog_opens_with_what_is_unreleased() -> None:
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.splitlines()]


def test_lock_files_name_no_registry() -> None:
    locks = tracked("*.lock", "package-lock.json", ".npmrc")
    assert len(locks) >= 6
    for path in locks:
        text = path.read_text()
        assert '"resolved"' not in text, path.name
        assert not re.search(r"index-url|find-links|registry=", text), path.name
        if path.suffix == ".lock":
            assert "://" not in text, path.name


def names(path: Path, pattern: str) -> set[str]:
    found = re.findall(pattern, path.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


@pytest.mark.parametrize("stem", ["requirements", "requirements-dev"])
def test_lock_file_holds_every_requirement_with_hashes(stem: str) -> None:
    asked = names(ROOT / f"{stem}.txt", r"^([A-Za-z][\w.-]*)")
    locked = names(ROOT / f"{stem}.lock", r"^([A-Za-z][\w.-]*)==")
    assert asked <= locked
    blocks = re.split(r"\n(?=\S)", (ROOT / f"{stem}.lock").read_text().strip())
    assert all("--hash=sha256:" in block for block in blocks)


def test_both_lock_files_agree() -> None:
    def versions(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    running, testing = versions("requirements.lock"), versions("requirements-dev.lock")
    assert {name: testing.get(name) for name in running} == running
