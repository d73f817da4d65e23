"""A rule bundle: all policy files, checked and compiled, named by the hash of their text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orders.decision import canonical_bytes, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

POLICIES = Path(__file__).parent / "policies"


@dataclass(frozen=True)
class Bundle:
    """Compiled policies. ``hash`` names exactly these files; every decision carries it."""

    hash: str
    files: Mapping[str, str]


def load_bundle(files: Mapping[str, str]) -> Bundle:
    """Check and compile policy files (name → text). Raises RuleAuthorError."""
    return Bundle(sha256_hex(canonical_bytes(dict(files))), dict(files))


def bundle_from_dir(path: Path = POLICIES) -> Bundle:
    """Load every ``*.yaml`` of a directory. Raises RuleAuthorError."""
    return load_bundle({file.name: file.read_text("utf-8") for file in sorted(path.glob("*.yaml"))})
