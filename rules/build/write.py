"""Decisions as text: the source of generated code that writes JSON, its fixed parts put together when rules compile.

Keys are sorted and nothing stands between: the bytes of `orders.decision.canonical_bytes`. A *piece* is fixed text or
a `Code` that gives UTF-8 when an order is judged. Values are written by the tables of `rules/show.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.decision import canonical_bytes
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression that gives text."""

    source: str


Pieces = tuple[str | Code, ...]
_TABLES = {Kind.COUNT: "_counts", Kind.DURATION: "_counts", Kind.BOOL: "_truths"}


def constant(value: Any) -> Pieces:
    """Return a value that the bundle holds."""
    return (canonical_bytes(value).decode(),)


def inner(text: str) -> str:
    """Return a text as it stands between the quotes of JSON."""
    return canonical_bytes(text).decode()[1:-1]


def computed(value: str, kind: Kind) -> Pieces:
    """Return the value that a variable holds, or null."""
    return (Code(f"{_TABLES.get(kind, '_texts')}[{value}]"),)


def amount(value: str, present: bool) -> Pieces:
    """Return a number in words, which needs no escaping, or null."""
    return ('"', Code(value), '"') if present else (Code(f"(b'null' if {value} is None else b'\"' + {value} + b'\"')"),)


def is_fixed(pieces: Pieces) -> bool:
    """Say whether the text is the same for every order."""
    return not any(isinstance(piece, Code) for piece in pieces)


def thing(entries: Mapping[str, Pieces]) -> Pieces:
    """Return a JSON object of entries that are always there."""
    return keyed([(name, None, pieces) for name, pieces in entries.items()])


def listed(items: Sequence[Pieces]) -> Pieces:
    """Return a JSON list."""
    return ("[", *_joined(items), "]")


def _joined(items: Sequence[Pieces]) -> Pieces:
    found: list[str | Code] = []
    for item in items:
        found += [",", *item] if found else item
    return tuple(found)


def keyed(entries: Sequence[tuple[str, str | None, Pieces]]) -> Pieces:
    """Return a JSON object; an entry with a condition (an expression) stands there only where it holds.

    The commas hang on the first entry that is always there: earlier ones bring theirs behind, later ones ahead.
    """
    entries = sorted(entries, key=lambda entry: entry[0])
    sure = next((at for at, (_, condition, _) in enumerate(entries) if condition is None), None)
    found: list[str | Code] = []
    for at, (name, condition, pieces) in enumerate(entries):
        entry: Pieces = (*constant(name), ":", *pieces)
        if condition is None:
            found += [*([","] if at != sure else []), *entry]
        else:
            entry = (*entry, ",") if sure is not None and at < sure else (",", *entry)
            found.append(Code(f"({written(entry)} if {condition} else b'')"))
    if sure is None and entries:
        found = [Code(f"({written(tuple(found))})[1:]")]
    return ("{", *found, "}")


def written(pieces: Pieces) -> str:
    """Return the expression of a text."""
    return " + ".join(_sources(pieces)) or "b''"


def parts(pieces: Pieces) -> str:
    """Return the expression of a text's parts, a tuple: they are put together once, with the whole decision."""
    return f"({', '.join(_sources(pieces))},)"


def _sources(pieces: Pieces) -> list[str]:
    """Return the expressions of the parts; neighbours that are fixed are one."""
    found, fixed = list[str](), ""
    for piece in (*pieces, Code("")):
        if isinstance(piece, str):
            fixed += piece
            continue
        found += [repr(fixed.encode())] if fixed else []
        found += [piece.source] if piece.source else []
        fixed = ""
    return found
