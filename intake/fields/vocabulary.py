"""The word lists beside this file: which words on paper mean which kind. Adding a word needs no program."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def vocabulary(filename: str) -> dict[str, str]:
    """Return word → kind. Raises ValueError if one word is listed under two kinds."""
    kinds: dict[str, str] = {}
    kind = ""
    for line in (_FOLDER / filename).read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("["):
            kind = line.strip("[] ")
            continue
        for word in line.split():
            if kinds.setdefault(word, kind) != kind:
                raise ValueError(f"{filename}: {word!r} is listed under {kinds[word]} and under {kind}")
    return kinds
