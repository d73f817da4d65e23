"""A rule bundle: all policy files, checked and compiled, named by the hash of their text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orders.decision import canonical_bytes, sha256_hex
from rules.compile import Program, compile_rulebook
from rules.language import Rulebook, read_rulebook, with_values
from rules.limits import check_limits, check_size
from rules.sites import check_sites

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rules.text.raw import Operand

POLICIES = Path(__file__).parent / "policies"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Compiled policies. ``hash`` names exactly these files; every decision carries it."""

    hash: str
    files: dict[str, str]
    book: Rulebook
    program: Program


def bundle_hash(files: Mapping[str, str]) -> str:
    """Hash file names and texts, in the order of the names."""
    return sha256_hex(canonical_bytes(dict(sorted(files.items()))))


def load_bundle(files: Mapping[str, str]) -> Bundle:
    """Check and compile policy files (name → text). Raises RuleAuthorError; a broken file never gives a bundle."""
    book = read_rulebook(files)
    return Bundle(bundle_hash(files), dict(sorted(files.items())), book, compile_rulebook(book))


def authored(files: Mapping[str, str], sites: Collection[str] = ()) -> Bundle:
    """Check and compile what somebody is writing: what makes no sense is refused, too. Raises RuleAuthorError.

    ``sites`` are those that may be routed to; none where nobody knows them.
    """
    check_size(files)
    bundle = load_bundle(files)
    check_limits(bundle.book)
    if sites:
        check_sites(files, sites)
    return bundle


def with_params(bundle: Bundle, file: str, params: Mapping[str, Operand]) -> Bundle:
    """Return the bundle as if some of a file's parameters had other values. Raises RuleAuthorError."""
    book = with_values(bundle.book, file, bundle.files[file], params)
    return Bundle(bundle.hash, bundle.files, book, compile_rulebook(book))


def policy_files(path: Path = POLICIES) -> dict[str, str]:
    """Read every ``*.yaml`` of a directory."""
    return {file.name: file.read_text("utf-8") for file in sorted(path.glob("*.yaml"))}


def bundle_from_dir(path: Path = POLICIES) -> Bundle:
    """Load every ``*.yaml`` of a directory. Raises RuleAuthorError."""
    return load_bundle(policy_files(path))
