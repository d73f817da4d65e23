"""Forgetting a person: frozen facts without any personal text, from which the same decision still comes out.

Place in the order's way: after an erasure. What conditions said of the personal text stays as truths
(``personal_atoms``), each named by its condition, so only rules that ask the same of it can judge these facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from rules.decide import open_facts

if TYPE_CHECKING:
    from rules.bundle import Bundle

ATOMS = "personal_atoms"


def without_person(facts: bytes, bundle: Bundle) -> bytes:
    """Return the facts with the truths of the bundle's conditions in place of personal text. Raises EngineError."""
    opened = open_facts(facts)
    atoms = bundle.program.personal(opened.pop("personal", {}), opened["head"], opened.get(ATOMS))
    return orjson.dumps({**opened, ATOMS: atoms}, option=orjson.OPT_SORT_KEYS)


def is_without_person(facts: bytes) -> bool:
    """Say whether these facts have lost their personal text."""
    return ATOMS in orjson.loads(facts)


def can_judge(facts: bytes, bundle: Bundle) -> bool:
    """Say whether a bundle asks nothing of the personal text that the facts no longer tell."""
    known = orjson.loads(facts).get(ATOMS)
    return known is None or set(bundle.program.personal({}, {}, {})) <= set(known)
